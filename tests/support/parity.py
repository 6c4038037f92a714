"""The same call of lanegrad and of PyTorch, compared: results, dtypes, shapes, gradients and errors."""

import warnings

import numpy as np
import pytest

import lanegrad


def converted(value, make):
    """`value` with `make` of each array in it."""
    if isinstance(value, np.ndarray):
        return make(value)
    if type(value) in (list, tuple):
        return type(value)(converted(item, make) for item in value)
    if isinstance(value, dict):
        return {key: converted(item, make) for key, item in value.items()}
    return value


def tensors_of(result):
    """The tensors of a result, in a list."""
    return list(result) if isinstance(result, tuple | list) else [result]


def function_of(module, tensor_class, name):
    """The function of a dotted name, or of "Tensor.name"."""
    if name.startswith("Tensor."):
        return getattr(tensor_class, name.removeprefix("Tensor."))
    for part in name.split("."):
        module = getattr(module, part)
    return module


def dtype_name(x):
    return str(x.dtype).removeprefix("torch.")


def assert_parity(torch, name, *args, rtol=2e-6, atol=1e-6, grad=True, **kwargs):
    """Compares one call; arrays among the arguments become tensors, those of floats with a gradient."""
    leaves, want_leaves = [], []

    def ours(a):
        leaves.append(lanegrad.tensor(a, requires_grad=grad and a.dtype == np.float32))
        return leaves[-1]

    def theirs(a):
        want_leaves.append(torch.tensor(a, requires_grad=grad and a.dtype == np.float32))
        return want_leaves[-1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        failure = None
        try:
            want = function_of(torch, torch.Tensor, name)(
                *converted(args, theirs), **converted(of_torch(kwargs, torch), theirs)
            )
        except Exception as error:
            failure = error
        function = function_of(lanegrad, lanegrad.Tensor, name)
        if failure is not None:
            with pytest.raises(type(failure)):
                function(*converted(args, ours), **converted(kwargs, ours))
            return
        got = function(*converted(args, ours), **converted(kwargs, ours))
    assert len(tensors_of(got)) == len(tensors_of(want))
    rng = np.random.default_rng(0)
    for y, z in zip(tensors_of(got), tensors_of(want), strict=True):
        assert tuple(y.shape) == tuple(z.shape)
        assert dtype_name(y) == dtype_name(z)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol, atol)
        assert y.requires_grad == z.requires_grad
        if z.requires_grad and not z.is_leaf:
            g = rng.normal(size=tuple(z.shape)).astype(np.float32)
            y.backward(lanegrad.tensor(g), retain_graph=True)
            z.backward(torch.tensor(g), retain_graph=True)
    for x, want_x in zip(leaves, want_leaves, strict=True):
        if want_x.grad is None:
            assert x.grad is None or not x.grad.numpy().any()
        else:
            x.grad = lanegrad.zeros(x.shape) if x.grad is None else x.grad
            np.testing.assert_allclose(x.grad.numpy(), want_x.grad.numpy(), 10 * rtol, 10 * atol)


def of_torch(kwargs, torch):
    """Keyword arguments with PyTorch's dtypes."""
    dtype = kwargs.get("dtype")
    return kwargs if dtype is None else {**kwargs, "dtype": getattr(torch, np.dtype(dtype).name)}
