"""The names of torchvision's transforms.v2 that scripts use, for pictures alone (no boxes, masks or videos).

Those of `lanegrad.vision.transforms` are the same here; `ToImage`, `ToDtype`, `MixUp`, `CutMix` and a few
more are v2's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from ...random import generator
from .._images import FLOAT, is_pil, made, pillow, values
from . import functional as functional
from ._base import *
from ._base import Transform as _Transform
from ._base import below
from ._color import *
from ._conversion import LinearTransformation as LinearTransformation
from ._conversion import Normalize as Normalize
from ._conversion import PILToTensor as PILToTensor
from ._conversion import ToPILImage as ToPILImage
from ._conversion import ToTensor as ToTensor
from ._draws import Draws as _Draws
from ._geometry import *
from ._warping import *
from .autoaugment import *
from .functional import InterpolationMode as InterpolationMode
from .functional._conversion import converted, largest


class Transform(_Transform):
    """The base of somebody's own transforms: `transform` gets a picture and what `make_params` drew.

    Of several inputs the first that is a picture (a PIL image, or a tensor) is changed.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> class Doubled(v2.Transform):
    ...     def transform(self, inpt, params):
    ...         return inpt * 2
    >>> Doubled()(lanegrad.ones(1), "label")
    (tensor([2.]), 'label')
    """

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """What is drawn for all inputs together."""
        return {}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """What becomes of a picture."""
        raise NotImplementedError

    def forward(self, *inputs: Any) -> Any:
        several = inputs if len(inputs) > 1 else inputs[0]
        flat = list(several) if isinstance(several, tuple | list) else [several]
        params = self.make_params(flat)
        for place, part in enumerate(flat):
            if is_pil(part) or isinstance(part, Tensor):
                flat[place] = self.transform(part, params)
                break
        if isinstance(several, tuple | list):
            return type(several)(flat)
        return flat[0]


class Identity(Transform):
    """Leaves a picture as it is.

    Examples
    --------
    >>> from lanegrad.vision.transforms import v2
    >>> v2.Identity()(5)
    5
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """The picture."""
        return inpt


class ToImage(_Transform):
    """A PIL image, or an array (H, W, C) or (H, W), as a tensor (C, H, W) of the same values.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.vision.transforms import v2
    >>> v2.ToImage()(np.array([[7, 8]], np.uint8)).tolist()
    [[[7, 8]]]
    """

    takes: ClassVar[str] = "pictures"
    pixelwise: ClassVar[bool] = True

    def forward(self, inpt: Any) -> Any:
        if is_pil(inpt):
            return functional.pil_to_tensor(inpt)
        if isinstance(inpt, np.ndarray):
            rows = np.atleast_3d(inpt)
            return made(rows.transpose(2, 0, 1).copy())
        return inpt

    def batch(self, images: np.ndarray, draws: _Draws) -> np.ndarray:
        """The same bytes."""
        return images


class ToPureTensor(Identity):
    """Leaves a tensor as it is: there are no others here."""


class ToDtype(_Transform):
    """A tensor in another dtype.

    Parameters
    ----------
    dtype : dtype
    scale : bool
        Whether white becomes white: 255 becomes 1 as float32.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> white = lanegrad.tensor(np.full((1, 1, 1), 255, np.uint8))
    >>> v2.ToDtype(np.float32)(white).tolist(), v2.ToDtype(np.float32, scale=True)(white).tolist()
    ([[[255.0]]], [[[1.0]]])
    """

    takes: ClassVar[str] = "tensors"
    pixelwise: ClassVar[bool] = True
    shown = ("scale",)

    def __init__(self, dtype: Any, scale: bool = False) -> None:
        super().__init__()
        if isinstance(dtype, dict):
            raise TypeError(
                "a dict of dtypes is for boxes and masks, which are not here: give a dtype"
            )
        self.dtype, self.scale = dtype, scale

    @property
    def keeps_bytes(self) -> bool:
        """Whether bytes stay bytes."""
        return bool(np.dtype(self.dtype) == np.uint8)

    def forward(self, inpt: Any) -> Any:
        if not isinstance(inpt, Tensor):
            return inpt
        found = values(inpt)
        return inpt if found.dtype == np.dtype(self.dtype) else made(self._changed(found))

    def batch(self, images: np.ndarray, draws: _Draws) -> np.ndarray:
        """The values of a batch in the dtype."""
        return self._changed(images)

    def _changed(self, images: np.ndarray) -> np.ndarray:
        dtype = np.dtype(self.dtype)
        if not self.scale or images.dtype == dtype:
            return images.astype(dtype)
        if images.dtype.kind != "f" and dtype.kind == "f":
            # As v2 does: a product with the rounded 1 / 255, other bits than ToTensor's quotient.
            return np.asarray(images.astype(FLOAT) * FLOAT.type(1 / largest(images.dtype)))
        return converted(images, dtype)


class ConvertImageDtype(ToDtype):
    """`ToDtype` with ``scale=True``.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> v2.ConvertImageDtype()(lanegrad.ones(1, 1, 1)).tolist()
    [[[1.0]]]
    """

    def __init__(self, dtype: Any = FLOAT) -> None:
        super().__init__(dtype, scale=True)


class RGB(Transform):
    """In three channels.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> tuple(v2.RGB()(lanegrad.zeros(1, 4, 4)).shape)
    (3, 4, 4)
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """The picture in three channels."""
        if is_pil(inpt):
            return inpt.convert("RGB")
        x = values(inpt)
        return made(np.repeat(x, 3, -3)) if x.shape[-3] == 1 else inpt


class RandomChannelPermutation(Transform):
    """Channels in another order, drawn each time.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> tuple(v2.RandomChannelPermutation()(lanegrad.zeros(3, 4, 4)).shape)
    (3, 4, 4)
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """The picture with its channels in another order."""
        order = generator().permutation(functional.get_image_num_channels(inpt))
        if is_pil(inpt):
            bands = inpt.split()
            return pillow().merge(inpt.mode, [bands[number] for number in order])
        return made(values(inpt)[..., order, :, :])


class GaussianNoise(Transform):
    """Draws of a normal distribution added to floats.

    Parameters
    ----------
    mean, sigma : float
    clip : bool
        Whether results below 0 and above 1 become these.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> tuple(v2.GaussianNoise()(lanegrad.zeros(3, 4, 4)).shape)
    (3, 4, 4)
    """

    def __init__(self, mean: float = 0.0, sigma: float = 0.1, clip: bool = True) -> None:
        super().__init__()
        if sigma < 0:
            raise ValueError(f"sigma shouldn't be negative. Got {sigma}")
        self.mean, self.sigma, self.clip = mean, sigma, clip

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """The picture with noise."""
        if not isinstance(inpt, Tensor) or values(inpt).dtype != FLOAT:
            raise ValueError("noise is added to tensors of float32: put ToTensor() before it")
        x = values(inpt)
        noise = generator().standard_normal(x.shape, FLOAT) * FLOAT.type(self.sigma)
        result = x + noise + FLOAT.type(self.mean)
        return made(result.clip(0, 1) if self.clip else result)


class _Mixed(_Transform):
    """Changes a batch (N, C, H, W) and its labels together, each with those before it."""

    def __init__(
        self,
        *,
        alpha: float = 1.0,
        num_classes: int | None = None,
        labels_getter: Callable[[Any], Any] | str = "default",
    ) -> None:
        super().__init__()
        self.alpha, self.num_classes = float(alpha), num_classes
        self.labels_getter = labels_getter

    def forward(self, *inputs: Any) -> Any:
        several: Any = inputs if len(inputs) > 1 else inputs[0]
        getter = self.labels_getter
        labels = getter(several) if callable(getter) else several[1]
        images = several[0]
        if not isinstance(images, Tensor) or not isinstance(labels, Tensor):
            raise ValueError(
                f"{type(self).__name__} takes a batch of images and its labels, two tensors"
            )
        x, y = values(images), values(labels)
        if x.ndim != 4 or len(x) != len(y):
            raise ShapeError(f"expected images (N, C, H, W) and labels; found {x.shape}, {y.shape}")
        mixed, share = self.mix(x, float(generator().beta(self.alpha, self.alpha)))
        shares = self._shares(y)
        soft = np.roll(shares, 1, 0) * FLOAT.type(1 - share) + shares * FLOAT.type(share)
        found = {id(images): made(mixed), id(labels): made(soft)}
        return type(several)(found.get(id(part), part) for part in several)

    def _shares(self, y: np.ndarray) -> np.ndarray:
        """The share of each class in each label."""
        if y.ndim == 2 and self.num_classes in (None, y.shape[1]):
            return y.astype(FLOAT)
        if y.ndim != 1 or y.dtype.kind not in "iu":
            raise ValueError(
                "labels should be of class indices (N,), or probabilities (N, C) of num_classes columns; "
                f"found {y.dtype} {y.shape}, num_classes {self.num_classes}"
            )
        if self.num_classes is None:
            raise ValueError("num_classes must be passed if the labels are index-based (1D)")
        if y.size and not 0 <= y.min() <= y.max() < self.num_classes:
            raise RuntimeError(
                f"labels should be from 0 to {self.num_classes - 1}; found {y.min()} to {y.max()}"
            )
        shares: np.ndarray = np.eye(self.num_classes, dtype=FLOAT)
        return np.asarray(shares[y])

    def mix(self, x: np.ndarray, share: float) -> tuple[np.ndarray, float]:
        """The mixed images, and how much of them is their own."""
        raise NotImplementedError


class MixUp(_Mixed):
    """Weighted means of each image and label of a batch and those before it (Zhang et al., 2018).

    Parameters
    ----------
    alpha : float
        Of the beta distribution of the weight.
    num_classes : int, optional
        Needed for labels (N,); they become shares (N, num_classes) of float32.
    labels_getter : callable, optional
        Gives the labels of the inputs; the second of them otherwise.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> mixup = v2.MixUp(num_classes=10)
    >>> images, labels = mixup(lanegrad.zeros(4, 3, 8, 8), lanegrad.tensor([1, 2, 3, 4]))
    >>> tuple(images.shape), tuple(labels.shape)
    ((4, 3, 8, 8), (4, 10))
    """

    def mix(self, x: np.ndarray, share: float) -> tuple[np.ndarray, float]:
        """The means, and the weight."""
        if x.dtype != FLOAT:
            raise RuntimeError(f"MixUp takes images of float32; found {x.dtype}")
        mixed = np.roll(x, 1, 0) * FLOAT.type(1 - share) + x * FLOAT.type(share)
        return np.asarray(mixed), share


class CutMix(_Mixed):
    """A window of each image of a batch replaced by that of the one before it (Yun et al., 2019).

    Parameters
    ----------
    alpha, num_classes, labels_getter
        See `MixUp`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import v2
    >>> cutmix = v2.CutMix(num_classes=10)
    >>> images, labels = cutmix(lanegrad.zeros(4, 3, 8, 8), lanegrad.tensor([1, 2, 3, 4]))
    >>> tuple(images.shape), tuple(labels.shape)
    ((4, 3, 8, 8), (4, 10))
    """

    def mix(self, x: np.ndarray, share: float) -> tuple[np.ndarray, float]:
        """The images, and the share of their area that is their own."""
        h, w = x.shape[-2:]
        reach = 0.5 * math.sqrt(1 - share)
        column, row = below(w), below(h)
        left, right = max(column - int(reach * w), 0), min(column + int(reach * w), w)
        top, bottom = max(row - int(reach * h), 0), min(row + int(reach * h), h)
        mixed = x.copy()
        mixed[..., top:bottom, left:right] = np.roll(x, 1, 0)[..., top:bottom, left:right]
        return mixed, 1 - (right - left) * (bottom - top) / (w * h)
