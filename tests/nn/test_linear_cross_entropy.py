"""The last layer and the loss in one: as the two one after the other, in less memory."""

import subprocess
import sys
from functools import cache, partial
from itertools import cycle, product
from pathlib import Path

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
import reference
import reference_loss
from lanegrad import Tensor, _core, as_tensor, nn, tensor
from lanegrad.nn.functional import linear_loss as _linear_cross_entropy

pytestmark = pytest.mark.once

REDUCTIONS = ["mean", "sum", "none"]
KINDS = ["indices", "probabilities"]
IGNORED = -7
CLASSES, FEATURES = 7, 5
SHAPES = [(), (17,), (3, 4), (2, 3, 2)]
OPTIONS = [
    {
        "weight": weighted, "sample_weight": sampled, "label_smoothing": smoothing,
        "z_loss": z_loss, "softcap": softcap,
    }
    for weighted, sampled, smoothing, z_loss, softcap in product(
        [False, True], [False, True], [0.0, 0.1], [0.0, 0.01], [None, 2.0]
    )
]  # fmt: skip


@pytest.fixture(params=[1, 3, 16, 1000])
def rows(request, monkeypatch):
    """How many rows a chunk has."""
    monkeypatch.setattr(_linear_cross_entropy, "CHUNK", request.param * CLASSES)
    return request.param


def problem(shape, kind, options, seed=0, classes=CLASSES, features=FEATURES):
    """(input, weight, bias, target) and options with arrays for the weights that are wanted."""
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(s) for s in ((*shape, features), (classes, features), classes)]
    x, w, b = (np.asarray(a, np.float32) for a in arrays)
    if kind == "indices":
        target = np.array(rng.integers(0, classes, shape))
        target[rng.random(shape) < 0.2] = IGNORED
        if target.size:
            target.flat[0] = classes - 1
        options = options | {"ignore_index": IGNORED}
    else:
        target = rng.random((*shape, classes))
        target = (target / target.sum(-1, keepdims=True)).astype(np.float32)
    options = options | {
        name: np.asarray(rng.uniform(0.1, 3, size), np.float32) if options.get(name) else None
        for name, size in (("weight", classes), ("sample_weight", shape))
    }
    return (x, w, b, target), options


def tensors(arrays):
    return [tensor(a, requires_grad=a.dtype == np.float32) for a in arrays]


def one_step(x, w, b, target, **options):
    return F.linear_cross_entropy(x, w, target, b, **options)


def two_steps(x, w, b, target, **options):
    return F.cross_entropy(F.linear(x, w, b), target, **options, axis=-1)


def results(function, arrays, options, upstream=None):
    """The loss and the gradients of input, weight, bias and, if it has one, target."""
    given = tensors(arrays)
    loss = function(*given, **options)
    if upstream is not None:
        upstream = np.float32(np.random.default_rng(9).standard_normal(loss.shape) * upstream)
    elif loss.ndim:
        upstream = np.ones(loss.shape, np.float32)
    loss.backward(upstream)
    return [loss.detach().numpy(), *(t.grad.numpy() for t in given if t.requires_grad)]


def close(got, want, rtol=1e-5, atol=1e-6):
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
        assert a.shape == b.shape
        assert a.dtype == np.float32


def same(got, want):
    for a, b in zip(got, want, strict=True):
        assert a.tobytes() == b.tobytes()


# -------------------------------------------------------------------------------------- values


@cache
def in_two_steps(seed, shape, reduction, kind):
    """The results for a problem; they are the same for chunks of any size."""
    arrays, options = problem(shape, kind, OPTIONS[seed // len(SHAPES)], seed)
    return results(two_steps, arrays, options | {"reduction": reduction}, 1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_as_in_two_steps(rows, reduction, kind):
    for seed, (options, shape) in enumerate(product(OPTIONS, SHAPES)):
        arrays, options = problem(shape, kind, options, seed)
        options["reduction"] = reduction
        got = results(one_step, arrays, options, 1.0)
        close(got, in_two_steps(seed, shape, reduction, kind))
        with lanegrad.no_grad():
            constant = one_step(*arrays, **options)
        assert not constant.requires_grad
        same([constant.numpy()], got[:1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_gradients_of_two_steps_to_the_bit(rows, reduction, kind):
    """Sums over rows go on from chunk to chunk; only the bias' has another order."""
    for seed, options in enumerate(OPTIONS):
        arrays, options = problem((40,), kind, options, seed)
        options["reduction"] = reduction
        got, want = (results(f, arrays, options) for f in (one_step, two_steps))
        del got[3], want[3]
        same(got[1:], want[1:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_against_finite_differences(rows, reduction, kind):
    """Half of the options, any two with each other; the next reduction or kind has the other half."""
    half = (REDUCTIONS.index(reduction) + KINDS.index(kind)) % 2
    for seed in [seed for seed in range(len(OPTIONS)) if seed.bit_count() % 2 == half]:
        arrays, options = small_problem(seed, reduction, kind)
        _, *got = results(one_step, arrays, options)
        for gradient, want in zip(got, differences(seed, reduction, kind), strict=True):
            np.testing.assert_allclose(gradient, want, rtol=1e-4, atol=1e-5)


def small_problem(seed, reduction, kind):
    arrays, options = problem((6,), kind, OPTIONS[seed], seed)
    return arrays, options | {"reduction": reduction}


@cache
def differences(seed, reduction, kind):
    """The gradients of a problem; they are the same for chunks of any size."""
    arrays, options = small_problem(seed, reduction, kind)
    doubles = [np.float64(a) if a.dtype == np.float32 else a for a in arrays]

    def loss(i, a):
        x, w, b, target = [*doubles[:i], a, *doubles[i + 1 :]]
        return reference_loss.loss(x @ w.T + b, target, **options).loss.sum()

    return [
        reference.numeric_gradient(partial(loss, i), a)
        for i, a in enumerate(doubles)
        if a.dtype == np.float64
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(), (17,)])
def test_like_pytorch(torch, rows, shape, smoothing, weighted, reduction, kind):
    options = {"weight": weighted, "label_smoothing": smoothing}
    arrays, options = problem(shape, kind, options)
    del options["sample_weight"]
    options["reduction"] = reduction
    got = results(one_step, arrays, options)
    x, w, b, target = given = [torch.from_numpy(np.asarray(a)) for a in arrays]
    for leaf in given:
        leaf.requires_grad_(leaf.is_floating_point())
    if options["weight"] is not None:
        options["weight"] = torch.from_numpy(options["weight"])
    loss = torch.nn.functional.linear_cross_entropy(x, w, target, linear_bias=b, **options)
    loss.sum().backward()
    close(got, [loss.detach().numpy(), *(t.grad.numpy() for t in given if t.requires_grad)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("wanted", list(product([False, True], repeat=4)))
def test_only_the_gradients_that_are_asked_for(rows, wanted, reduction, kind):
    arrays, options = problem((20,), kind, {"sample_weight": True})
    options["reduction"] = reduction
    want = results(one_step, arrays, options)
    wanted = wanted[:3] if kind == "indices" else wanted
    given = [tensor(a, requires_grad=w) for a, w in zip(arrays, wanted, strict=False)]
    given += [as_tensor(a) for a in arrays[len(given) :]]
    loss = one_step(*given, **options)
    assert loss.requires_grad == any(wanted)
    same([loss.detach().numpy()], want[:1])
    if any(wanted):
        loss.backward(np.ones(loss.shape, np.float32))
    for given_one, gradient, w in zip(given, want[1:], wanted, strict=False):
        assert (given_one.grad is not None) == w
        if w:
            same([given_one.grad.numpy()], [gradient])


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_without_a_bias_and_on_arrays(rows, reduction):
    (x, w, b, target), options = problem((20,), "indices", {})
    options["reduction"] = reduction
    got = F.linear_cross_entropy(x, w, target, **options).numpy()
    close([got], [one_step(x, w, 0 * b, target, **options).numpy()])
    close([F.linear_cross_entropy(np.float64(x), w.tolist(), target, **options).numpy()], [got])
    strided = np.asfortranarray(x), np.asfortranarray(w), np.repeat(target, 2)[::2]
    same([F.linear_cross_entropy(*strided, **options).numpy()], [got])


@pytest.mark.parametrize("upstream", [1.0, -0.5, 0.0])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_backward_twice(rows, kind, reduction, upstream):
    arrays, options = problem((20,), kind, {"weight": True})
    options["reduction"] = reduction
    given = tensors(arrays)
    loss = one_step(*given, **options)
    g = np.full(loss.shape, upstream, np.float32)
    loss.backward(g, retain_graph=True)
    first = [np.array(t.grad.numpy()) for t in given if t.requires_grad]
    loss.backward(g, retain_graph=True)
    loss.backward(g)
    close([t.grad.numpy() for t in given if t.requires_grad], [3 * a for a in first])
    with pytest.raises(RuntimeError, match="freed"):
        loss.backward(g)


def test_a_layer_below_and_a_weight_used_twice(rows):
    (x, w, b, target), options = problem((20,), "indices", {}, features=CLASSES)
    grads = []
    for loss in (one_step, two_steps):
        a, m = Tensor(x, requires_grad=True), Tensor(w, requires_grad=True)
        (loss(F.relu(F.linear(a, m)), m, b, target, **options) * 3).backward()
        grads.append([a.grad.numpy(), m.grad.numpy()])
    close(*grads)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_no_rows_and_all_ignored(rows, reduction):
    for shape, kind in (((0,), "indices"), ((0,), "probabilities"), ((20,), "indices")):
        arrays, options = problem(shape, kind, {})
        if kind == "indices":
            arrays[3][...] = IGNORED
        options["reduction"] = reduction
        loss, *grads = results(one_step, arrays, options)
        want = {"mean": np.nan, "sum": 0.0, "none": np.zeros(shape)}[reduction]
        np.testing.assert_array_equal(loss, np.float32(want))
        assert not any(g.any() for g in grads)


def test_rows_that_are_not_finite():
    arrays, options = problem((20,), "indices", {})
    arrays[0][3] = np.nan
    arrays[3][3] = 0
    loss = one_step(*arrays, **options, reduction="none").numpy()
    assert np.isnan(loss).tolist() == [i == 3 for i in range(20)]
    assert np.isnan(one_step(*arrays, **options).item())


# ------------------------------------------------------------------------- the same everywhere


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("classes", "features"), [(7, 5), (300, 33), (2000, 130)])
def test_same_bits_everywhere(classes, features, kind, monkeypatch, isa_and_threads_restored):
    monkeypatch.setattr(_linear_cross_entropy, "CHUNK", 11 * classes)
    numbers = cycle((1, 2, 5, 2, 5, 1, 5, 1, 2))  # of threads, all of them on each set
    for reduction, options in zip(REDUCTIONS, OPTIONS[-3:], strict=True):
        arrays, options = problem((50,), kind, options, 0, classes, features)
        options["reduction"] = reduction
        found = set()
        for name in _core.isas():
            _core.set_isa(name)
            _core.set_num_threads(next(numbers))
            found.add(tuple(a.tobytes() for a in results(one_step, arrays, options, 1.0)))
        assert len(found) == 1


# -------------------------------------------------------------------------------------- memory

MEMORY = """
import re, sys
from pathlib import Path
import numpy as np
import lanegrad.nn.functional as F
from lanegrad import Tensor

def peak():  # getrusage's would begin with that of the process that started this one
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

reduction, rows, features, classes = sys.argv[1], *map(int, sys.argv[2:])
x = Tensor(np.ones((rows, features), np.float32), requires_grad=True)
w = Tensor(np.full((classes, features), 0.01, np.float32), requires_grad=True)
target = np.arange(rows)
# Threads' stacks, and what is used for the first time.
few = Tensor(np.ones((8, features), np.float32), requires_grad=True)
(F.linear_cross_entropy(x, few, target % 8, reduction=reduction) * 0.5).sum().backward()
before = peak()
loss = F.linear_cross_entropy(x, w, target, reduction=reduction) * 0.5
loss.sum().backward()
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("rows", [64, 640])
def test_memory(rows, reduction):
    """One array of the weight's size, the gradient, and chunks of logits."""
    features, classes = 128, 100_000
    command = [sys.executable, "-c", MEMORY, reduction, *map(str, (rows, features, classes))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    gradient, chunk = 4 * classes * features, 4 << 22
    assert gradient < int(run.stdout) < gradient + 1.5 * chunk + 5e6


# --------------------------------------------------------------------------------------- errors


def refuses(error, match, x, w, b, target, **options):
    with pytest.raises(error, match=match):
        F.linear_cross_entropy(x, w, target, b, **options)


def test_shapes_that_do_not_fit(rows):
    (x, w, b, target), _ = problem((20,), "indices", {})
    refuses(ValueError, r"linear_weight must have shape \(classes, 5\) .* found \(7, 4\)",
            x, w[:, :4], b, target)  # fmt: skip
    refuses(ValueError, r"linear_weight must have shape .* found \(7,\)", x, b, b, target)
    refuses(ValueError, r"linear_bias must have shape \(7,\) .* found \(6,\)", x, w, b[:6], target)
    refuses(ValueError, "linear_bias must have shape", x, w, w, target)
    refuses(ValueError, "input must have an axis of features", 1.0, w, b, target)
    refuses(ValueError, r"integers of shape \(20,\)", x, w, b, target[:19])
    refuses(TypeError, r"integers of shape \(20,\)", x, w, b, np.ones((20, 6), np.float32))
    refuses(ValueError, "one-hot", x, w, b, np.eye(7, dtype=int)[np.abs(target) % 7])
    refuses(ValueError, r"weight must have shape \(7,\)", x, w, b, target, weight=np.ones(6))
    refuses(ValueError, r"sample_weight must have shape \(20,\)",
            x, w, b, target, sample_weight=np.ones(19))  # fmt: skip
    refuses(ValueError, "at least one class", x, w[:0], b[:0], target)


def test_dtypes_that_do_not_fit():
    (x, w, b, target), _ = problem((20,), "indices", {})
    refuses(TypeError, "input must be floats", x.astype(int), w, b, target)
    refuses(TypeError, "linear_weight must be floats", x, w.astype(complex), b, target)
    refuses(TypeError, "linear_bias must be floats", x, w, b.astype(bool), target)


@pytest.mark.parametrize(("shape", "at"), [((20,), (19,)), ((4, 5), (3, 2)), ((), ())])
def test_labels_out_of_range(rows, shape, at):
    """Where it stands in the whole target, whichever chunk that is in."""
    (x, w, b, target), options = problem(shape, "indices", {})
    target[at] = CLASSES
    place = rf"\[{', '.join(map(str, at))}\]" if at else ""
    refuses(IndexError, rf"target{place} is 7, but there are 7 classes", x, w, b, target, **options)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_weights_and_probabilities_out_of_range(rows, bad):
    (x, w, b, target), _ = problem((20,), "probabilities", {})
    target[17, 2] = bad
    refuses(ValueError, rf"target\[17, 2\] is {bad}", x, w, b, target)
    (x, w, b, target), options = problem((20,), "indices", {"weight": True, "sample_weight": True})
    for name, at in (("weight", 4), ("sample_weight", 19)):
        wrong = options[name].copy()
        wrong[at] = bad
        refuses(ValueError, rf"{name}\[{at}\] is {bad}", x, w, b, target, **options | {name: wrong})


@pytest.mark.parametrize(
    "options",
    [{"reduction": "median"}, {"label_smoothing": 1.5}, {"z_loss": -1.0}, {"softcap": 0.0}],
)
def test_options_out_of_range(options):
    (x, w, b, target), _ = problem((20,), "indices", {})
    (name,) = options
    refuses(ValueError, name, x, w, b, np.abs(target) % 7, **options)


def test_ignore_index_is_for_class_indices():
    arrays, _ = problem((20,), "probabilities", {})
    refuses(ValueError, "ignore_index is 3", *arrays, ignore_index=3)
    arrays, _ = problem((20,), "indices", {})
    refuses(TypeError, "integer", *arrays, ignore_index=1.5)


@pytest.mark.parametrize("ignored", [2**64, -(2**70), 2**63 - 1, -(2**63)])
def test_any_whole_number_may_be_ignored(rows, ignored):
    (x, w, b, target), _ = problem((20,), "indices", {})
    target = np.abs(target) % 7
    got = one_step(x, w, b, target, ignore_index=ignored)
    same([got.numpy()], [one_step(x, w, b, target).numpy()])


# --------------------------------------------------------------------------------------- module


@pytest.mark.parametrize("bias", [False, True])
def test_the_module(torch, bias):
    (x, _, _, target), options = problem((20,), "indices", {"weight": True})
    options["label_smoothing"] = 0.1
    sample_weight = options.pop("sample_weight")
    ours = nn.LinearCrossEntropyLoss(FEATURES, CLASSES, bias=bias, **options)
    options["weight"] = torch.from_numpy(options["weight"])
    theirs = torch.nn.LinearCrossEntropyLoss(FEATURES, CLASSES, bias=bias, **options)
    state = {name: tensor.numpy() for name, tensor in theirs.state_dict().items()}
    assert list(ours.state_dict()) == sorted(state, key=list(ours.state_dict()).index)
    ours.load_state_dict(state)
    assert len(list(ours.parameters())) == 1 + bias

    loss = ours(x, target, sample_weight)
    loss.backward()
    want = theirs(torch.from_numpy(x), torch.from_numpy(target))
    want.backward()
    close([loss.detach().numpy()], [want.detach().numpy()])
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        close([p.grad.numpy()], [q.grad.numpy()])
    weighted = ours(x, target, np.arange(20.0))
    assert weighted.item() != loss.item()


def test_the_modules_defaults_are_pytorchs(torch):
    ours, theirs = (n.LinearCrossEntropyLoss(3, 4) for n in (nn, torch.nn))
    assert ours.linear.bias is None
    assert theirs.linear.bias is None
    for name in ("reduction", "label_smoothing", "weight"):
        assert getattr(ours, name) == getattr(theirs, name)
    with pytest.raises(ValueError, match=r"weight must have shape \(4,\).* found \(3,\)"):
        nn.LinearCrossEntropyLoss(3, 4, weight=np.ones(3))
    with pytest.raises(ValueError, match="reduction"):
        nn.LinearCrossEntropyLoss(3, 4, reduction="median")
