"""Users' folders of pictures as they are: changed since a run, and with all that may lie in them."""

from pathlib import Path

import numpy as np
import pytest

from lanegrad import cli
from lanegrad.cli._eval import _own_pictures
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
        part = _own_pictures("one", None, about)
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
