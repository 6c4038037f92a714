"""Training: `fit`, or a `Trainer` that can be stopped and resumed, and `evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .._missing import explain
from .._tensor import Tensor
from ..nn import Module
from ..optim import Optimizer
from .checkpoints import CheckpointError, Checkpoints
from .logs import Log
from .not_finite import NotFiniteError
from .schedules import schedule
from .scores import Scores, evaluate
from .tensorboard import TensorBoard
from .together import Together
from .trainer import Callback, Epoch, Trainer
from .tta import Mirrored, Shifted

__all__ = [
    "Callback",
    "CheckpointError",
    "Checkpoints",
    "Epoch",
    "Log",
    "Mirrored",
    "NotFiniteError",
    "Scores",
    "Shifted",
    "TensorBoard",
    "Together",
    "Trainer",
    "evaluate",
    "fit",
    "schedule",
]


def fit(
    model: Module,
    train_loader: Iterable[Any],
    valid_loader: Iterable[Any] | None = None,
    *,
    optimizer: Optimizer,
    criterion: Callable[[Tensor, Tensor], Tensor] | None = None,
    epochs: int,
    callbacks: Iterable[Callback] = (),
) -> list[Epoch]:
    """Train a model: a `Trainer` in one call.

    Parameters
    ----------
    model : Module
    train_loader : DataLoader
    valid_loader : DataLoader, optional
        Evaluated after each epoch.
    optimizer, criterion, callbacks
        See `Trainer`.
    epochs : int
        Passes over the training data.

    Returns
    -------
    list of Epoch

    Raises
    ------
    FloatingPointError
        The loss became NaN or infinite; the message says when and where.
    ValueError
        The loader gives no batch.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import data, models, optim, train
    >>> _ = lanegrad.manual_seed(0)
    >>> model = models.DigitsNet()
    >>> digits = data.Digits(transform=data.ToTensor())
    >>> history = train.fit(
    ...     model,
    ...     data.DataLoader(digits, batch_size=16, shuffle=True),
    ...     optimizer=optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
    ...     epochs=2,
    ... )
    >>> history[1].loss < history[0].loss
    True
    """
    trainer = Trainer(model, optimizer, criterion, callbacks=callbacks)
    return trainer.fit(train_loader, valid_loader, epochs=epochs)


explain(__name__)
