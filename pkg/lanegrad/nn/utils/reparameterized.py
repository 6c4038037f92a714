"""Weights that are computed at each call: by their length and direction, or by their largest singular value.

The parameters of a layer then have other names, as in PyTorch: ``weight_g`` and ``weight_v``, or
``weight_orig``. A hook that is called before the layer computes its weight.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from ..._core import adopt
from ..._tensor import Tensor, overwrite
from ..._tensor.views import permuted
from ...random import generator
from ..module import Module
from ..parameter import Parameter

__all__ = ["remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"]

_M = TypeVar("_M", bound=Module)


class _Computed:
    """What computes a layer's weight before each call; it is the hook itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def weight_of(self, module: Module) -> Tensor:
        raise NotImplementedError

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.weight_of(module))


def _install(module: Module, computed: _Computed) -> None:
    if any(type(hook.function) is type(computed) for hook in (module._hooks or {}).values()):
        raise RuntimeError(f"the {computed.name} of this module is computed already")
    module.register_forward_pre_hook(computed)
    computed(module, ())


def _remove(module: Module, kind: type[_Computed], name: str, *names: str) -> None:
    """Have the weight that was computed last as a parameter again."""
    hooks = module._hooks or {}
    for number, hook in hooks.items():
        computed = hook.function
        if isinstance(computed, kind) and computed.name == name:
            weight = computed.weight_of(module).detach()
            module._hooks = {n: h for n, h in hooks.items() if n != number} or None
            for other in (name, *names):
                delattr(module, other)
            module.register_parameter(name, Parameter(weight.clone()))
            return
    raise ValueError(f"the {name!r} of this {type(module).__name__} is not computed so")


def _take(module: Module, name: str) -> Parameter:
    """A module's parameter, which is no longer one of its attributes."""
    weight = module.get_parameter(name)
    delattr(module, name)
    return weight


class _WeightNorm(_Computed):
    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def length(self, v: Tensor) -> Tensor:
        """The lengths of the slices along `dim`, or of all."""
        axes = tuple(i for i in range(v.ndim) if i != self.dim)
        if self.dim is None:
            return (v * v).sum() ** 0.5
        return (v * v).sum(axes, True) ** 0.5

    def weight_of(self, module: Module) -> Tensor:
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        result: Tensor = v * (g / self.length(v))
        return result


def weight_norm(module: _M, name: str = "weight", dim: int | None = 0) -> _M:
    """Have a layer's weight computed as ``g * v / |v|`` (Salimans and Kingma, 2016).

    Parameters
    ----------
    module : Module
    name : str
        The name of the weight.
    dim : int, optional
        The axis along which each slice has a length of its own; None for one length in all.

    Returns
    -------
    Module
        The module itself.

    Examples
    --------
    >>> from lanegrad import nn
    >>> layer = nn.utils.weight_norm(nn.Linear(4, 2))
    >>> {name: p.shape for name, p in layer.named_parameters()}
    {'bias': (2,), 'weight_g': (2, 1), 'weight_v': (2, 4)}
    """
    weight = module.get_parameter(name)
    computed = _WeightNorm(name, None if dim is None else range(weight.ndim)[dim])
    weight = _take(module, name)
    module.register_parameter(name + "_g", Parameter(computed.length(weight.detach())))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    _install(module, computed)
    return module


def remove_weight_norm(module: _M, name: str = "weight") -> _M:
    """Undo `weight_norm`: the weight is a parameter again.

    Examples
    --------
    >>> from lanegrad import nn
    >>> layer = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(4, 2)))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight']
    """
    _remove(module, _WeightNorm, name, name + "_g", name + "_v")
    return module


class _SpectralNorm(_Computed):
    def __init__(self, name: str, n_power_iterations: int, eps: float, dim: int) -> None:
        super().__init__(name)
        self.n_power_iterations, self.eps, self.dim = n_power_iterations, eps, dim

    def matrix(self, weight: Tensor) -> Tensor:
        """The weight as a matrix, whose rows are the outputs."""
        axes = (self.dim, *(i for i in range(weight.ndim) if i != self.dim))
        moved = permuted(weight, axes) if self.dim else weight
        return moved.reshape(moved.shape[0], -1)

    def weight_of(self, module: Module) -> Tensor:
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.matrix(weight)
        if module.training:
            self.iterate(matrix.detach().numpy(), u, v, self.n_power_iterations)
        sigma = u.clone() @ (matrix @ v.clone())
        result: Tensor = weight / sigma
        return result

    def iterate(self, w: np.ndarray, u: Tensor, v: Tensor, times: int) -> None:
        """Steps of the power method, which bring u and v to the singular vectors of the largest value."""
        left, right = np.array(u.numpy()), np.array(v.numpy())
        for _ in range(times):
            right = self.unit(w.T @ left)
            left = self.unit(w @ right)
        overwrite(u, adopt(left))
        overwrite(v, adopt(right))

    def unit(self, x: np.ndarray) -> np.ndarray:
        length = np.float32(max(float(np.linalg.norm(x)), self.eps))
        return np.asarray(x / length, np.float32)


def spectral_norm(
    module: _M,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> _M:
    """Have a layer's weight divided by its largest singular value (Miyato et al., 2018).

    Parameters
    ----------
    module : Module
    name : str
        The name of the weight.
    n_power_iterations : int
        Steps of the power method at each call in training mode.
    eps : float
        The least length that a vector counts as.
    dim : int, optional
        The axis of the outputs: 1 for transposed convolutions and 0 for others, if not given.

    Returns
    -------
    Module
        The module itself.

    Examples
    --------
    >>> from lanegrad import nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(4, 2))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if n_power_iterations <= 0:
        raise ValueError(f"n_power_iterations must be positive, found {n_power_iterations}")
    if dim is None:
        dim = 1 if getattr(module, "transposed", False) else 0
    computed = _SpectralNorm(name, n_power_iterations, eps, dim)
    weight = _take(module, name)
    matrix = computed.matrix(weight.detach()).numpy()
    draws = [generator().standard_normal((n,), np.float32) for n in matrix.shape]
    module.register_parameter(name + "_orig", weight)
    module.register_buffer(name + "_u", computed.unit(draws[0]))
    module.register_buffer(name + "_v", computed.unit(draws[1]))
    u, v = module.get_buffer(name + "_u"), module.get_buffer(name + "_v")
    computed.iterate(matrix, u, v, 15)
    _install(module, computed)
    return module


def remove_spectral_norm(module: _M, name: str = "weight") -> _M:
    """Undo `spectral_norm`: the weight is a parameter again.

    Examples
    --------
    >>> from lanegrad import nn
    >>> layer = nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(4, 2)))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight']
    """
    _remove(module, _SpectralNorm, name, name + "_orig", name + "_u", name + "_v")
    return module
