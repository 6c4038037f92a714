"""PyTorch's own sample inputs, and those it refuses, for functions without a kernel."""

import warnings

import numpy as np
import pytest

import lanegrad.nn.functional as F
from lanegrad import tensor

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)

STEMS = ["gating", "shrinking", "rectifying", "normalizing", "dropping"]
STEMS += ["regression_loss", "binary_loss", "margin_loss", "distance_loss"]
# Their draws are not PyTorch's: what they compute is tested elsewhere.
RANDOM = {"gumbel_softmax", "rrelu", *F.dropping.__all__}
WITHOUT = {
    "sigmoid_focal_loss": "is torchvision's",
    "softmin": "is a variant of the softmax there",
    "triplet_margin_with_distance_loss": "has samples with functions of PyTorch's tensors",
}


def info(name):
    """What PyTorch knows of a function: the variant that has samples of the function itself."""
    from torch.testing._internal.common_methods_invocations import op_db

    names = (name, f"nn.functional.{name}")
    return next((op for op in op_db if op.name in names), None)


FUNCTIONS = [name for stem in STEMS for name in getattr(F, stem).__all__ if not name.endswith("_")]


class Converted:
    """The arguments of a call of PyTorch's as ours, and the pairs of leaves."""

    def __init__(self, sample):
        self.leaves = []
        self.arguments = [self.one(v) for v in (sample.input, *sample.args)]
        self.options = {k: self.one(v) for k, v in sample.kwargs.items()}

    def one(self, value):
        if value is torch.float32:
            return np.float32
        if not isinstance(value, torch.Tensor):
            return value
        ours = tensor(value.detach().numpy().copy(), requires_grad=value.requires_grad)
        if value.requires_grad:
            self.leaves.append((ours, value))
        return ours


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in RANDOM and n not in WITHOUT])
def test_samples(name):
    theirs = info(name)
    count = 0
    for sample in theirs.sample_inputs("cpu", torch.float32, requires_grad=True):
        given = (sample.input, *sample.args, *sample.kwargs.values())
        if torch.float64 in given or any(getattr(v, "dtype", None) == torch.float64 for v in given):
            continue
        call = Converted(sample)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            z = getattr(torch.nn.functional, name)(sample.input, *sample.args, **sample.kwargs)
            y = getattr(F, name)(*call.arguments, **call.options)
        assert y.shape == tuple(z.shape)
        close = {"rtol": 2e-5, "atol": 2e-5 if name.startswith("log") else 4e-6}
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), **close)
        if z.requires_grad:
            g = rng.normal(size=y.shape).astype(np.float32)
            wanted = [q for _, q in call.leaves]
            grads = torch.autograd.grad(z, wanted, torch.tensor(g), allow_unused=True)
            y.backward(g)
            for (p, _), grad in zip(call.leaves, grads, strict=True):
                if grad is not None:
                    np.testing.assert_allclose(p.grad.numpy(), grad.numpy(), **close)
        count += 1
    assert count


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_pytorch_refuses(name):
    theirs = info(name)
    if theirs is None or theirs.error_inputs_func is None:
        assert theirs is not None or name in {*WITHOUT, *RANDOM}
        return
    for error in theirs.error_inputs("cpu"):
        sample = error.sample_input
        if any(getattr(v, "dtype", None) == torch.float64 for v in (sample.input, *sample.args)):
            continue
        call = Converted(sample)
        with pytest.raises(error.error_type):
            getattr(F, name)(*call.arguments, **call.options)
