"""Calls of functions and layers on PyTorch and here, for op_db.py.

PyTorch's functions are called on both sides: they hand a call on for what has `__torch_function__`, and that
calls lanegrad's function of the same name. So samples run what PyTorch's tests run, wrappers included.
"""

import re
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves, tree_map

import lanegrad

METHOD = re.compile(r"descriptor '(\w+)' (?:for|requires a) 'torch._C.TensorBase' object")
NAMED = (torch.dtype, torch.layout, torch.memory_format)


class NotHere(Exception):
    """lanegrad has no such function, method or layer."""


class Unsupported(Exception):
    """lanegrad has no such type: the message names it."""


def named(value):
    """lanegrad's dtype, layout or memory format of the same name."""
    name = str(value).removeprefix("torch.")
    if not hasattr(lanegrad, name):
        raise Unsupported(name)
    return getattr(lanegrad, name)


class Side:
    """What both sides share: calls, and their gradients."""

    def run(self, call, given, process):
        """The results of a call with the given arguments; `call(side)` is the function and its parameters."""
        function, parameters = call(self)
        with self.handing_on():
            results, leaves = self.called(function, given)
            return Run(self, tree_leaves(process(results)), leaves + parameters)

    def called(self, function, given):
        """What a function returns, and the leaves among its arguments."""
        (args, kwargs), leaves = self.converted(given)
        return function(*args, **kwargs), leaves

    def layer(self, cls, made, state, training):
        """A layer with the state, as a function that returns its buffers too, and its parameters."""
        (args, kwargs), _ = self.converted((made.args, made.kwargs))
        module = self.layer_class(cls)(*args, **kwargs).train(training)
        module.load_state_dict(state if isinstance(self, Torch) else self.converted(state)[0])
        module.to(self.dtype)
        call = lambda *args, **kwargs: (module(*args, **kwargs), list(module.buffers()))  # noqa: E731
        return call, list(module.parameters())

    def converted(self, given, named=True):
        """Arguments with this side's tensors and names, and those of the former that require a gradient."""
        known, leaves = {}, []

        def one(value):
            if not isinstance(value, torch.Tensor):
                return self.other(value) if named else value
            if id(value) not in known:
                known[id(value)] = self.tensor(value.detach()).requires_grad_(value.requires_grad)
                leaves.extend([known[id(value)]] * value.requires_grad)
            return known[id(value)]

        return tree_map(one, given), leaves


class Run:
    """The results of a call, and what it was of."""

    def __init__(self, side, results, leaves):
        self.side, self.results, self.leaves = side, results, leaves

    def gradients(self):
        """Those of all leaves; None if there are none."""
        results = [y for y in self.results if getattr(y, "requires_grad", False)]
        if not results or not self.leaves:
            return None
        draw = np.random.default_rng(0)
        upstream = [draw.standard_normal(tuple(y.shape), np.float32) for y in results]
        upstream = [
            self.side.module.tensor(g).to(y.dtype) for g, y in zip(upstream, results, strict=True)
        ]
        grad = self.side.module.autograd.grad
        with self.side.handing_on():
            return grad(results, self.leaves, upstream, allow_unused=True)


class Torch(Side):
    """PyTorch, in float32 or in float64."""

    module = torch

    def __init__(self, dtype=torch.float32):
        self.dtype = dtype

    def tensor(self, x):
        return x.to(self.dtype, copy=True) if x.dtype == torch.float32 else x.clone()

    def other(self, value):
        return self.dtype if value is torch.float32 else value

    def layer_class(self, cls):
        return cls

    @contextmanager
    def handing_on(self):
        """Whole numbers become floats of the same type."""
        torch.set_default_dtype(self.dtype)
        try:
            yield
        finally:
            torch.set_default_dtype(torch.float32)


class Lanegrad(Side):
    module, dtype = lanegrad, lanegrad.float32

    def tensor(self, x):
        named(x.dtype)
        return lanegrad.tensor(x.numpy(force=True).copy())

    def other(self, value):
        if isinstance(value, torch.device):
            return "cpu"
        if isinstance(value, complex):
            raise Unsupported("complex")
        return named(value) if isinstance(value, NAMED) else value

    def called(self, function, given):
        """PyTorch's functions want its names of dtypes, and hand them on; methods want lanegrad's."""
        (args, kwargs), leaves = self.converted(given, named=resolve_name(function) is None)
        try:
            return function(*args, **kwargs), leaves
        except TypeError as error:
            if method := METHOD.match(str(error)):
                return getattr(args[0], method[1])(*args[1:], **kwargs), leaves
            if "numpy.dtypes" not in str(error):
                raise
        (args, kwargs), leaves = self.converted(given, named=False)
        return function(*args, **kwargs), leaves

    def layer_class(self, cls):
        if not hasattr(lanegrad.nn, cls.__name__):
            raise NotHere(cls.__name__)
        return getattr(lanegrad.nn, cls.__name__)

    @contextmanager
    def handing_on(self):
        def hand_on(cls, function, types, args=(), kwargs=None):
            args, kwargs = tree_map(self.other, (args, kwargs or {}))
            if kwargs.get("out", args) is None:
                del kwargs["out"]
            return counterpart(function)(*args, **kwargs)

        lanegrad.Tensor.__torch_function__ = classmethod(hand_on)
        try:
            with Factories(hand_on):
                yield
        except AttributeError as error:
            if "lanegrad has no" in str(error) or "Tensor has no" in str(error):
                raise NotHere(str(error)) from None
            raise
        finally:
            del lanegrad.Tensor.__torch_function__


class Factories(TorchFunctionMode):
    """Hands on calls that no tensor of PyTorch's is in."""

    def __init__(self, hand_on):
        super().__init__()
        self.hand_on = hand_on

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if any(isinstance(x, torch.Tensor) for x in tree_leaves((args, kwargs))):
            return function(*args, **(kwargs or {}))
        return self.hand_on(None, function, types, args, kwargs)


def counterpart(function):
    """lanegrad's function of the same name: what PyTorch calls it first, then what it calls itself."""
    names = resolve_name(function), f"{function.__module__}.{function.__name__}", function.__name__
    for name in filter(None, names):
        found = lanegrad
        for part in name.removeprefix("torch.").removeprefix("functional.").split("."):
            found = getattr(found, part.removesuffix("_with_indices"), None)
        if found is not None:
            return found
    raise NotHere(names[0] or names[1])


@contextmanager
def quick_samples():
    """PyTorch notes the call stack with each seed, for devices that are not here, and with each sample."""
    seed = torch.default_generator.manual_seed
    with patch("torch.random._manual_seed_impl", seed), patch("inspect.stack", list):
        yield
