"""Threads and the report on the installation; what import costs and does."""

import os
import subprocess
import sys

import pytest

import lanegrad
from lanegrad import _core


def python(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_set_num_threads(isa_and_threads_restored):
    if not _core.build_info()["openmp"]:
        pytest.skip("a serial build")
    for count in (1, 3):
        lanegrad.set_num_threads(count)
        assert lanegrad.get_num_threads() == count
    for bad in (0, -1, 1025, 100000, 2**31, -(2**40), 10**400):
        with pytest.raises(ValueError, match=f"at least 1 and at most 1024, got {bad}$"):
            lanegrad.set_num_threads(bad)
    for bad in ("two", 2.5, None):
        with pytest.raises(TypeError):
            lanegrad.set_num_threads(bad)
    assert lanegrad.get_num_threads() == 3
    lanegrad.set_num_threads(1024)
    assert lanegrad.get_num_threads() == 1024


def test_import_honours_omp_num_threads():
    if not _core.build_info()["openmp"]:
        pytest.skip("a serial build")
    code = "import lanegrad; print(lanegrad.get_num_threads())"
    assert python(code, OMP_NUM_THREADS="3") == "3"
    assert python(code, OMP_NUM_THREADS="4,2") == "4"
    for many in ("100000", "99999999999999", "9" * 5000):
        assert python(code, OMP_NUM_THREADS=many) == "1024"


def test_show_config(capsys):
    lanegrad.show_config()
    text = capsys.readouterr().out
    assert f"lanegrad {lanegrad.__version__}\n" in text
    assert f"instruction set  {_core.isa()} " in text
    for name in _core.isas():
        assert name in text
    assert _core.build_info()["compiler"] in text
    assert f"threads          {lanegrad.get_num_threads()}\n" in text
    assert "OpenMP" in text


def test_import_leaves_slow_modules_out():
    """What NumPy does not load, and an import of lanegrad should not either."""
    code = (
        "import sys, numpy; before = set(sys.modules); import lanegrad; "
        "print(*sorted(set(sys.modules) - before))"
    )
    slow = {
        "argparse",
        "dataclasses",
        "gzip",
        "numpy.random",
        "subprocess",
        "tqdm",
        "unittest",
        "urllib",
    }
    assert not slow & set(python(code).split())


def test_all_names_are_there():
    for module in (lanegrad, lanegrad.nn, lanegrad.nn.functional, lanegrad.optim, lanegrad.data):
        for name in module.__all__:
            assert hasattr(module, name)
