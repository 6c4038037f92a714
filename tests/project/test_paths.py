"""Programs import names by PyTorch's paths; where one is left out, the error says so."""

import importlib

import pytest

import lanegrad
from lanegrad._missing.paths import PATHS

NAMES = """
    amp: autocast GradScaler; amp.autocast_mode: autocast; amp.grad_scaler: GradScaler;
    autograd: Variable Function grad backward; autograd.anomaly_mode: detect_anomaly;
    autograd.function: Function once_differentiable; autograd.grad_mode: no_grad set_grad_enabled;
    autograd.variable: Variable; backends: cudnn; backends.cudnn: benchmark deterministic;
    backends.mps: is_available; cuda: is_available; cuda.amp: autocast GradScaler;
    cuda.amp.autocast_mode: autocast;
    cuda.amp.grad_scaler: GradScaler; cuda.random: manual_seed; functional: norm split;
    hub: load_state_dict_from_url; jit: script trace; linalg: norm; multiprocessing: set_start_method;
    nn.common_types: _size_1_t _size_2_t; nn.functional: relu conv2d grid_sample;
    nn.init: kaiming_normal_ xavier_uniform_; nn.modules: Module; nn.modules.activation: ReLU;
    nn.modules.batchnorm: BatchNorm2d _BatchNorm _NormBase; nn.modules.channelshuffle: ChannelShuffle;
    nn.modules.container: Sequential ModuleList; nn.modules.conv: Conv2d _ConvNd;
    nn.modules.distance: PairwiseDistance; nn.modules.dropout: Dropout2d; nn.modules.flatten: Flatten;
    nn.modules.fold: Unfold; nn.modules.instancenorm: InstanceNorm2d _InstanceNorm;
    nn.modules.linear: Linear Identity LazyLinear;
    nn.modules.loss: CrossEntropyLoss _Loss _WeightedLoss; nn.modules.module: Module _addindent;
    nn.modules.normalization: GroupNorm; nn.modules.padding: ZeroPad2d;
    nn.modules.pixelshuffle: PixelShuffle; nn.modules.pooling: MaxPool2d; nn.modules.sparse: Embedding;
    nn.modules.upsampling: Upsample; nn.modules.utils: _single _pair _triple _quadruple _ntuple;
    nn.parallel: DataParallel; nn.parallel.data_parallel: DataParallel;
    nn.parameter: Parameter Buffer UninitializedParameter; nn.utils: clip_grad_norm_ weight_norm;
    nn.utils.clip_grad: clip_grad_norm_ clip_grad_value_; nn.utils.convert_parameters: parameters_to_vector;
    nn.utils.fusion: fuse_conv_bn_eval; nn.utils.init: skip_init; nn.utils.spectral_norm: spectral_norm;
    nn.utils.weight_norm: weight_norm remove_weight_norm; optim: SGD;
    optim.adam: Adam; optim.adamw: AdamW; optim.lr_scheduler: StepLR LRScheduler _LRScheduler;
    optim.optimizer: Optimizer required; optim.sgd: SGD; optim.swa_utils: AveragedModel SWALR update_bn;
    random: manual_seed; serialization: load save; utils: data; utils.checkpoint: checkpoint;
    utils.data: DataLoader; utils.data._utils: collate; utils.data._utils.collate: default_collate;
    utils.data.dataloader: DataLoader default_collate; utils.data.dataset: Dataset Subset random_split;
    utils.data.distributed: DistributedSampler; utils.data.sampler: Sampler SubsetRandomSampler;
    utils.hooks: RemovableHandle; utils.model_zoo: load_url; version: __version__
"""
WANTED = [
    (path.strip(), name) for path, names in (part.split(":") for part in NAMES.split(";"))
    for name in names.split()
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), WANTED)
def test_names_by_pytorchs_paths(torch, path, name):
    assert hasattr(importlib.import_module(f"torch.{path}"), name)
    assert hasattr(importlib.import_module(f"lanegrad.{path}"), name)


@pytest.mark.parametrize("path", PATHS)
def test_paths_are_attributes_too(torch, path):
    importlib.import_module(f"torch.{path}")
    parent, _, name = f"lanegrad.{path}".rpartition(".")
    assert hasattr(importlib.import_module(parent), name)


def test_functions_keep_the_names_that_paths_have_too():
    importlib.import_module("lanegrad.nn.utils.weight_norm")
    assert callable(lanegrad.nn.utils.weight_norm)


@pytest.mark.parametrize(("line", "text"), [
    ("from lanegrad.nn.parallel import DistributedDataParallel", "use the module itself"),
    ("from lanegrad.nn.parallel.distributed import DistributedDataParallel", "use the module itself"),
    ("from lanegrad.nn.modules.rnn import LSTM", "recurrent|No module"),
    ("import lanegrad.compiler", "leave it out"),
    ("from lanegrad.types import Number", "Python's types"),
    ("from lanegrad.autograd.functional import jacobian", "autograd.grad"),
])  # fmt: skip
def test_what_is_left_out_says_so(line, text):
    with pytest.raises(ImportError, match=text):
        exec(line)


def test_losses_are_pytorchs_base_class():
    from lanegrad.nn.modules.loss import _Loss, _WeightedLoss

    for loss in (lanegrad.nn.MSELoss(), lanegrad.nn.CrossEntropyLoss(), lanegrad.nn.BCELoss()):
        assert isinstance(loss, _Loss)
    own = _WeightedLoss(lanegrad.ones(2), reduction="sum")
    assert own.reduction == "sum"
    assert list(own.state_dict()) == ["weight"]
    with pytest.warns(UserWarning, match="reduction"):
        assert _Loss(size_average=False).reduction == "sum"
