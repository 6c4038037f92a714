"""PyTorch's own sample inputs, one in some of each operation and layer: see tests/support/op_db.py."""

import pytest

pytest.importorskip("torch")

import op_db

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("one_torch_thread")]


# Their samples differ in options alone, and take long.
MANY = {
    "nn.LinearCrossEntropyLoss",
    "nn.functional.max_pool2d",
    "nn.functional.max_pool1d",
    "logspace",
}


def test_samples_have_pytorch_s_results_and_gradients():
    counts, absent = op_db.count_all(every=5, leave_out=MANY)
    for count in counts.values():
        assert not count.off, f"python tests/support/op_db.py --op {count.name}"
    assert len(counts) > 500
    assert not {"add", "sum", "gather", "nn.functional.relu", "nn.Conv2d"} & set(absent)
