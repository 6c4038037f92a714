"""Pictures for training, validation and testing: of data sets that have names, and of users' folders."""

from __future__ import annotations

import copy
import os
from typing import Any, NamedTuple

import numpy as np

from ..utils.data import DataLoader, Subset
from ..vision import transforms
from ..vision._images import pillow, values
from ..vision.datasets import ImageFolder, Mixed
from ..vision.datasets.summary import summary_of
from ._arguments import UsageError
from ._parts import SKIP, parts_of
from ._runs import About

# Height and width that a folder's pictures get, unless they are smaller or one is asked for.
LARGEST = 64
NAMED = 5  # classes in an error
HELD_OUT = 0.2  # of a folder that has no part for validation or testing
PADDINGS = {"zero": "constant", "reflect": "reflect"}


class Pictures(NamedTuple):
    """What a run is trained, validated and tested on."""

    train: Any
    valid: Any | None
    test: Any | None
    about: About
    plain: Any  # those for training, as they are

    def some(self, count: int) -> np.ndarray:
        """About so many pictures of training, or all, as the network takes them: (N, C, H, W)."""
        every = range(0, len(self.plain), max(1, len(self.plain) // count))
        return np.asarray(values(next(iter(DataLoader(Subset(self.plain, every), len(every))))[0]))

    @property
    def tested(self) -> tuple[str, Any]:
        """What a network is tested on in the end, and what that is called."""
        return ("test", self.test) if self.test else ("validation", self.valid)

    def __str__(self) -> str:
        about = self.about
        counts = [f"{len(self.train)} pictures for training"]
        if self.valid:
            counts.append(f"{len(self.valid)} for validation")
        if self.test:
            counts.append(f"{len(self.test)} for testing")
        return (
            f"{', '.join(counts)}; {len(about.classes)} classes, {about.size} x {about.size} pixels"
        )


class Changes(NamedTuple):
    """How pictures for training are changed at random: the options of these names."""

    flip: bool = False
    alternating_flip: bool = False
    crop: int | None = None
    crop_padding: str = "zero"
    cutout: int | None = None
    mixup: float = 0.0
    cutmix: float = 0.0

    def transform(self, about: About) -> Any:
        """What does so to each picture, from bytes to what the network takes."""
        steps: list[Any] = [transforms.RandomHorizontalFlip()] if self.flip else []
        if self.alternating_flip:
            steps.append(transforms.AlternatingFlip())
        if self.crop:
            mode = PADDINGS[self.crop_padding]
            steps.append(transforms.RandomCrop(about.size, padding=self.crop, padding_mode=mode))
        steps += [transforms.ToTensor(), transforms.Normalize(about.mean, about.std)]
        if self.cutout:
            steps.append(transforms.Cutout(self.cutout))
        return transforms.Compose(steps)

    def mixed(self, dataset: Any, about: About) -> Any:
        """The pictures, mixed with each other if that is asked for."""
        if not self.mixup and not self.cutmix:
            return dataset
        return Mixed(dataset, len(about.classes), mixup=self.mixup, cutmix=self.cutmix)


NO_CHANGES = Changes()


def transform_of(about: About) -> Any:
    """Bytes to what the network takes."""
    return NO_CHANGES.transform(about)


def pictures_of(
    model: str,
    data: str,
    root: str | None,
    *,
    size: int | None = None,
    valid: float | None = None,
    seed: int = 0,
    standardize: bool = False,
    changes: Changes = NO_CHANGES,
    skip_corrupted: bool = False,
    about: About | None = None,
) -> Pictures:
    """The pictures of a data set or a folder; `valid` is the share of those for training.

    With what a network is for, they are shown as it is used to.
    """
    parts = parts_of(data, root, skip_corrupted=skip_corrupted)
    if not {"train", "all"} & {*parts}:
        raise UsageError(f"{data} has {' and '.join(parts)}, but no folder train")
    train = parts["train" if "train" in parts else "all"]
    held = next((parts[name] for name in ("valid", "validation", "val") if name in parts), None)
    test = parts.get("test")
    named = not isinstance(train, ImageFolder)
    if len(train.classes) < 2:
        raise UsageError(
            f"{data} has the class {train.classes[0]} alone: there is nothing to tell it from"
            f"{_within(data, train.classes[0])}"
        )
    for name, part in parts.items():
        if list(part.classes) != list(train.classes):
            raise UsageError(f"{data}: {name} and train have different classes")
    if about is not None:
        refuse_others(data, train, about)
    if not named:
        size = about.size if about else size or _size_of(train)
        train, held, test = (part and part.in_memory(size) for part in (train, held, test))
        if valid is None and held is None and test is None:
            valid = HELD_OUT
    elif size is not None:
        raise UsageError(f"--size is for folders of pictures: those of {data} have their own")
    about = about or _about(model, train, standardize or not named)
    plain, changed = transform_of(about), changes.transform(about)
    if held is None and valid:
        kept, apart = _split(values(train.targets), valid, seed)
        held = Subset(_with(train, plain), apart) if apart else None
        same: Any = Subset(_with(train, plain), kept)
        train = Subset(_with(train, changed), kept)
    else:
        held, same, train = _with(held, plain), _with(train, plain), _with(train, changed)
    return Pictures(changes.mixed(train, about), held, _with(test, plain), about, same)


def _about(model: str, train: Any, standardize: bool) -> About:
    """What a network is for that is trained on these pictures."""
    _, channels, height, _ = train.planes().shape
    mean = std = [0.5] * channels
    if standardize:
        found = summary_of(train)
        mean, std = list(found.mean), [max(s, 1 / 255) for s in found.std]
    return About(model, channels, height, list(map(str, train.classes)), mean, std)


def refuse_others(data: str, part: Any, about: About) -> None:
    """An error where pictures have other classes than the network."""
    found, wanted = list(map(str, part.classes)), about.classes
    if found != wanted:
        raise UsageError(
            f"{data} has other classes than the run: {_some(found, wanted)} instead of {_some(wanted, found)}"
        )


def _some(names: list[str], others: list[str]) -> str:
    """Those that the others do not have; a few of them."""
    own = [name for name in names if name not in {*others}] or ["nothing"]
    return ", ".join(own[:NAMED]) + (f" and {len(own) - NAMED} more" if len(own) > NAMED else "")


def _with(dataset: Any, transform: Any) -> Any:
    """The same pictures with another transform."""
    if dataset is None:
        return None
    dataset = copy.copy(dataset)
    dataset.transform = transform
    return dataset


def _within(data: str, name: str) -> str:
    """A remark on a folder that stands in a folder of another name."""
    inner = os.path.join(data, name)
    nested = os.path.isdir(inner) and any(entry.is_dir() for entry in os.scandir(inner))
    return f"; there are folders in {inner}: give that" if nested else ""


def _size_of(folder: ImageFolder) -> int:
    """Height and width for pictures of any sizes: the smallest side of all but a tenth, or `LARGEST`."""
    sides: list[int] = []
    for path, _ in folder.samples:
        try:
            with pillow().open(path) as picture:
                sides.append(min(picture.size))
        except OSError as error:
            raise OSError(f"{path}: not a picture that pillow can read; {SKIP}") from error
    return min(LARGEST, sorted(sides)[len(sides) // 10])


def _split(targets: np.ndarray, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Numbers of pictures to keep, and to set apart: of each class that share, but one of two at least."""
    draws = np.random.default_rng(seed)
    apart = []
    for label in np.unique(targets):
        members = draws.permutation(np.flatnonzero(targets == label))
        apart += members[: max(round(share * len(members)), min(1, len(members) - 1))].tolist()
    return np.setdiff1d(np.arange(len(targets)), apart).tolist(), sorted(apart)
