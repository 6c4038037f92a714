"""Arrays that cross-entropy refuses, by dtype, shape and place in memory, before it has written anything."""

import numpy as np
import pytest

from lanegrad import ops
from refusals import problem, refuses


def refuses_out(error, match, x, target, out, **options):
    before = [np.array(a) for a in (x, target, out)]
    with pytest.raises(error, match=match):
        ops.cross_entropy_with_grad(x, target, out=out, **options)
    for a, b in zip((x, target, out), before, strict=True):
        np.testing.assert_array_equal(a, b)


# ----------------------------------------------------------------------------- dtypes and shapes


@pytest.mark.parametrize("dtype", [complex, bool, object, "U5", "S5", "M8[s]", "m8[s]"])
def test_dtypes_that_are_not_numbers(dtype):
    x, target = problem()
    wrong = np.zeros(20, dtype)
    refuses(TypeError, "must be floats", np.zeros((20, 10), dtype), target)
    refuses(TypeError, "target", x, wrong)
    refuses(TypeError, "target", x, np.zeros((20, 10), dtype))
    refuses(TypeError, "weight", x, target, weight=wrong[:10])
    refuses(TypeError, "sample_weight", x, target, sample_weight=wrong)
    for function in (ops.softmax, ops.log_softmax):
        with pytest.raises(TypeError):
            function(np.zeros((20, 10), dtype))


def test_integers_where_floats_belong():
    x, target = problem()
    refuses(TypeError, "convert it to float32", np.ones((20, 10), int), target)
    refuses(TypeError, "weight", x, target, weight=np.ones(10, int))
    refuses(TypeError, "sample_weight", x, target, sample_weight=np.ones(20, int))
    ones = ops.cross_entropy(x, target, weight=[1] * 10, sample_weight=[1] * 20)
    assert ones == ops.cross_entropy(x, target)  # Python's numbers are fine


@pytest.mark.parametrize("shape", [(20, 10), (3, 10, 4), (10,)])
def test_one_hot_integers(shape):
    x, _ = problem(shape)
    refuses(ValueError, "one-hot", x, np.zeros(shape, int))


def test_shapes_that_do_not_fit():
    x, target = problem((3, 10, 4))
    probabilities = np.full((3, 10, 4), 0.1, np.float32)
    refuses(ValueError, r"\(3, 4\)", x, target[:2])
    refuses(ValueError, r"\(3, 4\)", x, target.T)
    refuses(ValueError, r"\(3, 4\)", x, 0)
    refuses(TypeError, r"\(3, 4\)", x, probabilities[:2])
    refuses(TypeError, r"\(3, 4\)", x, probabilities[:, 0])
    for weight in (np.ones(9, np.float32), np.ones((1, 10), np.float32), np.float32(1)):
        refuses(ValueError, r"weight.*10", x, target, weight=weight)
        refuses(ValueError, r"weight.*10", x, probabilities, weight=weight)
    for shape in [(3,), (4, 3), (12,), (3, 10, 4), ()]:
        samples = np.ones(shape, np.float32)
        refuses(ValueError, r"sample_weight.*\(3, 4\)", x, target, sample_weight=samples)
        refuses(ValueError, r"sample_weight.*\(3, 4\)", x, probabilities, sample_weight=samples)
    refuses((TypeError, ValueError), None, np.float32(1), 0)


@pytest.mark.parametrize("axis", [3, -4])
def test_an_axis_that_there_is_not(axis):
    x, target = problem((3, 10, 4))
    refuses(IndexError, "axis", x, target, axis=axis)
    for function in (ops.softmax, ops.log_softmax):
        with pytest.raises(IndexError):
            function(x, axis)


@pytest.mark.parametrize("axis", [1.0, "1", (1,)])
def test_an_axis_that_is_no_number(axis):
    refuses(TypeError, None, *problem((3, 10, 4)), axis=axis)


def test_no_classes():
    for shape in [(3, 0), (0, 0), (3, 0, 2)]:
        x = np.zeros(shape, np.float32)
        refuses(ValueError, "class", x, np.zeros(shape[:1] + shape[2:], int))
        refuses(ValueError, "class", x, x.copy())
    refuses(ValueError, "class", np.zeros(0, np.float32), 0)


def test_gradients_of_losses_that_do_not_fit():
    x, target = problem((3, 10, 4))
    for reduction, grad in [("mean", np.ones(3)), ("sum", np.ones((3, 4))), ("none", np.ones(3))]:
        with pytest.raises(ValueError, match="grad"):
            ops.nll_loss_backward(np.float32(grad), x, target, reduction=reduction)
    for name in ("softmax_backward", "log_softmax_backward"):
        with pytest.raises(ValueError, match="shape"):
            getattr(ops, name)(x[:2], x)


# ------------------------------------------------------------------------------------------ out


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
def test_an_out_that_does_not_fit(kind):
    x, target = problem((3, 10, 4), kind)
    for out in (np.zeros((3, 10)), np.zeros((3, 4, 10)), np.zeros((3, 10, 5)), np.zeros(120)):
        refuses_out(ValueError, "out has shape", x, target, np.float32(out))
    for dtype in (np.float64, np.float16, np.int32, np.dtype(np.float32).newbyteorder()):
        refuses_out(TypeError, "float32", x, target, np.zeros(x.shape, dtype))
    for out in (x.tolist(), "out", 1.0):
        with pytest.raises(TypeError, match="out"):
            ops.cross_entropy_with_grad(x, target, out=out)
    fixed = np.zeros_like(x)
    fixed.flags.writeable = False
    refuses_out(ValueError, "read-only|writeable", x, target, fixed)
    x.flags.writeable = False
    refuses_out(ValueError, "read-only|writeable", x, target, x)
    assert ops.cross_entropy_with_grad(x, target, out=np.zeros_like(x))[0] > 0


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
def test_an_out_that_overlaps_the_logits(kind):
    x, target = problem((20, 10), kind)
    memory = np.zeros(210, np.float32)
    first, second = memory[:200].reshape(20, 10), memory[10:].reshape(20, 10)
    wide = np.zeros((20, 20), np.float32)
    square = np.zeros((10, 10), np.float32)
    pairs = [
        (first, second), (second, first), (first, first[::-1]), (first, first[:, ::-1]),
        (wide[:, :10], wide[:, 5:15]), (wide[:, ::2], wide[:, 2:12]), (square, square.T),
    ]  # fmt: skip
    for logits, out in pairs:
        n = len(logits)
        logits[...] = x[:n]
        refuses_out(ValueError, "out overlaps", logits, target[:n], out)
    apart = wide[:, 1::2]  # interleaved with the logits but not on them
    wide[:, ::2] = x
    want = ops.cross_entropy_with_grad(x, target)[1]
    np.testing.assert_array_equal(
        ops.cross_entropy_with_grad(wide[:, ::2], target, out=apart)[1], want
    )
    np.testing.assert_array_equal(wide[:, ::2], x)


def test_an_out_that_overlaps_something_else():
    x, probabilities = problem(kind="probabilities")
    refuses_out(ValueError, "out overlaps", x, probabilities, probabilities)
    refuses_out(ValueError, "out overlaps", x, probabilities, probabilities[::-1])
    out = np.zeros((20, 10), np.float32)
    _, target = problem()
    out[0], out[:, 0] = 1, 1
    refuses_out(ValueError, "out overlaps", x, target, out, weight=out[0])
    refuses_out(ValueError, "out overlaps", x, target, out, sample_weight=out[:, 0])
    labels = np.zeros((20, 5), np.int64)
    refuses_out(ValueError, "out overlaps", x, labels[:, 0], labels.view(np.float32))


def test_an_out_that_overlaps_itself():
    x, target = problem()
    memory = np.zeros(300, np.float32)
    strided = np.lib.stride_tricks.as_strided
    for strides in [(0, 4), (4, 0), (4, 4), (36, 4), (4, 76), (-4, 4)]:
        out = strided(memory[100:], (20, 10), strides)
        refuses_out(ValueError, "overlap", x, target, out)
        assert not memory.any()
    zero_stride = np.broadcast_to(np.float32(0), (20, 10))
    refuses_out(ValueError, "read-only|overlap", x, target, zero_stride)  # read-only as well
    logits = strided(memory[100:], (20, 10), (4, 4))
    refuses_out(ValueError, "overlap", logits, target, logits)


def test_an_out_that_only_looks_as_if_it_did():
    x, target = problem((2, 3))
    target %= 3
    wanted = ops.cross_entropy_with_grad(x, target)[1]
    for out in (np.zeros((2, 5), np.float32)[:, ::2], np.zeros((3, 3), np.float32)[::2, ::-1]):
        np.testing.assert_array_equal(ops.cross_entropy_with_grad(x, target, out=out)[1], wanted)
        np.testing.assert_array_equal(out, wanted)
