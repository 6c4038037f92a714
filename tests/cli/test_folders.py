"""Users' folders of pictures as they are: changed since a run, and with all that may lie in them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from lanegrad import cli
from lanegrad.cli._eval import own_pictures
from lanegrad.cli._parts import photo
from lanegrad.cli._runs import network_of

pytestmark = pytest.mark.once

TINY = ["--model", "digits", "--epochs", "1", "--quiet"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    pytest.importorskip("PIL")
    monkeypatch.chdir(tmp_path)


def save(path, pixels):
    """A picture of pixels (H, W) or (H, W, channels); of one colour and side where that is given."""
    from PIL import Image

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(256, size=shape, dtype=np.uint8)


def fill(count=10, side=16, names=("blue", "green")):
    """A folder `pictures`."""
    for number in range(count):
        for name in names:
            save(f"pictures/{name}/{number}.png", noise(side, side, 3, seed=number))


def test_a_run_sees_pictures_as_in_training_whatever_became_of_the_folder(capsys):
    fill()
    assert cli.main(["train", "--data", "pictures", *TINY, "--out", "one"]) == 0
    _, about = network_of("one")
    for number in range(10):
        save(f"pictures/green/white{number}.png", np.full((9, 9, 3), 255, np.uint8))
    with pytest.warns(UserWarning, match="has changed"):
        _, part = own_pictures("one", None, about).tested
    planes = part.dataset.planes()
    assert planes.shape[1:] == (3, 16, 16)
    white = next(n for n in range(len(planes)) if (planes[n] == 255).all())
    expected = (1 - np.array(about.mean)) / np.array(about.std)
    np.testing.assert_allclose(part.dataset[white][0].numpy()[:, 0, 0], expected, rtol=1e-5)
    assert cli.main(["eval", "one"]) == 0
    assert "pictures has changed: there are 6 pictures for testing, and were 4; some" in (
        capsys.readouterr().err
    )
    Path("pictures/green").rename("pictures/yellow")
    assert cli.main(["eval", "one"]) == 2
    assert "has other classes than the run: yellow instead of green\n" in capsys.readouterr().err


def messy():
    """A folder with pictures of all kinds, and what else lies in such folders."""
    from PIL import Image

    fill(4, 20)
    blue = Path("pictures/blue")
    (blue / "2021 \"summer'" / "grün\nweiß").mkdir(parents=True)
    save(blue / "2021 \"summer'" / "grün\nweiß" / "IMG 1.PNG", noise(30, 40, 3))
    save(blue / "alpha.png", noise(20, 20, 4))
    save(blue / "deep.png", (noise(20, 20).astype(np.uint16) << 8) + 255)
    save(blue / "dot.bmp", noise(1, 1, 3))
    Image.fromarray(noise(20, 20, 3)).convert("CMYK").save(blue / "print.JPG")
    Image.fromarray(noise(20, 20)).convert("P").save(blue / "palette.png", transparency=b"\0\1\2")
    frames = [Image.fromarray(noise(20, 20, 3, seed=n)) for n in range(3)]
    frames[0].save(blue / "moves.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(noise(300, 400, 3)).save(blue / "large.webp")
    os.symlink("0.png", blue / "link.png")
    os.symlink("../blue", blue / "loop")
    for name in (".DS_Store", "._0.png", "Thumbs.db", "notes.txt"):
        (blue / name).write_bytes(b"nothing")
    Path("pictures/.ipynb_checkpoints").mkdir()
    (Path("pictures") / "list.csv").touch()
    return 4 + 9


def test_folders_as_they_are(capsys):
    count = messy()
    assert cli.main(["data", "show", "pictures"]) == 0
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines()[1:4]] == [
        ["blue", str(count)], ["green", "4"], ["sum", str(count + 4)],
    ]  # fmt: skip
    assert cli.main(["train", "--data", "pictures", *TINY, "--out", "one"]) == 0
    assert network_of("one")[1][2:4] == (20, ["blue", "green"])
    odd = "pictures/blue/2021 \"summer'/grün\nweiß/IMG 1.PNG"
    assert cli.main(["predict", "one", odd, "pictures/blue/moves.gif", "--json"]) == 0
    first = capsys.readouterr().out.splitlines()[-2]
    assert json.loads(first)["picture"] == odd


def test_pictures_are_seen_as_viewers_show_them():
    from PIL import Image

    pixels = noise(6, 4, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn to the right
    Image.fromarray(pixels).save("turned.png", exif=exif)
    np.testing.assert_array_equal(np.asarray(photo("turned.png")), np.rot90(pixels, -1))
    deep = np.arange(0, 65536, 4369, dtype=np.uint16).reshape(4, 4)
    save("deep.png", deep)
    np.testing.assert_array_equal(np.asarray(photo("deep.png"))[..., 1], deep >> 8)
    half = noise(5, 5, 4)
    half[..., 3] = 128
    half[0, 0, 3] = 0
    save("half.png", half)
    seen = np.asarray(photo("half.png")).astype(int)
    np.testing.assert_array_equal(seen[0, 0], 255)
    wanted = 255 + (half[1:, :, :3].astype(int) - 255) * 128 / 255
    np.testing.assert_allclose(seen[1:], wanted, atol=1)
    grey = Image.fromarray(noise(3, 3))
    grey.save("grey.png", transparency=int(np.asarray(grey)[1, 1]))
    np.testing.assert_array_equal(np.asarray(photo("grey.png"))[1, 1], 255)


def test_corrupted_pictures_are_named_and_left_out_if_asked(capsys):
    fill()
    Path("pictures/green/3.png").write_bytes(b"no picture")
    os.symlink("nowhere", "pictures/blue/broken.png")
    whole = Path("pictures/blue/2.png").read_bytes()
    Path("pictures/blue/2.png").write_bytes(whole[: len(whole) // 2])
    train = ["train", "--data", "pictures", *TINY, "--out"]
    assert cli.main([*train, "one"]) == 2
    error = capsys.readouterr().err
    assert "broken.png" in error
    assert error.endswith("; --skip-corrupted leaves such pictures out\n")
    assert error.count("\n") == 1
    assert cli.main([*train, "one", "--skip-corrupted"]) == 0
    error = capsys.readouterr().err
    assert error.startswith("lanegrad: warning: 3 of 21 pictures are left out:\n  ")
    assert all(name in error for name in ("green/3.png", "blue/broken.png", "blue/2.png"))
    assert cli.main(["eval", "one"]) == 0
    assert " of 4 images" in capsys.readouterr().out
    for number in range(10):
        Path(f"pictures/green/{number}.png").write_bytes(b"no picture")
    assert cli.main([*train, "two", "--skip-corrupted"]) == 2
    assert "pictures/green has no pictures" in capsys.readouterr().err


def test_folders_that_cannot_be_used_are_one_line(capsys):
    fill(1)
    Path("empty").mkdir()
    Path("none/cat").mkdir(parents=True)
    Path("none/dog").mkdir()
    save("none/cat/1.png", noise(8, 8, 3))
    save("flat/1.png", noise(8, 8, 3))
    Path("outer").mkdir()
    os.symlink("../pictures", "outer/pictures")
    for folder, message in [
        ("pictures/blue/0.png", "pictures/blue/0.png is neither a folder nor one of digits"),
        ("empty", "empty has no folder of pictures for each class, such as empty/cat"),
        ("flat", "flat has no folder of pictures for each class, such as flat/cat"),
        ("none", "none/dog has no pictures, whose names end in .jpg, .jpeg, .png"),
        (
            "outer",
            "class pictures alone: there is nothing to tell it from; there are folders in outer/",
        ),
    ]:
        assert cli.main(["train", "--data", folder, *TINY]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    assert cli.main(["train", "--data", "pictures", *TINY]) == 0  # a picture of each class
    assert "there are no pictures to test on" in capsys.readouterr().out
