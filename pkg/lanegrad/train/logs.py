"""The log of a training: a line an epoch, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
import os
from contextlib import ExitStack
from typing import IO

from .trainer import Callback, Epoch, Trainer

__all__ = ["Log"]


class Log(Callback):
    """Writes ``log.jsonl`` and ``log.csv`` to a folder, each line at once.

    A training that goes on has them written anew up to where it goes on from.

    Parameters
    ----------
    folder : str or path

    Examples
    --------
    >>> import json, tempfile
    >>> from lanegrad import data, models, optim, train
    >>> folder, model = tempfile.TemporaryDirectory(), models.DigitsNet()
    >>> loader = data.DataLoader(data.Digits(transform=data.ToTensor()), 64, shuffle=True)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.02)
    >>> _ = train.fit(model, loader, optimizer=optimizer, epochs=2, callbacks=[train.Log(folder.name)])
    >>> [json.loads(line)["number"] for line in open(f"{folder.name}/log.jsonl")]
    [1, 2]
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._open = ExitStack()

    def on_start(self, trainer: Trainer) -> None:
        """Open the files, with the lines of the epochs that are done."""
        os.makedirs(self.folder, exist_ok=True)
        self._lines = self._file("log.jsonl")
        self._table = csv.writer(self._file("log.csv"))
        self._table.writerow(Epoch._fields)
        for epoch in trainer.history:
            self.on_epoch(trainer, epoch)

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """A line in each."""
        self._lines.write(json.dumps(epoch._asdict()) + "\n")
        self._table.writerow(epoch)

    def on_end(self, trainer: Trainer) -> None:
        """Close the files."""
        self._open.close()

    def _file(self, name: str) -> IO[str]:
        path = os.path.join(self.folder, name)
        return self._open.enter_context(open(path, "w", 1, "utf-8", newline=""))
