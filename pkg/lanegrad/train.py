"""The training loop and the evaluation that the command line runs, for use in programs too."""

import math
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ._missing import missing_names
from ._tensor import Tensor
from ._tensor.convert import FLOAT
from .autograd import no_grad
from .nn import Module
from .nn import functional as F
from .optim import Optimizer
from .utils.data import DataLoader

IGNORED = -100  # a label that counts for nothing, as in cross_entropy


class Epoch(NamedTuple):
    """What `fit` reports of one pass over the training data."""

    number: int  # from 1
    loss: float  # mean over the samples, each taken when its batch was trained on
    seconds: float  # of training, without the evaluation
    test_loss: float | None
    test_accuracy: float | None  # from 0 to 1


def fit(
    model: Module,
    train_loader: DataLoader[Any],
    test_loader: DataLoader[Any] | None = None,
    *,
    optimizer: Optimizer,
    criterion: Callable[[Tensor, Tensor], Tensor],
    epochs: int,
    progress: Callable[[DataLoader[Any], int], Iterable[tuple[Tensor, Tensor]]] | None = None,
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
    >>> digits = data.Digits(transform=data.ToTensor())
    >>> history = train.fit(
    ...     model,
    ...     data.DataLoader(digits, batch_size=16, shuffle=True),
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


def evaluate(model: Module, loader: DataLoader[Any]) -> tuple[float, float]:
    """Mean cross-entropy and share of correct answers of a classifier, in evaluation mode.

    Parameters
    ----------
    model : Module
        Gives logits (N, C), or (N, C, ...) where each position of an image has a class of its own. It is
        left in the mode that it was in.
    loader : DataLoader
        Its labels are class indices (N, ...), of which -100 counts for nothing; or probabilities of the
        logits' shape.

    Returns
    -------
    loss, accuracy : float
        Means over all rows of logits whose label counts. An answer, the class with the largest logit, is
        correct if it is the label, or the most probable class. The accuracy is between 0 and 1.

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
    >>> loader = data.DataLoader(digits, batch_size=64)
    >>> loss, accuracy = train.evaluate(models.DigitsNet(), loader)
    >>> 0 <= accuracy < 0.5  # untrained
    True
    """
    was_training = model.training
    model.eval()
    total, right, counted, batches = 0.0, 0, 0, 0
    try:
        with no_grad():
            for inputs, labels in loader:
                batches += 1
                logits = model(inputs)
                if logits.ndim < 2:
                    raise ValueError(
                        f"expected logits (N, C) or (N, C, ...); found shape {logits.shape}"
                    )
                loss = F.cross_entropy(logits, labels, reduction="sum")
                total += loss.item()
                answers, wanted = logits.numpy().argmax(1), labels.numpy()
                if wanted.dtype == FLOAT:  # probabilities
                    wanted = wanted.argmax(1)
                right += int((answers == wanted).sum())
                counted += int((wanted != IGNORED).sum())
    finally:
        model.train(was_training)
    if not batches:
        raise ValueError("the loader gave no batch")
    if not counted:
        raise ValueError(f"the loader gave no label that counts: all are {IGNORED}")
    return total / counted, right / counted


__getattr__ = missing_names(__name__)
