"""`export`: a model is traced with batches of several sizes, written as one, and compared with itself."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import IO, Any

import numpy as np

from .._saving.files import write
from .._tensor import Tensor, array_of, as_tensor
from ..autograd.modes import no_grad
from ..nn._modes import evaluating
from ..nn.module import Module
from . import _layers, _movement, _pointwise, _reductions  # noqa: F401  which enter their exporters
from ._errors import ExportError
from ._graph import Graph, Node, merged, merged_sizes
from ._noting import noting
from ._traced import Trace, TracedTensor
from ._writing import onnx_package, proto, runtime

__all__ = ["export"]

LEAST_OPSET = 18
BATCHES = 2, 1, 5  # that dynamic models are traced with
TOLERANCE = 1e-4  # of the largest result


def export(
    model: Module | Callable[..., Any],
    args: Any,
    f: str | os.PathLike[str] | IO[bytes],
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    dynamic_axes: Mapping[str, Any] | None = None,
    opset_version: int = LEAST_OPSET,
    verify: bool = True,
) -> None:
    """Write a model as an ONNX file, in evaluation mode and for batches of any size.

    The model is called with examples of several batch sizes, with tensors whose values nobody can see. What
    it does is noted, and has to be the same for all of them. So Python that depends on values, and operations
    that ONNX lacks, are errors that name the operation and the line.

    Parameters
    ----------
    model : Module or callable
    args : Tensor, or tuple of Tensor
        What to call the model with: an example, whose first axis is the batch.
    f : path or binary file
        A path is written aside and renamed.
    input_names, output_names : sequence of str, optional
        By default those of `model.forward`'s arguments, and "output", or "output_0" and so on.
    dynamic_axes : mapping, optional
        By default the first axis of all inputs is the batch, of any size. ``{}`` is for the batch of `args`
        alone, and ``{"input": [0]}``, or PyTorch's ``{"input": {0: "batch"}}``, for inputs by name.
    opset_version : int
        At least 18.
    verify : bool
        Whether the written model's results are compared with the model's: by onnxruntime if it is installed,
        else by onnx itself.

    Raises
    ------
    ExportError
        The model cannot be exported. The message says why, and what to do instead.
    ImportError
        The package onnx is missing: it comes with ``pip install 'lanegrad[onnx]'``.

    Examples
    --------
    >>> import io
    >>> import lanegrad
    >>> from lanegrad import models
    >>> file = io.BytesIO()
    >>> lanegrad.onnx.export(models.LeNet(), lanegrad.zeros(1, 3, 32, 32), file)
    >>> import onnx
    >>> graph = onnx.load_from_string(file.getvalue()).graph
    >>> [node.op_type for node in graph.node][:3], graph.input[0].name
    (['Conv', 'Relu', 'MaxPool'], 'x')
    """
    onnx = onnx_package()
    newest = onnx.defs.onnx_opset_version()
    if not LEAST_OPSET <= opset_version <= newest:
        raise ValueError(
            f"opset_version must be from {LEAST_OPSET} to {newest}, the newest of onnx {onnx.__version__}, "
            f"found {opset_version}"
        )
    example = [as_tensor(x) for x in (args if isinstance(args, (tuple, list)) else (args,))]
    names = _input_names(model, len(example), input_names)
    dynamic = _dynamic(names, dynamic_axes)
    sizes = {
        x.shape[0] if x.ndim else 0
        for x, name in zip(example, names, strict=True)
        if name in dynamic
    }
    if len(sizes) > 1 or 0 in sizes:
        raise ValueError(
            f"the first axis of {', '.join(sorted(dynamic))} is to be the batch, but their shapes are "
            f"{', '.join(str(tuple(x.shape)) for x in example)}"
        )
    batches = BATCHES if dynamic else (1, 1)  # twice, to see what chance does
    given = [
        [_rows(x, batch) if name in dynamic else x for x, name in zip(example, names, strict=True)]
        for batch in batches
    ]
    with evaluating(model) if isinstance(model, Module) else nullcontext(), no_grad():
        # What is wrong without any export is an error as ever.
        model(*(as_tensor(_values(x)) for x in example))
        expected = [[_values(y) for y in _results(_called(model, *xs))] for xs in given]
        traced = [_traced(model, xs, names, output_names) for xs in given]
    graph = merged([graph for graph, _ in traced], batches)
    outputs = [
        (each[0][0], each[0][1], merged_sizes([shape for _, _, shape in each], batches))
        for each in zip(*(values for _, values in traced), strict=True)
    ]
    inputs = [
        (name, each[0].dtype, merged_sizes([tuple(x.shape) for x in each], batches))
        for name, *each in zip(names, *given, strict=True)
    ]
    made = proto(graph, inputs, outputs, opset_version)
    if verify:
        run = runtime(made)
        for xs, wanted in zip(given, expected, strict=True):
            found = run(None, dict(zip(names, map(_values, xs), strict=True)))
            _compare(found, wanted, [name for name, _, _ in outputs])
    content = made.SerializeToString()
    if isinstance(f, (str, os.PathLike)):
        write(content, os.fspath(f))
    else:
        f.write(content)


def _values(x: Any) -> np.ndarray:
    return np.array(array_of(as_tensor(x)).array())


def _rows(x: Tensor, batch: int) -> Tensor:
    """An example of so many rows: its own, with their values in other places where they come again."""
    values = _values(x)
    rows = [np.roll(values[i % len(values)], i // len(values)) for i in range(batch)]
    return as_tensor(np.stack(rows))


def _input_names(model: Any, count: int, given: Sequence[str] | None) -> list[str]:
    if given is None:
        function = model.forward if isinstance(model, Module) else model
        named = [
            p.name for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]  # fmt: skip
        given = [named[i] if i < len(named) else f"input_{i}" for i in range(count)]
    if len(given) != count or len(set(given)) != count:
        raise ValueError(f"input_names must be {count} different names, found {list(given)}")
    return list(given)


def _dynamic(names: list[str], axes: Mapping[str, Any] | None) -> set[str]:
    """The inputs whose first axis is the batch."""
    if axes is None:
        return set(names)
    found = {name: list(axes[name]) for name in axes if name in names}
    for name, those in found.items():
        if those not in ([0], []):
            raise ValueError(f"only axis 0, the batch, can be dynamic, found {those} of {name!r}")
    return {name for name, those in found.items() if those}


def _called(model: Any, *args: Any) -> Any:
    try:
        return model(*(as_tensor(_values(x)) for x in args))
    except Exception as error:
        shapes = ", ".join(str(tuple(x.shape)) for x in args)
        raise ExportError(
            f"the model fails with inputs of shapes {shapes}, where only the batch is another one ({error}). "
            "Export it for the batch of args alone with dynamic_axes={}"
        ) from error


def _results(y: Any) -> list[Any]:
    """The tensors of a result: one, or several in tuples, lists and dictionaries."""
    if isinstance(y, (tuple, list, dict)):
        parts = y.values() if isinstance(y, dict) else y
        return [tensor for part in parts for tensor in _results(part)]
    if not isinstance(y, Tensor):
        raise ExportError(f"a model gives tensors, found {type(y).__name__} in its result")
    return [y]


def _traced(
    model: Any, xs: list[Tensor], names: list[str], output_names: Sequence[str] | None
) -> tuple[Graph, list[Any]]:
    """What the model does with inputs of these shapes, and name, dtype and shape of each result."""
    state: dict[str, Tensor] = {}
    if isinstance(model, Module):
        state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    if taken := set(names) & set(state):
        raise ValueError(f"an input is named as a parameter is: {taken}; give other input_names")
    trace = Trace(state)
    inputs = [
        TracedTensor(trace, as_tensor(_values(x)), name) for x, name in zip(xs, names, strict=True)
    ]
    try:
        with noting():
            results = _results(model(*inputs))
    except ExportError:
        raise
    except Exception as error:
        raise ExportError(
            f"the model runs, but cannot be traced, as something asks for its values: {error}"
        ) from error
    several = [f"output_{i}" for i in range(len(results))] if len(results) > 1 else ["output"]
    called = several if output_names is None else list(output_names)
    if len(called) != len(results) or len({*called, *names, *state}) < len(called) + len(
        names
    ) + len(state):
        raise ValueError(
            f"output_names must be {len(results)} names that are no others, found {called}"
        )
    operands = [trace.operand(y) for y in results]
    for name, operand in zip(called, operands, strict=True):
        trace.graph.nodes.append(Node("Identity", [operand], [name], {}, ("the result", name)))
    shapes = [(name, y.dtype, tuple(y.shape)) for name, y in zip(called, results, strict=True)]
    return trace.graph, shapes


def _compare(found: list[np.ndarray], wanted: list[np.ndarray], names: list[str]) -> None:
    for one, other, name in zip(found, wanted, names, strict=True):
        if one.shape != other.shape or one.dtype != other.dtype:
            raise ExportError(
                f"{name} of the exported model is {one.dtype} of shape {one.shape}, the model gives "
                f"{other.dtype} of shape {other.shape}: please report this"
            )
        if one.dtype.kind != "f":
            if not np.array_equal(one, other):
                raise ExportError(f"{name} of the exported model has other values than the model's")
            continue
        finite = other[np.isfinite(other)]
        most = float(np.abs(finite).max(initial=0))
        if not np.allclose(one, other, rtol=0, atol=TOLERANCE * most, equal_nan=True):
            raise ExportError(
                f"{name} of the exported model differs by {np.abs(one - other).max():.2g} from the model's, "
                f"whose largest is {most:.2g}; verify=False writes it all the same"
            )
