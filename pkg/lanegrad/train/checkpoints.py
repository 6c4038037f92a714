"""Checkpoints: a training that was killed goes on from its last one, to the same bits."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .. import version
from ..serialization import FormatError, load, save
from .trainer import Callback, Epoch, Trainer

__all__ = ["CheckpointError", "Checkpoints"]

FORMAT = 1
LAST, BEFORE, BEST = "last.safetensors", "before.safetensors", "best.safetensors"


class CheckpointError(RuntimeError):
    """A checkpoint is not there, damaged, or not of this training; the message says which in one line.

    Attributes
    ----------
    damaged : bool
    """

    def __init__(self, message: str, damaged: bool = False) -> None:
        super().__init__(message)
        self.damaged = damaged


class Checkpoints(Callback):
    """Saves a `Trainer` to a folder now and then, at its end, and when it is stopped.

    ``last.safetensors`` has all that is needed to go on, ``before.safetensors`` is the one before it, and
    ``best.safetensors`` has the weights of the best epoch alone. Each is replaced when the new one is whole
    and on the disk. The best weights are written before a checkpoint that comes after their epoch.

    Parameters
    ----------
    folder : str or path
        Is made if it is not there.
    about : dict, optional
        Values that say what is trained; a checkpoint with others is refused.
    cost : float
        The share of the time that saving may take: the next time comes after ``1 / cost`` times as long as
        the last one took.

    Examples
    --------
    >>> import lanegrad, tempfile
    >>> from lanegrad import data, models, optim, train
    >>> folder = tempfile.TemporaryDirectory()
    >>> def trainer():
    ...     _ = lanegrad.manual_seed(0)
    ...     model = models.DigitsNet()
    ...     return train.Trainer(model, optim.SGD(model.parameters(), lr=0.02), callbacks=[saving])
    >>> saving = train.Checkpoints(folder.name)
    >>> digits = data.DataLoader(data.Digits(transform=data.ToTensor()), 64, shuffle=True)
    >>> _ = trainer().fit(digits, epochs=1)
    >>> resumed = trainer()
    >>> saving.resume(resumed)
    True
    >>> [epoch.number for epoch in resumed.fit(digits, epochs=2)]
    [1, 2]
    >>> folder.cleanup()
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        about: Mapping[str, Any] | None = None,
        *,
        cost: float = 0.01,
    ) -> None:
        self.folder, self.about, self.cost = os.fspath(folder), dict(about or {}), cost
        self._next = 0.0
        self._best: dict[str, Any] | None = None  # that is not on the disk yet

    def on_start(self, trainer: Trainer) -> None:
        """The first one, which finds a folder that cannot be written to before time was spent."""
        os.makedirs(self.folder, exist_ok=True)
        for name in os.listdir(self.folder):  # what was being written when a run was killed
            if name.startswith(".") and name.endswith(".tmp"):
                os.unlink(self._path(name))
        if not trainer.steps:
            self.save(trainer)

    def on_step(self, trainer: Trainer) -> None:
        """One if it is time; but not of a network with NaN in it, which training will stop at."""
        if time.perf_counter() >= self._next and trainer.not_finite() is None:
            self.save(trainer)

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """The best weights are kept until the next checkpoint."""
        if trainer.best is epoch:
            weights = trainer.trained.state_dict()
            self._best = {  # nothing that differs from run to run, such as seconds
                "epoch": epoch.number,
                "loss": epoch.loss,
                "valid_loss": epoch.valid_loss,
                "valid_accuracy": epoch.valid_accuracy,
                "model": {name: value.detach().clone() for name, value in weights.items()},
            }
        self.on_step(trainer)

    def on_end(self, trainer: Trainer) -> None:
        """The last one."""
        self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """One now."""
        began = time.perf_counter()
        if self._best is not None:
            self._write(BEST, self._best)
            self._best = None
        last, before, link = (self._path(name) for name in (LAST, BEFORE, f"{BEFORE}.new"))
        with suppress(OSError):  # there is none yet, or the file system has no links
            os.link(last, link)
            os.replace(link, before)
        self._write(LAST, {"trainer": trainer.state_dict()})
        now = time.perf_counter()
        self._next = now + (now - began) / self.cost

    def resume(self, trainer: Trainer) -> bool:
        """Have a trainer go on from the last checkpoint; False if there is none.

        Where it is damaged, and the one before is not, that is taken, with a warning.

        Raises
        ------
        CheckpointError
            There is none that is whole, or it is one of another training.
        """
        last, before = self._path(LAST), self._path(BEFORE)
        if not os.path.exists(last):
            return False
        try:
            state = read(last, self.about)
        except CheckpointError as error:
            if not (error.damaged and os.path.exists(before)):
                raise
            state = read(before, self.about)
            warnings.warn(f"{error}: going on from {BEFORE}, the one before", stacklevel=2)
            os.replace(before, last)
        try:
            trainer.load_state_dict(state["trainer"])
        except (RuntimeError, ValueError, LookupError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise CheckpointError(f"{last} is of another network: {reason}") from error
        return True

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _write(self, name: str, values: dict[str, Any]) -> None:
        head = {"format": FORMAT, "lanegrad": version.__version__, "about": self.about}
        save({**head, **values}, self._path(name))


def read(path: str, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values in a checkpoint, which must be of these things if they are given."""
    try:
        values = load(path)
    except FormatError as error:
        raise CheckpointError(str(error), damaged=True) from error
    except FileNotFoundError as error:
        raise CheckpointError(f"{path} is not there") from error
    if not isinstance(values, dict) or "format" not in values:
        raise CheckpointError(f"{path} is no checkpoint of lanegrad's training")
    if values["format"] != FORMAT:
        raise CheckpointError(
            f"{path} was written by lanegrad {values.get('lanegrad')}, in format {values['format']}; "
            f"this is lanegrad {version.__version__}, which reads format {FORMAT}"
        )
    for name, wanted in (about or {}).items():
        found = values["about"].get(name)
        if found != wanted:
            raise CheckpointError(
                f"{path} is of another training: {name} is {found!r} there and {wanted!r} here"
            )
    return values
