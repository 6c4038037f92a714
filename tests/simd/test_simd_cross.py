"""The same bits on instruction sets that this CPU has and, through emulators, on those it has not.

c/simd_hash.c prints a hash of each function's results; here it is compiled for every set that the
machine's compilers and emulators reach, at the optimization levels that matter.
"""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE / "c" / "simd_hash.c"
FLAGS = ["-std=c11", "-ffp-contract=off", "-fno-math-errno"]
X86 = platform.machine().lower() in {"x86_64", "amd64"}

pytestmark = [pytest.mark.once, pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")]


def hashes(tmp_path, isa, flags, compiler="gcc", run=()):
    program = tmp_path / f"{isa}_hash"
    defines = [f"-DLG_ISA={isa}", f"-DLG_ISA_{isa}", "-I", str(HERE.parents[1] / "csrc")]
    command = [compiler, *FLAGS, *flags, *defines, str(SOURCE)]
    subprocess.run([*command, "-o", str(program), "-lm"], check=True)
    output = subprocess.run([*run, str(program)], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in output.splitlines())


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The hashes of the portable code, hardly optimized."""
    return hashes(tmp_path_factory.mktemp("portable"), "portable", ["-O1"])


def test_portable(tmp_path, expected):
    assert len(expected) > 50
    assert hashes(tmp_path, "portable", ["-O3"]) == expected


@pytest.mark.skipif(not X86, reason="not an x86-64 machine")
@pytest.mark.parametrize("level", ["-O1", "-O3"])
def test_avx2(tmp_path, expected, level):
    assert hashes(tmp_path, "avx2", [level, "-mavx2", "-mfma"]) == expected


@pytest.mark.skipif(not X86, reason="not an x86-64 machine")
@pytest.mark.skipif(not Path("/usr/include/simde").exists(), reason="no SIMDe")
def test_avx512_through_simde(tmp_path, expected):
    flags = ["-O2", "-mavx2", "-mfma", "-Wno-psabi", "-I", str(HERE / "c" / "simde")]
    assert hashes(tmp_path, "avx512", flags) == expected


@pytest.mark.skipif(
    not (shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64")),
    reason="no AArch64 compiler and emulator",
)
def test_neon_through_qemu(tmp_path, expected):
    result = hashes(tmp_path, "neon", ["-O3", "-static"], "aarch64-linux-gnu-gcc", ["qemu-aarch64"])
    assert result == expected
