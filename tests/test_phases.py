"""Phases of a recorded step: several kernels for one block of images before the next, the bits as without."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, _core, models, nn, optim

RNG = np.random.default_rng(11)
pytestmark = pytest.mark.usefixtures("isa_and_threads_restored")


class EveryLayer(nn.Module):
    """What can stand between images and logits, in all orders that matter: images in lanes and not."""

    def __init__(self, width=8):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")
        self.bn2, self.drop2 = nn.BatchNorm2d(width), nn.Dropout2d(0.2)
        self.conv3 = nn.Conv2d(2 * width, 5, (3, 2), stride=2)
        self.drop, self.fc1, self.fc2 = nn.Dropout(0.3), nn.Linear(5 * 2 * 3, 12), nn.Linear(12, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        y = self.drop2(F.gelu(self.bn2(self.conv2(x))) + F.silu(x) * 0.5)
        x = F.leaky_relu(lanegrad.cat([x, F.pad(F.avg_pool2d(y, 3, 1), (1, 1, 1, 1))], 1), 0.1)
        x = F.avg_pool2d(F.sigmoid(self.conv3(x)), 1)
        x = self.drop(F.tanh(x).flatten(1))
        return self.fc2(F.gelu(self.fc1(x), approximate="tanh") * 2)


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5)
        self.fc = nn.Linear(6 * 4 * 4, 10)

    def forward(self, x):
        return self.fc(F.max_pool2d(F.relu(self.conv(x)), 2).flatten(1))


def batch(size, image=(3, 12, 12), targets=None):
    inputs = Tensor(RNG.standard_normal((size, *image), dtype=np.float32))
    if targets == "probabilities":
        p = RNG.random((size, 10), dtype=np.float32)
        return inputs, Tensor(p / p.sum(1, keepdims=True))
    return inputs, Tensor(RNG.integers(0, 10, size))


def program(step):
    """The kernels of a compiled step's plans, those of a phase in a list."""
    return [
        entry for case in step._cases.values() for plan in case.plans for entry in plan.core.program
    ]


def phases(step):
    return [entry for entry in program(step) if isinstance(entry, list)]


def train(make, data, compiled, criterion=None):
    """What some steps of training leave, and the step."""
    lanegrad.manual_seed(2)
    net = make()
    criterion = criterion or nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

    def step(inputs, labels):
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        return loss.detach(), outputs.detach()

    run = lanegrad.compile(step) if compiled else step
    left = [value.numpy() for _ in range(5) for value in run(*data)]
    left += [value.copy() for value in net.state_dict().values()]
    return left + [p.grad.numpy().copy() for p in net.parameters()], run


def assert_same(make, data, **options):
    plain, _ = train(make, data, False, **options)
    compiled, step = train(make, data, True, **options)
    for a, b in zip(plain, compiled, strict=True):
        np.testing.assert_array_equal(a, b)
    assert step.plans == 1
    return step


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("size", [17, 32, 47, 80])
def test_the_same_bits_for_any_number_of_blocks(isa, threads, size):
    _core.set_num_threads(threads)
    step = assert_same(EveryLayer, batch(size))
    blocks = -(-size // 16)
    even = 5 * blocks >= 4 * threads * -(-blocks // threads)
    assert bool(phases(step)) == even


def test_a_small_network_is_one_phase_from_images_to_gradients():
    _core.set_num_threads(1)
    step = assert_same(Layers, batch(40))
    (phase,) = phases(step)
    assert phase[:3] == ["pack_lanes", "conv2d", "max_pool2d"]
    assert "cross_entropy" in phase
    assert phase[-2:] == ["conv2d_weight_sums", "conv2d_bias_sums"]
    rest = [entry for entry in program(step) if entry is not phase]
    assert rest[-3:] == ["conv2d_weight_total", "conv2d_bias_total", "sgd_step"]


def test_batch_norm_ends_a_phase_where_statistics_are_taken():
    _core.set_num_threads(1)
    step = assert_same(models.ResNet20, batch(32, (3, 16, 16)))
    for phase in phases(step):
        if "batch_norm_moments" in phase:
            assert phase[-1] == "batch_norm_moments"
    assert ["batch_norm", "conv2d", "batch_norm_moments"] in phases(step)


def test_memory_does_not_grow_with_the_batch():
    sizes = {}
    _core.set_num_threads(1)
    for size in (32, 512):
        sizes[size] = assert_same(Layers, batch(size)).memory()
    assert sizes[512].unplanned > 8 * sizes[32].unplanned
    # What is kept of each image: logits, their gradient, the linear layer's input, and so on.
    assert sizes[512].arena < 4 * sizes[32].arena


@pytest.mark.parametrize("targets", ["labels", "probabilities"])
@pytest.mark.parametrize(
    "options", [{"label_smoothing": 0.1}, {"reduction": "sum"}, {"weight": "classes"}]
)
def test_losses(targets, options):
    if "weight" in options:
        options = {"weight": lanegrad.tensor(RNG.random(10).astype(np.float32))}
    criterion = nn.CrossEntropyLoss(**options)
    _core.set_num_threads(2)
    step = assert_same(Layers, batch(24, targets=targets), criterion=criterion)
    assert any("cross_entropy" in phase for phase in phases(step))


def test_log_softmax_and_its_gradient():
    def criterion(outputs, targets):
        return F.cross_entropy(F.log_softmax(outputs, 1) + F.softmax(outputs, 1), targets)

    _core.set_num_threads(1)
    step = assert_same(Layers, batch(24), criterion=criterion)
    (phase,) = phases(step)
    kernels = {"log_softmax", "softmax", "log_softmax_backward", "softmax_backward"}
    assert kernels <= set(phase)


def test_bad_data_in_a_phase_is_an_error_and_changes_no_parameter():
    inputs, targets = batch(48, targets="probabilities")
    net = Layers()
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    @lanegrad.compile
    def step(inputs, targets):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    _core.set_num_threads(1)
    for _ in range(4):
        step(inputs, targets)
    assert any("cross_entropy" in phase for phase in phases(step))
    before = [value.copy() for value in net.state_dict().values()]
    wrong = targets.numpy().copy()
    wrong[40, 3] = np.nan
    with pytest.raises(ValueError, match=r"40"):
        step(inputs, Tensor(wrong))
    for a, b in zip(before, net.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_large_matrix_is_read_once():
    """Rows of a product are not split where the other factor is large."""

    def make():
        return nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 300), nn.Linear(300, 10)
        )

    _core.set_num_threads(1)
    step = assert_same(make, batch(32))
    assert "matmul" in program(step)
    assert all(phase.count("matmul") <= 2 for phase in phases(step))


def test_inference_is_a_phase():
    net = Layers().eval()
    run = lanegrad.compile(net)
    _core.set_num_threads(2)
    with lanegrad.no_grad():
        for size in (64, 61):
            inputs, _ = batch(size)
            for _ in range(4):
                np.testing.assert_array_equal(run(inputs).numpy(), net(inputs).numpy())
    assert run.plans == 2
    kernels = ["pack_lanes", "conv2d", "max_pool2d", "unpack_lanes", "matmul"]
    assert phases(run) == [kernels, kernels]


def test_few_images_are_one_block_that_all_threads_share():
    _core.set_num_threads(2)
    assert phases(assert_same(Layers, batch(16))) == []


def test_programs_name_each_call_once():
    _core.set_num_threads(1)
    step = assert_same(EveryLayer, batch(33))
    flat = [
        name for entry in program(step) for name in (entry if isinstance(entry, list) else [entry])
    ]
    names = [name for plan in _plans(step) for name, *_ in plan.core.signature[0]]
    fused = len(names) - len(flat)
    assert fused >= 0
    for name in set(flat) - {"relu"}:
        assert flat.count(name) == names.count(name)


def _plans(step):
    return [plan for case in step._cases.values() for plan in case.plans]


def test_an_own_place_is_not_shared_between_threads():
    """As many threads as blocks, again and again: they would meet if they could."""
    _core.set_num_threads(4)
    data = batch(64, (3, 12, 12))
    plain, _ = train(Layers, data, False)
    lanegrad.manual_seed(2)
    compiled, step = train(Layers, data, True)
    assert phases(step)
    for a, b in zip(plain, compiled, strict=True):
        np.testing.assert_array_equal(a, b)
    for _ in range(200):
        loss, _ = step(*data)
    assert np.isfinite(loss.item())
    assert _core.get_num_threads() == 4


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_nll_loss(reduction):
    weight = lanegrad.tensor(RNG.random(10).astype(np.float32))

    def criterion(outputs, targets):
        return F.nll_loss(F.log_softmax(outputs, 1), targets, weight, reduction=reduction)

    _core.set_num_threads(1)
    step = assert_same(Layers, batch(24), criterion=criterion)
    (phase,) = phases(step)
    assert {"nll_loss", "nll_loss_backward"} <= set(phase)
