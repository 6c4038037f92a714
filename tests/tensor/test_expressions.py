"""Random expressions have PyTorch's values and gradients, and the same bits however they are computed: see
tests/support/expressions.py."""

import pytest

pytest.importorskip("torch")

import expressions

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("one_torch_thread")]


@pytest.mark.filterwarnings("ignore")
def test_random_expressions_do_what_pytorch_does(isa_and_threads_restored):
    told = []
    counts, failures = expressions.try_many(0, 250, say=told.append)
    assert not failures, "\n".join(told)
    assert counts["gradients"] > 100
    assert counts["that depend on roundings"] < 7
