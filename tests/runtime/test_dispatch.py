"""The choice of the instruction set, and what the build says of itself."""

import os
import platform
import subprocess
import sys

import pytest

from lanegrad import _core


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def flags():
    with open("/proc/cpuinfo") as file:
        return next(line for line in file if line.startswith("flags")).split()


@pytest.mark.once
def test_portable_is_the_last_resort():
    assert _core.isas()[-1] == "portable"


@pytest.mark.once
@pytest.mark.parametrize("name", _core.isas())
def test_environment_forces_a_set(name):
    done = run("from lanegrad import _core; print(_core.isa())", LANEGRAD_ISA=name)
    assert done.stdout.strip() == name, done.stderr


def test_default_is_the_best_set():
    done = run("from lanegrad import _core; print(_core.isa())", LANEGRAD_ISA="")
    assert done.stdout.strip() == _core.isas()[0], done.stderr


@pytest.mark.parametrize("name", ["sse9", "avx1024", "AVX2", "neon" if os.name == "nt" else "vsx"])
def test_unknown_set_is_an_import_error_that_lists_what_there_is(name):
    done = run("import lanegrad", LANEGRAD_ISA=name)
    assert done.returncode != 0
    assert (
        f"ImportError: LANEGRAD_ISA={name}: this CPU can run {', '.join(_core.isas())}"
        in done.stderr
    )


def test_set_isa_rejects_what_the_cpu_lacks():
    before = _core.isa()
    with pytest.raises(ValueError, match="this CPU can run"):
        _core.set_isa("sse9")
    assert _core.isa() == before


def test_the_sets_of_this_cpu_are_found():
    if platform.machine() == "aarch64":
        expected = ["neon", "portable"]
    else:
        has = set(flags())
        expected = ["avx512"] if has >= {"avx512f", "avx512bw", "avx512dq", "avx512vl"} else []
        expected += ["avx2"] if has >= {"avx2", "fma"} else []
        expected += ["portable"]
    assert _core.isas() == expected


def test_build_info():
    info = _core.build_info()
    assert info["compiler"].split()[0] in {"gcc", "clang"}
    assert info["openmp"] is None or info["openmp"] >= 200805
