"""Pictures of results, and what is said where nothing can be drawn."""

import json
import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench import plot
from benchmarks import bench, made_up, made_up_result


def test_plot(tmp_path):
    saved = tmp_path / "result.json"
    saved.write_text(json.dumps(made_up_result()))
    finished = bench("plot", saved, tmp_path / "v1.2 picture")
    if not find_spec("matplotlib"):
        assert 'pip install "lanegrad[bench]"' in finished.stderr
        return
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "v1.2 picture.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    svg = (tmp_path / "v1.2 picture.svg").read_text()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("arguments", [["loss", "--plot", "picture"], ["plot", "FILE", "picture"]])
def test_plot_without_matplotlib_says_what_to_install(tmp_path, arguments):
    """And says so before anything is timed."""
    (tmp_path / "matplotlib.py").write_text("raise ImportError('not on this machine')\n")
    (tmp_path / "result.json").write_text(json.dumps(made_up_result()))
    arguments = [str(tmp_path / "result.json") if a == "FILE" else a for a in arguments]
    finished = bench(*arguments, PYTHONPATH=str(tmp_path))
    assert finished.returncode == 1
    assert finished.stderr.strip() == (
        'drawing needs Matplotlib (not on this machine): pip install "lanegrad[bench]"'
    )
    assert not finished.stdout


def test_nothing_to_draw():
    result = made_up_result() | {"tables": {"both": made_up(competitors=[])}}
    with pytest.raises(SystemExit, match=r"nothing to draw|lanegrad\[bench\]"):
        plot.draw(result, Path("picture"))
