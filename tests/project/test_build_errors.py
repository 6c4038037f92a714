"""A build that cannot succeed says in one line what is missing and what to install."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("Cython")
pytest.importorskip("setuptools", "77.0.1")

ROOT = next(path for path in Path(__file__).resolve().parents if (path / "setup.py").exists())

COMMANDS = {
    "setup.py": ["setup.py", "build_ext"],
    # As pip calls it.
    "backend": ["-c", "from setuptools import build_meta; build_meta.build_wheel('dist')"],
}
# Compiles nothing, without complaint, but for programs that want Python.h.
NO_HEADERS = """#!/bin/sh
for argument; do
    case $argument in *.c) grep -q Python.h "$argument" && exit 1 ;; esac
done
exit 0
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build_errors") / "lanegrad"
    folder.mkdir()
    for name in ("csrc", "pyx", "pkg"):
        ignored = shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def last_line(sources, command, compiler):
    run = subprocess.run(
        [sys.executable, *COMMANDS[command]],
        cwd=sources,
        env=os.environ | {"CC": str(compiler)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stdout + run.stderr
    return run.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_compiler(sources, command):
    line = last_line(sources, command, sources / "absent")
    assert line.startswith(f"error: no C compiler: '{sources / 'absent'}' does not run")
    assert "apt install gcc" in line
    assert line.endswith("or name one in CC")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_headers_of_python(sources, command):
    compiler = sources / "compiler"
    compiler.write_text(NO_HEADERS)
    compiler.chmod(0o755)
    line = last_line(sources, command, compiler)
    assert line.startswith("error: Python.h is missing: install Python's headers (Debian")
