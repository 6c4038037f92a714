"""A model exported to ONNX and run by onnxruntime, beside the model itself."""

import io

import numpy as np
import onnx
import onnxruntime

import lanegrad

MOST = 1e-5  # of the largest result
SOURCE = np.random.default_rng(0)


def normal(*shape):
    return lanegrad.tensor(SOURCE.standard_normal(shape).astype(np.float32))


def exported(model, *args, **options):
    """The file, read by onnx and run by onnxruntime."""
    file = io.BytesIO()
    lanegrad.onnx.export(model, args, file, **options)
    return onnx.load_from_string(file.getvalue()), onnxruntime.InferenceSession(file.getvalue())


def tensors(y):
    if isinstance(y, dict):
        y = list(y.values())
    return [t for part in y for t in tensors(part)] if isinstance(y, list | tuple) else [y]


def check(model, *args, **options):
    """Exports a model and compares it with itself, for a batch that it was not traced with."""
    made, session = exported(model, *args, **options)
    others = [np.concatenate([x.numpy()] * 9)[:17] for x in args]
    if isinstance(model, lanegrad.nn.Module):
        model.eval()
    with lanegrad.no_grad():
        wanted = tensors(model(*map(lanegrad.tensor, others)))
    names = [value.name for value in session.get_inputs()]
    found = session.run(None, dict(zip(names, others, strict=True)))
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        other = other.numpy()
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=0, atol=MOST * np.abs(other).max(initial=0))
    return made
