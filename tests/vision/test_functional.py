"""The functions of transforms next to torchvision's: on PIL images equal, on tensors close."""

import numpy as np
import pytest

import lanegrad
from lanegrad.vision.transforms import functional as F
from reference_vision import torchvision

torch = pytest.importorskip("torch")
Image = pytest.importorskip("PIL.Image")
pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore")]

RNG = np.random.default_rng(0)
PICTURES = {
    "bytes": RNG.integers(256, size=(3, 11, 14), dtype=np.uint8),
    "floats": RNG.random((3, 11, 14), dtype=np.float32),
    "batch": RNG.integers(256, size=(2, 3, 11, 14), dtype=np.uint8),
    "gray": RNG.integers(256, size=(1, 9, 9), dtype=np.uint8),
}
PICTURES["PIL"] = Image.fromarray(PICTURES["bytes"].transpose(1, 2, 0))
PICTURES["PIL gray"] = Image.fromarray(PICTURES["gray"][0])
PICTURES["PIL alpha"] = PICTURES["PIL"].convert("RGBA")
MODES = ["NEAREST", "BILINEAR", "BICUBIC"]
CORNERS = [[0, 0], [13, 0], [13, 10], [0, 10]], [[1, 2], [12, 1], [11, 9], [2, 8]]

CALLS = [
    ("resize", (size, mode), {"antialias": smooth})
    for mode in [*MODES, "NEAREST_EXACT"]
    for size in ((5, 6), (20, 25), [7], 13, (11, 20))
    for smooth in (True, False)
]
CALLS += [("resize", (7, "BILINEAR"), {"max_size": 8})]
CALLS += [
    ("rotate", (angle, mode), {"expand": expand, "fill": fill})
    for mode in MODES
    for angle in (30, -77.5, 90, 180, 0)
    for expand, fill in ((False, None), (True, [7]), (False, [1, 2, 3]))
]
CALLS += [
    (
        "affine",
        (*arguments,),
        {"interpolation": mode, "fill": fill, "center": center},
    )
    for mode in MODES
    for arguments in (
        (10, [2, -3], 1.2, [5, -8]),
        (0, [0, 0], 1.0, [20.0, 0.0]),
        (-45, [1, 1], 0.7, 3),
    )
    for fill, center in ((None, None), ([9], [0, 0]))
]
CALLS += [("perspective", CORNERS, {"interpolation": mode}) for mode in MODES]
CALLS += [("perspective", CORNERS, {"fill": [0.5]})]
CALLS += [("rotate", (30.0, "NEAREST"), {"center": [3, 4]})]
CALLS += [
    (name, (value,), {})
    for name, values in {
        "adjust_brightness": (0, 0.5, 1.7),
        "adjust_contrast": (0, 0.5, 1.7),
        "adjust_saturation": (0, 0.5, 1.7),
        "adjust_hue": (-0.5, -0.2, 0, 0.3, 0.5, 0.6),
        "adjust_gamma": (0.5, 2, -1),
        "adjust_sharpness": (0, 0.5, 2),
        "posterize": (1, 4, 8),
        "solarize": (128, 0.5),
        "rgb_to_grayscale": (1, 3, 2),
        "gaussian_blur": (3, 4, [5, 3]),
        "center_crop": (5, [5], (4, 7), (20, 20), (20, 3), (12, 15)),
        "five_crop": (5, (5, 6), 40),
        "ten_crop": (5, (5, 6)),
    }.items()
    for value in values
]
CALLS += [
    (name, (), {})
    for name in (
        "hflip", "vflip", "invert", "autocontrast", "equalize", "get_dimensions", "get_image_size",
        "get_image_num_channels", "to_tensor", "pil_to_tensor", "to_pil_image", "to_grayscale",
    )
]  # fmt: skip
CALLS += [("gaussian_blur", (5, 2.0), {}), ("gaussian_blur", ([5, 3],), {"sigma": [0.5, 1.5]})]
CALLS += [
    ("pad", (padding,), {"padding_mode": mode})
    for padding in (2, [1], (1, 2), [1, 2, 3, 4], [-1, 2, -3, 1], (1, 2, 3))
    for mode in ("constant", "edge", "reflect", "symmetric", "none")
]
CALLS += [("pad", (3, 7), {}), ("pad", (3, (7,)), {}), ("pad", (3, (1, 2, 3)), {})]
CALLS += [
    ("crop", place, {}) for place in ((0, 0, 3, 3), (2, 3, 20, 20), (-2, -3, 5, 5), (30, 30, 2, 2))
]
CALLS += [("resized_crop", (1, 2, 5, 6, (8, 8)), {})]
CALLS += [("normalize", ([0.5, 0.4, 0.3], [0.2, 0.3, 0.4]), {}), ("normalize", (0.5, 0.5), {})]
CALLS += [("normalize", ([0.5], [0.0]), {}), ("normalize", ([0.5, 0.5], [1.0, 1.0]), {})]
CALLS += [("erase", (1, 2, 3, 4, 0), {})]


def call(functions, name, picture, arguments, named):
    """What a function gives, as arrays; or its error."""
    mode = functions.InterpolationMode
    arguments = [getattr(mode, x) if isinstance(x, str) and x.isupper() else x for x in arguments]
    named = {
        key: getattr(mode, x) if isinstance(x, str) and x.isupper() else x
        for key, x in named.items()
    }
    try:
        return plain(getattr(functions, name)(picture, *arguments, **named))
    except Exception as error:
        return error


def plain(result):
    if isinstance(result, tuple | list):
        return [plain(part) for part in result]
    if isinstance(result, Image.Image):
        return [result.mode, np.array(result)]
    return result.numpy() if hasattr(result, "numpy") else result


def agree(found, expected, exact):
    if isinstance(expected, Exception):
        return isinstance(found, type(expected))
    if isinstance(expected, list):
        return len(found) == len(expected) and all(
            agree(*pair, exact) for pair in zip(found, expected, strict=True)
        )
    if not isinstance(expected, np.ndarray):
        return found == expected
    if isinstance(found, Exception) or (found.shape, found.dtype) != (
        expected.shape,
        expected.dtype,
    ):
        return False
    if exact or not expected.size:
        return np.array_equal(found, expected)
    apart = np.abs(found.astype(np.float64) - expected)
    if expected.dtype == np.uint8:  # rounded, which a hair decides now and then
        return apart.max() <= 1 and (apart > 0).mean() < 0.04
    return apart.max() < 2e-5


@pytest.mark.parametrize("kind", PICTURES)
def test_next_to_torchvision(kind):
    reference = torchvision()
    if reference is None:
        pytest.skip("torchvision does not load here")
    for name, arguments, named in CALLS:
        picture = PICTURES[kind]
        mine, theirs = picture, picture
        if isinstance(picture, np.ndarray):
            mine, theirs = lanegrad.tensor(picture), torch.from_numpy(picture.copy())
        theirs = call(reference.transforms.functional, name, theirs, arguments, named)
        mine = call(F, name, mine, arguments, named)
        assert agree(mine, theirs, kind.startswith("PIL")), (name, arguments, named, mine, theirs)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest", "nearest-exact"])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (5, 6), (20, 9), (11, 30)])
def test_resize_next_to_interpolate(mode, antialias, size):
    if antialias and mode.startswith("nearest"):
        return
    x = PICTURES["floats"]
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(x)[None],
        size=size,
        mode=mode,
        antialias=antialias,
        align_corners=None if "nearest" in mode else False,
    )[0]
    found = F.resize(lanegrad.tensor(x), size, F.InterpolationMode(mode), antialias=antialias)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=2e-6)


def test_results_share_no_memory():
    x = lanegrad.tensor(PICTURES["bytes"])
    for name in ("hflip", "vflip", "autocontrast", "equalize"):
        result = getattr(F, name)(x).numpy()
        assert not np.shares_memory(result, x.numpy())
        assert result.flags.writeable


def test_gradients_go_through_what_models_use():
    x = lanegrad.tensor(PICTURES["floats"]).requires_grad_()
    y = F.normalize(F.hflip(F.crop(x, 1, 2, 5, 6)), [0.5, 0.4, 0.3], [0.5, 0.25, 2.0])
    y.sum().backward()
    expected = np.zeros(x.shape, np.float32)
    expected[:, 1:6, 2:8] = 1 / np.array([0.5, 0.25, 2.0]).reshape(3, 1, 1)
    np.testing.assert_allclose(x.grad.numpy(), expected)
    with pytest.raises(RuntimeError, match="requires grad"):
        F.adjust_brightness(x, 0.5)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 2), (1, 0, 4), (0, 3, 4, 4)])
def test_small_sizes(shape):
    x = lanegrad.tensor(np.zeros(shape, np.uint8))
    for name in ("hflip", "vflip", "invert"):
        assert getattr(F, name)(x).shape == x.shape
    assert F.pad(x, 1).shape[-1] == x.shape[-1] + 2


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[0, 51, 255]], np.uint8), np.float32([[[0, 0.2, 1]]])),
        (np.array([[0.5, 2.0]], np.float64), np.float32([[[0.5, 2]]])),
        (np.array([[1, -2]], np.int32), np.int32([[[1, -2]]])),
        (np.array([[True, False]]), np.array([[[True, False]]])),
    ],
)
def test_to_tensor_of_arrays(array, expected):
    found = F.to_tensor(array).numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "1", "I", "F", "CMYK", "P", "I;16"])
def test_pictures_to_tensors_and_back(mode):
    picture = PICTURES["PIL"].convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = Image.fromarray(np.array(picture).astype(np.uint16) * 7)
    bytes_kept = F.pil_to_tensor(picture).numpy()
    np.testing.assert_array_equal(
        bytes_kept.transpose(1, 2, 0).squeeze(), np.array(picture).squeeze()
    )
    if mode not in ("1", "P"):
        back = F.to_pil_image(F.pil_to_tensor(picture), mode)
        assert back.mode == mode
        np.testing.assert_array_equal(np.array(back), np.array(picture))


@pytest.mark.parametrize("source", ["uint8", "int8", "int16", "int32", "int64", "float32"])
@pytest.mark.parametrize("target", ["uint8", "int8", "int16", "int32", "int64", "float32"])
def test_convert_image_dtype(source, target):
    reference = torchvision()
    if reference is None:
        pytest.skip("torchvision does not load here")
    x = (RNG.random((1, 4, 5)) * (1 if source == "float32" else 127)).astype(source)
    theirs = call(
        reference.transforms.functional,
        "convert_image_dtype",
        torch.from_numpy(x),
        [getattr(torch, target)],
        {},
    )
    mine = call(F, "convert_image_dtype", lanegrad.tensor(x), [np.dtype(target)], {})
    assert agree(mine, theirs, source != "float32"), (mine, theirs)


def test_sizes_and_bits_that_there_are_not():
    picture = lanegrad.zeros(3, 4, 4, dtype=lanegrad.uint8)
    for size in ([0, 4], [4, -1], [2**63 - 1] * 2):
        with pytest.raises(ValueError, match="cannot be resized to"):
            F.resize(picture, size)
    for bits in (-(2**40), -1, 9):
        with pytest.raises(ValueError, match="0 to 8 bits"):
            F.posterize(picture, bits)
