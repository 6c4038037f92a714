"""The training loop and the evaluation that the command line runs, for use in programs too."""

import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .autograd import no_grad
from .data import DataLoader
from .nn import Module
from .nn import functional as F
from .optim import Optimizer
from .tensor import Tensor


class Epoch(NamedTuple):
    """What `fit` reports of one pass over the training data."""

    number: int  # from 1
    loss: float  # mean over the samples, each taken when its batch was trained on
    seconds: float  # of training, without the evaluation
    test_loss: float | None
    test_accuracy: float | None  # from 0 to 1


def fit(
    model: Module,
    train_loader: DataLoader,
    test_loader: DataLoader | None = None,
    *,
    optimizer: Optimizer,
    criterion: Callable[[Tensor, Tensor], Tensor],
    epochs: int,
    progress: Callable[[DataLoader, int], Iterable[tuple[Tensor, Tensor]]] | None = None,
    on_epoch: Callable[[Epoch], object] | None = None,
) -> list[Epoch]:
    """Train a model.

    Parameters
    ----------
    model : Module
    train_loader : DataLoader
    test_loader : DataLoader, optional
        Evaluated after each epoch.
    optimizer : Optimizer
        Holds the model's parameters.
    criterion : callable
        Gives the mean loss of a batch from ``model(inputs)`` and the labels.
    epochs : int
        Passes over the training data.
    progress : callable, optional
        Gets the training loader and the epoch's number and gives back something that yields the
        same batches, such as ``lambda loader, epoch: tqdm(loader)``.
    on_epoch : callable, optional
        Called with each finished `Epoch`.

    Returns
    -------
    list of Epoch

    Raises
    ------
    FloatingPointError
        The loss became NaN or infinite; the message names the epoch and the batch.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import data, models, nn, optim, train
    >>> _ = lanegrad.manual_seed(0)
    >>> model = models.DigitsNet()
    >>> history = train.fit(
    ...     model,
    ...     data.DataLoader(data.Digits(), batch_size=16, shuffle=True),
    ...     optimizer=optim.SGD(model.parameters(), lr=0.02, momentum=0.9),
    ...     criterion=nn.CrossEntropyLoss(),
    ...     epochs=2,
    ... )
    >>> history[1].loss < history[0].loss
    True
    """

    history = []
    for number in range(1, epochs + 1):
        model.train()
        start = time.perf_counter()
        total, seen = 0.0, 0
        batches = progress(train_loader, number) if progress else train_loader
        for batch, (inputs, labels) in enumerate(batches, 1):
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            value = loss.item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss became {value} in epoch {number}, batch {batch}: try a smaller "
                    "learning rate, or look for NaN or infinity in the inputs"
                )
            optimizer.step()
            total += value * len(labels)
            seen += len(labels)
        if not seen:
            raise ValueError("the training loader gave no batch")
        seconds = time.perf_counter() - start
        test = (None, None) if test_loader is None else evaluate(model, test_loader)
        history.append(Epoch(number, total / seen, seconds, *test))
        if on_epoch:
            on_epoch(history[-1])
    return history


def evaluate(model: Module, loader: DataLoader) -> tuple[float, float]:
    """Mean cross-entropy and share of correct answers of a classifier, in evaluation mode.

    Parameters
    ----------
    model : Module
        Gives logits (N, C). It is left in the mode that it was in.
    loader : DataLoader

    Returns
    -------
    loss, accuracy : float
        The accuracy is between 0 and 1.

    Raises
    ------
    ValueError
        The loader gives no batch.

    Examples
    --------
    >>> from lanegrad import data, models, train
    >>> digits = data.DataLoader(data.Digits(train=False), batch_size=64)
    >>> loss, accuracy = train.evaluate(models.DigitsNet(), digits)
    >>> 0 <= accuracy < 0.5  # untrained
    True
    """
    was_training = model.training
    model.eval()
    total, right, seen = 0.0, 0, 0
    try:
        with no_grad():
            for inputs, labels in loader:
                logits = model(inputs)
                loss = F.cross_entropy(logits, labels, reduction="sum")
                total += loss.item()
                right += int((logits.numpy().argmax(1) == labels.numpy()).sum())
                seen += len(labels)
    finally:
        model.train(was_training)
    if not seen:
        raise ValueError("the loader gave no batch")
    return total / seen, right / seen
