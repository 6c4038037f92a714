"""Transforms: names, signatures, reprs and errors as torchvision's; what is random is drawn well."""

import inspect

import numpy as np
import pytest

import lanegrad
from lanegrad.vision import transforms as T
from lanegrad.vision.transforms import functional as F
from reference_vision import torchvision

Image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.once

RNG = np.random.default_rng(2)
BYTES = RNG.integers(256, size=(3, 12, 10), dtype=np.uint8)
PICTURE = Image.fromarray(BYTES.transpose(1, 2, 0))


@pytest.fixture(autouse=True)
def same_numbers():
    lanegrad.manual_seed(0)


@pytest.fixture(scope="module")
def reference():
    found = torchvision()
    if found is None:
        pytest.skip("torchvision does not load here")
    return found


def array(x):
    return x.numpy() if isinstance(x, lanegrad.Tensor) else np.asarray(x)


def test_names_and_signatures_are_torchvisions(reference):
    for mine, theirs in ((T, reference.transforms), (F, reference.transforms.functional)):
        names = [
            name
            for name, thing in vars(theirs).items()
            if not name.startswith("_")
            and callable(thing)
            and getattr(thing, "__module__", "").startswith("torchvision.transforms")
        ]
        assert len(names) > 30
        for name in names:
            found, expected = getattr(mine, name), getattr(theirs, name)
            if name in ("InterpolationMode", "AutoAugmentPolicy"):
                assert {m.name: m.value for m in found} == {m.name: m.value for m in expected}
                continue
            for a, b in [(found, expected)] + [
                (found.get_params, expected.get_params)
                for _ in [0]
                if hasattr(expected, "get_params")
            ]:
                assert parameters(a) == parameters(b), name


def parameters(function):
    found = []
    for parameter in inspect.signature(function).parameters.values():
        default = getattr(parameter.default, "value", parameter.default)
        if "dtype" in parameter.name or "float32" in str(default):
            default = "a dtype"
        found.append((parameter.name, default))
    return found


MADE = [
    ("Normalize", ((0.5,), (0.25,))),
    ("ToTensor", ()),
    ("PILToTensor", ()),
    ("ToPILImage", ()),
    ("Resize", (32,)),
    ("CenterCrop", (4,)),
    ("Pad", (2,)),
    ("RandomCrop", (32, 4)),
    ("RandomHorizontalFlip", ()),
    ("RandomVerticalFlip", (0.25,)),
    ("RandomResizedCrop", (8,)),
    ("RandomRotation", (10,)),
    ("RandomRotation", ((-5, 10),)),
    ("RandomAffine", (10, (0.1, 0.2), (0.5, 1.5), 5)),
    ("RandomAffine", (0,)),
    ("RandomPerspective", ()),
    ("ColorJitter", (0.4, 0.3, 0.2, 0.1)),
    ("ColorJitter", ((0.5, 0.7),)),
    ("Grayscale", (3,)),
    ("RandomGrayscale", ()),
    ("GaussianBlur", (3,)),
    ("RandomErasing", ()),
    ("RandomInvert", ()),
    ("FiveCrop", (3,)),
    ("TenCrop", (3,)),
    ("RandAugment", ()),
    ("TrivialAugmentWide", ()),
    ("AugMix", ()),
    ("AutoAugment", ()),
]


@pytest.mark.parametrize(("name", "arguments"), MADE)
def test_reprs_are_torchvisions(reference, name, arguments):
    mine = getattr(T, name)(*arguments)
    assert repr(mine) == repr(getattr(reference.transforms, name)(*arguments))
    assert repr(T.Compose([mine])) == repr(
        reference.transforms.Compose([getattr(reference.transforms, name)(*arguments)])
    )


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Resize", ((1, 2, 3),)),
        ("Resize", (2.5,)),
        ("CenterCrop", ((1, 2, 3),)),
        ("Pad", ((1, 2, 3),)),
        ("Pad", ("1",)),
        ("Lambda", (3,)),
        ("RandomChoice", (3,)),
        ("RandomRotation", (-1,)),
        ("RandomRotation", ((1, 2, 3),)),
        ("RandomAffine", (10, 3)),
        ("RandomAffine", (10, (2, 2))),
        ("RandomAffine", (10, None, (0, 1))),
        ("ColorJitter", (-1,)),
        ("ColorJitter", ("a",)),
        ("ColorJitter", (0, 0, 0, 0.7)),
        ("GaussianBlur", (4,)),
        ("GaussianBlur", (3, -1)),
        ("RandomErasing", (2,)),
        ("RandomErasing", (0.5, (0.5, 2))),
        ("RandomErasing", (0.5, (0, 1), (1, 2), "none")),
        ("AugMix", (11,)),
    ],
)
def test_wrong_arguments_are_torchvisions_errors(reference, name, arguments):
    with pytest.raises((TypeError, ValueError)) as expected:
        T_(reference, name, arguments)
    with pytest.raises(type(expected.value)):
        T_(lanegrad.vision, name, arguments)


def T_(vision, name, arguments):
    made = getattr(vision.transforms, name)(*arguments)
    made(PICTURE)  # torchvision finds some of them now


@pytest.mark.parametrize("policy", ["IMAGENET", "CIFAR10", "SVHN"])
def test_policies_and_strengths(reference, policy):
    mine = T.AutoAugment(T.AutoAugmentPolicy[policy])
    theirs = reference.transforms.AutoAugment(reference.transforms.AutoAugmentPolicy[policy])
    assert mine.policies == theirs.policies
    spaces = [
        (T.autoaugment._space(10, T.autoaugment._shares(12, 10), names=T.autoaugment._ALL),
         theirs._augmentation_space(10, (12, 10))),
        (T.autoaugment._space(31, (32.0, 32.0), shear=0.99, turn=135.0, factor=0.99, bits=6,
                              names=T.autoaugment._ALL),
         reference.transforms.TrivialAugmentWide()._augmentation_space(31)),
    ]  # fmt: skip
    for found, expected in spaces:
        for name, (strengths, signed) in expected.items():
            if name != "Invert":
                assert found[name][1] == signed
                assert len(found[name][0]) == (strengths.numel() if strengths.ndim else 0)
                np.testing.assert_allclose(
                    found[name][0] if strengths.ndim else 0, strengths.numpy(), rtol=1e-6, atol=1e-5
                )


ALWAYS = {
    "RandomHorizontalFlip": ((1,), "hflip", ()),
    "RandomVerticalFlip": ((1,), "vflip", ()),
    "RandomInvert": ((1,), "invert", ()),
    "RandomPosterize": ((3, 1), "posterize", (3,)),
    "RandomSolarize": ((99, 1), "solarize", (99,)),
    "RandomAutocontrast": ((1,), "autocontrast", ()),
    "RandomEqualize": ((1,), "equalize", ()),
    "RandomAdjustSharpness": ((2, 1), "adjust_sharpness", (2,)),
    "RandomGrayscale": ((1,), "rgb_to_grayscale", (3,)),
    "RandomRotation": (((30, 30),), "rotate", (30,)),
    "ColorJitter": (((0.5, 0.5),), "adjust_brightness", (0.5,)),
    "RandomAffine": (((20, 20), None, (2, 2), (5, 5)), "affine", (20.0, (0, 0), 2, (5, 0))),
    "Grayscale": ((1,), "rgb_to_grayscale", (1,)),
    "GaussianBlur": ((3, 1.5), "gaussian_blur", (3, 1.5)),
    "Resize": ((5,), "resize", (5,)),
    "Pad": ((2,), "pad", (2,)),
    "CenterCrop": ((5,), "center_crop", (5,)),
}


@pytest.mark.parametrize("kind", ["PIL", "tensor"])
@pytest.mark.parametrize("name", ALWAYS)
def test_what_happens_for_sure_is_the_function(name, kind):
    arguments, function, values = ALWAYS[name]
    x = PICTURE if kind == "PIL" else lanegrad.tensor(BYTES)
    found, expected = getattr(T, name)(*arguments)(x), getattr(F, function)(x, *values)
    assert type(found) is type(expected)
    np.testing.assert_array_equal(array(found), array(expected))


EVERY = [
    T.RandomCrop(8, padding=2),
    T.RandomCrop((20, 9), padding=(1, 2), pad_if_needed=True, padding_mode="edge"),
    T.RandomResizedCrop(6),
    T.RandomResizedCrop(6, (0.1, 0.2), (5, 9)),
    T.RandomRotation(30, expand=True),
    T.RandomAffine(30, (0.2, 0.2), (0.5, 1.5), (1, 5, 1, 5)),
    T.RandomPerspective(p=1),
    T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    T.GaussianBlur(3),
    T.ElasticTransform(sigma=0.5),
    T.RandomOrder([T.RandomInvert(1), T.RandomSolarize(128, 1)]),
    T.RandomChoice([T.RandomInvert(1), T.RandomSolarize(128, 1)]),
    T.RandomApply([T.RandomInvert(1)]),
    T.AutoAugment(T.AutoAugmentPolicy.CIFAR10),
    T.RandAugment(),
    T.TrivialAugmentWide(),
    T.AugMix(),
]


@pytest.mark.parametrize("transform", EVERY, ids=str)
def test_manual_seed_repeats(transform):
    for x in (PICTURE, lanegrad.tensor(BYTES)):
        before = array(x).copy()
        runs = []
        for seed in (3, 3, 4, 5, 6, 7):
            lanegrad.manual_seed(seed)
            runs.append(array(transform(x)))
        np.testing.assert_array_equal(runs[0], runs[1])
        assert any(not np.array_equal(runs[0], run) for run in runs[2:])
        np.testing.assert_array_equal(array(x), before)


def test_crops_reach_every_place():
    crop = T.RandomCrop(10, padding=1)
    places = {crop.get_params(F.pad(PICTURE, 1), (10, 10))[:2] for _ in range(300)}
    assert places == {(top, left) for top in range(5) for left in range(3)}
    assert crop(PICTURE).size == (10, 10)
    with pytest.raises(ValueError, match=r"crop size \(20, 20\) is larger than .* \(12, 10\)"):
        T.RandomCrop(20)(PICTURE)


@pytest.mark.parametrize("size", [0, (4, -1), (1, 2, 3)])
def test_crops_of_a_wrong_size(size):
    with pytest.raises(ValueError, match="size"):
        T.RandomCrop(size)


def test_probabilities():
    x = lanegrad.tensor(np.arange(2).reshape(1, 1, 2))
    flips = sum(T.RandomHorizontalFlip(0.3)(x).tolist() == [[[1, 0]]] for _ in range(1000))
    assert 240 < flips < 360
    for p in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            T.RandomHorizontalFlip(p)


@pytest.mark.parametrize("value", [0, 7.5, (1, 2, 3), "random"])
def test_erasing(value):
    x = lanegrad.zeros(3, 32, 32) - 1
    result = T.RandomErasing(1, (0.1, 0.2), value=value)(x).numpy()
    changed = result != -1
    rows, columns = (np.flatnonzero(changed.any((0, axis))) for axis in (2, 1))
    window = result[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert 0.08 < window[0].size / 32**2 < 0.22
    if value != "random":
        expected = np.broadcast_to(np.reshape(value, (-1, 1, 1)), window.shape)
        np.testing.assert_array_equal(window, expected)
    with pytest.raises(ValueError, match="number of input channels"):
        T.RandomErasing(1, value=(1, 2))(x)


def test_normalize():
    x = lanegrad.tensor(BYTES).float()
    for mean, std in ((0.5, 0.25), ((1, 2, 3), 2), ((1, 2, 3), (4, 5, 6)), ([0.5], [2])):
        expected = (BYTES - np.reshape(mean, (-1, 1, 1))) / np.reshape(std, (-1, 1, 1))
        np.testing.assert_allclose(T.Normalize(mean, std)(x).numpy(), expected, rtol=1e-6)
    y = x.clone()
    assert T.Normalize(1, 2, inplace=True)(y) is y
    np.testing.assert_array_equal(y.numpy(), T.Normalize(1, 2)(x).numpy())
    for kind in (ValueError, RuntimeError):
        with pytest.raises(kind, match="mean has 2 values for an image of 3 channels"):
            T.Normalize((1, 2), 1)(x)
    with pytest.raises(ValueError, match="std evaluated to zero"):
        T.Normalize(0, (1, 0, 1))(x)
    with pytest.raises(TypeError, match=r"put ToTensor\(\) before it"):
        T.Normalize(0, 1)(lanegrad.tensor(BYTES))
    with pytest.raises(TypeError, match="Image"):
        T.Normalize(0, 1)(PICTURE)


def test_whitening(reference):
    torch = pytest.importorskip("torch")
    matrix, mean = RNG.random((12, 12), np.float32), RNG.random(12, np.float32)
    x = RNG.random((3, 2, 2), np.float32)
    theirs = reference.transforms.LinearTransformation(*map(torch.from_numpy, (matrix, mean)))
    mine = T.LinearTransformation(*map(lanegrad.tensor, (matrix, mean)))
    np.testing.assert_allclose(
        mine(lanegrad.tensor(x)).numpy(), theirs(torch.from_numpy(x)).numpy(), rtol=1e-5
    )


def test_transforms_are_modules_where_torchvisions_are(reference):
    for name, thing in vars(reference.transforms).items():
        if isinstance(thing, type) and "forward" in vars(thing):
            assert issubclass(getattr(T, name), lanegrad.nn.Module), name
    net = lanegrad.nn.Sequential(T.CenterCrop(4), T.Normalize(0.5, 0.5))
    assert tuple(net(lanegrad.zeros(3, 8, 8)).shape) == (3, 4, 4)
