"""Activations and losses as modules: what they print, take and compute, beside PyTorch's."""

import copy
import inspect

import numpy as np
import pytest

import lanegrad.nn.functional as F
from lanegrad import Tensor, as_tensor, nn

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)

STEMS = [
    "activation", "binary_loss", "distance_loss", "dropping", "gating", "loss", "margin_loss",
    "normalizing", "rectifying", "regression_loss", "shrinking",
]  # fmt: skip
CLASSES = [name for stem in STEMS for name in getattr(nn, stem).__all__]
FUNCTIONS = [name for stem in STEMS for name in getattr(F, stem).__all__]

# Ours alone, or with more than PyTorch's; its functions that are compiled tell no signature.
OURS = {"sigmoid_focal_loss": "torchvision has it"}
# What lanegrad takes besides, behind PyTorch's arguments and by keyword.
MORE = {"axis", "sample_weight", "softcap", "z_loss"}
COMPILED = {
    "celu_": "alpha=1.0",
    "elu_": "alpha=1.0",
    "gelu": "approximate='none'",
    "hardshrink": "lambd=0.5",
    "hardtanh_": "min_val=-1.0, max_val=1.0",
    "leaky_relu_": "negative_slope=0.01",
    "logsigmoid": "",
    "one_hot": "num_classes=-1",
    "prelu": "weight",
    "relu_": "",
    "rrelu_": "lower=0.125, upper=0.3333333333333333, training=False",
    "selu_": "",
    "softplus": "beta=1.0, threshold=20.0",
    "softshrink": "lambd=0.5",
    "threshold_": "threshold, value",
}


def parameters(function):
    """Names, defaults and kinds in their order."""
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.default, p.kind) for p in found if p.name not in MORE]


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_signatures_are_pytorchs(name):
    if name in OURS:
        return
    mine = getattr(nn, name, None) or getattr(F, name)
    if name in COMPILED:
        first, *others = inspect.signature(mine).parameters.values()
        found = ", ".join(str(p.replace(annotation=p.empty)) for p in others)
        assert (first.name, found) == ("tensor" if name == "one_hot" else "input", COMPILED[name])
        return
    theirs = getattr(torch.nn, name, None) or getattr(torch.nn.functional, name)
    wanted, got = parameters(theirs), parameters(mine)
    if wanted and wanted[0][0] == "args":  # of Module itself: there are none
        wanted = [] if name != "NLLLoss2d" else got
    assert got == wanted


def test_each_of_pytorchs_is_there():
    """What is left out on purpose is said here."""
    left_out = {
        "AdaptiveLogSoftmaxWithLoss": "for vocabularies",
        "CTCLoss": "for sequences",
        "MultiheadAttention": "attention",
        "ctc_loss": "for sequences",
        "multi_head_attention_forward": "attention",
    }
    modules = ("activation", "loss", "dropout")
    theirs = {name for m in modules for name in getattr(torch.nn.modules, m).__all__}
    functions = {
        name
        for name in dir(torch.nn.functional)
        if name.endswith(("_loss", "dropout", "dropout1d", "dropout2d", "dropout3d"))
        or any(hasattr(torch.nn, n) and n.lower() == name for n in theirs)
    }
    assert {name for name in theirs if not hasattr(nn, name)} == {
        name for name in left_out if name in theirs
    }
    assert {name for name in functions if not hasattr(F, name)} <= left_out.keys()


NEEDED = {"Threshold": {"threshold": 0.5, "value": 2.0}}
OPTIONS = [
    ("CELU", {"alpha": 0.5, "inplace": True}),
    ("ELU", {"alpha": 2}),
    ("GLU", {"dim": 1}),
    ("Hardshrink", {"lambd": 0.2}),
    ("Hardsigmoid", {"inplace": True}),
    ("Hardswish", {"inplace": True}),
    ("Hardtanh", {"min_val": -2, "max_val": 0.5, "inplace": True}),
    ("LogSoftmax", {"dim": 1}),
    ("Mish", {"inplace": True}),
    ("PReLU", {"num_parameters": 4, "init": 0.1}),
    ("RReLU", {"lower": 0.2, "upper": 0.3, "inplace": True}),
    ("ReLU6", {"inplace": True}),
    ("SELU", {"inplace": True}),
    ("Softmax", {"dim": 0}),
    ("Softmin", {"dim": -1}),
    ("Softplus", {"beta": 2, "threshold": 1}),
    ("Softshrink", {"lambd": 0.2}),
    ("Threshold", {"threshold": 0.1, "value": 20, "inplace": True}),
    ("SmoothL1Loss", {"beta": 0.3}),
    ("HuberLoss", {"delta": 0.3, "reduction": "sum"}),
    ("KLDivLoss", {"reduction": "batchmean", "log_target": True}),
    ("MultiMarginLoss", {"p": 2, "margin": 0.5}),
    ("TripletMarginLoss", {"p": 1, "swap": True, "margin": 3}),
    ("PoissonNLLLoss", {"log_input": False, "full": True}),
    ("GaussianNLLLoss", {"full": True}),
]
RANDOM = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"}


@pytest.mark.filterwarnings("ignore:.*NLLLoss2d")
@pytest.mark.parametrize(
    ("name", "options"), [*((name, NEEDED.get(name, {})) for name in CLASSES), *OPTIONS]
)
def test_what_is_printed(name, options):
    mine, theirs = getattr(nn, name)(**options), getattr(torch.nn, name)(**options)
    if name != "TripletMarginWithDistanceLoss":  # whose distance is a module in PyTorch
        assert repr(mine) == repr(theirs)
    assert [*mine.state_dict()] == [*theirs.state_dict()]
    assert repr(copy.deepcopy(mine)) == repr(mine)
    for attribute, value in options.items():
        assert getattr(mine, attribute) == getattr(theirs, attribute) == value


def arguments(name):
    """What a module is called with."""
    x, y, z = (rng.normal(size=(4, 4)).astype(np.float32) for _ in range(3))
    labels = np.array([0, 3, 1, 1])
    signs = np.float32([1, -1, 1, -1])
    special = {
        "Softmax2d": (rng.normal(size=(2, 3, 4, 5)).astype(np.float32),),
        "PoissonNLLLoss": (abs(x), abs(y)),
        "GaussianNLLLoss": (x, y, abs(z)),
        "BCELoss": (abs(x) / 5, abs(y) / 5),
        "BCEWithLogitsLoss": (x, abs(y) / 5),
        "KLDivLoss": (x, abs(y)),
        "MultiLabelSoftMarginLoss": (x, abs(y) / 5),
        "MarginRankingLoss": (x[0], y[0], signs),
        "CosineEmbeddingLoss": (x, y, signs),
        "HingeEmbeddingLoss": (x[0], signs),
        "SoftMarginLoss": (x[0], signs),
        "MultiLabelMarginLoss": (x, np.array([[3, 0, -1, 1]] * 4)),
        **dict.fromkeys(("TripletMarginLoss", "TripletMarginWithDistanceLoss"), (x, y, z)),
        **dict.fromkeys(("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"), (x, labels)),
    }
    return special.get(name, (x, y) if name.endswith("Loss") else (x,))


@pytest.mark.filterwarnings("ignore:.*(softm|Implicit|reduction)")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        (name, options)
        for name, options in [*((name, NEEDED.get(name, {})) for name in CLASSES), *OPTIONS]
        if name not in RANDOM | {"NLLLoss2d"}
    ],
)
def test_what_is_computed(name, options):
    mine, theirs = getattr(nn, name)(**options).eval(), getattr(torch.nn, name)(**options).eval()
    given = arguments(name)
    got = mine(*(as_tensor(v.copy()) for v in given)).detach().numpy()
    want = theirs(*map(torch.tensor, given)).detach().numpy()
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"])
def test_weights_are_buffers(name):
    weight = rng.random(4).astype(np.float32)
    options = {"weight": weight}
    if name == "BCEWithLogitsLoss":
        options["pos_weight"] = weight[::-1].copy()
    mine = getattr(nn, name)(**options)
    theirs = getattr(torch.nn, name)(**{k: torch.tensor(v) for k, v in options.items()})
    assert [*mine.state_dict()] == [*theirs.state_dict()] == [*options]
    given = arguments(name)
    want = theirs(*map(torch.tensor, given)).item()
    assert mine(*map(Tensor, given)).item() == pytest.approx(want, rel=1e-5)


def test_wrong_options():
    for make in (nn.TripletMarginLoss, nn.TripletMarginWithDistanceLoss):
        with pytest.raises(ValueError, match="margin"):
            make(margin=0)
    with pytest.raises(ValueError, match="p must be"):
        nn.MultiMarginLoss(3)
    with pytest.raises(ValueError, match="one axis"):
        nn.MultiMarginLoss(weight=np.ones((2, 2)))


def test_a_distance_of_ones_own():
    def distance(a, b):
        return ((a - b) ** 2).sum(-1)

    given = arguments("TripletMarginLoss")
    for options in ({}, {"swap": True, "margin": 2, "reduction": "none"}):
        got, want = (
            n.TripletMarginWithDistanceLoss(distance_function=distance, **options)(
                *map(make, given)
            )
            for n, make in ((nn, Tensor), (torch.nn, torch.tensor))
        )
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-5)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("places", [(), (5,), (2, 3)])
def test_a_last_layer_with_places(places, bias):
    options = {"out_features": places, "bias": bias, "label_smoothing": 0.1, "ignore_index": None}
    mine, theirs = (n.LinearCrossEntropyLoss(6, 4, **options) for n in (nn, torch.nn))
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    x = rng.normal(size=(7, 6)).astype(np.float32)
    labels = rng.integers(0, 4, (7, *places))
    labels[0] = -100
    loss, want = mine(x, labels), theirs(torch.tensor(x), torch.tensor(labels))
    assert loss.item() == pytest.approx(want.item(), rel=1e-5)
    loss.backward()
    want.backward()
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(RuntimeError):
        mine(x[:, :5], labels)
