"""Pictures of files as tensors, and back."""

import numpy as np
import pytest

import lanegrad
from lanegrad.vision import io

image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.once

BYTES = np.random.default_rng(7).integers(256, size=(3, 6, 5), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_png_files_keep_the_bytes(tmp_path, channels):
    x = lanegrad.tensor(BYTES[:channels])
    io.write_png(x, tmp_path / "x.png")
    for found in (
        io.read_image(tmp_path / "x.png"),
        io.decode_image(str(tmp_path / "x.png")),
        io.decode_image(lanegrad.tensor(np.fromfile(tmp_path / "x.png", np.uint8))),
        io.decode_image((tmp_path / "x.png").read_bytes()),
    ):
        np.testing.assert_array_equal(found.numpy(), BYTES[:channels])
    np.testing.assert_array_equal(
        np.asarray(image.open(tmp_path / "x.png")).reshape(6, 5, -1).transpose(2, 0, 1),
        BYTES[:channels],
    )


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("GRAY", 1), ("gray_alpha", 2), (io.ImageReadMode.RGB, 3), ("RGB_ALPHA", 4)],
)
def test_channels(tmp_path, mode, channels):
    io.write_jpeg(lanegrad.tensor(BYTES), tmp_path / "x.jpg", quality=95)
    assert tuple(io.read_image(tmp_path / "x.jpg", mode).shape) == (channels, 6, 5)
    image.open(tmp_path / "x.jpg").quantize(8).save(tmp_path / "x.gif")
    assert tuple(io.read_image(tmp_path / "x.gif").shape) == (3, 6, 5)


def test_files_that_are_no_pictures(tmp_path):
    (tmp_path / "x.png").write_bytes(b"nonsense")
    for name in ("x.png", "none.png"):
        with pytest.raises(RuntimeError, match=r"picture that pillow can read|none\.png"):
            io.read_image(tmp_path / name)
    io.write_png(lanegrad.tensor(BYTES), tmp_path / "y.png")
    content = (tmp_path / "y.png").read_bytes()
    for cut in (10, 40, len(content) - 30):
        with pytest.raises(RuntimeError, match="pillow can read"):
            io.decode_image(content[:cut])
    with pytest.raises(TypeError, match="bytes"):
        io.write_png(lanegrad.zeros(3, 4, 4), tmp_path / "z.png")
