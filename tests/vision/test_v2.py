"""transforms.v2 next to torchvision's."""

import inspect

import numpy as np
import pytest

import lanegrad
from lanegrad.utils.data import DataLoader
from lanegrad.vision.datasets import ArrayDataset
from lanegrad.vision.transforms import v2
from lanegrad.vision.transforms._batches import chain_of
from reference_vision import torchvision

torch = pytest.importorskip("torch")
image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.once

RNG = np.random.default_rng(6)
BYTES = np.arange(3 * 256).reshape(3, 16, 16).astype(np.uint8)
PICTURE = image.fromarray(BYTES.transpose(1, 2, 0))


@pytest.fixture(scope="module")
def reference():
    found = torchvision()
    if found is None:
        pytest.skip("torchvision does not load here")
    try:
        from torchvision.transforms import v2 as theirs
    except Exception:
        pytest.skip("torchvision's v2 does not load here")
    return theirs


LEFT_OUT = {  # for boxes, masks, key points and videos, or of compiled code
    "ClampBoundingBoxes", "ClampKeyPoints", "ConvertBoundingBoxFormat", "JPEG", "RandomIoUCrop",
    "RandomPhotometricDistort", "RandomResize", "RandomShortestSize", "RandomZoomOut",
    "SanitizeBoundingBoxes", "SanitizeKeyPoints", "ScaleJitter", "SetClampingMode",
    "UniformTemporalSubsample", "check_type", "get_bounding_boxes", "get_keypoints", "has_all",
    "has_any", "query_chw", "query_size",
}  # fmt: skip


def test_names(reference):
    names = {name for name, thing in vars(reference).items() if name[0] != "_" and callable(thing)}
    assert names - set(vars(v2)) == LEFT_OUT


@pytest.mark.parametrize("name", ["ToDtype", "MixUp", "CutMix", "GaussianNoise", "Identity", "RGB"])
def test_signatures(reference, name):
    found, expected = (inspect.signature(getattr(x, name)).parameters for x in (v2, reference))
    assert [(p.name, p.default) for p in found.values()] == [
        (p.name, p.default) for p in expected.values()
    ]


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("source", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("target", ["uint8", "int16", "float32", "int64"])
def test_to_dtype(reference, scale, source, target):
    x = BYTES if source == "uint8" else (RNG.random((3, 4, 4)) * 1).astype(source)
    theirs = reference.ToDtype(getattr(torch, target), scale=scale)
    mine = v2.ToDtype(np.dtype(target), scale=scale)
    try:
        expected = theirs(torch.from_numpy(x.copy())).numpy()
    except RuntimeError:
        with pytest.raises(RuntimeError):
            mine(lanegrad.tensor(x))
        return
    found = mine(lanegrad.tensor(x)).numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_the_usual_chain_has_the_bits_of_torchvisions_and_goes_by_batches(reference):
    def chain(v2, dtype):
        return v2.Compose(
            [
                v2.ToImage(),
                v2.ToDtype(dtype, scale=True),
                v2.Normalize((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)),
            ]
        )

    expected = chain(reference, torch.float32)(PICTURE).numpy()
    mine = chain(v2, np.float32)
    assert chain_of(mine)
    np.testing.assert_array_equal(mine(PICTURE).numpy(), expected)
    dataset = ArrayDataset(BYTES[None], np.array([0]), transform=mine)
    np.testing.assert_array_equal(next(iter(DataLoader(dataset)))[0].numpy()[0], expected)


@pytest.mark.parametrize("kind", ["MixUp", "CutMix"])
@pytest.mark.parametrize("soft", [False, True])
def test_mixing(kind, soft):
    lanegrad.manual_seed(1)
    x = np.arange(1.0, 5, dtype=np.float32).reshape(4, 1, 1, 1) * np.ones(
        (4, 1, 10, 10), np.float32
    )
    labels = np.arange(4)
    before = np.roll(labels, 1)
    given = np.eye(5, dtype=np.float32)[labels] if soft else labels
    for _ in range(20):
        mix = getattr(v2, kind)(num_classes=5)
        images, shares = (t.numpy() for t in mix(lanegrad.tensor(x), lanegrad.tensor(given)))
        own = shares[labels, labels]
        np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-6)
        np.testing.assert_allclose(shares[labels, before], 1 - own, atol=1e-6)
        np.testing.assert_allclose(
            images.mean((1, 2, 3)), own * x[:, 0, 0, 0] + (1 - own) * x[before, 0, 0, 0], rtol=1e-5
        )
    assert isinstance(mix((lanegrad.tensor(x), lanegrad.tensor(given))), tuple)
    assert isinstance(mix([lanegrad.tensor(x), lanegrad.tensor(given)]), list)


def test_what_mixing_refuses():
    x, y = lanegrad.zeros(2, 3, 4, 4), lanegrad.tensor([0, 1])
    for made, arguments, message in (
        (v2.MixUp(), (x, y), "num_classes must be passed"),
        (v2.MixUp(num_classes=2), (PICTURE, y), "two tensors"),
        (v2.MixUp(num_classes=3), (x, lanegrad.zeros(2, 2)), "num_classes 3"),
        (v2.CutMix(num_classes=3), (x[0], y), r"found \(3, 4, 4\)"),
    ):
        with pytest.raises(ValueError, match=message):
            made(*arguments)


def test_small_ones():
    x = lanegrad.tensor(BYTES)
    assert v2.Identity()(x) is x
    assert sorted(v2.RandomChannelPermutation()(x).numpy()[:, 0, 0].tolist()) == sorted(
        BYTES[:, 0, 0].tolist()
    )
    gray = lanegrad.tensor(BYTES[:1])
    np.testing.assert_array_equal(v2.RGB()(gray).numpy(), np.repeat(BYTES[:1], 3, 0))
    assert v2.RGB()(PICTURE.convert("L")).mode == "RGB"
    noisy = v2.GaussianNoise(0.5, 0.1)(lanegrad.zeros(1, 50, 50)).numpy()
    assert 0.49 < noisy.mean() < 0.51
    assert 0.09 < noisy.std() < 0.11
    with pytest.raises(ValueError, match="float32"):
        v2.GaussianNoise()(x)
