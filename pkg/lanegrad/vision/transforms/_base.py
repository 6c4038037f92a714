"""What transforms have in common, and those that are made of others.

What is random draws from `lanegrad.random.generator()`, a generator of NumPy's, for all of them:
`manual_seed` repeats it, and the draws are others than PyTorch's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from ...nn import Module
from ...random import generator

__all__ = ["Compose", "Lambda", "RandomApply", "RandomChoice", "RandomOrder"]

PACKAGE = __name__.partition(".")[0] + "."


def is_ours(thing: Any, *methods: str) -> bool:
    """Whether those of an object's methods that it has are this package's, none somebody's own."""
    own, kind = getattr(thing, "__dict__", {}), type(thing)  # hasattr takes a module long
    for name in methods:
        method = own.get(name) or getattr(kind, name, None)
        owner = getattr(method, "__objclass__", method)  # a compiled method's module is its class's
        if method is not None and not (getattr(owner, "__module__", None) or "").startswith(
            PACKAGE
        ):
            return False
    return True


def uniform(low: float, high: float) -> float:
    """A number between two."""
    return float(generator().uniform(low, high))


def below(count: int) -> int:
    """A whole number from 0 to count - 1."""
    return int(generator().integers(count))


def happens(p: float) -> bool:
    """Whether what has the probability p happens this time."""
    return bool(generator().random() < p)


def probability(p: Any) -> Any:
    """p, which a ValueError says to be none if it is not between 0 and 1."""
    if not 0 <= p <= 1:
        raise ValueError(f"expected a probability p between 0 and 1; found {p}")
    return p


class Transform(Module):
    """A transform that is a module; its repr shows the attributes that `shown` names."""

    shown: ClassVar[Sequence[str]] = ()
    # How it works on batches: see _conversion.py.
    takes: ClassVar[str | None] = None
    pixelwise: ClassVar[bool] = False
    of_bytes: ClassVar[bool] = False

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)
        return f"{type(self).__name__}({inside})"


class Compose:
    """Apply transforms one after the other.

    Parameters
    ----------
    transforms : sequence of callables

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.vision.transforms import Compose, Normalize
    >>> halve = Normalize(0, 2)
    >>> Compose([halve, halve])(lanegrad.ones(1, 1, 2)).tolist()
    [[[0.25, 0.25]]]
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {transform}" for transform in self.transforms)
        return f"{type(self).__name__}({lines}\n)"


class Lambda:
    """Call a function.

    Examples
    --------
    >>> from lanegrad.vision.transforms import Lambda
    >>> Lambda(lambda x: x + 1)(1)
    2
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Several:
    """Holds transforms."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __repr__(self) -> str:
        lines = "".join(f"\n    {transform}" for transform in self.transforms)
        return f"{type(self).__name__}({lines}\n)"


class RandomOrder(_Several):
    """Apply transforms in an order drawn each time.

    Examples
    --------
    >>> from lanegrad.vision.transforms import Lambda, RandomOrder
    >>> RandomOrder([Lambda(lambda x: x + 1), Lambda(lambda x: x + 2)])(0)
    3
    """

    def __call__(self, img: Any) -> Any:
        for number in generator().permutation(len(self.transforms)):
            img = self.transforms[number](img)
        return img


class RandomChoice(_Several):
    """Apply one of several transforms, of which `p` may give the probabilities.

    Examples
    --------
    >>> from lanegrad.vision.transforms import Lambda, RandomChoice
    >>> RandomChoice([Lambda(lambda x: x + 1), Lambda(lambda x: x + 2)], p=[0, 1])(0)
    2
    """

    def __init__(
        self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None
    ) -> None:
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        if p is not None and (len(p) != len(transforms) or min(p) < 0 or not sum(p)):
            raise ValueError(f"p should be a weight of 0 or more for each transform; found {p}")
        self.p = p

    def __call__(self, img: Any) -> Any:
        shares = None if self.p is None else [share / sum(self.p) for share in self.p]
        return self.transforms[generator().choice(len(self.transforms), p=shares)](img)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"


class RandomApply(Transform):
    """Apply all of several transforms, or none, with a probability.

    Examples
    --------
    >>> from lanegrad.vision.transforms import Lambda, RandomApply
    >>> RandomApply([Lambda(lambda x: x + 1), Lambda(lambda x: x + 2)], p=1)(0)
    3
    """

    def __init__(self, transforms: Iterable[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__()
        self.transforms = transforms
        self.p = probability(p)

    def forward(self, img: Any) -> Any:
        if happens(self.p):
            for transform in self.transforms:
                img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {transform}" for transform in self.transforms)
        return f"{type(self).__name__}(\n    p={self.p}{lines}\n)"


class Randomly(Transform):
    """Does `change` to a picture with a probability."""

    shown: ClassVar[Sequence[str]] = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = probability(p)

    def change(self, img: Any) -> Any:
        """What is done."""
        raise NotImplementedError

    def forward(self, img: Any) -> Any:
        return self.change(img) if happens(self.p) else img
