"""Losses composed with NumPy beside PyTorch's: values, gradients of all that has one, shapes, errors."""

import functools
import warnings

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, as_tensor, nn, tensor

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)

REDUCTIONS = ["none", "mean", "sum"]


def normal(*shape):
    return rng.normal(size=shape).astype(np.float32)


def uniform(*shape):
    return rng.random(shape).astype(np.float32)


def signs(*shape):
    return np.where(rng.random(shape) < 0.5, -1, 1)


class Fixed:
    """An array that gets no gradient."""

    def __init__(self, array):
        self.array = np.asarray(array)


def leaves(arrays):
    """What a call of ours and one of PyTorch's take."""
    ours, theirs = [], []
    for array in arrays:
        wanted = not isinstance(array, Fixed)
        array = np.array(array) if wanted else array.array
        ours.append(tensor(array.copy(), requires_grad=wanted))
        theirs.append(torch.tensor(array, requires_grad=wanted))
    return ours, theirs


def compare(name, arrays, rtol=1e-5, atol=1e-6, **options):
    ours, theirs = leaves(arrays)
    y = getattr(F, name)(*ours, **converted(options, as_tensor))
    z = getattr(torch.nn.functional, name)(*theirs, **converted(options, torch.tensor))
    assert y.shape == tuple(z.shape)
    close = functools.partial(np.testing.assert_allclose, rtol=rtol, atol=atol)
    close(y.detach().numpy(), z.detach().numpy())
    g = normal(*y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    for p, q in zip(ours, theirs, strict=True):
        if q.requires_grad:
            close(p.grad.numpy(), q.grad.numpy())


def converted(options, make):
    return {k: make(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}


def pair(*shape):
    return normal(*shape), normal(*shape)


def likely(*shape):
    return uniform(*shape), uniform(*shape)


def log_likely(*shape):
    x = normal(*shape)
    return x - np.float32(np.log(np.exp(x).sum() + 1e-9)), uniform(*shape) + np.float32(0.01)


SHAPES = [(), (1,), (0,), (5,), (3, 4), (2, 1, 3, 2)]
CASES = {
    "mse_loss": (pair, [{}]),
    "l1_loss": (pair, [{}]),
    "smooth_l1_loss": (pair, [{}, {"beta": 0.3}, {"beta": 0.0}, {"beta": 2}]),
    "huber_loss": (pair, [{}, {"delta": 0.3}, {"delta": 2}]),
    "poisson_nll_loss": (
        lambda *shape: (uniform(*shape) * 3, uniform(*shape) * 4),
        [{}, {"log_input": False}, {"full": True}, {"log_input": False, "full": True, "eps": 0.1}],
    ),
    "gaussian_nll_loss": (
        lambda *shape: (normal(*shape), normal(*shape), uniform(*shape)),
        [{}, {"full": True}, {"eps": 0.2}],
    ),
    "binary_cross_entropy": (likely, [{}]),
    "binary_cross_entropy_with_logits": (
        lambda *shape: (normal(*shape) * 9, uniform(*shape)),
        [{}, {"pos_weight": np.array(3, np.float32)}],
    ),
    "kl_div": (log_likely, [{}, {"log_target": True}]),
    "soft_margin_loss": (lambda *shape: (normal(*shape) * 5, Fixed(signs(*shape))), [{}]),
    "hinge_embedding_loss": (
        lambda *shape: (normal(*shape), Fixed(signs(*shape))),
        [{}, {"margin": 0.2}],
    ),
    "margin_ranking_loss": (
        lambda *shape: (*pair(*shape), signs(*shape).astype(np.float32)),
        [{}, {"margin": 0.5}],
    ),
}


@pytest.mark.filterwarnings("ignore:.*reduction")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "options"),
    [(name, options) for name, (_, all_of) in CASES.items() for options in all_of],
)
def test_of_each_element(name, options, shape, reduction):
    compare(name, CASES[name][0](*shape), reduction=reduction, **options)


ROWS = [
    ("multi_margin_loss", (normal(4, 5), Fixed([0, 4, 2, 2])), {}),
    ("multi_margin_loss", (normal(4, 5), Fixed([0, 4, 2, 2])), {"p": 2, "margin": 0.5}),
    ("multi_margin_loss", (normal(4, 3), Fixed([0, 1, 2, 2])), {"weight": uniform(3), "p": 2}),
    ("multi_margin_loss", (normal(5), Fixed(3)), {}),
    ("multi_margin_loss", (normal(5), Fixed([3])), {}),
    ("multi_margin_loss", (normal(1, 1), Fixed([0])), {}),
    ("multilabel_margin_loss", (normal(3, 4), Fixed([[3, 0, -1, 1], [-1] * 4, [0, 1, 2, 3]])), {}),
    ("multilabel_margin_loss", (normal(4), Fixed([3, -1, 2, 0])), {}),
    ("multilabel_margin_loss", (normal(1, 3), Fixed([[1, 1, -1]])), {}),
    ("multilabel_soft_margin_loss", (normal(3, 4) * 9, uniform(3, 4), uniform(4)), {}),
    ("multilabel_soft_margin_loss", (normal(4), uniform(4)), {}),
    ("multilabel_soft_margin_loss", (normal(2, 3, 4), uniform(2, 3, 4)), {}),
    ("cosine_embedding_loss", (normal(6, 3), normal(6, 3), Fixed([1, -1, 1, -1, 1, 2])), {}),
    ("cosine_embedding_loss", (normal(6, 3), normal(6, 3), Fixed([-1.0] * 6)), {"margin": 0.3}),
    ("cosine_embedding_loss", (normal(3), normal(3), Fixed(1)), {}),
    ("cosine_embedding_loss", (normal(2, 3), normal(1, 3), Fixed([1, -1])), {}),
    *(
        ("triplet_margin_loss", tuple(normal(*shape) for _ in range(3)), options)
        for shape in [(5, 4), (4,), (2, 3, 4), ()]
        for options in [{}, {"swap": True}, {"p": 1, "margin": 0.3}, {"p": 3.0, "eps": 0.1}]
    ),
    ("triplet_margin_loss", (normal(5, 4), normal(5, 4), normal(1, 4)), {"swap": True}),
    ("triplet_margin_with_distance_loss", tuple(normal(5, 4) for _ in range(3)), {"swap": True}),
    ("gaussian_nll_loss", (normal(3, 4), normal(3, 4), uniform(3)), {}),
    ("gaussian_nll_loss", (normal(3, 4), normal(3, 4), uniform(3, 1)), {}),
    ("gaussian_nll_loss", (normal(4, 3), normal(4, 3), uniform(1, 3)), {}),
    ("binary_cross_entropy", likely(3, 4), {"weight": uniform(4)}),
    ("binary_cross_entropy", likely(3, 4), {"weight": uniform(3, 1)}),
    ("binary_cross_entropy_with_logits", likely(3, 4),
     {"weight": uniform(3, 1), "pos_weight": uniform(4) * 9}),
    *((name, (*pair(3, 4),), {"weight": uniform(3, 4)}) for name in ("mse_loss", "l1_loss", "huber_loss")),
]  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "arrays", "options"), ROWS)
def test_of_rows_and_with_weights(name, arrays, options, reduction):
    compare(name, arrays, reduction=reduction, **options)


# Numbers at a kink, where what counts as its slope is PyTorch's choice.
HALVES = np.float32([-2, -1, -0.5, 0, 0.5, 1, 2])


@pytest.mark.parametrize(
    ("name", "arrays", "options"),
    [
        ("l1_loss", (HALVES, np.float32(HALVES * 0)), {}),
        ("smooth_l1_loss", (HALVES, np.float32(HALVES * 0)), {}),
        ("huber_loss", (HALVES, np.float32(HALVES * 0)), {"delta": 0.5}),
        ("hinge_embedding_loss", (HALVES, Fixed(-np.ones(7, np.float32))), {}),
        ("hinge_embedding_loss", (HALVES, Fixed(np.zeros(7, np.float32))), {}),
        ("margin_ranking_loss", (HALVES, HALVES[::-1].copy(), np.ones(7, np.float32)), {"margin": 1}),
        ("multi_margin_loss", (np.float32([[0, 1, -1, 2]]), Fixed([1])), {}),
        ("multilabel_margin_loss", (np.float32([[0, 1, -1, 2]]), Fixed([[1, 3, -1, 0]])), {}),
        ("triplet_margin_loss", (np.float32([[0], [0]]), np.float32([[1], [1]]), np.float32([[2], [1]])),
         {"eps": 0, "swap": True}),
        ("cosine_embedding_loss", (np.zeros((2, 3), np.float32), normal(2, 3), Fixed([1, -1])), {}),
        ("binary_cross_entropy", (np.float32([0, 1, 0.5, 1]), np.float32([0, 1, 1, 0])), {}),
    ],
)  # fmt: skip
def test_at_kinks(name, arrays, options):
    compare(name, arrays, reduction="sum", **options)


def test_logits_far_from_zero():
    x = np.float32([-1e4, -100, -30, 30, 100, 1e4])
    t = np.float32([0, 0, 0, 1, 1, 1])
    for target in (t, 1 - t):
        compare("binary_cross_entropy_with_logits", (x, target), reduction="none")
        compare("soft_margin_loss", (x[2:4], Fixed(2 * target[2:4] - 1)), reduction="none")
    assert F.soft_margin_loss([-1e4], [1.0]).item() == 1e4  # where PyTorch overflows
    p = Tensor(x[1:3], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(p, t[1:3], reduction="none")
    loss.backward([1.0, 1.0])
    exact = np.exp(np.float64([-100, -30]))
    np.testing.assert_allclose(loss.detach().numpy(), exact, rtol=1e-6, atol=1e-44)
    np.testing.assert_allclose(p.grad.numpy(), exact, rtol=1e-6, atol=1e-44)


def test_kl_div():
    x, t = log_likely(3, 4)
    for options in ({}, {"log_target": True}):
        compare("kl_div", (x, t), reduction="batchmean", **options)
        compare("kl_div", (x[0, 0], t[0, 0]), reduction="batchmean", **options)
    assert F.kl_div([-1.0, -1.0], [0.0, 1.0], reduction="none").tolist() == [0, 1]
    with pytest.warns(UserWarning, match="batchmean"):
        F.kl_div(x, t)


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2), (-1, 2), (0.5, 0), (0.9, 1.5)])
def test_sigmoid_focal_loss(alpha, gamma):
    """As it is defined, in PyTorch's float64."""
    x, t = normal(4, 5) * 4, uniform(4, 5)
    t[0] = 1
    ours = Tensor(x, requires_grad=True), Tensor(t, requires_grad=True)
    theirs = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, t)]
    p = torch.sigmoid(theirs[0])
    right = p * theirs[1] + (1 - p) * (1 - theirs[1])
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(*theirs, reduction="none")
    want = entropy * (1 - right) ** gamma
    if alpha >= 0:
        want = want * (alpha * theirs[1] + (1 - alpha) * (1 - theirs[1]))
    for reduction, z in [("none", want), ("mean", want.mean()), ("sum", want.sum())]:
        y = F.sigmoid_focal_loss(*ours, alpha, gamma, reduction)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=2e-6, atol=1e-12)
    F.sigmoid_focal_loss(*ours, alpha, gamma, "sum").backward()
    want.sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=2e-5, atol=1e-7)
    with pytest.raises(ValueError, match="alpha"):
        F.sigmoid_focal_loss(x, t, alpha=2)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_shapes_that_differ_warn(name):
    with pytest.warns(UserWarning, match=r"\(3, 1\) and target of shape \(4,\)") as ours:
        compare_quietly = getattr(F, name)(normal(3, 1), normal(4), reduction="none")
    assert compare_quietly.shape == (3, 4)
    assert [w.filename for w in ours] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(name, (normal(3, 1), normal(4)))
        with pytest.raises(RuntimeError, match=r"\(3,\) and \(4,\)"):
            getattr(F, name)(normal(3), normal(4))


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss"])
def test_whole_numbers(name):
    x = normal(4)
    whole = np.array([0, 1, 2, 3])
    compare(name, (x, Fixed(whole)))
    compare(name, (Fixed(whole), x))
    with pytest.raises((RuntimeError, TypeError)):
        getattr(F, name)(as_tensor(whole), as_tensor(whole))


WRONG = [
    ("mse_loss", (normal(3), normal(3)), {"reduction": "median"}),
    ("mse_loss", (normal(3), normal(3)), {"weight": normal(1)}),
    ("smooth_l1_loss", (normal(3), normal(3)), {"beta": -1.0}),
    ("huber_loss", (normal(3), normal(3)), {"delta": 0.0}),
    ("binary_cross_entropy", (normal(3) + 9, uniform(3)), {}),
    ("binary_cross_entropy", (uniform(3), uniform(3) + 9), {}),
    ("binary_cross_entropy", (uniform(3) * np.float32(np.nan), uniform(3)), {}),
    ("binary_cross_entropy", (uniform(3), uniform(1)), {}),
    ("binary_cross_entropy", (uniform(3), uniform(3)), {"weight": uniform(2, 3), "reduction": "none"}),
    ("binary_cross_entropy_with_logits", (uniform(3), uniform(1)), {}),
    ("binary_cross_entropy_with_logits", (uniform(3), uniform(3)), {"pos_weight": uniform(2)}),
    ("kl_div", (normal(3), normal(2)), {"reduction": "sum"}),
    ("kl_div", (normal(3), normal(2)), {"reduction": "batchmean"}),
    ("gaussian_nll_loss", (normal(3), normal(3), -uniform(3)), {}),
    ("gaussian_nll_loss", (normal(2, 3), normal(2, 3), uniform(3)), {}),
    ("multi_margin_loss", (normal(2, 3), np.array([0, 3])), {}),
    ("multi_margin_loss", (normal(2, 3), np.array([0])), {}),
    ("multi_margin_loss", (normal(2, 3), normal(2)), {}),
    ("multi_margin_loss", (normal(2, 3), np.array([0, 1])), {"p": 3}),
    ("multi_margin_loss", (normal(2, 3), np.array([0, 1])), {"weight": normal(2)}),
    ("multilabel_margin_loss", (normal(2, 3), np.array([[0, 1, 3]] * 2)), {}),
    ("multilabel_margin_loss", (normal(2, 3), np.array([[0, 1, -2]] * 2)), {}),
    ("multilabel_margin_loss", (normal(2, 3), np.array([[0, 1, -1]])), {}),
    ("multilabel_soft_margin_loss", (normal(), uniform()), {}),
    ("cosine_embedding_loss", (normal(2, 3), normal(2, 3), np.array(1)), {}),
    ("cosine_embedding_loss", (normal(3), normal(3), np.array([1])), {}),
    ("margin_ranking_loss", (normal(2, 3), normal(2, 3), normal(3)), {}),
    ("margin_ranking_loss", (normal(2), normal(3), normal(2)), {}),
    ("triplet_margin_loss", (normal(2, 3), normal(2, 3), normal(3)), {}),
    ("triplet_margin_loss", (normal(2, 3), normal(2, 3), normal(2, 3)), {"margin": -1.0}),
    ("triplet_margin_with_distance_loss", tuple(normal(2, 3) for _ in range(3)), {"margin": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arrays", "options"), WRONG)
def test_errors_are_pytorchs(name, arrays, options):
    with pytest.raises(Exception) as error:  # noqa: PT011
        getattr(torch.nn.functional, name)(
            *map(torch.tensor, arrays), **converted(options, torch.tensor)
        )
    with pytest.raises(error.type):
        getattr(F, name)(*map(as_tensor, arrays), **converted(options, as_tensor))


@pytest.mark.parametrize("name", ["weight", "pos_weight"])
def test_weights_that_ask_for_a_gradient(name):
    w = lanegrad.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="gets no gradient"):
        F.binary_cross_entropy_with_logits(uniform(3), uniform(3), **{name: w})


OLD = [({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"reduce": True}, "mean"),
       ({"size_average": True, "reduce": False}, "none"), ({"size_average": True}, "mean")]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OLD)
def test_old_arguments(old, new):
    x, t = normal(3, 4), np.array([0, 3, 1])
    y = normal(3, 4)
    for function, target in [
        ("nll_loss", t),
        ("cross_entropy", t),
        ("mse_loss", y),
        ("l1_loss", y),
    ]:
        with pytest.warns(UserWarning, match=f'reduction="{new}"') as found:
            got = getattr(F, function)(x, target, **old)
        assert [w.filename for w in found] == [__file__]
        assert got.tolist() == getattr(F, function)(x, target, reduction=new).tolist()
    for layer, target in [("NLLLoss", t), ("CrossEntropyLoss", t), ("MSELoss", y)]:
        with pytest.warns(UserWarning, match=f'reduction="{new}"') as found:
            criterion = getattr(nn, layer)(**old)
        assert [w.filename for w in found] == [__file__]
        assert criterion.reduction == new
        assert (
            criterion(x, target).tolist() == getattr(nn, layer)(reduction=new)(x, target).tolist()
        )


def test_pytorchs_order_of_arguments():
    x, t, w = normal(3, 4), np.array([0, 3, 1]), uniform(4)
    theirs = torch.tensor(x), torch.tensor(t), torch.tensor(w)
    for name, arguments in [
        ("nll_loss", (None, 3, None, "sum")),
        ("cross_entropy", (None, 3, None, "sum", 0.1)),
    ]:
        got = getattr(F, name)(x, t, w, *arguments).item()
        want = getattr(torch.nn.functional, name)(*theirs, *arguments).item()
        assert got == pytest.approx(want, rel=1e-5)
    got = nn.CrossEntropyLoss(w, None, 3, None, "sum", 0.1)(x, t).item()
    want = torch.nn.CrossEntropyLoss(theirs[2], None, 3, None, "sum", 0.1)(*theirs[:2]).item()
    assert got == pytest.approx(want, rel=1e-5)
    with pytest.warns(FutureWarning, match="NLLLoss"):
        criterion = nn.NLLLoss2d(w, None, 3)
    images = normal(2, 4, 3, 3)
    labels = rng.integers(0, 4, (2, 3, 3))
    assert criterion(images, labels).tolist() == nn.NLLLoss(w, None, 3)(images, labels).tolist()


@pytest.mark.parametrize("make", [nn.CrossEntropyLoss, nn.NLLLoss])
def test_outputs_and_labels_given_to_the_constructor(make):
    for arguments in [
        (normal(3, 4), [0, 1, 2]),
        (normal(4), as_tensor(np.array([0, 1]))),
        (normal(3, 4),),
    ]:
        with pytest.raises(TypeError, match="takes only its options"):
            make(*arguments)


def test_one_hot():
    for labels, classes in [([[0, 2], [1, 1]], -1), ([1], 4), (2, -1), (np.zeros((0, 3), int), 5)]:
        labels = np.asarray(labels)
        got = F.one_hot(labels, classes)
        want = torch.nn.functional.one_hot(torch.tensor(labels), classes)
        assert got.dtype == np.int64
        assert got.shape == tuple(want.shape)
        assert got.tolist() == want.tolist()
    wrong = [
        ([1.0], -1),
        ([-1], -1),
        ([3], 3),
        ([3], 0),
        (np.zeros(0, int), -1),
        (np.int32([1]), 3),
    ]
    for labels, classes in wrong:
        with pytest.raises(RuntimeError):
            F.one_hot(as_tensor(np.asarray(labels)), classes)
