"""Functions against PyTorch's own test inputs: results and gradients."""

import hypothesis
import numpy as np
import pytest

import lanegrad.nn.functional as F
from lanegrad import Tensor, tensor

# The functions, and how many of PyTorch's inputs each at least has.
FUNCTIONS = {
    "adaptive_avg_pool1d": 6, "adaptive_max_pool1d": 8, "adaptive_max_pool2d": 24, "avg_pool1d": 9,
    "bilinear": 16, "channel_shuffle": 3, "conv1d": 10, "conv_transpose1d": 10,
    "conv_transpose2d": 12, "cosine_similarity": 9, "group_norm": 17, "instance_norm": 9,
    "interpolate": 150, "layer_norm": 5, "local_response_norm": 11, "max_unpool1d": 100,
    "pairwise_distance": 7, "pixel_shuffle": 5, "pixel_unshuffle": 5, "rms_norm": 5, "unfold": 100,
    "upsample_bilinear": 4, "upsample_nearest": 12,
}  # fmt: skip


@pytest.fixture(scope="module")
def samples(torch):
    """PyTorch's generators of test inputs of functions, by name."""
    from torch.testing._internal.common_methods_invocations import op_db

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    found = {}
    for op in op_db:
        if op.name.startswith("nn.functional."):
            found.setdefault(op.name.removeprefix("nn.functional."), []).append(op)
    return found


def ours(torch, thing):
    """An argument of a function, with lanegrad's tensors."""
    if isinstance(thing, torch.Tensor):
        return tensor(thing.detach().numpy().copy(), requires_grad=thing.requires_grad)
    if isinstance(thing, torch.Size):
        return tuple(thing)
    return thing


def left_out(op, sample):
    """Options that lanegrad refuses with an error."""
    negative = any(isinstance(x, float) and x < 0 for x in (*sample.args, sample.kwargs.get("eps")))
    return negative or (op.variant_test_name == "area" and sample.input.ndim == 5)


@pytest.mark.filterwarnings("ignore:.*is deprecated:UserWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_pytorchs(torch, samples, name):
    torch.manual_seed(0)
    done = 0
    for op in samples[name]:
        for sample in op.sample_inputs("cpu", torch.float32, requires_grad=True):
            if left_out(op, sample):
                continue
            options = dict(sample.kwargs)
            if name == "interpolate":
                options["mode"] = op.variant_test_name.replace("_", "-")
            theirs = [sample.input, *sample.args, *options.values()]
            mine = [ours(torch, x) for x in theirs]
            places = 1 + len(sample.args)
            got = getattr(F, name)(*mine[:places], **dict(zip(options, mine[places:], strict=True)))
            want = op.op(sample.input, *sample.args, **sample.kwargs)
            if isinstance(want, tuple):
                assert got[1].tolist() == want[1].tolist()
                got, want = got[0], want[0]
            close(got, want)
            up = np.random.default_rng(0).standard_normal(got.shape).astype(np.float32)
            leaves = [
                (a, b)
                for a, b in zip(mine, theirs, strict=True)
                if isinstance(a, Tensor) and a.requires_grad
            ]
            if got.requires_grad:
                got.backward(up)
                grads = torch.autograd.grad(want, [b for _, b in leaves], torch.tensor(up))
                for (leaf, _), grad in zip(leaves, grads, strict=True):
                    close(leaf.grad, grad)
            done += 1
    assert done >= FUNCTIONS[name]


def close(got, want):
    assert got.shape == tuple(want.shape)
    a, b = got.detach().numpy(), want.detach().numpy()
    scale = float(np.abs(b[np.isfinite(b)]).max(initial=1.0))
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5 * scale)
