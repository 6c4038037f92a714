"""What the test modules share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `import reference`


@pytest.fixture(scope="session")
def torch():
    """PyTorch, for tests that compare with it; they are skipped where it is not installed."""
    return pytest.importorskip("torch")
