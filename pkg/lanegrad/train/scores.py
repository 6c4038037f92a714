"""How well a network does: loss, accuracy, top five, and which class is taken for which."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from .._tensor import Tensor
from ..autograd import no_grad
from ..nn import Module
from ..nn._modes import evaluating

__all__ = ["Scores", "evaluate"]

IGNORED = -100  # a label that counts for nothing, as in cross_entropy
BEST = 5  # answers of which one has to be right, for `top5`


class Scores(NamedTuple):
    """What `evaluate` finds, over all rows of logits whose label counts.

    Attributes
    ----------
    loss : float
        Mean cross-entropy.
    accuracy : float
        The share of rows whose largest logit is that of their class, from 0 to 1.
    top5 : float or None
        The share of rows whose class is among the five largest logits; None for five classes or fewer.
    confusion : ndarray of int64, (C, C)
        How many rows of each class (row) were taken for each class (column).
    """

    loss: float
    accuracy: float
    top5: float | None
    confusion: np.ndarray

    @property
    def by_class(self) -> list[float | None]:
        """The accuracy of each class's rows; None where there are none."""
        counts = self.confusion.sum(1).tolist()
        right = self.confusion.diagonal().tolist()
        return [r / n if n else None for r, n in zip(right, counts, strict=True)]


def evaluate(
    model: Module,
    loader: Iterable[Any],
    watching: Callable[[np.ndarray, np.ndarray], object] | None = None,
) -> Scores:
    """Loss and answers of a classifier, in evaluation mode; each batch's from one pass of the loss.

    Parameters
    ----------
    model : Module
        Gives logits (N, C), or (N, C, ...) where each position of an image has a class of its own. It is
        left in the mode that it was in.
    loader : DataLoader
        Its labels are class indices (N, ...), of which -100 counts for nothing; or probabilities of the
        logits' shape, of which the most probable class is the right one.
    watching : callable, optional
        Is shown the logits and the labels of each batch, as arrays.

    Returns
    -------
    Scores

    Raises
    ------
    ValueError
        The loader gives no batch, or no label that counts; or the logits are not (N, C, ...).
    TypeError, ValueError, IndexError
        Labels do not fit the logits.

    Examples
    --------
    >>> from lanegrad import data, models, train
    >>> digits = data.Digits(train=False, transform=data.ToTensor())
    >>> scores = train.evaluate(models.DigitsNet(), data.DataLoader(digits, batch_size=64))
    >>> 0 <= scores.accuracy < 0.5 <= scores.top5 + 0.3  # untrained
    True
    """
    total, among, batches = 0.0, 0, 0
    confusion: Any = None
    with evaluating(model), no_grad():
        for inputs, labels in loader:
            batches += 1
            output = model(inputs)
            if output.ndim < 2:
                raise ValueError(
                    f"expected logits (N, C) or (N, C, ...); found shape {output.shape}"
                )
            logits, target = output.numpy(), _array(labels)
            if watching is not None:
                watching(logits, target)
            loss, stats = ops.cross_entropy(
                logits, target, reduction="sum", return_stats=True, axis=1
            )
            total += float(loss)
            wanted = right_classes(target)
            counts = wanted != IGNORED
            places = (stats.argmax + wanted * logits.shape[1])[counts]
            found = np.bincount(places, minlength=logits.shape[1] ** 2)
            confusion = found if confusion is None else confusion + found
            if logits.shape[1] > BEST:
                among += _among_the_best(logits, np.where(counts, wanted, 0))[counts].sum()
    if not batches:
        raise ValueError("the loader gave no batch")
    counted = int(confusion.sum())
    if not counted:
        raise ValueError(f"the loader gave no label that counts: all are {IGNORED}")
    confusion = confusion.reshape(logits.shape[1], -1)
    right = int(confusion.trace())
    top5 = int(among) / counted if len(confusion) > BEST else None
    return Scores(total / counted, right / counted, top5, confusion)


def right_classes(target: np.ndarray) -> np.ndarray:
    """The class of each row, or `IGNORED`, of class indices or probabilities."""
    return target.argmax(1) if target.dtype.kind == "f" else target


def _array(labels: Any) -> np.ndarray:
    return labels.detach().numpy() if isinstance(labels, Tensor) else np.asarray(labels)


def _among_the_best(logits: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Whether fewer than five logits of a row are larger than that of its class."""
    own = np.take_along_axis(logits, wanted[:, None], 1)
    return np.asarray((logits > own).sum(1) < BEST)


class Running:
    """Mean loss and accuracy of the batches that are trained on, from what the step computes anyway.

    Answers are counted for several small batches together, since NumPy's calls take longer than small
    networks' layers.
    """

    TOGETHER = 1 << 14  # logits that are kept until they are counted

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {}
        self._loss: float = state.get("loss", 0.0)
        self.seen: int = state.get("seen", 0)
        self._right: int = state.get("right", 0)
        self._counted: int = state.get("counted", 0)
        self._kept: list[tuple[np.ndarray, np.ndarray]] = []
        self._size = 0

    def add(self, loss: float, output: Tensor, labels: Any) -> None:
        """A batch: its mean loss, what the network gave for it, and its labels."""
        rows = len(labels)
        self._loss += loss * rows
        self.seen += rows
        logits, target = output.detach().numpy(), _array(labels)
        shape = logits.shape
        wanted = shape if target.dtype.kind == "f" else shape[:1] + shape[2:]
        if len(shape) < 2 or target.shape != wanted:
            return  # no classes but numbers, as of a regression
        self._kept.append((logits, target))
        self._size += logits.size
        if self._size > self.TOGETHER or logits.ndim > 2:
            self._count()

    def _count(self) -> None:
        if self._kept:
            logits, target = map(np.concatenate, zip(*self._kept, strict=True))
            answers, wanted = logits.argmax(1), right_classes(target)
            self._right += int(np.count_nonzero(answers == wanted))
            self._counted += int(np.count_nonzero(wanted != IGNORED))
            self._kept.clear()
            self._size = 0

    @property
    def loss(self) -> float:
        """The mean over the samples so far."""
        return self._loss / self.seen

    @property
    def accuracy(self) -> float | None:
        """The share of right answers so far; None where there are no classes."""
        self._count()
        return self._right / self._counted if self._counted else None

    def state(self) -> dict[str, Any]:
        """All of it, to go on from."""
        self._count()
        return {
            "loss": self._loss,
            "seen": self.seen,
            "right": self._right,
            "counted": self._counted,
        }
