"""lanegrad data: what it fetches, what it shows."""

import re

import numpy as np
import pytest

from lanegrad import cli
from lanegrad.vision.datasets import ArrayDataset, FakeData, _download, mnist
from lanegrad.vision.datasets.named import NAMES, open_dataset
from lanegrad.vision.datasets.summary import summary_of

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The cache's folder."""
    monkeypatch.setenv("LANEGRAD_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "data"


def test_offline_every_set_says_what_to_put_where(home, monkeypatch, capsys):
    class Offline:
        class error:
            class HTTPError(Exception):
                pass

        class request:
            Request = _download.urllib.request.Request

            @staticmethod
            def urlopen(*_, **__):
                raise OSError("no network")

    monkeypatch.setattr(_download, "urllib", Offline)
    for name in NAMES[1:]:
        assert cli.main(["data", "fetch", name]) == 1
        error = capsys.readouterr().err
        wanted = (
            r"lanegrad: error: \S+ could not be fetched; get .* by other means and put .* into "
        )
        assert re.match(wanted + str(home), error)
        assert error.count("no network") >= 3
        assert error.count("\n") == 1
        with pytest.raises(FileNotFoundError, match="You can use download=True"):
            open_dataset(name)
    assert cli.main(["data", "fetch", "digits"]) == 0
    assert "1442 pictures for training and 355 for testing" in capsys.readouterr().out
    with pytest.raises(ValueError, match="'imagenet' is no data set: use one of digits, mnist"):
        open_dataset("imagenet")


def test_show_a_set(capsys, tmp_path):
    pytest.importorskip("PIL")
    sheet = tmp_path / "sheet.png"
    assert cli.main(["data", "show", "digits", "--sheet", str(sheet)]) == 0
    shown = capsys.readouterr().out
    assert "class  train  test\n0        143    35\n" in shown
    assert "sum     1442   355\n\nheight x width: 8 x 8\n" in shown
    assert "Normalize([0.3052], [0.3760])" in shown
    from PIL import Image

    with Image.open(sheet) as picture:
        assert picture.height == 10 * 68 + 4
        assert picture.width > 10 * 68
    assert cli.main(["data", "show", "digits", "--sheet", str(tmp_path / "x.txt")]) == 2
    assert "--sheet" in capsys.readouterr().err


def test_show_a_folder(capsys, tmp_path):
    image = pytest.importorskip("PIL.Image")
    for part, name, size in (("train", "cat", 8), ("train", "dog", 90), ("test", "cow", 7)):
        folder = tmp_path / "all" / part / name
        folder.mkdir(parents=True)
        image.new("RGB", (size, 9), (255, 0, 51)).save(folder / "1.png")
    where = str(tmp_path / "all")
    assert cli.main(["data", "show", where, "--sheet", str(tmp_path / "sheet.png")]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[:5] == [
        "class  train  test",
        "cat        1     0",
        "dog        1     0",
        "cow        0     1",
        "sum        2     1",
    ]
    assert "height x width: 9 x 8 to 9 x 90" in shown
    assert "Normalize([1.0000, 0.0000, 0.2000], [0.0000, 0.0000, 0.0000])" in shown
    assert cli.main(["data", "show", f"{where}/train"]) == 0
    assert capsys.readouterr().out.startswith("class  all\ncat      1\n")
    for bad, message in (
        (f"{where}/test/cow", "no folder of pictures for each class"),
        ("nothing", "neither a folder nor"),
    ):
        assert cli.main(["data", "show", bad]) == 2
        assert message in capsys.readouterr().err


def test_show_without_files(capsys):
    assert cli.main(["data", "show", "svhn", "--root", "here"]) == 2
    assert capsys.readouterr().err.endswith("or run lanegrad data fetch svhn --root here\n")


def test_statistics_are_those_of_numpy():
    images = np.random.default_rng(0).integers(256, size=(300, 3, 5, 4), dtype=np.uint8)
    found = summary_of(ArrayDataset(images, np.arange(300) % 7))
    np.testing.assert_allclose(found.mean, (images / 255).mean((0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(found.std, (images / 255).std((0, 2, 3)), rtol=1e-12)
    assert (found.counts, found.classes[6]) == ([43] * 6 + [42], "6")
    with pytest.raises(TypeError, match="found FakeData"):
        summary_of(FakeData())


def test_names_are_all_data_sets_with_files():
    assert {name.split("-")[0] for name in NAMES} >= {"mnist", "fashion", "cifar100", "svhn"}
    assert {name[7:] for name in NAMES if name.startswith("emnist-")} == set(mnist.EMNIST.splits)
