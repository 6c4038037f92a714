"""Labels, weights, probabilities and options that cross-entropy refuses, before it has written anything."""

import functools
import subprocess
import sys

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import nn, ops
from refusals import problem, refuses

# --------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize("position", [0, 7, 19])
@pytest.mark.parametrize("label", [10, -1, 2**31, -(2**63), 2**63 - 1])
def test_labels_out_of_range(isa, position, label):
    x, target = problem()
    target[position:] = label
    message = rf"target\[{position}\] is {label}, but there are 10 classes"
    refuses(IndexError, message, x, target)
    with pytest.raises(IndexError, match=message):
        ops.nll_loss(x, target)
    with pytest.raises(IndexError, match=message):
        ops.nll_loss_backward(1.0, x, target)
    with pytest.raises(IndexError, match=message):
        F.nll_loss(x, target)


@pytest.mark.parametrize(("at", "place"), [((0, 1, 1), "0, 1, 1"), ((2, 3, 0), "2, 3, 0")])
def test_the_position_of_a_wrong_label_in_more_dimensions(at, place):
    x, target = problem((3, 10, 4, 2))
    target[at] = target[2, 3, 1] = 10  # the first in the order of the indices is named
    refuses(IndexError, rf"target\[{place}\] is 10, but there are 10 classes", x, target)
    in_fortran_order = np.asfortranarray(target)
    refuses(IndexError, rf"target\[{place}\] is 10", x, in_fortran_order)
    last = np.moveaxis(x, 1, -1).copy()
    refuses(IndexError, rf"target\[{place}\] is 10", last, target, axis=-1)


def test_a_wrong_label_without_a_batch():
    x, _ = problem((10,))
    refuses(IndexError, "is 10, but there are 10 classes", x, 10)
    refuses(IndexError, "is -1, but there are 10 classes", x, -1)


@pytest.mark.parametrize("label", [2**63, 2**64 - 100, 2**64 - 1])
def test_labels_beyond_int64(label):
    x, target = problem()
    target = target.astype(np.uint64)
    target[3] = label
    refuses(IndexError, rf"target\[3\] is {label}, but there are 10 classes", x, target)
    counted = np.delete(np.arange(20), 3)
    got = ops.cross_entropy(x, target, ignore_index=label)
    np.testing.assert_allclose(got, ops.cross_entropy(x[counted], target[counted]), rtol=1e-6)


@pytest.mark.parametrize("ignored", [2**62, -(2**63), 2**63 - 1, 2**64, -(2**70), 4, -1])
def test_any_whole_number_may_be_ignored(ignored):
    x, target = problem()
    fits = -(2**63) <= ignored < 2**63
    target[5] = ignored if fits else 4
    counted = target != ignored
    got, grad = ops.cross_entropy_with_grad(x, target, ignore_index=ignored)
    want, want_grad = ops.cross_entropy_with_grad(x[counted], target[counted])
    np.testing.assert_allclose(got, want, rtol=1e-6)
    np.testing.assert_allclose(grad[counted], want_grad, rtol=1e-6)
    assert not grad[~counted].any()
    assert F.cross_entropy(x, target, ignore_index=ignored).item() == got
    target[7] = 10
    refuses(IndexError, r"target\[7\] is 10", x, target, ignore_index=ignored)


@pytest.mark.parametrize("ignored", [1.0, 1.5, "1", None])
def test_ignore_index_is_a_whole_number(ignored):
    x, target = problem()
    refuses(TypeError, None, x, target, ignore_index=ignored)


def test_an_ignored_label_of_a_small_dtype():
    """-100 does not fit uint8, and 156 is not what it would wrap to."""
    x, target = problem()
    target = target.astype(np.uint8)
    target[2] = 156
    refuses(IndexError, r"target\[2\] is 156", x, target)


# -------------------------------------------------------------------------------- other numbers


@pytest.mark.parametrize("bad", [-1.0, -0.5, np.nan, np.inf])
@pytest.mark.parametrize("kind", ["indices", "probabilities"])
def test_weights_out_of_range(bad, kind):
    x, target = problem(kind=kind)
    weight, samples = np.ones(10, np.float32), np.ones(20, np.float32)
    weight[4], samples[17] = bad, bad
    refuses(ValueError, rf"weight\[4\] is {bad}", x, target, weight=weight)
    refuses(ValueError, rf"sample_weight\[17\] is {bad}", x, target, sample_weight=samples)
    if kind == "indices":
        with pytest.raises(ValueError, match=rf"weight\[4\] is {bad}"):
            ops.nll_loss(x, target, weight=weight)
        with pytest.raises(ValueError, match=rf"sample_weight\[17\] is {bad}"):
            ops.nll_loss_backward(1.0, x, target, sample_weight=samples)
    x, target = problem((3, 10, 2), kind)
    samples = np.ones((3, 2), np.float32)
    samples[1, 0] = samples[2, 1] = bad
    refuses(ValueError, rf"sample_weight\[1, 0\] is {bad}", x, target, sample_weight=samples)


@pytest.mark.parametrize("bad", [-1.0, -0.25, np.nan, np.inf, -np.inf])
def test_probabilities_out_of_range(bad):
    x, target = problem(kind="probabilities")
    target[3, 5] = target[3, 6] = target[4, 0] = bad
    refuses(ValueError, rf"target\[3, 5\] is {bad}", x, target)
    x, target = problem((3, 10, 4), "probabilities")
    target[1, 2, 3] = target[2, 0, 0] = bad
    refuses(ValueError, rf"target\[1, 2, 3\] is {bad}", x, target)


# Rows that are brought side by side, rows along their vectors, and rows that stand side by side in memory; in
# whole groups of sixteen and in parts of one.
PATHS = [
    (10,), (20, 10), (20, 7), (300,), (5, 300), (3, 320),
    (2, 10, 4, 8), (2, 10, 70), (2, 200, 20), (1, 200, 33),
]  # fmt: skip
SOFT_OPTIONS = [
    {}, {"label_smoothing": 0.1}, {"label_smoothing": 1.0}, {"softcap": 5.0}, {"z_loss": 0.1},
    {"weight": 0.0}, {"weight": 2.0, "label_smoothing": 0.1}, {"sample_weight": 0.0},
]  # fmt: skip


def numbered(options, shape):
    """`options` with arrays in place of the number that all weights are."""
    axis = 1 if len(shape) > 1 else 0
    sizes = {"weight": shape[axis], "sample_weight": shape[:axis] + shape[axis + 1 :]}
    return {k: np.full(sizes[k], v, np.float32) if k in sizes else v for k, v in options.items()}


def layouts(shape):
    """Logits and probabilities, in C's and Fortran's order, and with the classes last in memory."""
    rng = np.random.default_rng(1)
    for size in (1, 100):  # the maxima are guessed, or too large for that
        x = size * rng.standard_normal(shape, dtype=np.float32)
        target = rng.random(shape, dtype=np.float32)
        yield x, target
        yield np.asfortranarray(x), np.asfortranarray(target)
        if len(shape) > 2:
            yield x, np.asfortranarray(target)
            last = [np.moveaxis(np.moveaxis(a, 1, -1).copy(), -1, 1) for a in (x, target)]
            yield last[0], last[1]


@pytest.mark.parametrize("bad", [np.inf, np.nan, -1.0])
@pytest.mark.parametrize("shape", PATHS)
def test_a_wrong_probability_is_found_wherever_it_is(isa, shape, bad):
    """In each place with all options, with each option in all calls: every call in another place."""
    axis = 1 if len(shape) > 1 else 0
    calls = [
        functools.partial(ops.cross_entropy, reduction="mean"),
        functools.partial(ops.cross_entropy, reduction="none"),
        functools.partial(ops.cross_entropy_with_grad, return_target_grad=False),
        functools.partial(ops.cross_entropy_with_grad, return_target_grad=True),
    ]
    every = [numbered(options, shape) for options in SOFT_OPTIONS]
    for number, (x, target) in enumerate(layouts(shape)):
        smallest, largest = x.argmin(axis, keepdims=True), x.argmax(axis, keepdims=True)
        row_shape = np.delete(shape, axis)
        first, last = (0,) * len(row_shape), tuple(row_shape - 1)
        places = (
            (first, 0),
            (last, shape[axis] - 1),
            (last, smallest.reshape(row_shape)[last]),
            (last, largest.reshape(row_shape)[last]),
        )
        for place, (row, c) in enumerate(places):
            at = (*row[:axis], int(c), *row[axis:])
            kept = target[at]
            target[at] = bad
            for i, options in enumerate(every):
                call = calls[(number + place + i) % len(calls)]
                with pytest.raises(ValueError, match=f"is {bad}: probabilities must not be"):
                    call(x, target, **options)
            target[at] = kept


@pytest.mark.parametrize("shape", PATHS)
def test_probabilities_that_are_large_or_minus_zero_are_none_of_these(isa, shape):
    for x, target in layouts(shape):
        for value in (3.4e38, -0.0):
            target[...] = value
            for options in SOFT_OPTIONS:
                loss, grad = ops.cross_entropy_with_grad(
                    x, target, reduction="none", **numbered(options, shape)
                )
                assert not np.isnan(loss).any()
                assert grad.shape == shape


@pytest.mark.parametrize("bad", [np.inf, np.nan, -1.0])
def test_a_recorded_step_finds_a_wrong_probability(bad):
    @lanegrad.compile
    def step(x, target):
        return F.cross_entropy(x, target, label_smoothing=0.1)

    x, target = problem(kind="probabilities")
    for _ in range(4):
        step(lanegrad.tensor(x), lanegrad.tensor(target))
    target[3, 5] = bad
    with pytest.raises(ValueError, match=rf"target\[3, 5\] is {bad}"):
        step(lanegrad.tensor(x), lanegrad.tensor(target))
    with pytest.raises(ValueError, match=rf"target\[3, 5\] is {bad}"):
        F.linear_cross_entropy(x, np.eye(10, dtype=np.float32), target)


@pytest.mark.parametrize("kind", ["indices", "probabilities"])
@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("label_smoothing", [-0.1, 1.1, np.nan, np.inf]),
        ("z_loss", [-0.1, np.nan, np.inf]),
        ("softcap", [0.0, -1.0, np.nan, np.inf]),
    ],
)
def test_options_out_of_range(kind, option, values):
    x, target = problem(kind=kind)
    for value in values:
        refuses(ValueError, option, x, target, **{option: value})
        with pytest.raises(ValueError, match=option):
            nn.CrossEntropyLoss(**{option: value})(x, target)
    refuses(TypeError, None, x, target, **{option: "0.5"})
    refuses(TypeError, None, x, target, **{option: [0.5, 0.5]})


def test_reductions_that_there_are_not():
    for kind in ("indices", "probabilities"):
        for reduction in ("average", "Mean", None, 1):
            refuses((TypeError, ValueError), "reduction", *problem(kind=kind), reduction=reduction)


@pytest.mark.parametrize("ignored", [0, 3, 10, 2**40])
def test_probabilities_know_no_ignored_class(ignored):
    x, target = problem(kind="probabilities")
    refuses(ValueError, "ignore_index", x, target, ignore_index=ignored)
    for negative in (-1, -100, -(2**40)):
        assert ops.cross_entropy(x, target, ignore_index=negative) == ops.cross_entropy(x, target)


CHANGING = """
import threading, time
import numpy as np
from lanegrad import Tensor, from_numpy, nn, ops
F, rng = nn.functional, np.random.default_rng(0)
shapes = [(4096, 10), (64, 3000), (4, 10, 64, 64)]
problems = [(rng.random(s, dtype="f4"), np.ones(s[:1] + s[2:], int)) for s in shapes]
problems.append((np.asfortranarray(problems[0][0]), problems[0][1]))
until = time.monotonic() + 1.5

def change():
    while time.monotonic() < until:
        for _, labels in problems:
            for value in (2**40, 1, -(2**60), 1):
                labels.fill(value)

threading.Thread(target=change).start()
calls = [
    lambda x, t: ops.cross_entropy(x, t),
    lambda x, t: ops.cross_entropy_with_grad(x, t, weight=np.ones(x.shape[1], "f4")),
    lambda x, t: F.nll_loss(Tensor(x), from_numpy(t), weight=np.ones(x.shape[1], "f4")).item(),
    lambda x, t: from_numpy(x).gather(1, from_numpy(t)[:, None]).sum().item(),
    lambda x, t: F.embedding(from_numpy(t), x[0].T if x.ndim == 3 else x).sum().item(),
    lambda x, t: from_numpy(t)[from_numpy(t) > 1].sum().item(),
    lambda x, t: F.one_hot(from_numpy(t), 3).sum().item(),
]
while time.monotonic() < until:
    for problem in problems:
        for call in calls:
            try:
                call(*problem)
            except (IndexError, ValueError, RuntimeError):
                pass
print("alive")
"""


@pytest.mark.once
def test_indices_that_another_thread_changes_meanwhile():
    """What is computed of them is anything, but never of memory that is somebody else's."""
    done = subprocess.run([sys.executable, "-c", CHANGING], capture_output=True, text=True)
    assert done.stdout == "alive\n", (done.returncode, done.stderr)
