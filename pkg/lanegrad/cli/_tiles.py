"""Pictures made of small ones: the weights of a network's first layer, and its worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..vision._images import values
from ._plots import PLAIN, figure, short
from ._runs import About

MOST = 64  # tiles of filters
COLUMNS = 5  # of mistakes


def filters(network: nn.Module, about: About) -> Any | None:
    """The first layer's weights: as pictures in colour, or in gray one for each input; None without any.

    Gray is 0, and each has its own scale.
    """
    for name, parameter in network.named_parameters():  # noqa: B007
        weight = parameter.detach().numpy()
        if weight.ndim == 2 and weight.shape[1] == about.channels * about.size**2:
            weight = weight.reshape(-1, about.channels, about.size, about.size)
        if weight.ndim == 4:
            break
    else:
        return None
    count, channels, height, width = weight.shape
    if channels not in (1, 3):
        weight = weight.reshape(-1, 1, height, width)
    shown = weight[:MOST]
    columns = min(len(shown), 8 if channels in (1, 3) else channels, 16)
    rows = -(-len(shown) // columns)
    gap = max(1, height // 8)
    sheet = np.zeros((rows, height + gap, columns, width + gap, 4), np.float32)
    largest = np.abs(shown).max((1, 2, 3), keepdims=True)
    for n, tile in enumerate(0.5 + shown / (2 * np.where(largest > 0, largest, 1))):
        place = sheet[n // columns, :height, n % columns, :width]
        place[..., :3], place[..., 3] = tile.transpose(1, 2, 0), 1
    sheet = sheet.reshape(rows * (height + gap), -1, 4)[:-gap, :-gap]
    across = max(4.0, 0.5 * columns)
    made = figure(across, across * rows / columns * height / width + 0.4)
    panel = made.subplots()
    panel.imshow(sheet, interpolation="none")
    panel.set_axis_off()
    some = f"{len(shown)} of " if len(shown) < len(weight) else ""
    kind = "filters" if len(weight) == count else "planes"
    panel.set_title(f"{name}: {some}{len(weight)} {kind}, {height} x {width}", size=10)
    return made


def mistakes(found: Sequence[Mapping[str, Any]], part: Any, about: About) -> Any | None:
    """The pictures of the worst wrong answers, as the network was shown them; None if all were right."""
    if not found:
        return None
    rows = -(-len(found) // COLUMNS)
    made = figure(1.8 * COLUMNS, 2.2 * rows)
    panels = made.subplots(rows, COLUMNS, squeeze=False).ravel()
    mean, std = (np.array(x)[:, None, None] for x in (about.mean, about.std))
    for panel in panels:
        panel.set_axis_off()
    for panel, mistake in zip(panels, found, strict=False):
        planes = np.clip(values(part[mistake["picture"]][0]) * std + mean, 0, 1)
        picture = planes[0] if len(planes) == 1 else planes.transpose(1, 2, 0)
        panel.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="none")
        right, taken_for = short(mistake["class"]), short(mistake["taken_for"])
        title = f"{right}\ntaken for {taken_for}\n{mistake['probability']:.2f}"
        panel.set_title(title, size=8, **PLAIN)
    return made
