"""Transforms that turn and distort pictures by random amounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..._tensor import Tensor
from ...random import generator
from .. import _changes
from .._images import FLOAT, made, values
from . import functional as F
from ._base import Transform, below, happens, probability, uniform
from ._draws import Draws
from .functional import InterpolationMode
from .functional._conversion import mode_of
from .functional._geometry import rotation_matrix
from .functional._warping import offset

__all__ = ["ElasticTransform", "RandomAffine", "RandomPerspective", "RandomRotation"]


def _range(name: str, value: Any, sizes: tuple[int, ...] = (2,)) -> list[float]:
    """A range of angles: of a number, its negative and itself."""
    if isinstance(value, int | float):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [float(-value), float(value)]
    return [float(part) for part in _sequence(name, value, sizes)]


def _sequence(name: str, value: Any, sizes: tuple[int, ...] = (2,)) -> Any:
    length = " or ".join(map(str, sizes))
    if not isinstance(value, Sequence):
        raise TypeError(f"{name} should be a sequence of length {length}.")
    if len(value) not in sizes:
        raise ValueError(f"{name} should be a sequence of length {length}.")
    return value


def _fill(fill: Any) -> Any:
    if fill is not None and not isinstance(fill, int | float | Sequence):
        raise TypeError("Fill should be either a sequence or a number.")
    return 0 if fill is None else fill


class _Warp(Transform):
    """Has `interpolation` and `fill`."""

    of_bytes: ClassVar[bool] = True

    @property
    def in_batches(self) -> bool:
        """Whether it is what the kernel does."""
        several = (InterpolationMode.NEAREST, InterpolationMode.BILINEAR)
        return self.interpolation in several and not getattr(self, "expand", False)

    def warped(self, images: np.ndarray, matrices: Sequence[Sequence[float]]) -> np.ndarray:
        """Each image as its matrix (two rows x, y, 1 around the middle) says where pixels come from."""
        h, w = images.shape[2:]
        middle = np.array([(w - 1) / 2, (h - 1) / 2])
        maps = np.array(matrices, np.float64).reshape(-1, 2, 3)
        maps[:, :, 2] += middle - maps[:, :, :2] @ middle
        # In whole numbers, which are the same whatever computed the angles' sines.
        map_ = np.rint(maps * 65536).astype(np.int64).reshape(-1, 6)
        bilinear = self.interpolation is InterpolationMode.BILINEAR
        return _changes.warp(np.ascontiguousarray(images), map_, bilinear, self.fill)

    def __init__(self, interpolation: Any, fill: Any) -> None:
        super().__init__()
        self.interpolation, self.fill = mode_of(interpolation), _fill(fill)


def _between(ends: Sequence[float], drawn: np.ndarray) -> list[float]:
    """Numbers between two, from numbers between 0 and 1."""
    low, high = ends
    return [low + (high - low) * share for share in drawn.tolist()]


class RandomRotation(_Warp):
    """Turned by a random angle; see `functional.rotate`.

    Parameters
    ----------
    degrees : float or (float, float)
        The range of angles; one number is from its negative to itself.
    interpolation, expand, center, fill
        See `functional.rotate`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomRotation
    >>> tuple(RandomRotation(30)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__(interpolation, fill)
        self.degrees = _range("degrees", degrees)
        self.center = None if center is None else _sequence("center", center)
        self.expand = expand

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """An angle."""
        return uniform(*degrees)

    def forward(self, img: Any) -> Any:
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, self.fill)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """Each image turned by an angle of its own."""
        h, w = images.shape[2:]
        angles = _between(self.degrees, draws.uniform(1)[:, 0])
        around = offset(self.center, w, h)
        return self.warped(
            images, [rotation_matrix(around, -a, (0, 0), 1.0, (0, 0)) for a in angles]
        )

    def __repr__(self) -> str:
        center = "" if self.center is None else f", center={self.center}"
        return (
            f"{type(self).__name__}(degrees={self.degrees}, "
            f"interpolation={self.interpolation.value}, expand={self.expand}{center}, fill={self.fill})"
        )


class RandomAffine(_Warp):
    """Turned, moved, scaled and sheared by random amounts; see `functional.affine`.

    Parameters
    ----------
    degrees : float or (float, float)
        The range of angles.
    translate : (float, float), optional
        The largest moves as shares of the width and the height.
    scale : (float, float), optional
        The range of scales.
    shear : float or sequence of 2 or 4 floats, optional
        The range of shears along x, or along x and y, in degrees.
    interpolation, fill, center
        See `functional.affine`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomAffine
    >>> tuple(RandomAffine(10, translate=(0.1, 0.1))(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    def __init__(
        self,
        degrees: Any,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        super().__init__(interpolation, fill)
        self.degrees = _range("degrees", degrees)
        self.translate = None if translate is None else _sequence("translate", translate)
        if not all(0 <= share <= 1 for share in translate or ()):
            raise ValueError("translation values should be between 0 and 1")
        self.scale = None if scale is None else _sequence("scale", scale)
        if not all(share > 0 for share in scale or ()):
            raise ValueError("scale values should be positive")
        self.shear = None if shear is None else _range("shear", shear, (2, 4))
        self.center = None if center is None else _sequence("center", center)

    @staticmethod
    def get_params(
        degrees: Sequence[float],
        translate: Sequence[float] | None,
        scale_ranges: Sequence[float] | None,
        shears: Sequence[float] | None,
        img_size: Sequence[int],
    ) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """Angle, moves along x and y, scale and shears for a picture of a width and a height."""
        angle = uniform(*degrees)
        most = [share * size for share, size in zip(translate or (0, 0), img_size, strict=True)]
        moves = round(uniform(-most[0], most[0])), round(uniform(-most[1], most[1]))
        scale = 1.0 if scale_ranges is None else uniform(*scale_ranges)
        x1, x2, y1, y2 = [*(shears or ()), 0.0, 0.0, 0.0, 0.0][:4]
        return angle, moves, scale, (uniform(x1, x2), uniform(y1, y2))

    def forward(self, img: Any) -> Any:
        _, height, width = F.get_dimensions(img)
        found = self.get_params(
            self.degrees, self.translate, self.scale, self.shear, [width, height]
        )
        return F.affine(img, *found, self.interpolation, self.fill, self.center)

    def batch(self, images: np.ndarray, draws: Draws) -> np.ndarray:
        """Each image turned, moved, scaled and sheared by amounts of its own."""
        h, w = images.shape[2:]
        around = offset(self.center, w, h)
        across, down = self.translate or (0.0, 0.0)
        x1, x2, y1, y2 = [*(self.shear or ()), 0.0, 0.0, 0.0, 0.0][:4]
        ranges = [self.degrees, (-across * w, across * w), (-down * h, down * h)]
        ranges += [self.scale or (1.0, 1.0), (x1, x2), (y1, y2)]
        drawn = draws.uniform(6).T
        several = zip(*map(_between, ranges, drawn), strict=True)
        return self.warped(
            images,
            [
                rotation_matrix(around, angle, (round(x), round(y)), scale, shears)
                for angle, x, y, scale, *shears in several
            ],
        )

    def __repr__(self) -> str:
        nearest = self.interpolation is InterpolationMode.NEAREST
        shown = {
            "degrees": self.degrees,
            "translate": self.translate,
            "scale": self.scale,
            "shear": self.shear,
            "interpolation": None if nearest else self.interpolation.value,
            "fill": self.fill or None,
            "center": self.center,
        }
        inside = ", ".join(f"{name}={value}" for name, value in shown.items() if value is not None)
        return f"{type(self).__name__}({inside})"


class RandomPerspective(_Warp):
    """Seen from aside with a probability; see `functional.perspective`.

    Parameters
    ----------
    distortion_scale : float
        How far the corners move: 1 is up to half of the picture.
    p : float
    interpolation, fill
        See `functional.perspective`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandomPerspective
    >>> tuple(RandomPerspective(p=1)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    shown = ("p",)

    def __init__(
        self,
        distortion_scale: float = 0.5,
        p: float = 0.5,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__(interpolation, fill)
        self.distortion_scale, self.p = distortion_scale, probability(p)

    @staticmethod
    def get_params(
        width: int, height: int, distortion_scale: float
    ) -> tuple[list[list[int]], list[list[int]]]:
        """The corners, clockwise from the top left, and where they come to lie."""
        x, y = (int(distortion_scale * (size // 2)) + 1 for size in (width, height))
        right, bottom = width - 1, height - 1
        corners = [[0, 0], [right, 0], [right, bottom], [0, bottom]]
        moved = [
            [
                below(x) if corner_x == 0 else right - below(x),
                below(y) if corner_y == 0 else bottom - below(y),
            ]
            for corner_x, corner_y in corners
        ]
        return corners, moved

    def forward(self, img: Any) -> Any:
        if not happens(self.p):
            return img
        _, height, width = F.get_dimensions(img)
        corners = self.get_params(width, height, self.distortion_scale)
        return F.perspective(img, *corners, self.interpolation, self.fill)


class ElasticTransform(_Warp):
    """Each pixel moved by a random field, `alpha` strong and `sigma` smooth.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import ElasticTransform
    >>> tuple(ElasticTransform(sigma=0.5)(lanegrad.zeros(3, 8, 8)).shape)
    (3, 8, 8)
    """

    shown = ("alpha", "sigma", "interpolation", "fill")

    def __init__(
        self,
        alpha: Any = 50.0,
        sigma: Any = 5.0,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__(interpolation, fill)
        self.alpha, self.sigma = (
            [float(value)] * 2 if isinstance(value, int | float) else list(_sequence(name, value))
            for name, value in (("alpha", alpha), ("sigma", sigma))
        )

    @staticmethod
    def get_params(alpha: Sequence[float], sigma: Sequence[float], size: Sequence[int]) -> Tensor:
        """The displacement (1, H, W, 2) for a picture of a height and a width."""
        fields = []
        for strength, smooth, length in zip(alpha, sigma, reversed(size), strict=True):
            field = made(generator().random((1, *size), FLOAT) * 2 - 1)
            if smooth > 0:
                reach = int(8 * smooth + 1) | 1
                field = F.gaussian_blur(field, [reach, reach], list(sigma))
            fields.append(values(field) * FLOAT.type(strength / length))
        return made(np.stack(fields, -1))

    def forward(self, tensor: Any) -> Any:
        _, height, width = F.get_dimensions(tensor)
        field = self.get_params(self.alpha, self.sigma, [height, width])
        return F.elastic_transform(tensor, field, self.interpolation, self.fill)
