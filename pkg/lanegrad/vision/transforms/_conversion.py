"""Transforms that turn pictures into tensors and back, and those of a tensor's values.

`batch` is what a transform does to arrays (n, C, H, W) at once, with what is drawn for each, and `pick` the
same of one that gives a window of each (see `_windows.py`). `pixelwise` says whether what becomes of a value
depends on it and its channel alone, `of_bytes` that there have to be bytes, and the property `in_batches`
whether its arguments let it; `keeps_bytes` is False of what makes floats. `_batches.py` uses them.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from .._images import FLOAT
from . import functional as F
from ._base import Transform
from ._draws import Draws
from .functional._conversion import converted, normalized, scaled

__all__ = [
    "ConvertImageDtype",
    "LinearTransformation",
    "Normalize",
    "PILToTensor",
    "ToPILImage",
    "ToTensor",
]


class ToTensor:
    """A PIL image, or an array (H, W, C) or (H, W), as a tensor (C, H, W); bytes become 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lanegrad.vision.transforms import ToTensor
    >>> ToTensor()(np.array([[0, 255]], np.uint8)).tolist()
    [[[0.0, 1.0]]]
    """

    takes: ClassVar[str] = "pictures"
    pixelwise: ClassVar[bool] = True
    keeps_bytes: ClassVar[bool] = False

    def __call__(self, pic: Any) -> Tensor:
        return F.to_tensor(pic)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """Bytes as float32 from 0 to 1."""
        return scaled(images)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """A PIL image as a tensor (C, H, W) of the same values.

    Examples
    --------
    >>> from PIL import Image
    >>> from lanegrad.vision.transforms import PILToTensor
    >>> PILToTensor()(Image.new("L", (2, 1), 7)).tolist()
    [[[7, 7]]]
    """

    takes: ClassVar[str] = "pictures"
    pixelwise: ClassVar[bool] = True

    def __call__(self, pic: Any) -> Tensor:
        return F.pil_to_tensor(pic)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """The same bytes."""
        return images

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ConvertImageDtype(Transform):
    """A tensor in another dtype, scaled: white is 1 for floats and the largest integer for others.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import ConvertImageDtype
    >>> ConvertImageDtype(np.uint8)(lanegrad.ones(1, 1, 1)).tolist()
    [[[255]]]
    """

    takes: ClassVar[str] = "tensors"
    pixelwise: ClassVar[bool] = True

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    @property
    def keeps_bytes(self) -> bool:
        """Whether bytes stay bytes."""
        return bool(np.dtype(self.dtype) == np.uint8)

    def forward(self, image: Any) -> Tensor:
        return F.convert_image_dtype(image, self.dtype)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """The scaled values of a batch."""
        return converted(images, np.dtype(self.dtype))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage:
    """A tensor (C, H, W), or an array (H, W, C) or (H, W), as a PIL image; floats from 0 to 1.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import ToPILImage
    >>> ToPILImage()(lanegrad.ones(3, 2, 5)).size
    (5, 2)
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class Normalize(Transform):
    """Subtract a mean and divide by a standard deviation; see `functional.normalize`.

    Parameters
    ----------
    mean, std : float or sequence of float
        One number for all channels, or one for each.
    inplace : bool
        Write the result over the tensor.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Normalize
    >>> Normalize(0.5, 0.5)(lanegrad.tensor([[[0, 0.5, 1]]])).tolist()
    [[[-1.0, 0.0, 1.0]]]
    """

    takes: ClassVar[str] = "tensors"
    pixelwise: ClassVar[bool] = True
    shown = ("mean", "std")

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Any) -> Tensor:
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """A normalized batch."""
        if images.dtype != FLOAT:
            raise TypeError(
                f"normalize takes floats; found a tensor of {images.dtype}: put ToTensor() before it"
            )
        return normalized(images, self.mean, self.std)[0]


class LinearTransformation(Transform):
    """Subtract a mean from a flattened tensor (C, H, W), multiply it by a square matrix: whitening.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import LinearTransformation
    >>> double = LinearTransformation(lanegrad.tensor([[2.0]]), lanegrad.tensor([1.0]))
    >>> double(lanegrad.tensor([[[4.0]]])).tolist()
    [[[6.0]]]
    """

    def __init__(self, transformation_matrix: Tensor, mean_vector: Tensor) -> None:
        super().__init__()
        rows, columns = transformation_matrix.shape
        if rows != columns:
            raise ValueError(f"transformation_matrix should be square. Got {(rows, columns)}")
        if mean_vector.shape[0] != rows:
            raise ValueError(
                f"mean_vector should have {rows} elements as transformation_matrix has rows; "
                f"found {mean_vector.shape[0]}"
            )
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def forward(self, tensor: Tensor) -> Tensor:
        elements = tensor.shape[-3] * tensor.shape[-2] * tensor.shape[-1]
        rows = self.transformation_matrix.shape[0]
        if elements != rows:
            raise ShapeError(f"a tensor {tensor.shape} does not fit a matrix of {rows} rows")
        flat = tensor.reshape(-1, elements) - self.mean_vector
        return (flat @ self.transformation_matrix).reshape(*tensor.shape)

    def __repr__(self) -> str:
        matrix, mean = self.transformation_matrix.tolist(), self.mean_vector.tolist()
        return f"{type(self).__name__}(transformation_matrix={matrix}, mean_vector={mean})"
