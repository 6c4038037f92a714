"""PyTorch's public names and signatures next to ours; ``python tests/support/torch_names.py`` prints what
differs.

A builtin of PyTorch has no signature that Python knows: PyTorch's stubs have all its overloads, or its
documentation opens with one.
"""

import ast
import importlib
import inspect
import re
import sys
import types
import warnings
from functools import cache
from pathlib import Path

from lanegrad._missing.table import LEFT_OUT, left_out

NAMESPACES = {
    "torch": "lanegrad",
    "torch.Tensor": "lanegrad.Tensor",
    "torch.nn": "lanegrad.nn",
    "torch.nn.Module": "lanegrad.nn.Module",
    "torch.nn.functional": "lanegrad.nn.functional",
    "torch.nn.init": "lanegrad.nn.init",
    "torch.nn.utils": "lanegrad.nn.utils",
    "torch.linalg": "lanegrad.linalg",
    "torch.optim": "lanegrad.optim",
    "torch.optim.Optimizer": "lanegrad.optim.Optimizer",
    "torch.optim.lr_scheduler": "lanegrad.optim.lr_scheduler",
    "torch.utils.data": "lanegrad.utils.data",
    "torch.autograd": "lanegrad.autograd",
}

# Where PyTorch's stubs have the builtins of a namespace: a file, and a class in it.
STUBS = {"torch": ("_VariableFunctions.pyi", None), "torch.Tensor": ("__init__.pyi", "TensorBase")}

# What PyTorch's modules have imported, or keep for themselves.
NOT_THEIRS = ("typing", "collections", "functools", "builtins", "bisect", "torch.overrides",
              "torch._jit_internal", "typing_extensions")  # fmt: skip
NOISE = {
    "BroadcastingList1", "BroadcastingList2", "BroadcastingList3", "DType", "TYPE_CHECKING",
    "EPOCH_DEPRECATION_WARNING", "GRID_SAMPLE_INTERPOLATION_MODES", "GRID_SAMPLE_PADDING_MODES",
    "annotations", "assert_int_or_pair", "boolean_dispatch", "common_notes", "handle_torch_function",
    "has_torch_function", "has_torch_function_unary", "has_torch_function_variadic",
    "is_tensor_like", "reproducibility_notes", "sparse_support_notes", "tf32_notes",
}  # fmt: skip

# Arguments of PyTorch's that a function may lack: where the result is to be, and in which form.
MAY_LACK = {"out", "layout", "pin_memory", "memory_format", "names"}

# Signatures that differ on purpose.
ON_PURPOSE = {
    "torch.load": "nothing is unpickled",
    "torch.save": "nothing is pickled",
    "torch.set_default_device": "there is one device",
    **dict.fromkeys(
        ["torch.avg_pool1d", "torch.max_pool1d", "torch.max_pool2d"], "None is what () says"
    ),
    **dict.fromkeys(
        [
            "torch.binary_cross_entropy_with_logits",
            "torch.cosine_embedding_loss",
            "torch.hinge_embedding_loss",
            "torch.kl_div",
            "torch.margin_ranking_loss",
            "torch.triplet_margin_loss",
        ],
        "the stub says that reduction is 1, which is the mean, but the function does none",
    ),
    **dict.fromkeys(["torch.rrelu", "torch.rrelu_"], "they draw from the default generator"),
    "torch.utils.data.random_split": "None is the default generator",
    **dict.fromkeys(
        ["torch.linalg.matrix_power", "torch.linalg.norm"],
        "the documentation has another name than the function",
    ),
    "torch.numel": "the stub has another name than the function",
    "torch.Tensor.requires_grad_": "the stub has another name than the method",
}


def resolve(path):
    """What a dotted path names, or None."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            thing = getattr(thing, part, None)
        return thing
    return None


def is_theirs(name, value):
    """Whether a name that stands in one of PyTorch's modules belongs to its interface."""
    if name.startswith("_") or name in NOISE or isinstance(value, types.ModuleType):
        return False
    home = getattr(value, "__module__", None)
    return not (isinstance(home, str) and home.startswith(NOT_THEIRS) and callable(value))


def torch_names(path):
    """The public names of one of PyTorch's modules or classes."""
    space = resolve(path)
    listed = getattr(space, "__all__", None)
    if path == "torch" or listed is None:  # whose list lacks documented names
        listed = [*dir(space), *(listed or ())]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {name for name in listed if is_theirs(name, getattr(space, name, types))}
    return sorted(names if path == "torch" else names - {"Tensor"})


def missing(path):
    """The names that are neither here nor said to be left out."""
    ours, known = resolve(NAMESPACES[path]), left_out(NAMESPACES[path])
    return [name for name in torch_names(path) if name not in known and not hasattr(ours, name)]


def wrongly_left_out():
    """The names that are said to be left out, and are here."""
    return [
        f"{owner}.{name}"
        for owner in LEFT_OUT
        for name in left_out(owner)
        if hasattr(resolve(owner), name)
    ]


@cache
def stubs(owner):
    """The signatures of PyTorch's builtins by name, all overloads, as its stub files have them."""
    import torch

    file, cls = STUBS[owner]
    body = ast.parse((Path(torch._C.__file__).parent / "_C" / file).read_text()).body
    if cls:
        body = next(x.body for x in body if isinstance(x, ast.ClassDef) and x.name == cls)
    found = {}
    for function in body:
        if isinstance(function, ast.FunctionDef):
            found.setdefault(function.name, []).append(_signature(function.args))
    return found


def documented(name, text):
    """The signatures at the head of a builtin's documentation, as inspect has them."""
    head = re.compile(
        rf"^\s*(?:\.\. (?:function|method):: *)?(?:linalg\.)?{name}\((.*)\)\s*(?:->.*)?$", re.M
    )
    found = []
    for arguments in head.findall(text or ""):
        arguments = arguments.replace("\\", "")
        try:
            tree = ast.parse(f"def f({arguments}): pass").body[0].args
        except SyntaxError:
            continue
        found.append(_signature(tree))
    return found


def _signature(arguments):
    P = inspect.Parameter
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    rows = [(a.arg, P.POSITIONAL_OR_KEYWORD, d) for a, d in zip(positional, defaults, strict=True)]
    if arguments.vararg:
        rows.append((arguments.vararg.arg, P.VAR_POSITIONAL, None))
    rows += [
        (a.arg, P.KEYWORD_ONLY, d)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        rows.append((arguments.kwarg.arg, P.VAR_KEYWORD, None))
    made = [
        P(name, kind, default=P.empty if default is None else Text(ast.unparse(default)))
        for name, kind, default in rows
    ]
    return inspect.Signature(made, __validate_parameters__=False)


class Text(str):
    """A default as it is written in a documentation."""


def signatures(thing, name, is_method=False, owner=None):
    """The signatures of one of PyTorch's functions, methods or classes: of overloads, several."""
    if isinstance(thing, property) or not callable(thing):
        return []
    if owner in STUBS and not inspect.isfunction(thing) and name in stubs(owner):
        return [_without_self(x) if is_method else x for x in stubs(owner)[name]]
    try:
        known = inspect.signature(thing)
        kinds = {p.kind for p in known.parameters.values()}
        if kinds - {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            return [_without_self(known) if is_method else known]
    except (TypeError, ValueError):
        pass
    found = documented(name, getattr(thing, "__doc__", ""))
    if found:
        return found
    import torch

    override = torch.overrides.get_testing_overrides().get(thing)
    if override is None:
        return []
    known = inspect.signature(override)
    if not inspect.isfunction(thing):  # of builtins, what these tables say of options is rough
        required = [p for p in known.parameters.values() if p.default is p.empty]
        known = known.replace(parameters=required)
    return [_without_self(known) if is_method else known]


def _without_self(signature):
    parameters = list(signature.parameters.values())
    if parameters and parameters[0].name in ("self", "input", "tensor"):
        parameters = parameters[1:]
    return signature.replace(parameters=parameters)


def same_default(ours, theirs):
    """Whether two defaults are the same, as far as can be told."""
    plain = [str(x) if isinstance(x, Text) else repr(x) for x in (ours, theirs)]
    plain = [re.sub(r"\b(torch|lanegrad)\.", "", text) for text in plain]
    if isinstance(theirs, Text) and not isinstance(ours, type(inspect.Parameter.empty)):
        try:
            return ours == ast.literal_eval(str(theirs))
        except (ValueError, SyntaxError):
            return True  # a name that only the documentation knows
    return plain[0] == plain[1] or ours == theirs


def difference(ours, theirs):
    """What a caller who writes for PyTorch would stumble over, or None."""
    P = inspect.Parameter
    mine, own = ours.parameters, list(ours.parameters.values())
    anything = any(p.kind is P.VAR_KEYWORD for p in own)
    places = [p for p in own if p.kind in (P.POSITIONAL_ONLY, P.POSITIONAL_OR_KEYWORD)]
    rest = any(p.kind is P.VAR_POSITIONAL for p in own)
    for i, p in enumerate(q for q in theirs.parameters.values() if q.name not in MAY_LACK):
        if p.kind is P.VAR_POSITIONAL:
            if not rest:
                return f"takes no *{p.name}"
            continue
        if p.kind is P.VAR_KEYWORD or (p.name not in mine and (anything or rest)):
            continue
        if p.name not in mine:
            if p.name in ("int", "float", "bool"):  # what is documented is a type, not a name
                continue
            return f"lacks {p.name}"
        if p.kind is P.POSITIONAL_OR_KEYWORD and not rest:
            here = [q for q in places if q.name not in MAY_LACK]
            if i >= len(here) or here[i].name != p.name:
                return f"has {p.name} in another place"
        found = mine[p.name].default
        if p.default is not P.empty and not same_default(found, p.default):
            written = "none" if found is P.empty else repr(found)
            return f"has default {written} of {p.name} instead of {p.default}"
    return None


def signature_differences(path):
    """The names of a namespace whose signature differs from PyTorch's, and how."""
    theirs, ours = resolve(path), resolve(NAMESPACES[path])
    is_method = inspect.isclass(theirs)
    for name in torch_names(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            thing, own = getattr(theirs, name, None), getattr(ours, name, None)
        if own is None or not callable(own) or f"{path}.{name}" in ON_PURPOSE:
            continue
        try:
            known = inspect.signature(own)
        except (TypeError, ValueError):
            continue
        known = _without_self(known) if is_method and not inspect.ismethod(own) else known
        found = [difference(known, s) for s in signatures(thing, name, is_method, path)]
        if found and all(found):  # of overloads one must fit
            yield name, found[0]


def main():
    only = sys.argv[1:] or list(NAMESPACES)
    for path in only:
        names, lacking = torch_names(path), missing(path)
        known = left_out(NAMESPACES[path])
        there = len(names) - len(lacking) - sum(name in known for name in names)
        print(f"{path}: {there} of {len(names)} are here, {len(lacking)} are missing")
        if lacking:
            print("    missing:", *lacking)
        for name, text in signature_differences(path):
            print(f"    {name} {text}")
    for name in wrongly_left_out():
        print(f"{name} is here, and in the table of what is left out")


if __name__ == "__main__":
    main()
