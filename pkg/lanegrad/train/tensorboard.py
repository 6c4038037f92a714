"""What TensorBoard shows of a training: curves over the epochs, and the options."""

from __future__ import annotations

import os
from typing import Any

from .trainer import Callback, Epoch, Trainer

__all__ = ["TensorBoard"]

CURVES = {
    "loss": "loss/training",
    "valid_loss": "loss/validation",
    "accuracy": "accuracy/training",
    "valid_accuracy": "accuracy/validation",
    "valid_top5": "accuracy/validation_top5",
    "lr": "learning_rate",
    "images_per_second": "images_per_second",
}
"""What of an `Epoch` is written, and what it is called there."""


def summary_writer() -> Any:
    """The class of tensorboardX that writes events."""
    try:
        from tensorboardX import SummaryWriter  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise ImportError(
            'events for TensorBoard need tensorboardX: pip install "lanegrad[tensorboard]"'
        ) from None
    return SummaryWriter


class TensorBoard(Callback):
    """Writes events for TensorBoard to a folder, an epoch's at once; tensorboardX does it.

    A training that goes on takes back what was written of epochs that it makes again.

    Parameters
    ----------
    folder : str or path
        ``tensorboard --logdir`` takes it, or the one that it is in.
    options : str
        A text about the run.

    Raises
    ------
    ImportError
        tensorboardX is missing.

    Examples
    --------
    >>> import os, tempfile
    >>> from lanegrad import data, models, optim, train
    >>> folder, model = tempfile.TemporaryDirectory(), models.DigitsNet()
    >>> loader = data.DataLoader(data.Digits(transform=data.ToTensor()), 64, shuffle=True)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.02)
    >>> board = train.TensorBoard(folder.name)
    >>> _ = train.fit(model, loader, optimizer=optimizer, epochs=1, callbacks=[board])
    >>> os.listdir(folder.name)
    ['events.out.tfevents...']
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike[str], options: str = "") -> None:
        self.folder, self.options = os.fspath(folder), options
        self._open = summary_writer()
        self._writer: Any = None

    def on_start(self, trainer: Trainer) -> None:
        """Open the file."""
        self._writer = self._open(self.folder, purge_step=trainer.epoch + 1)
        if self.options:
            indented = self.options.replace("\n", "\n    ")  # plain text in Markdown
            self._writer.add_text("options", f"    {indented}", trainer.epoch + 1)

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """Points of its curves."""
        for name, curve in CURVES.items():
            value = getattr(epoch, name)
            if value is not None:
                self._writer.add_scalar(curve, value, epoch.number)
        self._writer.flush()

    def on_end(self, trainer: Trainer) -> None:
        """Close the file."""
        self._writer.close()
