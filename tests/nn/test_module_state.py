"""States of modules: hooks on saving and loading, extra state, and old arguments, next to PyTorch's."""

import numpy as np
import pytest

import lanegrad


def network(library):
    nn = library.nn
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))


def test_hooks_on_saving(torch):
    seen = []
    for library in (lanegrad, torch):
        calls, net = [], network(library)

        def before(module, prefix, keep_vars, calls=calls):
            calls.append((type(module).__name__, prefix, keep_vars))

        def after(module, state, prefix, metadata, calls=calls):
            calls.append((type(module).__name__, sorted(state), prefix))
            state[prefix + "more"] = 1

        net[0].register_state_dict_pre_hook(before)
        net.register_state_dict_pre_hook(before)
        handle = net[1].register_state_dict_post_hook(after)
        state = net.state_dict(prefix="p.")
        assert state["p.1.more"] == 1
        handle.remove()
        seen.append([*calls, sorted(net.state_dict(keep_vars=True))])
    assert seen[0] == seen[1]


def test_hooks_on_loading(torch):
    seen = []
    for library in (lanegrad, torch):
        calls, net = [], network(library)
        state = {name.replace("weight", "w"): value for name, value in net.state_dict().items()}

        def rename(
            module, state, prefix, metadata, strict, missing, unexpected, errors, calls=calls
        ):
            calls.append((type(module).__name__, prefix, strict, missing, unexpected, errors))
            if prefix + "w" in state:
                state[prefix + "weight"] = state.pop(prefix + "w")

        def forgive(module, keys, calls=calls):
            calls.append(
                (type(module).__name__, list(keys.missing_keys), list(keys.unexpected_keys))
            )
            keys.missing_keys.clear()
            keys.unexpected_keys.clear()

        net[0].register_load_state_dict_pre_hook(rename)
        net.register_load_state_dict_post_hook(forgive)
        net.load_state_dict(state)
        seen.append(calls)
        assert "0.w" in state, "hooks have a copy"
    assert seen[0] == seen[1]


def test_without_hooks_names_that_do_not_fit_are_an_error():
    net = network(lanegrad)
    net.register_load_state_dict_post_hook(lambda module, keys: None)
    with pytest.raises(RuntimeError, match=r"0\.weight is missing"):
        net.load_state_dict({})
    net[0]._register_load_state_dict_pre_hook(lambda state, *rest: state.clear())
    with pytest.raises(RuntimeError, match=r"0\.weight is missing"):
        net.load_state_dict(net.state_dict())


def counting(library):
    class Counting(library.nn.Linear):
        count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    return library.nn.Sequential(Counting(1, 1), library.nn.ReLU())


def test_extra_state(torch):
    names = []
    for library in (lanegrad, torch):
        net, other = counting(library), counting(library)
        net[0].count = 5
        state = net.state_dict()
        names.append(list(state))
        other.load_state_dict(state)
        assert other[0].count == 5
        del state["0._extra_state"]
        with pytest.raises(RuntimeError, match=r"0\._extra_state"):
            other.load_state_dict(state)
        assert other.load_state_dict(state, strict=False).missing_keys == ["0._extra_state"]
        with pytest.raises(RuntimeError):
            library.nn.ReLU().get_extra_state()
        with pytest.raises(RuntimeError):
            library.nn.ReLU().set_extra_state(None)
    assert names[0] == names[1]


def test_options_by_place_are_deprecated(torch):
    for library in (lanegrad, torch):
        with pytest.warns(FutureWarning, match="deprecated"):
            state = library.nn.Linear(1, 1).state_dict({}, "p.")
        assert list(state) == ["p.weight", "p.bias"]


def test_empty_and_without_drawing(torch):
    net = lanegrad.nn.Linear(2, 3)
    assert net.to_empty(device="cpu") is net
    lanegrad.manual_seed(0)
    first = lanegrad.rand(2).tolist()
    lanegrad.manual_seed(0)
    made = lanegrad.nn.utils.skip_init(lanegrad.nn.Linear, 2, 3, bias=False)
    assert made.weight.shape == (3, 2)
    assert lanegrad.rand(2).tolist() == first
    for library in (lanegrad, torch):
        for wrong in (library.nn.ReLU, int):
            with pytest.raises(RuntimeError):
                library.nn.utils.skip_init(wrong)


@pytest.mark.parametrize("transpose", [False, True])
def test_fused_weights(torch, transpose):
    rng = np.random.default_rng(0)
    size = (3, 2, 1, 1)
    channels = size[1] if transpose else size[0]
    arrays = [rng.random(size), *(rng.random(channels) for _ in range(5))]
    w, b, mean, var, scale, shift = (a.astype(np.float32) for a in arrays)
    for bias, weights in ((b, (scale, shift)), (None, (None, None)), (None, (scale, shift))):
        found = []
        for library in (lanegrad, torch):
            given = [
                None if a is None else library.tensor(a) for a in (w, bias, mean, var, *weights)
            ]
            found.append(
                library.nn.utils.fuse_conv_bn_weights(*given[:4], 0.1, *given[4:], transpose)
            )
        for got, want in zip(*found, strict=True):
            np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-6)


@pytest.mark.parametrize("count", [float("inf"), 1.5, lanegrad.tensor(-0.5), 1e30])
def test_what_no_whole_number_can_be_is_refused(count):
    net = network(lanegrad)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = {name: value + 1 for name, value in before.items()}
    with pytest.raises(RuntimeError, match=r"num_batches_tracked holds .*, which int64 has not"):
        net.load_state_dict({**state, "1.num_batches_tracked": count})
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name].numpy())
    net.load_state_dict({**state, "1.num_batches_tracked": 7.0})
    assert net[1].num_batches_tracked.item() == 7


def test_views_of_the_modules_own_arrays():
    net = lanegrad.nn.Sequential(lanegrad.nn.Linear(3, 3), lanegrad.nn.Linear(3, 3))
    first, second = (layer.weight.detach().numpy().copy() for layer in net)
    state = {name: value.numpy() for name, value in net.state_dict().items()}
    net.load_state_dict({**state, "0.weight": state["1.weight"], "1.weight": state["0.weight"].T})
    np.testing.assert_array_equal(net[0].weight.detach().numpy(), second)
    np.testing.assert_array_equal(net[1].weight.detach().numpy(), first.T)
