"""A loader's passes: what the random numbers of samples depend on, and which samples are being made."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import index as whole_number
from typing import Any, NamedTuple

import numpy as np

from ...random import generator, own

__all__ = ["Asked", "Drawing", "Pass", "asked_of", "before_sample", "drawing", "making"]


class Pass(NamedTuple):
    """A pass of a loader.

    Attributes
    ----------
    seed : int
        The same in each pass.
    epoch : int
        Its number, from 0.
    key : int
        Of 64 bits: what random numbers of this pass alone are made of.
    """

    seed: int
    epoch: int
    key: int

    @classmethod
    def of(cls, seed: int, epoch: int) -> Pass:
        """The pass that follows from a seed and a number."""
        return cls(
            seed, epoch, int(np.random.SeedSequence((seed, epoch)).generate_state(1, "u8")[0])
        )


class Asked(NamedTuple):
    """The samples of a batch, and how often each came before in the pass; None if none did."""

    indices: Any
    repeats: list[int] | None = None


def asked_of(sampler: Iterable[Any], in_batches: bool, once: bool) -> Iterator[Asked]:
    """What is asked for in a pass; `once` says that no index comes twice."""
    batches = map(_plain_indices if in_batches else _plain_index, sampler)
    return map(Asked, batches) if once else _counted(batches, in_batches)


def _counted(batches: Iterable[Any], in_batches: bool) -> Iterator[Asked]:
    seen: dict[int, int] = {}
    for indices in batches:
        repeats = []
        for index in indices if in_batches else [indices]:
            count = 0
            if isinstance(index, int):
                count = seen.get(index, 0)
                seen[index] = count + 1
            repeats.append(count)
        yield Asked(indices, repeats)


def _plain_index(index: Any) -> Any:
    """Any whole number as Python's; what else a sampler may give stays as it is."""
    try:
        return whole_number(index)
    except (TypeError, ValueError, RuntimeError):  # a tensor of several numbers
        return index


def _plain_indices(indices: Iterable[Any]) -> list[Any]:
    return list(map(_plain_index, indices))


class Drawing(NamedTuple):
    """What the random numbers of some samples are made of.

    Attributes
    ----------
    current : Pass
    samples : ndarray of int64, (n, 2)
        The number of each, and how often it came before in the pass.
    """

    current: Pass
    samples: np.ndarray


class _Here(threading.local):
    """What this thread makes."""

    current: Pass | None = None
    asked = Asked(())
    place: int | None = None  # of the sample in its batch, if it is made by itself


_here = _Here()


def own_generator(current: Pass) -> None:
    """Have this thread draw what belongs to no sample from numbers of the pass's own."""
    made = np.random.Generator(np.random.Philox(key=current.key, counter=[0, 1, 0, 0]))
    own.generator = lambda: made


@contextmanager
def making(current: Pass, asked: Asked) -> Iterator[None]:
    """Says that this thread makes a batch."""
    before = own.generator
    _here.current, _here.asked = current, asked
    try:
        yield
    finally:
        _here.current, _here.place, own.generator = None, None, before


def before_sample(place: int) -> None:
    """Says that the sample at a place in the batch is next, and gives it random numbers of its own."""
    made: list[np.random.Generator] = []

    def of_the_sample() -> np.random.Generator:
        if not made:  # most samples draw nothing
            current, samples = drawing()
            number, repeat = samples[0].tolist()
            counter = [0, 0, repeat, number & (1 << 64) - 1]
            made.append(np.random.Generator(np.random.Philox(key=current.key, counter=counter)))
        return made[0]

    _here.place, own.generator = place, of_the_sample


def _index(place: int) -> int:
    """The number of the sample at a place; the place itself, if the sampler gives no numbers."""
    indices = _here.asked.indices
    index = indices[place] if isinstance(indices, list) else indices
    return index if isinstance(index, int) else place


def drawing(numbers: Any = None) -> Drawing:
    """What the samples of some numbers, or the one that is being made, are to be drawn from.

    Outside of a loader's pass it is another one each time, from lanegrad's generator.
    """
    if numbers is None:
        numbers = [0 if _here.place is None else _index(_here.place)]
    samples = np.zeros((len(numbers), 2), np.int64)
    samples[:, 0] = numbers
    if _here.current is None:
        seed = int(generator().integers(1 << 63))
        return Drawing(Pass(seed, 0, seed), samples)
    repeats = _here.asked.repeats
    if repeats is not None:
        mine = repeats if _here.place is None else repeats[_here.place : _here.place + 1]
        if len(mine) == len(samples):
            samples[:, 1] = mine
    return Drawing(_here.current, samples)
