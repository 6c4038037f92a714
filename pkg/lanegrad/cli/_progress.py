"""What is seen of a training: one line that moves on a terminal, and a line an epoch."""

from __future__ import annotations

import sys
import time
from typing import Any

from ..train import Callback, Epoch, Trainer
from ._arguments import UsageError

BETWEEN = 0.1  # seconds from one time that the line is drawn to the next


def line_of(epoch: Epoch) -> str:
    """An epoch in one line."""
    parts = [f"epoch {epoch.number}: loss {epoch.loss:.4f}"]
    if epoch.accuracy is not None:
        parts.append(f"accuracy {100 * epoch.accuracy:.2f} %")
    if epoch.valid_accuracy is not None:
        parts.append(
            f"validation loss {epoch.valid_loss:.4f}, accuracy {100 * epoch.valid_accuracy:.2f} %"
        )
    parts.append(f"{epoch.images_per_second:.0f} images/s in {epoch.seconds:.1f} s")
    return ", ".join(parts)


class Lines(Callback):
    """Prints a line an epoch."""

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """The line."""
        print(line_of(epoch), flush=True)


class Bar(Lines):
    """Shows how far training is, with the loss and the accuracy of the epoch; tqdm draws it.

    Parameters
    ----------
    steps : int or None
        Of the whole training, if that is known.
    batch_size : int
    """

    def __init__(self, steps: int | None, batch_size: int) -> None:
        try:
            from tqdm import tqdm  # type: ignore[import-untyped]
        except ModuleNotFoundError:
            raise UsageError(
                'the progress bar needs tqdm: pip install "lanegrad[cli]", or pass --quiet'
            ) from None
        self._tqdm, self._steps, self._batch_size = tqdm, steps, batch_size
        self._bar: Any = None
        self._next = 0.0

    def on_start(self, trainer: Trainer) -> None:
        """An empty one."""
        self._bar = self._tqdm(
            total=self._steps,
            initial=trainer.steps,
            unit=" images",
            unit_scale=self._batch_size,
            leave=False,
            dynamic_ncols=True,
            mininterval=0,
            file=sys.stderr,
        )

    def on_step(self, trainer: Trainer) -> None:
        """Drawn anew if it is time; most steps only look at the clock."""
        now = time.perf_counter()
        if now < self._next:
            return
        self._next = now + BETWEEN
        running, bar = trainer.running, self._bar
        bar.set_description_str(f"epoch {trainer.epoch + 1}", refresh=False)
        accuracy = running.accuracy
        right = "" if accuracy is None else f", accuracy {100 * accuracy:.1f} %"
        bar.set_postfix_str(f"loss {running.loss:.4f}{right}", refresh=False)
        bar.update(trainer.steps - bar.n)

    def on_epoch(self, trainer: Trainer, epoch: Epoch) -> None:
        """The line, above it."""
        self._bar.clear()
        super().on_epoch(trainer, epoch)

    def on_end(self, trainer: Trainer) -> None:
        """Taken away."""
        if self._bar is not None:
            self._bar.close()
