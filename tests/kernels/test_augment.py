"""Kernels that change pictures at random: windows, boxes, mixtures, warps, resizing, colours, draws."""

import threading

import numpy as np
import pytest

import lanegrad
from lanegrad import _core
from lanegrad.vision import _changes
from lanegrad.vision.transforms import functional as F

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(256, size=(40, 3, 9, 11), dtype=np.uint8)
TABLE = RNG.standard_normal((3, 256), dtype=np.float32)
MODES = ["constant", "edge", "reflect", "symmetric"]


@pytest.fixture(params=[1, 3])
def threads(request):
    before = _core.get_num_threads()
    _core.set_num_threads(request.param)
    yield
    _core.set_num_threads(before)


def whole(count, height=9, width=11):
    return np.arange(count), np.zeros((count, 4), np.int64), (height, width)


@pytest.mark.parametrize("count", [0, 1, 5, 300])
def test_bytes_are_looked_up(isa, threads, count):
    index = RNG.integers(40, size=count)
    expected = TABLE[np.arange(3).reshape(3, 1, 1), IMAGES[index]]
    _, at, size = whole(count)
    found = _changes.window(IMAGES, index, at, size, table=TABLE)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "i8"])
@pytest.mark.parametrize("mode", MODES)
def test_windows_are_those_of_numpy(isa, threads, mode, dtype):
    images = IMAGES[:6].astype(dtype)
    index = RNG.integers(6, size=12)
    at = np.concatenate([RNG.integers(-25, 26, (12, 2)), RNG.integers(0, 2, (12, 2))], 1)
    size, fill = (7, 14), [7, 8, 9]
    found = _changes.window(images, index, at, size, mode, fill)
    looked_up = None
    if dtype == "u1":
        looked_up = _changes.window(images, index, at, size, mode, fill, TABLE)
    for number, (top, left, flip, mirror) in zip(range(12), at, strict=True):
        pad = 40
        for channel in range(3):
            more = {"constant_values": fill[channel]} if mode == "constant" else {}
            padded = np.pad(images[index[number], channel], pad, mode, **more)
            expected = padded[pad + top : pad + top + 7, pad + left : pad + left + 14]
            expected = expected[:: 1 - 2 * flip, :: 1 - 2 * mirror]
            np.testing.assert_array_equal(found[number, channel], expected)
            if looked_up is not None:
                np.testing.assert_array_equal(looked_up[number, channel], TABLE[channel, expected])


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_erase(isa, dtype):
    images = IMAGES[:3].astype(dtype)
    boxes = np.array([[0, 0, 9, 11], [2, 3, 5, 4], [4, 4, 4, 9]])
    expected = images.copy()
    for image, (top, left, bottom, right) in zip(expected, boxes, strict=True):
        image[:, top:bottom, left:right] = np.array([1, 2, 3]).reshape(3, 1, 1)
    _changes.erase(images, boxes, [1, 2, 3])
    np.testing.assert_array_equal(images, expected)


def test_mix(isa, threads):
    a, b = RNG.standard_normal((2, 5, 3, 9, 11), dtype=np.float32)
    share = np.array([0, 0.25, 0.5, 1, 1], np.float32)
    boxes = np.zeros((5, 4), np.int64)
    boxes[3:] = [1, 2, 8, 11], [0, 0, 9, 11]
    b[3:, 0] = np.nan  # nothing of it is left outside of the box
    weights = share.reshape(-1, 1, 1, 1)
    expected = np.where(weights == 1, a, weights * a + (1 - weights) * b)
    expected[3, :, 1:8, 2:] = b[3, :, 1:8, 2:]
    expected[4] = b[4]
    np.testing.assert_array_equal(_changes.mix(a, b, share, boxes), expected)


@pytest.mark.parametrize("bilinear", [False, True])
def test_warps_are_those_of_the_function(isa, threads, bilinear):
    """Up to places that are rounded the other way."""
    mode = F.InterpolationMode.BILINEAR if bilinear else F.InterpolationMode.NEAREST
    smooth = np.add.outer(4.0 * np.arange(40), 2.0 * np.arange(30)).astype(np.uint8)
    images = np.stack([np.stack([smooth, 255 - smooth, smooth // 2])] * 5)
    middle = np.array([14.5, 19.5])
    for angle, scale, shear in ((30, 1.0, 0), (-77.5, 0.8, 10), (0, 1.3, 0), (180, 1, 0)):
        matrix = np.array(
            F._geometry.rotation_matrix((0, 0), angle, (2, -3), scale, (shear, 0))
        ).reshape(2, 3)
        matrix[:, 2] += middle - matrix[:, :2] @ middle
        map_ = np.tile(np.rint(matrix * 65536).astype(np.int64).reshape(-1), (5, 1))
        found = _changes.warp(images, map_, bilinear)
        args = angle, [2, -3], scale, [shear, 0], mode
        expected = F.affine(lanegrad.tensor(images), *args).numpy()
        apart = np.abs(found.astype(int) - expected)
        assert (apart > 1).mean() < (0.002 if bilinear else 0.03), (angle, (apart > 1).mean())
        assert (found == found[:1]).all()
    far = np.tile([65536, 0, 100 << 16, 0, 65536, 0], (5, 1))
    assert (_changes.warp(images, far, bilinear, [7, 8, 9])[:, :, 0, 0] == [7, 8, 9]).all()


@pytest.mark.parametrize("size", [(9, 11), (5, 20), (1, 1), (30, 3)])
def test_resized_windows_are_pillow_s(isa, threads, size):
    image = pytest.importorskip("PIL.Image")
    boxes = np.stack(
        [
            RNG.integers(0, 5, 40),
            RNG.integers(0, 6, 40),
            RNG.integers(1, 5, 40),
            RNG.integers(1, 6, 40),
        ],
        1,
    )
    boxes[0] = 0, 0, 9, 11
    found = _changes.resized_crop(IMAGES, boxes, size)
    for number, (top, left, height, width) in enumerate(boxes):
        rows = IMAGES[number, :, top : top + height, left : left + width].transpose(1, 2, 0)
        picture = image.fromarray(np.ascontiguousarray(rows))
        expected = np.asarray(picture.resize(size[::-1], image.Resampling.BILINEAR))
        apart = np.abs(found[number].transpose(1, 2, 0).astype(int) - expected)
        assert apart.max() <= (size[0] < height)  # pillow's later versions then go by rows first


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_are_those_of_the_functions(isa, threads, channels):
    images = np.ascontiguousarray(IMAGES[:, :channels])
    factors = np.stack(
        [
            RNG.uniform(0, 2, 40),
            RNG.uniform(0, 2, 40),
            RNG.uniform(0, 2, 40),
            RNG.uniform(-0.5, 0.5, 40),
        ],
        1,
    )
    factors[RNG.random((40, 4)) < 0.3] = np.nan
    factors[:2] = [1, 1, 1, 0], [0, 0, 0, -0.5]
    order = RNG.permuted(np.tile(np.arange(4), (40, 1)), axis=1)
    found = _changes.jitter(images, factors, order)
    changes = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
    for number in range(40):
        image = lanegrad.tensor(images[number])
        for what in order[number]:
            if not np.isnan(factors[number, what]):
                image = changes[what](image, float(factors[number, what]))
        np.testing.assert_array_equal(found[number], image.numpy())


def test_draws_depend_on_their_row_alone(isa):
    image = np.array([[5, 0], [6, 0], [5, 1], [5, 0], [-1, 0], [2**40 + 5, 0]])
    found = _changes.draws(2**64 - 1, 3, image, 7)
    assert found.shape == (6, 7)
    assert ((found >= 0) & (found < 1)).all()
    np.testing.assert_array_equal(found[0], found[3])
    assert len(np.unique(found)) == 5 * 7
    np.testing.assert_array_equal(_changes.draws(2**64 - 1, 3, image[2:4], 5), found[2:4, :5])
    for key, stream in ((2**64 - 2, 3), (2**64 - 1, 4)):
        assert not (_changes.draws(key, stream, image, 7) == found).any()
    many = _changes.draws(1, 0, np.stack([np.arange(20_000), np.zeros(20_000, int)], 1), 3)
    np.testing.assert_allclose(many.mean(0), 0.5, atol=0.01)
    np.testing.assert_allclose(np.corrcoef(many.T), np.eye(3), atol=0.03)


def test_draws_are_philox():
    """The known answers of its authors: a counter and a key of zeros, and of the digits of pi."""
    found = _changes.draws(0, 0, np.zeros((1, 2), np.int64), 4) * 2**32
    assert [hex(int(word)) for word in found[0]] == [
        "0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8",
    ]  # fmt: skip
    image = np.array([[0x85A308D3243F6A88 - 2**64, 0x13198A2E]])
    found = _changes.draws(0x299F31D0A4093822, 0x0370, image, 1 + 4 * 0x7344)[0, -1] * 2**32
    assert hex(int(found)) == "0xd16cfe09"


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5), (2, 3, 0, 5), (2, 3, 4, 0)])
def test_empty(isa, shape):
    images = np.zeros(shape, np.uint8)
    count = shape[0]
    at = np.zeros((count, 4), np.int64)
    assert _changes.window(images, np.arange(count), at, shape[2:]).shape == shape
    _changes.erase(images, at)
    assert _changes.warp(images, np.zeros((count, 6), np.int64), True).shape == shape
    floats = images.astype(np.float32)
    assert _changes.mix(floats, floats, np.ones(count, np.float32), at).shape == shape
    assert _changes.window(images, np.arange(count), at, (0, 0)).size == 0


def test_wrong_arguments():
    index, at, size = whole(2)
    images = IMAGES[:2]
    cases = [
        (
            lambda: _changes.window(IMAGES, index + np.array([0, 99]), at, size),
            IndexError,
            r"index\[1\] is 100",
        ),
        (
            lambda: _changes.window(images, index, at[:1], size),
            ValueError,
            r"at of shape \(2, 4\)",
        ),
        (
            lambda: _changes.window(images[:, :, :0], index, at, size),
            ValueError,
            "cannot become 9 x 11",
        ),
        (lambda: _changes.window(images[..., ::2], index, at, size), ValueError, "C-contiguous"),
        (lambda: _changes.window("a", index, at, size), AttributeError, "str"),
        (
            lambda: _changes.window(images, index, at, size, table=TABLE[:2]),
            ValueError,
            r"\(3, 256\)",
        ),
        (
            lambda: _changes.window(images.view(np.int8), index, at, size, table=TABLE),
            TypeError,
            "images of uint8; found int8",
        ),
        (
            lambda: _changes.erase(images.copy(), at + 10),
            IndexError,
            r"box\[0\] is \[10, 10, 10, 10\]",
        ),
        (lambda: _changes.resized_crop(images, at, (2, 2)), ValueError, "must have a pixel"),
        (lambda: _changes.resized_crop(images, at + 6, (2, 2)), IndexError, "beyond a picture"),
        (
            lambda: _changes.jitter(images, np.zeros((2, 4)), at + 4),
            IndexError,
            "order must have numbers from 0 to 3",
        ),
        (
            lambda: _changes.jitter(images[:, :2].copy(), np.zeros((2, 4)), at),
            ValueError,
            "1 or 3 ch",
        ),
        (
            lambda: _changes.mix(
                *[np.zeros((2, 3, 4, 5), np.float32)] * 2, np.ones(1, np.float32), at
            ),
            ValueError,
            r"\(N, C, H, W\) twice and \(N,\)",
        ),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=message):
            call()


def test_threads_that_are_counted_anew_while_pictures_are_resized():
    """Each thread has scratch memory of its own, of as many as there were when it was taken."""
    box = np.tile([0, 0, 9, 11], (40, 1))
    wanted, before, done = (
        _changes.resized_crop(IMAGES, box, (300, 300)),
        _core.get_num_threads(),
        [],
    )

    def count():
        while not done:
            for threads in (1, 64):
                _core.set_num_threads(threads)

    counting = threading.Thread(target=count)
    counting.start()
    try:
        for _ in range(20):
            np.testing.assert_array_equal(_changes.resized_crop(IMAGES, box, (300, 300)), wanted)
    finally:
        done.append(True)
        counting.join()
        _core.set_num_threads(before)
