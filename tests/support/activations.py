"""The activations that there are: functions of one element, with a gradient and no number besides."""

import inspect

from lanegrad import _core


def arguments(name):
    return list(inspect.signature(getattr(_core, name)).parameters)


ACTIVATIONS = [
    name
    for name in sorted(vars(_core))
    if hasattr(_core, f"{name}_backward")
    if arguments(name) == ["x"] and len(arguments(f"{name}_backward")) == 2
]
