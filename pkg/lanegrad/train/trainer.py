"""The training loop: what `fit` and the command line share, and what they resume."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from .._tensor import Tensor
from ..nn import CrossEntropyLoss, Module
from ..nn.utils import clip_grad_norm_
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler
from ..optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from ..random import get_rng_state, set_rng_state
from .not_finite import NotFiniteError, first_not_finite, found_in
from .scores import Running, Scores, evaluate

__all__ = ["Callback", "Epoch", "Trainer"]


class Epoch(NamedTuple):
    """What is known of a pass over the training data when it is done.

    Attributes
    ----------
    number : int
        From 1.
    steps : int
        Of the optimizer, in all so far.
    lr : float
        The learning rate of the last step.
    loss : float
        The mean over the samples, each taken when its batch was trained on.
    accuracy : float or None
        The share of right answers, likewise; None where the targets are no classes.
    seconds : float
        Of training, without the evaluation.
    images_per_second : float
    valid_loss, valid_accuracy, valid_top5 : float or None
        Of `evaluate` on the pictures for validation, if there are any.
    """

    number: int
    steps: int
    lr: float
    loss: float
    accuracy: float | None
    seconds: float
    images_per_second: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    valid_top5: float | None = None


class Callback:
    """Is told what a `Trainer` does: a subclass defines what it wants to know of."""

    def on_start(self, trainer: Trainer) -> None:
        """Training begins, or goes on."""

    def on_pass(self, trainer: Trainer) -> None:
        """A pass over the training data begins, or goes on."""

    def on_step(self, trainer: Trainer) -> None:
        """A step was made."""

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """An epoch is done, and evaluated."""

    def on_end(self, trainer: Trainer) -> None:
        """Training is done, or was stopped; not called where there was an error."""


class Trainer:
    """Trains a network; what it is in the middle of can be saved, and gone on with to the same bits.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
        Holds the model's parameters.
    criterion : callable
        Gives the mean loss of a batch from ``model(inputs)`` and the labels; cross-entropy if not given.
    schedule : LRScheduler, optional
        Goes on after each step; see `schedule`.
    clip_norm : float, optional
        The largest norm of all gradients together; longer ones are made that short.
    ema_decay : float, optional
        Keep an exponential moving average of the parameters that has this share of itself from step to step;
        it is what is evaluated.
    callbacks : iterable of Callback

    Attributes
    ----------
    history : list of Epoch
    best : Epoch or None
        The one with the best accuracy, and of these the best loss, in validation; without a loader for that
        the last.
    average : AveragedModel or None
    epoch, place, steps : int
        How many epochs are done, batches of the next one, and steps in all.
    seconds : float
        That training has taken, with evaluation, before it was resumed too.
    stopped : bool
        Whether `stop` was called.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import data, models, optim, train
    >>> _ = lanegrad.manual_seed(0)
    >>> model = models.DigitsNet()
    >>> digits = data.DataLoader(data.Digits(transform=data.ToTensor()), batch_size=16, shuffle=True)
    >>> trainer = train.Trainer(model, optim.SGD(model.parameters(), lr=0.02, momentum=0.9))
    >>> first, second = trainer.fit(digits, epochs=2)
    >>> second.loss < first.loss
    True
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        criterion: Callable[[Tensor, Tensor], Tensor] | None = None,
        *,
        schedule: LRScheduler | None = None,
        clip_norm: float | None = None,
        ema_decay: float | None = None,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        self.model, self.optimizer = model, optimizer
        self.criterion = CrossEntropyLoss() if criterion is None else criterion
        self.schedule, self.clip_norm = schedule, clip_norm
        self.average: AveragedModel | None = None
        if ema_decay is not None:
            self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema_decay))
        self.callbacks = list(callbacks)
        self.history: list[Epoch] = []
        self.best: Epoch | None = None
        self.epoch = self.place = self.steps = 0
        self.seconds = 0.0
        self.stopped = False
        self.running = Running()
        self._lr: float = optimizer.param_groups[0]["lr"]
        self._pass_seconds = 0.0  # of the epoch that is not done

    @property
    def trained(self) -> Module:
        """What is to be used: the average if there is one, or else the network."""
        return self.model if self.average is None else self.average.module

    def stop(self) -> None:
        """Have `fit` return after the step that it is making; a signal's handler may call it."""
        self.stopped = True

    def fit(
        self,
        train_loader: Iterable[Any],
        valid_loader: Iterable[Any] | None = None,
        *,
        epochs: int | None = None,
        steps: int | None = None,
        minutes: float | None = None,
        patience: int | None = None,
    ) -> list[Epoch]:
        """Train until the first of these limits is reached; they are counted from the very start.

        Parameters
        ----------
        train_loader, valid_loader : DataLoader
            If they have `set_epoch`, it is called before each pass, so that orders and random changes of
            pictures depend on the seed and the epoch's number alone.
        epochs, steps, minutes : optional
            An epoch that a limit ends is shorter than others. At least one limit must be given, and one step
            is always made.
        patience : int, optional
            End where so many epochs have brought nothing better in validation.

        Returns
        -------
        list of Epoch
            All since the very start.

        Raises
        ------
        NotFiniteError
            The loss became NaN or infinite. It is a FloatingPointError, and says where that came from; the
            step has not been made.
        ValueError
            There is no limit, or the loader gives no batch.
        """
        if epochs is steps is minutes is None:
            raise ValueError("give epochs, steps or minutes: training would not end")
        if patience is not None and valid_loader is None:
            raise ValueError("patience needs a loader for validation")
        most = [math.inf if limit is None else limit for limit in (epochs, steps, minutes)]
        began = time.perf_counter() - self.seconds

        def enough() -> bool:
            self.seconds = time.perf_counter() - began
            return self.steps >= most[1] or (self.steps > 0 and self.seconds >= 60 * most[2])

        def done() -> bool:
            late = self.epoch - self.best.number if self.best else 0
            return enough() or self.epoch >= most[0] or (patience is not None and late >= patience)

        self.stopped = False
        for callback in self.callbacks:
            callback.on_start(self)
        while not self.stopped and (self.place or not done()):
            self._train(train_loader, enough)
            if not self.stopped:
                self._finish_epoch(valid_loader)
        self.seconds = time.perf_counter() - began
        for callback in self.callbacks:
            callback.on_end(self)
        return self.history

    def _train(self, loader: Iterable[Any], enough: Callable[[], bool]) -> None:
        """The rest of the pass over the training data, or of what the limits leave of it."""
        batches = self._rest(loader)
        for callback in self.callbacks:
            callback.on_pass(self)
        watching = [c for c in self.callbacks if type(c).on_step is not Callback.on_step]
        began = time.perf_counter() - self._pass_seconds
        for inputs, labels in batches:
            if self.stopped or (self.place and enough()):  # an epoch that has begun makes a step
                break
            self._step(inputs, labels)
            self._pass_seconds = time.perf_counter() - began
            for callback in watching:
                callback.on_step(self)
        if not (self.place or self.stopped):
            raise ValueError("the training loader gave no batch")

    def _rest(self, loader: Iterable[Any]) -> Iterator[Any]:
        """The batches of the pass that have not been trained on yet."""
        _number(loader, self.epoch)
        self.model.train()
        state = get_rng_state()
        batches = iter(loader)
        for _ in range(self.place):
            next(batches)
        if self.place:
            set_rng_state(state)  # what the batches before may have drawn, was drawn before
        return batches

    def _step(self, inputs: Any, labels: Any) -> None:
        self.optimizer.zero_grad()
        output = self.model(inputs)
        loss = self.criterion(output, labels)
        loss.backward()
        if self.clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.clip_norm)
        value = loss.item()
        self._lr = self.optimizer.param_groups[0]["lr"]
        if not math.isfinite(value):
            raise self._not_finite(value, inputs, labels)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        if self.schedule is not None:
            self.schedule.step()
        self.running.add(value, output, labels)
        self.place += 1
        self.steps += 1

    def _not_finite(self, value: float, inputs: Any, labels: Any) -> NotFiniteError:
        place, hint = found_in(self.model, inputs)
        return NotFiniteError(
            f"the loss became {value} in epoch {self.epoch + 1}, batch {self.place + 1} (step "
            f"{self.steps + 1}, learning rate {float(self._lr):g}): {place}: {hint}",
            {"inputs": inputs, "labels": labels, "loss": value, "trainer": self.state_dict()},
        )

    def _finish_epoch(self, valid_loader: Iterable[Any] | None) -> None:
        name = self.not_finite()
        if name is not None:  # of the last step, of which no loss has told
            raise NotFiniteError(
                f"{name} became NaN or infinite in step {self.steps}, the last of epoch {self.epoch + 1} "
                f"(learning rate {float(self._lr):g}): try a smaller learning rate, or clip gradients",
                {"trainer": self.state_dict()},
            )
        valid: tuple[Any, ...] = ()
        if valid_loader is not None:
            _number(valid_loader, self.epoch)
            scores: Scores = evaluate(self.trained, valid_loader)
            valid = scores.loss, scores.accuracy, scores.top5
        loss, accuracy, seconds = self.running.loss, self.running.accuracy, self._pass_seconds
        speed = self.running.seen / seconds
        self.epoch += 1
        epoch = Epoch(
            self.epoch, self.steps, float(self._lr), loss, accuracy, seconds, speed, *valid
        )
        self.history.append(epoch)
        if self.best is None or _rank(epoch) >= _rank(self.best):
            self.best = epoch
        self.place, self._pass_seconds, self.running = 0, 0.0, Running()
        for callback in self.callbacks:
            callback.on_epoch(self, epoch)

    def not_finite(self) -> str | None:
        """The name of a parameter with NaN or infinity in it, if there is one."""
        return first_not_finite(self.model.named_parameters())

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on to the same bits; `lanegrad.save` takes it."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "random": get_rng_state(),
            "epoch": self.epoch,
            "place": self.place,
            "steps": self.steps,
            "lr": self._lr,
            "seconds": self.seconds,
            "pass_seconds": self._pass_seconds,
            "running": self.running.state(),
            "history": [tuple(epoch) for epoch in self.history],
            "best": None if self.best is None else self.best.number,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there, with the network, the optimizer and so on made as they were then.

        Raises
        ------
        RuntimeError, ValueError
            The state is that of another network or optimizer.
        """
        for name in ("schedule", "average"):
            if (state[name] is None) != (getattr(self, name) is None):
                raise ValueError(
                    f"the state was saved {'without' if state[name] is None else 'with'} {name}"
                )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self.epoch, self.place, self.steps = state["epoch"], state["place"], state["steps"]
        self._lr = state["lr"]
        self.seconds, self._pass_seconds = state["seconds"], state["pass_seconds"]
        self.running = Running(state["running"])
        self.history = [Epoch(*values) for values in state["history"]]
        self.best = None if state["best"] is None else self.history[state["best"] - 1]
        set_rng_state(state["random"])


def _number(loader: Iterable[Any], epoch: int) -> None:
    """Make the next pass of a loader that of a number, if it can."""
    number = getattr(loader, "set_epoch", None)
    if number is not None:
        number(epoch)


def _rank(epoch: Epoch) -> tuple[float, float]:
    """Larger is better; the same for all epochs that were not validated."""
    if epoch.valid_loss is None:
        return 0.0, 0.0
    return epoch.valid_accuracy or 0.0, -epoch.valid_loss
