"""The networks of `lanegrad.models` as PyTorch's: their modules run once more, on PyTorch's names."""

import builtins
import functools
import importlib.util
from pathlib import Path
from types import ModuleType

# What the modules import of lanegrad, and where PyTorch has the same names.
SAME = {
    "lanegrad": "torch",
    "lanegrad._tensor": "torch",
    "lanegrad._tensor.joining": "torch",
    "lanegrad.autograd": "torch",
    "lanegrad.nn": "torch.nn",
}


@functools.cache
def twin(name):
    """The module of that name, whose classes are of PyTorch's layers."""
    found = importlib.util.find_spec(name)
    module = ModuleType(name)
    package = name if found.submodule_search_locations else name.rpartition(".")[0]
    vars(module).update(__package__=package, __builtins__={**vars(builtins), "__import__": _import})
    exec(compile(Path(found.origin).read_text(), found.origin, "exec"), vars(module))
    return module


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0:
        return __import__(name, globals, locals, fromlist, level)
    full = importlib.util.resolve_name("." * level + name, globals["__package__"])
    if full in SAME:
        return importlib.import_module(SAME[full])
    if full == "lanegrad.vision.models":  # a package, asked for one of its modules
        part = ModuleType(full)
        vars(part).update({name: twin(f"{full}.{name}") for name in fromlist})
        return part
    return twin(full)
