"""What functions give on each instruction set of this machine, with several numbers of threads."""

from collections.abc import Callable, Hashable, Iterable

from lanegrad import _core


def outcomes(function: Callable[[], Hashable], threads: Iterable[int] = (1, 2, 5)) -> set[Hashable]:
    """All that a function gives, of which bits that are the same everywhere are one.

    For tests with the fixture `isa_and_threads_restored`.
    """
    found = set()
    for name in _core.isas():
        _core.set_isa(name)
        for count in threads:
            _core.set_num_threads(count)
            found.add(function())
    return found
