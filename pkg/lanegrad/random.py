"""lanegrad's random numbers: generators for weights and shuffled orders, each with a counter for dropout."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import index
from typing import Any

import numpy as np

from . import _core
from ._core import BaseTensor, adopt, record

__all__ = [
    "Generator",
    "default_generator",
    "dropout_state",
    "fork_rng",
    "generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

_FIRST_SEED = 67280421310721  # of every new generator, as in PyTorch
_WORD = (1 << 64) - 1
_STATE_BYTES = 72  # nine words: the seed, six of PCG64, two of dropout


class Generator:
    """A source of random numbers with a seed.

    Parameters
    ----------
    device : "cpu"

    Attributes
    ----------
    device
        As given.
    numpy : numpy.random.Generator
        Where the numbers come from.

    Raises
    ------
    RuntimeError
        Another device is asked for.

    Examples
    --------
    >>> from lanegrad.random import Generator
    >>> first = Generator().manual_seed(1).numpy.random()
    >>> first == Generator().manual_seed(1).numpy.random()
    True
    """

    def __init__(self, device: Any = "cpu") -> None:
        if str(device).partition(":")[0] != "cpu":
            raise RuntimeError(f"lanegrad runs on the CPU: there is no generator on {device}")
        self.device = device
        # The seed of dropout, and how often it has drawn since: the kernel reads and advances it.
        self._dropout = adopt(np.zeros(2, np.uint64))
        self._start(_FIRST_SEED)

    def _start(self, seed: int | None) -> None:
        """Begin anew; what a seed gives is made when it is asked for, since it takes longer."""
        self._seed = seed
        self._numpy: np.random.Generator | None = None
        self._dropout_seeded = False

    @property
    def numpy(self) -> np.random.Generator:
        """NumPy's generator, which all of lanegrad's numbers but dropout's are drawn from."""
        if self._numpy is None:
            self._numpy = np.random.default_rng(self.initial_seed())
        return self._numpy

    def dropout_state(self) -> _core.Array:
        """The seed of dropout and the number of its next call, as uint64; always the same array."""
        if not self._dropout_seeded:
            first = np.random.SeedSequence(self.initial_seed()).generate_state(1, np.uint64)[0]
            self._dropout.write(adopt(np.array([first, 0], np.uint64)))
            self._dropout_seeded = True
        return self._dropout

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from a whole number of 64 bits, of either sign; gives the generator itself.

        Raises
        ------
        RuntimeError
            The seed is no whole number.
        ValueError
            It has more than 64 bits.
        """
        try:
            number = index(seed)
        except TypeError:
            raise RuntimeError(f"a seed is a whole number; found {type(seed).__name__}") from None
        if not -(1 << 63) <= number <= _WORD:
            raise ValueError(f"a seed has 64 bits: from -2**63 to 2**64 - 1; found {number}")
        self._start(number & _WORD)
        return self

    def seed(self) -> int:
        """Start anew from a seed of the operating system's, and give it."""
        self._start(None)
        return self.initial_seed()

    def initial_seed(self) -> int:
        """The seed that the generator was last started from."""
        if self._seed is None:
            self._seed = int.from_bytes(os.urandom(8), "little")
        return self._seed

    def get_state(self) -> BaseTensor:
        """All that the next numbers depend on, as a tensor of uint8."""
        state: Any = self.numpy.bit_generator.state
        numbers = state["state"]["state"], state["state"]["inc"]
        words = [self.initial_seed(), *(part for n in numbers for part in (n & _WORD, n >> 64))]
        words += [state["has_uint32"], state["uinteger"], *self.dropout_state().array().tolist()]
        return record(adopt(np.array(words, "<u8").view(np.uint8)))

    def set_state(self, new_state: Any) -> None:
        """Go on from where `get_state` was called, of this generator or another.

        Raises
        ------
        TypeError
            The state is not of uint8.
        RuntimeError
            It has another size.
        """
        array = np.asarray(new_state)
        if array.dtype != np.uint8:
            raise TypeError(f"a generator's state is of uint8; found {array.dtype}")
        if array.shape != (_STATE_BYTES,):
            raise RuntimeError(
                f"a generator's state has {_STATE_BYTES} bytes; found shape {array.shape}"
            )
        words = np.ascontiguousarray(array).view("<u8").tolist()
        self._start(words[0])
        numbers = {"state": words[1] | words[2] << 64, "inc": words[3] | words[4] << 64}
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": numbers,
            "has_uint32": words[5],
            "uinteger": words[6],
        }
        self._dropout.write(adopt(np.array(words[7:], np.uint64)))
        self._dropout_seeded = True


default_generator = Generator()
"""What lanegrad draws from where no other generator is given; seeded by the operating system at first."""
default_generator._start(None)


class _Own(threading.local):
    """What this thread draws from instead of the `default_generator`."""

    generator: Callable[[], np.random.Generator] | None = None


own = _Own()


def generator(source: Generator | None = None) -> np.random.Generator:
    """NumPy's generator of `source`, or of lanegrad's `default_generator`.

    While a loader makes a sample there is one of the sample's own in place of the latter.

    Raises
    ------
    TypeError
        `source` is no generator.

    Examples
    --------
    >>> from lanegrad.random import Generator, generator
    >>> 0 <= generator().random() < 1
    True
    >>> generator(Generator().manual_seed(3)).integers(10) in range(10)
    True
    """
    if source is None:
        return default_generator.numpy if own.generator is None else own.generator()
    if not isinstance(source, Generator):
        raise TypeError(f"expected a lanegrad.Generator; found {type(source).__name__}")
    return source.numpy


def dropout_state() -> _core.Array:
    """Two numbers, the seed of dropout and the number of its next call, as uint64; always the same array.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad.random import dropout_state
    >>> _ = lanegrad.manual_seed(0)
    >>> int(dropout_state().array()[1])
    0
    """
    return default_generator.dropout_state()


def manual_seed(seed: Any) -> Generator:
    """Start lanegrad's random numbers anew, those of dropout too.

    Parameters
    ----------
    seed : int
        Of 64 bits, of either sign; what ``int()`` takes is converted. Equal seeds give equal draws.

    Returns
    -------
    Generator
        `default_generator`.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> first = lanegrad.randn(3)
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.randn(3).tolist() == first.tolist()
    True
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start lanegrad's random numbers anew from a seed of the operating system's, and give it.

    Examples
    --------
    >>> from lanegrad import random
    >>> random.seed() == random.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that lanegrad's random numbers were last started from.

    Examples
    --------
    >>> from lanegrad import random
    >>> _ = random.manual_seed(5)
    >>> random.initial_seed()
    5
    """
    return default_generator.initial_seed()


def get_rng_state() -> BaseTensor:
    """All that lanegrad's next random numbers depend on, as a tensor of uint8.

    Examples
    --------
    >>> import lanegrad
    >>> state = lanegrad.random.get_rng_state()
    >>> first = lanegrad.randn(3)
    >>> lanegrad.random.set_rng_state(state)
    >>> lanegrad.randn(3).tolist() == first.tolist()
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Have lanegrad's random numbers go on from where `get_rng_state` was called.

    Examples
    --------
    >>> from lanegrad import random
    >>> random.set_rng_state(random.get_rng_state())
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None, enabled: bool = True, device_type: Any = None
) -> Iterator[None]:
    """A context after which lanegrad's random numbers go on as if nothing had been drawn in it.

    Parameters
    ----------
    devices, device_type
        No effect: there is the CPU alone.
    enabled : bool
        Whether the context does anything.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> with lanegrad.random.fork_rng():
    ...     first = lanegrad.randn(3)
    >>> lanegrad.randn(3).tolist() == first.tolist()
    True
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
