"""Functions of layers that PyTorch has at the top level too.

Those of its C++ core take some arguments in another order than `nn.functional`: here is what goes where.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from . import _layer_names
from .nn import functional as F

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__: list[str] = []
__all__ += _layer_names.NAMES

adaptive_avg_pool1d = F.adaptive_avg_pool1d
avg_pool1d = F.avg_pool1d
bilinear = F.bilinear
celu, celu_ = F.celu, F.celu_
channel_shuffle = F.channel_shuffle
conv1d, conv2d = F.conv1d, F.conv2d
conv_transpose1d, conv_transpose2d = F.conv_transpose1d, F.conv_transpose2d
cosine_similarity = F.cosine_similarity
hardshrink = F.hardshrink
max_pool1d, max_pool2d = F.max_pool1d, F.max_pool2d
pairwise_distance = F.pairwise_distance
pdist = F.pdist
pixel_shuffle, pixel_unshuffle = F.pixel_shuffle, F.pixel_unshuffle
prelu = F.prelu
rms_norm = F.rms_norm
rrelu, rrelu_ = F.rrelu, F.rrelu_
selu, selu_ = F.selu, F.selu_
threshold, threshold_ = F.threshold, F.threshold_

REDUCTIONS = "none", "mean", "sum"


def _reduction(number: int) -> str:
    """The reduction of a number."""
    if number not in range(len(REDUCTIONS)):
        raise ValueError(f"reduction is 0, 1 or 2 for {', '.join(REDUCTIONS)}, found {number!r}")
    return REDUCTIONS[number]


def _with_number(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The form of a loss that takes its reduction as a number, its last argument, which is 0 by default.

    PyTorch's stubs say 1; what its functions do counts.
    """
    known = signature(loss)
    taken = [
        p
        for name, p in known.parameters.items()
        if name not in ("size_average", "reduce", "reduction")
    ]
    last = Parameter("reduction", Parameter.POSITIONAL_OR_KEYWORD, default=0, annotation="int")
    numbered = known.replace(parameters=[*taken, last])

    def form(*args: Any, **kwargs: Any) -> Tensor:
        given = numbered.bind(*args, **kwargs)
        given.apply_defaults()
        reduction = _reduction(given.arguments.pop("reduction"))
        return loss(**given.arguments, reduction=reduction)

    form.__name__ = form.__qualname__ = loss.__name__
    form.__signature__ = numbered  # type: ignore[attr-defined]
    form.__doc__ = (
        f"As `nn.functional.{loss.__name__}`, with 0, 1 or 2 for no reduction, mean or sum."
    )
    return form


binary_cross_entropy_with_logits = _with_number(F.binary_cross_entropy_with_logits)
cosine_embedding_loss = _with_number(F.cosine_embedding_loss)
hinge_embedding_loss = _with_number(F.hinge_embedding_loss)
margin_ranking_loss = _with_number(F.margin_ranking_loss)
poisson_nll_loss = _with_number(F.poisson_nll_loss)
triplet_margin_loss = _with_number(F.triplet_margin_loss)


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Tensor:
    """As `nn.functional.kl_div`, with 0, 1 or 2 for no reduction, mean or sum.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.kl_div(lanegrad.zeros(2), lanegrad.ones(2), 2)
    tensor(0.)
    """
    losses = F.kl_div(input, target, reduction="none", log_target=log_target)
    how = _reduction(reduction)
    return losses.mean() if how == "mean" else losses.sum() if how == "sum" else losses


def _dropping(function: Callable[..., Tensor], inplace: bool) -> Callable[..., Tensor]:
    """The form of a kind of dropout whose arguments have no defaults."""
    name = function.__name__ + ("_" if inplace else "")

    def form(input: Any, p: float, train: bool) -> Tensor:
        return function(input, p, train, inplace)

    form.__name__ = form.__qualname__ = name
    form.__doc__ = f"As `nn.functional.{function.__name__}`{', in place' if inplace else ''}."
    return form


dropout, dropout_ = (_dropping(F.dropout, inplace) for inplace in (False, True))
alpha_dropout, alpha_dropout_ = (_dropping(F.alpha_dropout, inplace) for inplace in (False, True))
feature_alpha_dropout, feature_alpha_dropout_ = (
    _dropping(F.feature_alpha_dropout, inplace) for inplace in (False, True)
)


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """As `nn.functional.batch_norm`.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([[1.0], [3.0]])
    >>> lanegrad.batch_norm(x, None, None, None, None, True, 0.1, 3.0, False)
    tensor([[-0.5000],
            [ 0.5000]])
    """
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """As `nn.functional.instance_norm`.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.tensor([[[1.0, 3.0]]])
    >>> lanegrad.instance_norm(x, None, None, None, None, True, 0.1, 3.0, False)
    tensor([[[-0.5000,  0.5000]]])
    """
    return F.instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def group_norm(
    input: Any,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """As `nn.functional.group_norm`."""
    return F.group_norm(input, num_groups, weight, bias, eps)


def layer_norm(
    input: Any,
    normalized_shape: Any,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """As `nn.functional.layer_norm`."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def embedding(
    weight: Any,
    indices: Any,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """As `nn.functional.embedding`, with the table first; a `padding_idx` of -1 is none.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.embedding(lanegrad.tensor([[1.0], [2.0]]), lanegrad.tensor([1, 0, 1]))
    tensor([[2.],
            [1.],
            [2.]])
    """
    row = None if padding_idx < 0 else padding_idx
    return F.embedding(indices, weight, row, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def adaptive_max_pool1d(input: Any, output_size: Any) -> tuple[Tensor, Tensor]:
    """As `nn.functional.adaptive_max_pool1d` with ``return_indices=True``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.adaptive_max_pool1d(lanegrad.tensor([[[1.0, 3.0, 2.0]]]), 1)
    (tensor([[[3.]]]), tensor([[[1]]]))
    """
    values, indices = F.adaptive_max_pool1d(input, output_size, return_indices=True)
    return values, indices


def constant_pad_nd(input: Any, pad: Any, value: float = 0) -> Tensor:
    """As `nn.functional.pad` with a constant.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.constant_pad_nd(lanegrad.ones(2), (1, 0))
    tensor([0., 1., 1.])
    """
    return F.pad(input, pad, "constant", value)
