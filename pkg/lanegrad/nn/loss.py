"""Losses as modules."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from .. import _core
from .._tensor import Tensor
from . import functional as F
from ._loss import _Loss
from ._options import class_weights
from .functional._class_loss import class_loss
from .functional._reduction import reduction_of

__all__ = ["CrossEntropyLoss", "NLLLoss", "NLLLoss2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class ClassLoss(_Loss):
    """What the losses over classes share: class weights and options."""

    weight: Tensor | None
    ignore_index: int
    reduction: str
    label_smoothing: float
    z_loss: float
    softcap: float | None
    axis: int | None

    def __init__(
        self,
        weight: ArrayLike | Tensor | None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        # Outputs and labels given here instead of to the call: the slip that is made most often.
        slip = not (size_average is None or isinstance(size_average, bool | int))
        weights = None if weight is None or slip else class_weights(weight)
        if slip or (weights is not None and weights.ndim != 1):
            name = type(self).__name__
            raise TypeError(
                f"nn.{name}(...) makes the loss function and takes only its options; call it with "
                f"outputs and labels afterwards:\n"
                f"    criterion = nn.{name}()\n"
                f"    loss = criterion(outputs, labels)\n"
                f"(the first option, weight, has one number per class)"
            )
        options["reduction"] = reduction_of(size_average, reduce, options["reduction"], 4)
        _core.check_reduction(options["reduction"])
        self.register_buffer("weight", weights)
        for name, value in options.items():
            setattr(self, name, value)
        self._options = tuple(options)

    def _chosen(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._options}


class CrossEntropyLoss(ClassLoss):
    """Cross-entropy between logits and class indices or class probabilities.

    It equals `NLLLoss` of `LogSoftmax`, but is computed in one pass and stays exact where the loss
    is tiny. Make it first, then call it with outputs and labels, and a `sample_weight` if there is
    one.

    Parameters
    ----------
    weight, ignore_index, reduction, label_smoothing, z_loss, softcap, axis
        As in `lanegrad.ops.cross_entropy`.
    size_average, reduce : bool, optional
        PyTorch's old arguments for the reduction, with a warning.

    Raises
    ------
    TypeError
        Outputs and labels were given to the constructor.

    See Also
    --------
    lanegrad.nn.functional.cross_entropy : The shapes it takes, and the errors it raises.

    Examples
    --------
    >>> from lanegrad import nn
    >>> criterion = nn.CrossEntropyLoss()
    >>> outputs = [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    >>> criterion(outputs, [0, 1])
    tensor(0.3955)
    >>> nn.NLLLoss()(nn.LogSoftmax(dim=1)(outputs), [0, 1])
    tensor(0.3955)
    """

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
        *,
        z_loss: float = 0.0,
        softcap: float | None = None,
        axis: int | None = None,
    ) -> None:
        super().__init__(
            weight, size_average, reduce, ignore_index=ignore_index, reduction=reduction,
            label_smoothing=label_smoothing, z_loss=z_loss, softcap=softcap, axis=axis,
        )  # fmt: skip

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        options = _core.LossOptions(
            self.weight, sample_weight, self.ignore_index, self.reduction, self.label_smoothing,
            self.z_loss, self.softcap, self.axis,
        )  # fmt: skip
        return class_loss(input, target, options)


class NLLLoss(ClassLoss):
    """Negative log-likelihood of class indices under log-probabilities, as `LogSoftmax` gives.

    Parameters
    ----------
    weight, ignore_index, reduction, axis
        As in `lanegrad.ops.cross_entropy` of class indices.
    size_average, reduce : bool, optional
        PyTorch's old arguments for the reduction, with a warning.

    Raises
    ------
    TypeError
        Log-probabilities and labels were given to the constructor.

    See Also
    --------
    lanegrad.nn.functional.nll_loss : The shapes it takes, and the errors it raises.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.NLLLoss(reduction="sum")([[-0.5, -1.0], [-0.25, -2.0]], [0, 1])
    tensor(2.5000)
    """

    def __init__(
        self,
        weight: ArrayLike | Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        axis: int | None = None,
    ) -> None:
        super().__init__(
            weight, size_average, reduce, ignore_index=ignore_index, reduction=reduction, axis=axis
        )

    def forward(self, input: Any, target: Any, sample_weight: Any = None) -> Tensor:
        return F.nll_loss(input, target, self.weight, sample_weight=sample_weight, **self._chosen())


class NLLLoss2d(NLLLoss):
    """The old name of `NLLLoss`, with a FutureWarning.

    Examples
    --------
    >>> import warnings
    >>> from lanegrad import nn
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     criterion = nn.NLLLoss2d()
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn("nn.NLLLoss2d is now nn.NLLLoss", FutureWarning, stacklevel=2)
        super().__init__(*args, **kwargs)
