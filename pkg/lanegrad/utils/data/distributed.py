"""The part of a data set that one of several training processes takes."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import cycle, islice

import numpy as np

from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every n-th sample of an order that all processes draw alike.

    Parameters
    ----------
    dataset : Dataset
    num_replicas, rank : int
        How many processes there are, and which of them this is, from 0. lanegrad has no process
        groups that would know.
    shuffle : bool
        Draw an order for each epoch; the samples come in their own order otherwise.
    seed : int
        Of the orders, the same in all processes.
    drop_last : bool
        Leave samples out so that each process has as many; otherwise the first ones are taken again.

    Raises
    ------
    RuntimeError
        `num_replicas` or `rank` is not given.
    ValueError
        There is no such rank.

    Examples
    --------
    >>> from lanegrad.utils.data import DistributedSampler
    >>> list(DistributedSampler("abcde", num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError(
                "lanegrad has no process groups: give DistributedSampler num_replicas and rank"
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(f"rank {rank} of {num_replicas} processes: it is 0 or more, and less")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        count = len(dataset)
        self.num_samples = count // num_replicas if drop_last else -(-count // num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        order = range(len(self.dataset))
        if self.shuffle:
            draws = np.random.default_rng(self.seed + self.epoch)
            order = draws.permutation(len(self.dataset)).tolist()
        return islice(cycle(order), self.rank, self.total_size, self.num_replicas)

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next: each has an order of its own."""
        self.epoch = epoch
