"""Convolution against PyTorch's own test inputs."""

import hypothesis
import numpy as np
import pytest

import lanegrad.nn.functional as F
from lanegrad import Tensor, nn


@pytest.fixture(scope="module")
def samples(torch):
    """PyTorch's generator of test inputs of conv2d."""
    from torch.testing._internal.common_methods_invocations import op_db

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    torch.manual_seed(0)
    (op,) = (o for o in op_db if o.name == "nn.functional.conv2d")
    return op


def array(tensor):
    return None if tensor is None else tensor.detach().numpy()


def compare(torch, ours, theirs, tensors):
    """Both functions of the same numbers, theirs in float64: results and all gradients."""
    mine = [t if t is None else Tensor(array(t), requires_grad=True) for t in tensors]
    wide = [t if t is None else t.detach().double().requires_grad_() for t in tensors]
    got, want = ours(*mine), theirs(*wide)
    assert got.shape == want.shape
    upstream = np.random.default_rng(0).standard_normal(got.shape).astype(np.float32)
    got.backward(upstream)
    want.backward(torch.from_numpy(upstream).double())
    results = [(got.detach(), want.detach())]
    results += [(a.grad, b.grad) for a, b in zip(mine, wide, strict=True) if a is not None]
    for a, b in results:
        scale = float(b.abs().max()) if b.numel() else 0.0
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=3e-6 * scale)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_pytorchs_sample_inputs(torch, samples):
    given = list(samples.sample_inputs("cpu", torch.float32))
    assert len(given) > 20
    for sample in given:
        tensors = [sample.input, *sample.args]
        options = sample.kwargs
        compare(
            torch,
            lambda *t, options=options: F.conv2d(*t, **options),
            lambda *t, options=options: torch.nn.functional.conv2d(*t, **options),
            tensors,
        )


def test_pytorchs_error_inputs(samples):
    given = list(samples.error_inputs("cpu"))
    assert len(given) > 4
    for error in given:
        sample = error.sample_input
        with pytest.raises((TypeError, ValueError)):
            F.conv2d(array(sample.input), *map(array, sample.args), **sample.kwargs)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [2, (1, 3), "same", "valid"])
def test_padding_modes(torch, mode, padding):
    options = {"padding": padding, "padding_mode": mode, "dilation": (1, 2)}
    theirs = torch.nn.Conv2d(3, 5, (4, 3), **options)
    mine = nn.Conv2d(3, 5, (4, 3), **options)
    assert repr(mine) == repr(theirs)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    compare(torch, mine, theirs.double(), [torch.randn(2, 3, 9, 8)])
    compare(torch, mine, theirs, [torch.randn(3, 9, 8)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"padding_mode": "mirror"}, "padding_mode must be"),
        ({"padding": "full"}, "full"),
        ({"padding": "same", "stride": 2}, "stride 1"),
        ({"groups": 2}, "groups must divide"),
        ({"groups": 0}, "groups must divide"),
    ],
)
def test_bad_options_of_the_layer(options, message):
    with pytest.raises(ValueError, match=message):
        nn.Conv2d(3, 5, 3, **options)


def test_pytorchs_module_inputs(torch):
    from torch.testing._internal.common_modules import module_db

    hypothesis.settings.load_profile("repeatable")
    (info,) = (m for m in module_db if m.module_cls is torch.nn.Conv2d)
    given = list(info.module_inputs_func(info, "cpu", torch.float32, False, True))
    assert given
    for sample in given:
        made = sample.constructor_input
        mine, theirs = (
            nn.Conv2d(*made.args, **made.kwargs),
            torch.nn.Conv2d(*made.args, **made.kwargs),
        )
        mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
        theirs.double()
        compare(torch, mine, theirs, sample.forward_input.args)
        for name, p in mine.named_parameters():
            want = dict(theirs.named_parameters())[name].grad
            np.testing.assert_allclose(p.grad.numpy(), want.numpy(), rtol=1e-5, atol=1e-5)
