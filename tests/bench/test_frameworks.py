"""The benchmarks compute what they say: losses, gradients and steps of training, alike in all frameworks."""

import importlib
import math
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from bench import accuracy, memory, problems, tables, worker
from bench.net import make_net
from bench.problems import VARIANTS, logits_and_target, loss_variant
from benchmarks import INSTALLED, ROOT

TRAINING = [
    name
    for name, package in {
        "lanegrad": "lanegrad",
        "pytorch": "torch",
        "pytorch_channels_last": "torch",
        "jax": "jax",
        "tensorflow": "tensorflow",
    }.items()
    if find_spec(package)
]
# Of three steps on three images, and the norm of Net's logits before them: as PyTorch 2.13 has them.
LOSSES = {
    "Net": [2.2613999844, 2.2609121799, 2.2599852085],
    "VGG": [2.2987191677, 2.2956991196, 2.2899768353],
    "ResNet-20": [2.7338516712, 2.6149847507, 2.4289550781],
}
LOGITS = 0.4765282949


@pytest.mark.parametrize("name", INSTALLED)
def test_frameworks_compute_the_loss_and_its_gradient(name):
    framework = importlib.import_module(f"bench.frameworks.{name}")
    logits, target = logits_and_target(6, 5)
    losses, gradient = accuracy.exact(logits, target)
    loss = framework.forward(6, 5)()
    np.testing.assert_allclose(np.ravel(loss), [losses.mean()], rtol=1e-6)
    if name == "onnxruntime":
        with pytest.raises(NotImplementedError, match="gradients"):
            framework.forward_backward(6, 5)
        return
    loss, found = framework.forward_backward(6, 5)()
    np.testing.assert_allclose(getattr(loss, "detach", lambda: loss)(), losses.mean(), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(found), gradient / 6, atol=1e-7)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_have_the_plain_case_s_logits(name):
    logits, target, options = loss_variant(name, 2048, 3)
    plain, labels, _ = loss_variant("plain", 2048, 3)
    assert logits.dtype == np.float32
    assert set(options) <= {"label_smoothing", "weight"}
    assert logits.flags.c_contiguous == (name != "Fortran order")
    if name == "N-d input":
        assert logits.shape == (2, 3, 32, 32)
        logits, target = logits.transpose(0, 2, 3, 1).reshape(-1, 3), target.ravel()
    np.testing.assert_array_equal(logits, plain)
    if name == "probabilities":
        np.testing.assert_allclose(target.sum(axis=1), 1, rtol=1e-6)
    else:
        np.testing.assert_array_equal(target, labels)


@pytest.mark.parametrize("threads", [1, 3])
def test_loops_over_memory_reach_every_part(threads):
    ones = np.ones(10, np.float32)
    copied = np.zeros(10, np.float32)
    memory._on_threads(threads, np.copyto, copied, ones)()
    memory._on_threads(threads, np.negative, ones, ones)()
    np.testing.assert_array_equal(copied, 1)
    np.testing.assert_array_equal(ones, -1)
    memory.copy(10, threads)()
    memory.negate(10, threads)()


def test_threads_are_doubled_up_to_all():
    columns = tables.loss_tables(6, [])["threads"].columns
    assert [column.threads for column in columns] == [1, 2, 4, 6]
    assert "threads" not in tables.loss_tables(1, [])


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("network", LOSSES)
def test_frameworks_train_alike(name, network):
    """The loss of each of three steps, and the logits before."""
    framework = importlib.import_module(f"bench.frameworks.{name}")
    expected = LOSSES[network]
    step = framework.train(network, 3)
    np.testing.assert_allclose([step() for _ in expected], expected, rtol=1e-4)
    if network in tables.INFERENCE:
        assert worker.magnitude(framework.infer(network, 3)()) == pytest.approx(LOGITS, rel=1e-5)


@pytest.mark.parametrize("name", sorted({"lanegrad", "pytorch"} & set(INSTALLED)))
def test_an_epoch_has_all_images(name):
    framework = importlib.import_module(f"bench.frameworks.{name}")
    assert framework.epoch("Net", 20, 8)() == pytest.approx(math.log(10), abs=0.1)


@pytest.mark.parametrize("network", LOSSES)
def test_weights_are_those_of_the_network(network):
    nn, F = (importlib.import_module(f"lanegrad.{name}") for name in ("nn", "nn.functional"))
    weights = problems.initial_weights(network)
    net = make_net(network, nn, F, weights)
    found = {name: parameter.detach().numpy() for name, parameter in net.named_parameters()}
    assert list(found) == list(weights)
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array)


PEAK = """
import numpy as np
from bench import worker
before = worker.peak_memory()
assert before > 10e6
np.ones(before >> 2)  # twice as much
assert worker.peak_memory() > 1.5 * before
"""


def test_peak_memory():
    """In a process that has not had much yet."""
    subprocess.run([sys.executable, "-c", PEAK], cwd=ROOT, check=True)
