"""The base of data sets of pictures, and those whose pictures are all in memory as bytes."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from ...utils.data import Dataset, default_collate
from .._images import made, picture_of, values
from ..transforms._base import is_ours
from ..transforms._batches import chain_of, run

__all__ = ["ArrayDataset", "StandardTransform", "VisionDataset"]


class VisionDataset(Dataset[Any]):
    """The base of data sets of pictures; a subclass defines ``__getitem__`` and ``__len__``.

    Parameters
    ----------
    root : str or path, optional
    transforms : callable, optional
        Gets picture and target, gives both; or else
    transform, target_transform : callable, optional
        Get the picture, and the target.

    Examples
    --------
    >>> from lanegrad.vision.datasets import VisionDataset
    >>> class Nothing(VisionDataset):
    ...     def __len__(self):
    ...         return 0
    >>> Nothing("data")
    Dataset Nothing
        Number of datapoints: 0
        Root location: data
    """

    _repr_indent = 4

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        transforms: Callable[[Any, Any], Any] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        separate = transform is not None or target_transform is not None
        if transforms is not None and separate:
            raise ValueError(
                "Only transforms or transform/target_transform can be passed as argument"
            )
        self.transform, self.target_transform = transform, target_transform
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index: int) -> Any:
        """The picture and the target of a number."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"Root location: {self.root}")
        lines += self.extra_repr().splitlines()
        if getattr(self, "transforms", None) is not None:
            lines.append(repr(self.transforms))
        return "\n".join(
            [f"Dataset {type(self).__name__}", *(" " * self._repr_indent + line for line in lines)]
        )

    def extra_repr(self) -> str:
        """More lines of the repr."""
        return ""


class StandardTransform:
    """A transform of the picture and one of the target.

    Examples
    --------
    >>> from lanegrad.vision.datasets.vision import StandardTransform
    >>> StandardTransform(None, float)("picture", 1)
    ('picture', 1.0)
    """

    def __init__(
        self,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        named = {"Transform: ": self.transform, "Target transform: ": self.target_transform}
        for head, transform in named.items():
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                lines += [head + first, *(" " * len(head) + line for line in rest)]
        return "\n".join(lines)


class PicturesInMemory(VisionDataset):
    """Pictures as bytes in `data`, and `targets`: both may be replaced, and are read as they are then.

    An item is a picture of pillow's, or what the transform makes of it. Transforms of this package that do
    not need pillow (see `transforms._batches`) get the bytes as they are, a `DataLoader`'s batch at once;
    without any transform, or before `ToTensor`, a batch is of bytes (N, C, H, W).
    """

    data: Any
    targets: Any
    int_labels: ClassVar[bool] = True  # else they are given as they stand in `targets`

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, C, H, W)."""
        raise NotImplementedError

    def picture(self, number: int) -> Any:
        """A picture of pillow's, without the transforms."""
        return picture_of(self.planes()[number])

    def target_at(self, number: int) -> Any:
        """The target of a picture."""
        target = self.targets[number]
        return int(target) if self.int_labels else target

    def targets_at(self, numbers: np.ndarray) -> Any:
        """The targets of some pictures as an array, or NotImplemented if they are no integers."""
        if isinstance(self.targets, Tensor | np.ndarray):
            found = values(self.targets)[numbers]
            if found.dtype.kind not in "iu" or found.ndim != 1:
                return NotImplemented
            return found.astype(np.int64) if self.int_labels else found
        several = [self.targets[number] for number in numbers.tolist()]
        return np.array(several) if {*map(type, several)} == {int} else NotImplemented

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        number = int(_places([index], len(self))[0])
        image = shown(self.transform, self.planes(), number)
        target = self.target_at(number)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __getbatch__(self, indices: Sequence[int]) -> Any:
        """Pictures and targets of several numbers as two tensors, or NotImplemented: one by one then."""
        chain = chain_of(self.transform)
        own = is_ours(self, "__getitem__", "__len__", "planes", "target_at", "targets_at")
        if chain is None or not own or not len(indices):
            return NotImplemented
        numbers = _places(indices, len(self))
        targets = self.targets_at(numbers)
        if targets is NotImplemented:
            return NotImplemented
        images = made(run(chain, self.planes(), numbers))
        if self.target_transform is None:
            return [images, made(targets)]
        return [images, default_collate([self.target_transform(t) for t in targets.tolist()])]


def _places(indices: Sequence[int], count: int) -> np.ndarray:
    """Whole numbers, counted from the end if negative, as an array; an IndexError if one is not there."""
    try:
        numbers = np.array([operator.index(index) for index in indices], np.int64)
    except TypeError:
        raise TypeError(
            f"pictures are numbered 0 to {count - 1}, found {list(indices)}: of several, "
            f"utils.data.Subset(dataset, range(0, {count}, 2)) is a data set"
        ) from None
    for number in numbers[(numbers < -count) | (numbers >= count)]:
        raise IndexError(f"index {number} is out of range for a data set of {count} pictures")
    return numbers % count if count else numbers


def shown(transform: Callable[[Any], Any] | None, planes: np.ndarray, number: int) -> Any:
    """What a transform makes of one of the pictures (N, C, H, W)."""
    chain = chain_of(transform)
    if chain is not None and chain.gives_tensors:
        return made(run(chain, planes, np.array([number]))[0])
    picture = picture_of(planes[number])
    return picture if transform is None else transform(picture)


def as_planes(name: str, data: Any) -> np.ndarray:
    """Bytes (N, H, W) or (N, C, H, W) as (N, C, H, W)."""
    planes = values(data)
    if planes.dtype != np.uint8:
        raise TypeError(
            f"{name}: expected images of uint8; found {planes.dtype} (a TensorDataset takes floats)"
        )
    if planes.ndim not in (3, 4):
        raise ShapeError(
            f"{name}: expected images (N, H, W) or (N, C, H, W); found shape {planes.shape}"
        )
    return planes[:, np.newaxis] if planes.ndim == 3 else planes


class ArrayDataset(PicturesInMemory):
    """Labelled images of arrays.

    Parameters
    ----------
    images : array of uint8, (N, C, H, W) or (N, H, W)
    labels : array of integers, (N,)
    classes : sequence of str, optional
        The name of each class, in the order of its label.
    transform, target_transform : callable, optional
        See `MNIST`.

    Attributes
    ----------
    data, targets, classes, transform, target_transform
        As given.

    Raises
    ------
    TypeError
        The images are not unsigned bytes, or the labels no integers.
    ValueError
        The arrays' shapes do not fit, the channels seem to come last, or a label has no class.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.vision import transforms
    >>> from lanegrad.vision.datasets import ArrayDataset
    >>> pixels = np.array([255, 0], np.uint8).reshape(2, 1, 1, 1)
    >>> dots = ArrayDataset(pixels, np.array([1, 0]), ["dark", "light"], transforms.ToTensor())
    >>> image, label = dots[0]
    >>> image.tolist(), int(label)
    ([[[1.0]]], 1)
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        classes: Sequence[str] | None = None,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        planes = as_planes(type(self).__name__, images)
        found = values(labels)
        if found.shape != planes.shape[:1]:
            raise ShapeError(
                f"expected images (N, C, H, W) or (N, H, W) and labels (N,); "
                f"found {values(images).shape} and {found.shape}"
            )
        if planes.shape[1] > 4 and planes.shape[3] <= 4:
            n, h, w, c = planes.shape
            raise ShapeError(
                f"expected channels before rows and columns, (N, C, H, W); found {planes.shape}, which "
                f"looks like channels last: give images.transpose(0, 3, 1, 2), {(n, c, h, w)}"
            )
        if found.dtype.kind not in "iu":
            hint = "numpy.unique(labels, return_inverse=True) gives classes and labels"
            raise TypeError(f"expected labels of integers; found {found.dtype}: {hint}")
        most = np.iinfo(np.int64).max if classes is None else len(classes) - 1
        wrong = np.flatnonzero((found < 0) | (found > most))
        if wrong.size:
            bounds = "0 or more" if classes is None else f"from 0 to {most}"
            raise ValueError(
                f"expected labels {bounds}; found {found[wrong[0]]} at {wrong[0]} ({wrong.size} such "
                "labels in all)"
            )
        self.data, self.targets = images, labels
        self.classes = None if classes is None else list(classes)

    def planes(self) -> np.ndarray:
        """The pictures as bytes (N, C, H, W)."""
        return as_planes(type(self).__name__, self.data)
