"""Policies of random changes: AutoAugment, RandAugment, TrivialAugment and AugMix, on pictures of bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from ...random import generator
from .._images import FLOAT, is_pil, made, picture_of, values
from . import functional as F
from ._base import Transform, below
from .functional import InterpolationMode
from .functional._conversion import mode_of, pil_to_tensor

__all__ = ["AugMix", "AutoAugment", "AutoAugmentPolicy", "RandAugment", "TrivialAugmentWide"]

NEAREST = InterpolationMode.NEAREST


class AutoAugmentPolicy(Enum):
    """The data set that a policy of `AutoAugment` was learned on.

    Examples
    --------
    >>> from lanegrad.vision.transforms import AutoAugmentPolicy
    >>> AutoAugmentPolicy.CIFAR10.value
    'cifar10'
    """

    IMAGENET = "imagenet"
    CIFAR10 = "cifar10"
    SVHN = "svhn"


def _sheared(img: Any, x: float, y: float, how: dict[str, Any]) -> Any:
    shear = [math.degrees(math.atan(x)), math.degrees(math.atan(y))]
    return F.affine(img, 0.0, [0, 0], 1.0, shear, center=[0, 0], **how)


def _moved(img: Any, x: float, y: float, how: dict[str, Any]) -> Any:
    return F.affine(img, 0.0, [int(x), int(y)], 1.0, [0.0, 0.0], **how)


# What is done to a picture by its name: of the picture, how much, and interpolation and fill.
_CHANGES: dict[str, Callable[[Any, float, dict[str, Any]], Any]] = {
    "ShearX": lambda img, much, how: _sheared(img, much, 0, how),
    "ShearY": lambda img, much, how: _sheared(img, 0, much, how),
    "TranslateX": lambda img, much, how: _moved(img, much, 0, how),
    "TranslateY": lambda img, much, how: _moved(img, 0, much, how),
    "Rotate": lambda img, much, how: F.rotate(img, much, **how),
    "Brightness": lambda img, much, how: F.adjust_brightness(img, 1 + much),
    "Color": lambda img, much, how: F.adjust_saturation(img, 1 + much),
    "Contrast": lambda img, much, how: F.adjust_contrast(img, 1 + much),
    "Sharpness": lambda img, much, how: F.adjust_sharpness(img, 1 + much),
    "Posterize": lambda img, much, how: F.posterize(img, int(much)),
    "Solarize": lambda img, much, how: F.solarize(img, much),
    "AutoContrast": lambda img, much, how: F.autocontrast(img),
    "Equalize": lambda img, much, how: F.equalize(img),
    "Invert": lambda img, much, how: F.invert(img),
    "Identity": lambda img, much, how: img,
}

# Each of a policy's pairs of changes: name, probability in tenths, and the number of its strength.
_CIFAR10 = (
    "Invert 1 - Contrast 2 6, Rotate 7 2 TranslateX 3 9, Sharpness 8 1 Sharpness 9 3, "
    "ShearY 5 8 TranslateY 7 9, AutoContrast 5 - Equalize 9 -, ShearY 2 7 Posterize 3 7, "
    "Color 4 3 Brightness 6 7, Sharpness 3 9 Brightness 7 9, Equalize 6 - Equalize 5 -, "
    "Contrast 6 7 Sharpness 6 5, Color 7 7 TranslateX 5 8, Equalize 3 - AutoContrast 4 -, "
    "TranslateY 4 3 Sharpness 2 6, Brightness 9 6 Color 2 8, Solarize 5 2 Invert 0 -, "
    "Equalize 2 - AutoContrast 6 -, Equalize 2 - Equalize 6 -, Color 9 9 Equalize 6 -, "
    "AutoContrast 8 - Solarize 2 8, Brightness 1 3 Color 7 0, Solarize 4 5 AutoContrast 9 -, "
    "TranslateY 9 9 TranslateY 7 9, AutoContrast 9 - Solarize 8 3, Equalize 8 - Invert 1 -, "
    "TranslateY 7 9 AutoContrast 9 -"
)
_IMAGENET = (
    "Posterize 4 8 Rotate 6 9, Solarize 6 5 AutoContrast 6 -, Equalize 8 - Equalize 6 -, "
    "Posterize 6 7 Posterize 6 6, Equalize 4 - Solarize 2 4, Equalize 4 - Rotate 8 8, "
    "Solarize 6 3 Equalize 6 -, Posterize 8 5 Equalize 10 -, Rotate 2 3 Solarize 6 8, "
    "Equalize 6 - Posterize 4 6, Rotate 8 8 Color 4 0, Rotate 4 9 Equalize 6 -, "
    "Equalize 0 - Equalize 8 -, Invert 6 - Equalize 10 -, Color 6 4 Contrast 10 8, "
    "Rotate 8 8 Color 10 2, Color 8 8 Solarize 8 7, Sharpness 4 7 Invert 6 -, "
    "ShearX 6 5 Equalize 10 -, Color 4 0 Equalize 6 -, Equalize 4 - Solarize 2 4, "
    "Solarize 6 5 AutoContrast 6 -, Invert 6 - Equalize 10 -, Color 6 4 Contrast 10 8, "
    "Equalize 8 - Equalize 6 -"
)
_SVHN = (
    "ShearX 9 4 Invert 2 -, ShearY 9 8 Invert 7 -, Equalize 6 - Solarize 6 6, "
    "Invert 9 - Equalize 6 -, Equalize 6 - Rotate 9 3, ShearX 9 4 AutoContrast 8 -, "
    "ShearY 9 8 Invert 4 -, ShearY 9 5 Solarize 2 6, Invert 9 - AutoContrast 8 -, "
    "Equalize 6 - Rotate 9 3, ShearX 9 4 Solarize 3 3, ShearY 8 8 Invert 7 -, "
    "Equalize 9 - TranslateY 6 6, Invert 9 - Equalize 6 -, Contrast 3 3 Rotate 8 4, "
    "Invert 8 - TranslateY 0 2, ShearY 7 6 Solarize 4 8, Invert 6 - Rotate 8 4, "
    "ShearY 3 7 TranslateX 9 3, ShearX 1 6 Invert 6 -, Solarize 7 2 TranslateY 6 7, "
    "ShearY 8 4 Invert 8 -, ShearX 7 9 TranslateY 8 3, ShearY 8 5 AutoContrast 7 -, "
    "ShearX 7 2 Invert 1 -"
)
_POLICIES = {
    AutoAugmentPolicy.CIFAR10: _CIFAR10,
    AutoAugmentPolicy.IMAGENET: _IMAGENET,
    AutoAugmentPolicy.SVHN: _SVHN,
}

Change = tuple[str, float, int | None]


def _pairs(text: str) -> list[tuple[Change, ...]]:
    pairs = []
    for line in text.split(", "):
        words = line.split()
        pairs.append(
            tuple(
                (name, int(tenths) / 10, None if number == "-" else int(number))
                for name, tenths, number in zip(words[::3], words[1::3], words[2::3], strict=True)
            )
        )
    return pairs


Space = dict[str, tuple[np.ndarray, bool]]


def _space(
    bins: int,
    moves: Sequence[float],
    *,
    shear: float = 0.3,
    turn: float = 30.0,
    factor: float = 0.9,
    bits: int = 4,
    names: Sequence[str],
) -> Space:
    """The strengths of some changes, from none to the most, and whether their sign is drawn."""
    most = dict.fromkeys(("ShearX", "ShearY"), shear)
    most |= {"TranslateX": moves[0], "TranslateY": moves[1], "Rotate": turn}
    most |= dict.fromkeys(("Brightness", "Color", "Contrast", "Sharpness"), factor)
    space: Space = {name: (np.linspace(0, end, bins), True) for name, end in most.items()}
    space["Posterize"] = 8 - (np.arange(bins) / ((bins - 1) / bits)).round(), False
    space["Solarize"] = np.linspace(255, 0, bins), False
    none = np.zeros(0), False
    return {name: space.get(name, none) for name in names}


_ALL = (
    "Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color",
    "Contrast", "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
)  # fmt: skip


def _shares(height: int, width: int) -> tuple[float, float]:
    """The most that a picture is moved along x and y: as 150 of ImageNet's 331 pixels."""
    return 150 / 331 * width, 150 / 331 * height


class _Augment(Transform):
    """Has `interpolation` and `fill`, and makes changes by their names."""

    def __init__(self, interpolation: Any, fill: Any) -> None:
        super().__init__()
        self.interpolation, self.fill = mode_of(interpolation), fill

    def _changed(self, img: Any, space: Space, name: str, number: int | None, sign: bool) -> Any:
        strengths, signed = space[name]
        much = float(strengths[number]) if number is not None and len(strengths) else 0.0
        how = {"interpolation": self.interpolation, "fill": self.fill}
        return _CHANGES[name](img, -much if signed and sign else much, how)


class AutoAugment(_Augment):
    """One of a policy's 25 pairs of changes, each with its probability (Cubuk et al., 2018).

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import AutoAugment, AutoAugmentPolicy
    >>> augment = AutoAugment(AutoAugmentPolicy.CIFAR10)
    >>> tuple(augment(lanegrad.tensor(np.zeros((3, 8, 8), np.uint8))).shape)
    (3, 8, 8)
    """

    shown = ("policy", "fill")

    def __init__(
        self,
        policy: AutoAugmentPolicy = AutoAugmentPolicy.IMAGENET,
        interpolation: Any = NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__(interpolation, fill)
        if policy not in _POLICIES:
            raise ValueError(f"The provided policy {policy} is not recognized.")
        self.policy = policy
        self.policies = _pairs(_POLICIES[policy])

    @staticmethod
    def get_params(transform_num: int) -> tuple[int, list[float], list[int]]:
        """The number of a pair, and for each of its changes a draw and a sign."""
        return below(transform_num), generator().random(2).tolist(), [below(2), below(2)]

    def forward(self, img: Any) -> Any:
        _, height, width = F.get_dimensions(img)
        space = _space(10, _shares(height, width), names=[*_ALL, "Invert"])
        number, draws, signs = self.get_params(len(self.policies))
        for (name, p, strength), draw, sign in zip(
            self.policies[number], draws, signs, strict=True
        ):
            if draw <= p:
                img = self._changed(img, space, name, strength, sign == 0)
        return img


class RandAugment(_Augment):
    """Some changes of one strength, drawn evenly (Cubuk et al., 2019).

    Parameters
    ----------
    num_ops : int
        How many.
    magnitude, num_magnitude_bins : int
        The strength, of as many from none to the most.
    interpolation, fill
        See `functional.affine`.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import RandAugment
    >>> tuple(RandAugment()(lanegrad.tensor(np.zeros((3, 8, 8), np.uint8))).shape)
    (3, 8, 8)
    """

    shown = ("num_ops", "magnitude", "num_magnitude_bins", "interpolation", "fill")

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        interpolation: Any = NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__(interpolation, fill)
        self.num_ops, self.magnitude = num_ops, magnitude
        self.num_magnitude_bins = num_magnitude_bins

    def forward(self, img: Any) -> Any:
        _, height, width = F.get_dimensions(img)
        space = _space(self.num_magnitude_bins, _shares(height, width), names=_ALL)
        for _ in range(self.num_ops):
            name = _ALL[below(len(_ALL))]
            img = self._changed(img, space, name, self.magnitude, below(2) == 1)
        return img


class TrivialAugmentWide(_Augment):
    """One change of a strength, both drawn evenly (Mueller and Hutter, 2021).

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import TrivialAugmentWide
    >>> tuple(TrivialAugmentWide()(lanegrad.tensor(np.zeros((3, 8, 8), np.uint8))).shape)
    (3, 8, 8)
    """

    shown = ("num_magnitude_bins", "interpolation", "fill")

    def __init__(
        self, num_magnitude_bins: int = 31, interpolation: Any = NEAREST, fill: Any = None
    ) -> None:
        super().__init__(interpolation, fill)
        self.num_magnitude_bins = num_magnitude_bins

    def forward(self, img: Any) -> Any:
        bins = self.num_magnitude_bins
        space = _space(bins, (32.0, 32.0), shear=0.99, turn=135.0, factor=0.99, bits=6, names=_ALL)
        return self._changed(img, space, _ALL[below(len(_ALL))], below(bins), below(2) == 1)


class AugMix(_Augment):
    """The mean, with random weights, of the picture and of chains of changes (Hendrycks et al., 2020).

    Parameters
    ----------
    severity : int
        The strength of the changes, from 1 to 10.
    mixture_width, chain_depth : int
        How many chains, and how long they are; -1 is from 1 to 3.
    alpha : float
        Of the distributions (Dirichlet, beta) of the weights.
    all_ops : bool
        Whether brightness, contrast, colours and sharpness are changed too.
    interpolation, fill
        See `functional.affine`.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import AugMix
    >>> tuple(AugMix()(lanegrad.tensor(np.zeros((3, 8, 8), np.uint8))).shape)
    (3, 8, 8)
    """

    shown = (
        "severity", "mixture_width", "chain_depth", "alpha", "all_ops", "interpolation", "fill",
    )  # fmt: skip

    def __init__(
        self,
        severity: int = 3,
        mixture_width: int = 3,
        chain_depth: int = -1,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: Any = InterpolationMode.BILINEAR,
        fill: Any = None,
    ) -> None:
        super().__init__(interpolation, fill)
        if not 1 <= severity <= 10:
            raise ValueError(f"The severity must be between [1, 10]. Got {severity} instead.")
        self.severity, self.mixture_width, self.chain_depth = severity, mixture_width, chain_depth
        self.alpha, self.all_ops = alpha, all_ops

    def forward(self, orig_img: Any) -> Any:
        img = pil_to_tensor(orig_img) if is_pil(orig_img) else orig_img
        _, height, width = F.get_dimensions(img)
        names = [name for name in _ALL if name != "Identity"]
        if not self.all_ops:
            names = [n for n in names if n not in ("Brightness", "Color", "Contrast", "Sharpness")]
        space = _space(10, (width / 3, height / 3), names=names)
        weights = generator().dirichlet([self.alpha] * self.mixture_width)
        share = generator().beta(self.alpha, self.alpha)  # of the picture itself
        x = values(img)
        mixed = FLOAT.type(share) * x.astype(FLOAT)
        for weight in weights:
            chain = img
            for _ in range(self.chain_depth if self.chain_depth > 0 else 1 + below(3)):
                name = names[below(len(names))]
                chain = self._changed(chain, space, name, below(self.severity), below(2) == 1)
            mixed += FLOAT.type((1 - share) * weight) * values(chain).astype(FLOAT)
        result = mixed.astype(x.dtype)
        return picture_of(result) if is_pil(orig_img) else made(result)
