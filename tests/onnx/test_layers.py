"""Every layer that small networks are made of, beside onnxruntime."""

import warnings

import pytest

import lanegrad
from lanegrad import nn
from onnx_runs import check, normal

pytestmark = pytest.mark.once

IMAGES = [
    nn.ReLU(inplace=True), nn.LeakyReLU(0.2), nn.GELU(), nn.GELU("tanh"), nn.Sigmoid(), nn.Tanh(), nn.SiLU(),
    nn.ELU(0.7), nn.SELU(), nn.CELU(0.5), nn.Hardtanh(), nn.ReLU6(), nn.Threshold(0.1, 0.5), nn.PReLU(6),
    nn.RReLU(), nn.GLU(1), nn.Hardsigmoid(), nn.Hardswish(), nn.LogSigmoid(), nn.Mish(),
    nn.Softplus(2.0, 1.0),
    nn.Hardshrink(), nn.Softshrink(), nn.Softsign(), nn.Tanhshrink(), nn.Softmax(1), nn.LogSoftmax(1),
    nn.Softmin(1), nn.Dropout(), nn.Dropout2d(), nn.AlphaDropout(), nn.Identity(), nn.Flatten(),
    nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(2, 1, dilation=2),
    nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.AvgPool2d(3, 2, ceil_mode=True),
    nn.AvgPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(2, divisor_override=3), nn.LPPool2d(2, 2),
    nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((4, None)), nn.AdaptiveAvgPool2d(3),
    nn.AdaptiveMaxPool2d(4), nn.AdaptiveMaxPool2d((3, 5)),
    nn.Conv2d(6, 4, 3, 2, 1), nn.Conv2d(6, 6, 3, dilation=2, groups=3),
    nn.Conv2d(6, 6, (1, 4), padding="same"),
    nn.Conv2d(6, 4, 3, padding=1, padding_mode="reflect", bias=False),
    nn.Conv2d(6, 4, 3, padding=(2, 1), padding_mode="circular"),
    nn.ConvTranspose2d(6, 4, 3, 2, 1, 1), nn.ConvTranspose2d(6, 6, 3, groups=2, dilation=2),
    nn.BatchNorm2d(6), nn.BatchNorm2d(6, affine=False), nn.GroupNorm(3, 6), nn.GroupNorm(1, 6, affine=False),
    nn.InstanceNorm2d(6), nn.InstanceNorm2d(6, affine=True, track_running_stats=True), nn.LayerNorm((8, 8)),
    nn.LayerNorm(8, elementwise_affine=False), nn.RMSNorm(8), nn.LocalResponseNorm(3), nn.PixelUnshuffle(2),
    nn.ChannelShuffle(2), nn.ZeroPad2d(2), nn.ReflectionPad2d((1, 2, 0, 3)), nn.ReplicationPad2d(1),
    nn.ConstantPad2d(1, 3.0), nn.CircularPad2d(1), nn.Linear(8, 3), nn.Upsample(scale_factor=2),
    nn.Upsample((5, 13)), nn.Upsample((5, 13), mode="nearest-exact"), nn.Upsample((5, 13), mode="bilinear"),
    nn.Upsample((13, 5), mode="bilinear", align_corners=True), nn.Upsample((13, 5), mode="bicubic"),
    nn.Upsample(scale_factor=1.7, mode="bilinear"),
]  # fmt: skip
SIGNALS = [
    nn.Conv1d(6, 4, 3, padding=1), nn.Conv1d(6, 4, 3, dilation=2, groups=2),
    nn.ConvTranspose1d(6, 4, 3, 2, 1, 1),
    nn.MaxPool1d(2), nn.AvgPool1d(3, 2, 1), nn.AdaptiveAvgPool1d(3), nn.AdaptiveMaxPool1d(3),
    nn.BatchNorm1d(6),
    nn.InstanceNorm1d(6), nn.LayerNorm(8), nn.GroupNorm(2, 6), nn.Upsample(scale_factor=2, mode="linear"),
]  # fmt: skip
ROWS = [
    nn.Linear(12, 5), nn.Linear(12, 5, bias=False), nn.BatchNorm1d(12), nn.LayerNorm(12), nn.GroupNorm(3, 12),
    nn.Unflatten(1, (3, 4)),
]  # fmt: skip
CASES = [
    (m, s) for ms, s in ((IMAGES, (2, 6, 8, 8)), (SIGNALS, (2, 6, 8)), (ROWS, (2, 12))) for m in ms
]


@pytest.mark.parametrize(("module", "shape"), CASES, ids=lambda x: repr(x)[:40])
def test_layers(module, shape):
    for values in (*module.parameters(), *module.buffers()):
        if values.dtype == lanegrad.float32:  # running statistics are as after some training
            values.data = normal(*values.shape).abs() / 2 + 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(module, normal(*shape))


def test_layers_of_numbers_and_of_pairs():
    check(nn.Embedding(10, 4), lanegrad.tensor([[1, 2, 3], [9, 5, 0]]))
    check(nn.Bilinear(4, 5, 3), normal(2, 4), normal(2, 5))
    check(nn.CosineSimilarity(), normal(2, 4), normal(2, 4))


class Squeezed(nn.Module):
    """Squeeze and excitation in an inverted residual, and a dense block after it."""

    def __init__(self):
        super().__init__()
        self.wide, self.each = nn.Conv2d(4, 16, 1), nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.norm, self.narrow = nn.BatchNorm2d(16), nn.Conv2d(16, 4, 1)
        self.down, self.up = nn.Linear(16, 4), nn.Linear(4, 16)
        self.dense = nn.ModuleList(nn.Conv2d(4 + 3 * i, 3, 3, padding=1) for i in range(3))

    def forward(self, x):
        y = nn.functional.relu6(self.norm(self.each(self.wide(x))), inplace=True)
        gate = self.up(self.down(y.mean((2, 3))).relu_()).sigmoid()
        y *= gate.view(x.size(0), -1, 1, 1)
        features = [x + self.narrow(y)]
        for conv in self.dense:
            features.append(conv(lanegrad.cat(features, 1)).relu())
        return lanegrad.cat(features, 1).mean((-2, -1)).flatten(1)


def test_blocks_written_by_hand():
    check(Squeezed(), normal(2, 4, 8, 8))
