"""Tests lie where the sources do, and their files stay small."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS, KERNELS = ROOT / "tests", ROOT / "csrc" / "kernels"
FOLDERS = [
    "bench", "cli", "data", "kernels", "nn", "onnx", "optim", "project", "record", "runtime", "scripts",
    "simd", "support", "tensor", "train", "vision",
]  # fmt: skip
FILES = sorted(path.relative_to(TESTS) for path in TESTS.rglob("*.py"))
# Families of kernels without a tests/kernels/test_<family>*.py.
ELSEWHERE = {
    "movement": "tensor/test_tensor.py",
    "optim": "optim/test_formulas.py",
    "probes": "simd/test_simd.py",
    "rows": "kernels/test_cross_entropy_value_errors.py",
}


def test_folders_are_the_known_ones_and_contributors_are_told():
    assert sorted({path.parts[0] for path in FILES if len(path.parts) > 1}) == FOLDERS
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for folder in FOLDERS:
        assert f"| `tests/{folder}/` |" in text, f"CONTRIBUTING.md does not say what {folder} is"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_are_where_they_are_looked_for_and_stay_small(path):
    text = (TESTS / path).read_text()
    assert len(text.splitlines()) <= 450
    assert len(path.parts) == 2 or path.name == "conftest.py"
    if path.name.startswith("test_"):
        assert "\ndef test_" in text
    elif path.name != "conftest.py":
        assert path.parts[0] in ("support", "scripts"), "what no test is belongs into support/"


@pytest.mark.parametrize(
    "family", sorted(path.stem for path in KERNELS.iterdir() if path.suffix != ".h")
)
def test_each_family_of_kernels_has_tests_of_its_name(family):
    if family in ELSEWHERE:
        assert (TESTS / ELSEWHERE[family]).exists()
    else:
        assert list((TESTS / "kernels").glob(f"test_*{family}*.py"))
