"""The convolution kernels, on every instruction set."""

import numpy as np
import pytest

import lanegrad.nn.functional as F
import reference
from lanegrad import _core

rng = np.random.default_rng(0)
ONE, NONE = (1, 1), (0, 0)


def normal(*shape):
    return rng.standard_normal(shape, dtype=np.float32)


def close(actual, expected, tolerance=3e-6):
    """Equal to within a fraction of the largest element; of the largest, as sums may cancel."""
    assert actual.shape == expected.shape
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.fixture
def winograd_restored():
    allowed = _core.get_winograd()
    yield
    _core.set_winograd(allowed)


def check(x, weight, bias, stride=ONE, padding=NONE, dilation=ONE, groups=1):
    """Forward and the three gradients against float64."""
    options = stride, padding, dilation, groups
    images, size = len(x), x.shape[2:]
    lanes = _core.pack_lanes(x)
    y = _core.conv2d(lanes, weight, bias, *options)
    np.testing.assert_array_equal(
        _core.conv2d(lanes, weight, bias, *options, relu=True).view(np.int32),
        _core.relu(y).view(np.int32),
    )
    expected = reference.conv2d(x, weight, bias, *options)
    close(_core.unpack_lanes(y, images), expected)
    gy = normal(*expected.shape)
    gx, gw, gb = reference.conv2d_backward(gy, x, weight, *options)
    gy = _core.pack_lanes(gy)
    close(_core.unpack_lanes(_core.conv2d_backward_input(gy, weight, size, *options), images), gx)
    close(_core.conv2d_backward_weight(gy, lanes, weight.shape[2:], *options), gw, 1e-5)
    close(_core.conv2d_backward_bias(gy), gb, 1e-5)


@pytest.mark.parametrize("images", [1, 2, 3, 4, 7, 8, 9, 16, 17, 33])
def test_the_tutorial_layers_at_any_batch_size(isa, images):
    check(normal(images, 3, 32, 32), normal(6, 3, 5, 5), normal(6))
    check(normal(images, 6, 14, 14), normal(16, 6, 5, 5), None)


@pytest.mark.parametrize("seed", range(60))
def test_random_geometry(isa, seed):
    draw = np.random.default_rng(seed)

    def between(a, b):
        return int(draw.integers(a, b + 1))

    groups = between(1, 3)
    channels, outputs = groups * between(1, 4), groups * between(1, 9)
    kernel = between(1, 8), between(1, 8)
    stride, padding = (between(1, 3), between(1, 3)), tuple(between(0, 4) for _ in range(4))
    dilation = between(1, 3), between(1, 3)
    least = [
        max(1, dilation[a] * (kernel[a] - 1) + 1 - padding[a] - padding[a + 2]) for a in (0, 1)
    ]
    x = normal(between(1, 35), channels, least[0] + between(0, 8), least[1] + between(0, 8))
    weight = normal(outputs, channels // groups, *kernel)
    bias = normal(outputs) if between(0, 1) else None
    check(x, weight, bias, stride, padding, dilation, groups)


@pytest.mark.parametrize("stride", [(2, 2), (3, 2), (4, 7)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 2), (4, 3)])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (5, 4)])
def test_input_gradient_of_strided_convolutions(isa, stride, dilation, kernel):
    """Rows and columns of some phases meet no tap at all."""
    check(normal(5, 3, 18, 20), normal(7, 3, *kernel), None, stride, (1, 0, 2, 3), dilation)


def test_padding_beyond_the_reach_of_the_kernel(isa):
    check(normal(17, 2, 3, 2), normal(3, 2, 2, 1), normal(3), padding=(5, 3))
    check(normal(3, 2, 3, 2), normal(3, 2, 2, 3), normal(3), (2, 3), (0, 7, 6, 0))


def test_depthwise(isa):
    check(normal(18, 7, 9, 9), normal(14, 1, 3, 3), normal(14), padding=ONE, groups=7)


def test_one_by_one(isa):
    check(normal(17, 5, 6, 7), normal(4, 5, 1, 1), normal(4))
    check(normal(17, 5, 6, 7), normal(4, 5, 1, 1), normal(4), stride=(2, 3))


def test_relu_keeps_nan_and_has_no_negative_zero(isa):
    x = np.full((4, 1, 1, 4), -1.0, np.float32)
    x[:, 0, 0, 1:] = [np.nan, 0.0, 2.0]
    one = np.ones((1, 1, 1, 1), np.float32)
    y = _core.conv2d(_core.pack_lanes(x), one, None, ONE, NONE, ONE, 1, relu=True)
    y = _core.unpack_lanes(y, 4)[:, 0, 0]
    np.testing.assert_array_equal(y, np.tile(np.float32([0, np.nan, 0, 2]), (4, 1)))
    assert not np.signbit(y[:, [0, 2]]).any()


@pytest.mark.parametrize(
    ("images", "channels", "outputs", "height", "width", "padding"),
    [
        (16, 8, 8, 8, 8, (1, 1)),
        (33, 16, 20, 13, 10, NONE),
        (17, 9, 31, 9, 7, (2, 2)),
        (4, 32, 24, 16, 20, (1, 1)),
        (2, 12, 9, 13, 31, (1, 0, 0, 2)),
        (1, 8, 8, 9, 64, (1, 1)),
        (16, 70, 13, 12, 12, (1, 1)),
        (16, 8, 8, 5, 6, (3, 4)),
    ],
)
def test_winograd(isa, winograd_restored, images, channels, outputs, height, width, padding):
    """In tiles or not, the results are right; and they differ, or the tiles were not used."""
    x, weight = normal(images, channels, height, width), normal(outputs, channels, 3, 3)
    check(x, weight, normal(outputs), padding=padding)
    results = []
    for allowed in (True, False):
        _core.set_winograd(allowed)
        results.append(_core.conv2d(_core.pack_lanes(x), weight, None, ONE, padding, ONE, 1))
    assert (results[0] != results[1]).any()


@pytest.mark.parametrize(
    ("images", "channels", "outputs", "size", "kernel", "padding", "groups"),
    [
        (17, 3, 6, (32, 32), (5, 5), NONE, 1),
        (4, 6, 16, (14, 14), (5, 5), NONE, 1),
        (33, 1, 6, (28, 28), (5, 5), (2, 2), 1),
        (16, 6, 16, (13, 31), (3, 3), ONE, 1),
        (8, 12, 8, (12, 23), (4, 5), (0, 3, 1, 0), 2),
        (2, 5, 13, (3, 62), (1, 5), (0, 2), 1),
        (1, 4, 7, (9, 64), (7, 5), (8, 2), 1),
        (16, 3, 5, (2, 17), (5, 5), (4, 4), 1),
        (5, 40, 7, (6, 82), (3, 5), (1, 2), 1),
    ],
)
def test_winograd_along_rows(
    isa, winograd_restored, images, channels, outputs, size, kernel, padding, groups
):
    """Any height, groups, last tiles that are not full, chunks of wide rows, rows of padding alone."""
    x, weight = (
        normal(images, channels, *size),
        normal(outputs * groups, channels // groups, *kernel),
    )
    bias = normal(outputs * groups)
    check(x, weight, bias, padding=padding, groups=groups)
    results = []
    for allowed in (True, False):
        _core.set_winograd(allowed)
        results.append(_core.conv2d(_core.pack_lanes(x), weight, bias, ONE, padding, ONE, groups))
    assert (results[0] != results[1]).any()


@pytest.mark.parametrize(
    ("images", "channels", "outputs", "size", "kernel", "padding"),
    [
        (17, 3, 6, (32, 32), (5, 5), NONE),
        (4, 6, 16, (14, 14), (5, 5), NONE),
        (8, 7, 13, (40, 23), (4, 5), (2, 3)),
        (16, 6, 17, (16, 16), (3, 3), ONE),
        (16, 20, 30, (12, 12), (5, 5), (2, 2)),
        (2, 4, 9, (9, 124), (3, 5), (3, 2)),
        (16, 1, 6, (7, 160), (5, 5), (2, 2)),
        (16, 2, 6, (130, 70), (5, 5), (0, 0)),
    ],
)
def test_weight_gradient_by_winograd_along_rows(
    isa, winograd_restored, images, channels, outputs, size, kernel, padding
):
    """Several bands of rows, chunks of a wide row, parts of the output planes; rows of padding."""
    x, weight = normal(images, channels, *size), normal(outputs, channels, *kernel)
    lanes = _core.pack_lanes(x)
    gy = normal(images, *_core.conv2d(lanes, weight, None, ONE, padding, ONE, 1).shape[1:4])
    want = reference.conv2d_backward(gy, x, weight, ONE, padding, ONE, 1)[1]
    results = []
    for allowed in (True, False):
        _core.set_winograd(allowed)
        gw = _core.conv2d_backward_weight(_core.pack_lanes(gy), lanes, kernel, ONE, padding, ONE, 1)
        close(gw, want)
        results.append(gw)
    assert (results[0] != results[1]).any()


@pytest.mark.parametrize("kernel", [3, 5])
def test_winograd_spoils_no_more_than_a_tile(isa, kernel):
    """An infinity in one image: others have all their numbers, and so has it beyond four columns."""
    x, weight = normal(16, 6, 20, 32), normal(16, 6, kernel, kernel)
    x[3, 2, 9, 17] = np.inf
    y = _core.conv2d(_core.pack_lanes(x), weight, None, ONE, NONE, ONE, 1)
    bad = ~np.isfinite(_core.unpack_lanes(y, 16))
    rows, columns = slice(10 - kernel, 10), slice(18 - kernel, 18)
    assert bad[3, :, rows, columns].all()
    bad[3, :, rows, 17 - kernel - 3 : 17 + 4] = False
    assert not bad.any()


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("channels", [3, 16, 64, 256])
@pytest.mark.parametrize("positive", [False, True])
def test_accuracy_of_winograd(kernel, channels, positive):
    """What docs say: within 1e-5 of the largest result; all channels positive, as after relu, or not."""
    x, weight = normal(16, channels, 12, 12), normal(24, channels, kernel, kernel)
    gy = normal(16, 24, 15 - kernel, 15 - kernel)
    if positive:
        x, gy = np.abs(x), np.abs(gy)
    options = ONE, ONE, ONE, 1
    lanes, upstream = _core.pack_lanes(x), _core.pack_lanes(gy)
    y = _core.unpack_lanes(_core.conv2d(lanes, weight, None, *options), 16)
    gx = _core.unpack_lanes(_core.conv2d_backward_input(upstream, weight, (12, 12), *options), 16)
    gw = _core.conv2d_backward_weight(upstream, lanes, (kernel, kernel), *options)
    close(y, reference.conv2d(x, weight, None, *options), 1e-5)
    for got, want in zip(
        (gx, gw), reference.conv2d_backward(gy, x, weight, *options), strict=False
    ):
        close(got, want, 1e-5)


def test_kernel_taller_and_wider_than_a_tile_of_taps(isa):
    check(normal(3, 2, 19, 21), normal(3, 2, 17, 13), normal(3))


def test_more_images_than_are_copied_at_a_time(isa):
    check(normal(200, 8, 24, 24), normal(3, 8, 3, 3), normal(3), padding=ONE)


def test_no_images(isa):
    x, weight = _core.empty((0, 3, 8, 8, 1)), normal(6, 3, 5, 5)
    y = _core.conv2d(x, weight, None, ONE, NONE, ONE, 1)
    assert y.shape == (0, 6, 4, 4, 1)
    gw = _core.conv2d_backward_weight(y, x, (5, 5), ONE, NONE, ONE, 1)
    np.testing.assert_array_equal(gw, np.zeros_like(weight))
    np.testing.assert_array_equal(_core.conv2d_backward_bias(y), np.zeros(6))
    assert _core.conv2d_backward_input(y, weight, (8, 8), ONE, NONE, ONE, 1).shape == x.shape


def test_lanes_without_an_image_hold_zeros_in_gradients(isa):
    weight = normal(6, 3, 5, 5)
    gy = _core.pack_lanes(normal(19, 6, 8, 8))
    gx = _core.conv2d_backward_input(gy, weight, (12, 12), ONE, NONE, ONE, 1)
    assert not gx[1, ..., 3:].any()


def test_parity_with_pytorch(torch):
    x, weight, bias = normal(21, 4, 15, 13), normal(6, 2, 3, 4), normal(6)
    options = (2, 1), (1, 2), (1, 2), 2
    tensors = [torch.from_numpy(a).requires_grad_() for a in (x, weight, bias)]
    expected = torch.nn.functional.conv2d(*tensors, *options)
    gy = normal(*expected.shape)
    expected.backward(torch.from_numpy(gy))
    lanes, gy = _core.pack_lanes(x), _core.pack_lanes(gy)
    y = _core.conv2d(lanes, weight, bias, *options)
    close(_core.unpack_lanes(y, 21), expected.detach().numpy(), 1e-6)
    gx = _core.conv2d_backward_input(gy, weight, (15, 13), *options)
    close(_core.unpack_lanes(gx, 21), tensors[0].grad.numpy(), 1e-6)
    gw = _core.conv2d_backward_weight(gy, lanes, (3, 4), *options)
    close(gw, tensors[1].grad.numpy(), 1e-5)
    close(_core.conv2d_backward_bias(gy), tensors[2].grad.numpy(), 1e-5)


X, W = _core.empty((1, 3, 8, 8, 4)), normal(6, 3, 5, 5)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((X, normal(6, 2, 5, 5), None, ONE, NONE, ONE, 1), ValueError,
         "weight expects 2 input channels, but the input has 3"),
        ((X, normal(6, 2, 5, 5), None, ONE, NONE, ONE, 3), ValueError,
         r"weight expects 6 input channels \(3 groups of 2\), but the input has 3"),
        ((X, normal(5, 3, 5, 5), None, ONE, NONE, ONE, 2), ValueError,
         "groups must divide the 5 output channels"),
        ((X, W, None, ONE, NONE, ONE, 0), ValueError, "groups must be at least 1, got 0"),
        ((X, W, normal(5), ONE, NONE, ONE, 1), ValueError, r"bias must have shape \(6,\), got \(5,\)"),
        ((X, W, None, (0, 1), NONE, ONE, 1), ValueError, r"stride must be at least 1 .*got \(0, 1\)"),
        ((X, W, None, ONE, (-1, 0), ONE, 1), ValueError, r"padding must be at least 0 .*got \(-1, 0\)"),
        ((X, W, None, ONE, NONE, (1, 0), 1), ValueError, r"dilation must be at least 1"),
        ((X, W, None, ONE, NONE, (2, 1), 1), ValueError,
         "the kernel, 9 x 5 with its dilation, does not fit the padded input of 8 x 8"),
        ((X, W.astype(np.float64), None, ONE, NONE, ONE, 1), TypeError,
         "weight must have dtype float32, got float64"),
        ((X, W.transpose(0, 1, 3, 2), None, ONE, NONE, ONE, 1), ValueError,
         "weight must be C-contiguous"),
        ((X, W[0], None, ONE, NONE, ONE, 1), ValueError, "weight must have 4 dimensions"),
        ((X.tolist(), W, None, ONE, NONE, ONE, 1), TypeError, "input must be a numpy.ndarray, got list"),
        ((X, W[:, :, :0], None, ONE, NONE, ONE, 1), ValueError, "C-contiguous|at least 1"),
    ],
)  # fmt: skip
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        _core.conv2d(*arguments)


def test_gradient_of_another_shape():
    gy = _core.empty((1, 6, 4, 5, 4))
    with pytest.raises(ValueError, match=r"gradient must have shape \(1, 6, 4, 4, 4\), got"):
        _core.conv2d_backward_input(gy, W, (8, 8), ONE, NONE, ONE, 1)
    with pytest.raises(ValueError, match=r"gradient must have shape \(1, 6, 4, 4, 4\), got"):
        _core.conv2d_backward_weight(gy, X, (5, 5), ONE, NONE, ONE, 1)


@pytest.mark.parametrize("size", [2**31, 2**61, 2**62, 2**63 - 1, 2**64])
def test_sizes_that_would_overflow(size):
    for options in [
        ((size, 1), NONE, ONE),
        (ONE, (1, size), ONE),
        (ONE, NONE, (size, 1)),
        (ONE, (size, size), (size, size)),
    ]:
        with pytest.raises(ValueError, match=r"less than 2\*\*31"):
            _core.conv2d(X, W, None, *options, 1)
    with pytest.raises(ValueError, match=r"less than 2\*\*31"):
        F.conv_transpose2d(normal(1, 6, 8, 8), W, stride=size)
    x = normal(1, 3, 8, 8)
    far = F.conv2d(x, W, stride=2**31 - 1, padding=2**31 - 1).numpy()
    assert far.shape == (1, 6, 3, 3)
    np.testing.assert_allclose(far[:, :, 1, 1], F.conv2d(x, W).numpy()[:, :, 0, 0], rtol=1e-5)
    far[:, :, 1, 1] = 0
    assert not far.any()
