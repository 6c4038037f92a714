"""Devices that are not used, and settings: PyTorch's answers on a machine without a GPU."""

import importlib
import multiprocessing
import warnings

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim

FALSE = [
    "cuda.is_available", "cuda.is_initialized", "cuda.is_bf16_supported", "mps.is_available",
    "xpu.is_available", "accelerator.is_available", "distributed.is_initialized",
    "backends.cudnn.is_available", "backends.cuda.is_built", "backends.mps.is_available",
    "backends.mps.is_built", "jit.is_scripting", "jit.is_tracing",
]  # fmt: skip
CALLS = [
    ("cuda.device_count", ()), ("cuda.manual_seed", (1,)), ("cuda.manual_seed_all", (1,)),
    ("cuda.seed", ()), ("cuda.seed_all", ()), ("cuda.empty_cache", ()), ("cuda.get_arch_list", ()),
    ("cuda.memory_allocated", ()), ("cuda.max_memory_allocated", ()), ("cuda.memory_reserved", ()),
    ("cuda.max_memory_reserved", ()), ("cuda.memory_stats", ()), ("cuda.get_rng_state_all", ()),
    ("cuda.set_rng_state_all", ([],)), ("cuda.set_device", (-1,)), ("mps.device_count", ()),
    ("mps.manual_seed", (1,)), ("xpu.device_count", ()), ("xpu.empty_cache", ()),
    ("xpu.manual_seed", (1,)), ("xpu.manual_seed_all", (1,)), ("accelerator.device_count", ()),
    ("accelerator.current_accelerator", ()), ("backends.cudnn.version", ()),
    ("backends.openmp.is_available", ()), ("is_tensor", (3,)), ("typename", (3,)),
    ("is_autocast_enabled", ()), ("is_autocast_enabled", ("cpu",)),
    ("get_float32_matmul_precision", ()), ("are_deterministic_algorithms_enabled", ()),
    ("is_deterministic_algorithms_warn_only_enabled", ()), ("get_deterministic_debug_mode", ()),
]  # fmt: skip
ERRORS = [
    ("cuda.synchronize", ()), ("cuda.get_device_name", (0,)), ("cuda.get_device_name", ()),
    ("cuda.current_device", ()), ("cuda.get_device_properties", (0,)),
    ("cuda.get_device_capability", ()), ("cuda.mem_get_info", ()), ("cuda.init", ()),
    ("cuda.current_stream", ()), ("cuda.initial_seed", ()), ("cuda.get_rng_state", ()),
    ("cuda.ipc_collect", ()), ("cuda.Stream", ()), ("cuda.Event", ()), ("mps.empty_cache", ()),
    ("mps.synchronize", ()), ("mps.seed", ()), ("xpu.synchronize", ()), ("accelerator.synchronize", ()),
    ("accelerator.current_device_index", ()), ("set_num_interop_threads", (0,)),
    ("set_deterministic_debug_mode", (7,)), ("set_default_dtype", (np.dtype(np.int64),)),
    ("set_default_tensor_type", ("torch.cuda.FloatTensor",)), ("is_floating_point", (3,)),
    ("amp.autocast", ("nowhere",)),
]  # fmt: skip


def of(package, name):
    for part in name.split("."):
        package = getattr(package, part)
    return package


@pytest.mark.parametrize("name", FALSE)
def test_no(name):
    assert of(lanegrad, name)() is False


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_answers_as_pytorch(torch, name, args):
    assert of(lanegrad, name)(*args) == of(torch, name)(*args)


@pytest.mark.parametrize(("name", "args"), ERRORS)
def test_errors_as_pytorch(torch, name, args):
    if name == "set_default_dtype":
        kind = TypeError
    else:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            of(torch, name)(*args)
        kind = caught.type
    with pytest.raises(kind) as caught:
        of(lanegrad, name)(*args)
    assert "\n" not in str(caught.value)
    if name.startswith(("cuda.", "mps.", "xpu.", "acc")):
        module = name.split(".")[0]
        assert f"lanegrad.{name}() only if lanegrad.{module}.is_available()" in str(caught.value)


@pytest.mark.parametrize("name", [
    "cuda", "cuda.amp", "amp", "backends.cudnn", "backends.mps", "jit", "mps", "xpu", "accelerator",
    "distributed", "multiprocessing", "version", "hub", "utils", "utils.model_zoo", "serialization",
])  # fmt: skip
def test_modules_can_be_imported_by_their_path(name):
    module = importlib.import_module(f"lanegrad.{name}")
    assert of(lanegrad, name) is module


def test_switches_can_be_set():
    import lanegrad.backends.cudnn as cudnn

    before = cudnn.benchmark, cudnn.deterministic
    cudnn.benchmark = cudnn.deterministic = True
    assert lanegrad.backends.cudnn.benchmark
    cudnn.benchmark, cudnn.deterministic = before
    lanegrad.backends.cuda.matmul.allow_tf32 = True
    lanegrad.backends.cuda.matmul.allow_tf32 = False


def test_settings_are_kept():
    lanegrad.use_deterministic_algorithms(True, warn_only=True)
    assert lanegrad.is_deterministic_algorithms_warn_only_enabled()
    lanegrad.use_deterministic_algorithms(True)
    assert lanegrad.get_deterministic_debug_mode() == 2
    lanegrad.use_deterministic_algorithms(False)
    assert not lanegrad.are_deterministic_algorithms_enabled()
    lanegrad.set_float32_matmul_precision("high")
    assert lanegrad.get_float32_matmul_precision() == "high"
    with pytest.warns(UserWarning, match="none of 'highest'"):
        lanegrad.set_float32_matmul_precision("exact")
    lanegrad.set_float32_matmul_precision("highest")
    lanegrad.set_num_interop_threads(2)
    assert lanegrad.get_num_interop_threads() == 2
    lanegrad.set_num_interop_threads(1)


def test_defaults_are_what_they_are():
    lanegrad.set_default_dtype(lanegrad.float32)
    lanegrad.set_default_device("cpu")
    lanegrad.set_default_device(None)
    lanegrad.set_default_tensor_type("lanegrad.FloatTensor")
    for dtype in (np.float64, "float32", None, np.dtype(np.int64)):
        with pytest.raises(TypeError, match="computes in float32"):
            lanegrad.set_default_dtype(dtype)
    for device in ("cuda", "cuda:1", 0):
        with pytest.raises(RuntimeError, match="there is no device"):
            lanegrad.set_default_device(device)


def training(lib, amp, scaler):
    """Two steps in the style of mixed precision."""
    w = lib.nn.Parameter(lib.tensor([1.0, -2.0]))
    optimizer = lib.optim.SGD([w], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        with amp:
            loss = (w * w).sum()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
    return w.tolist(), scaler.get_scale(), scaler.state_dict(), scaler.is_enabled()


def test_mixed_precision_is_switched_off_as_pytorchs_is(torch):
    results = []
    for lib in (torch, lanegrad):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("ignore", FutureWarning)
            amp, scaler = lib.cuda.amp.autocast(), lib.cuda.amp.GradScaler()
        assert len(caught) == 2
        results.append(training(lib, amp, scaler))
    assert results[0] == results[1]


@pytest.mark.parametrize("make", [
    lambda: lanegrad.autocast("cpu"), lambda: lanegrad.amp.autocast("cuda", dtype=np.float16),
    lambda: lanegrad.GradScaler(), lambda: lanegrad.amp.GradScaler("cpu"),
])  # fmt: skip
def test_mixed_precision_warns(make):
    with pytest.warns(UserWarning, match="float32.*Pass enabled=False"):
        make()


def test_mixed_precision_off_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scaler = lanegrad.amp.GradScaler("cuda", enabled=False)
        scaler.load_state_dict(scaler.state_dict())

        @lanegrad.autocast("cpu", enabled=False)
        def double(x):
            return x * 2

        assert double(lanegrad.ones(1)).tolist() == [2]


def test_compiling_changes_nothing():
    net = nn.Linear(2, 1)
    assert lanegrad.jit.script(net) is net
    assert lanegrad.jit.trace(net, lanegrad.ones(1, 2)) is net

    class Net(lanegrad.jit.ScriptModule):
        @lanegrad.jit.script_method
        def forward(self, x):
            return self.part(x) + self.other(x)

        @lanegrad.jit.ignore
        def part(self, x):
            return x * 2

        @lanegrad.jit.ignore(drop=True)
        def other(self, x):
            return x * 3

    assert Net()(lanegrad.ones(1)).tolist() == [5]


def test_what_would_be_computed_twice_is_computed_once():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = lanegrad.ones(4, 2)
    checkpoint = lanegrad.utils.checkpoint
    expected = net(x).tolist()
    assert checkpoint.checkpoint(net, x, use_reentrant=False).tolist() == expected
    assert checkpoint.checkpoint(net, x, preserve_rng_state=True).tolist() == expected
    layers = list(net.children())
    assert checkpoint.checkpoint_sequential(layers, 2, x).tolist() == expected


def test_multiprocessing_is_pythons():
    assert lanegrad.multiprocessing.Process is multiprocessing.Process
    assert lanegrad.multiprocessing.set_start_method is multiprocessing.set_start_method
    lanegrad.multiprocessing.set_sharing_strategy("file_system")


def test_anomalies_are_not_looked_for():
    with pytest.warns(UserWarning, match="does not look for NaN"):
        lanegrad.autograd.set_detect_anomaly(True)
    with (
        pytest.warns(UserWarning, match="does not look for NaN"),
        lanegrad.autograd.detect_anomaly(),
    ):
        pass
    lanegrad.autograd.set_detect_anomaly(False)


def test_weights_in_the_net_are_not_loaded():
    with pytest.raises(RuntimeError, match="convert it to safetensors"):
        lanegrad.utils.model_zoo.load_url("https://example.org/net.pth")


def test_configuration_is_text(capsys):
    lanegrad.show_config()
    assert capsys.readouterr().out == lanegrad.__config__.show()
    assert lanegrad.version.__version__ == lanegrad.__version__
    assert lanegrad.version.cuda is None
    assert lanegrad.backends.cpu.get_cpu_capability()


def test_optimizers_step_through_a_scaler_gives_what_they_give():
    w = nn.Parameter([1.0])
    optimizer = optim.SGD([w], 0.1)
    scaler = lanegrad.amp.GradScaler(enabled=False)
    assert scaler.step(optimizer, lambda: 5) == 5
