"""Each layer beside PyTorch's of the same weights: repr, state, result and gradients."""

import numpy as np
import pytest

from lanegrad import Tensor, nn

IMAGES, SIGNALS = (2, 4, 7, 9), (2, 4, 11)

# How a layer is made, and the shapes of what it is called with.
CASES = [
    (lambda nn: nn.Linear(9, 5, device="cpu"), IMAGES),
    (lambda nn: nn.Linear(9, 5, bias=False), (9,)),
    (lambda nn: nn.Identity(3, some=4), IMAGES),
    (lambda nn: nn.Flatten(), IMAGES),
    (lambda nn: nn.Unflatten(1, (2, -1)), IMAGES),
    (lambda nn: nn.Unflatten(-1, [3, 3]), IMAGES),
    (lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2), IMAGES),
    (lambda nn: nn.Conv2d(4, 6, 3, padding="same", padding_mode="reflect"), IMAGES),
    (lambda nn: nn.Conv2d(4, 6, 4, padding="same", padding_mode="circular"), IMAGES[1:]),
    (lambda nn: nn.Conv2d(4, 6, 3, 2, 1, padding_mode="replicate", bias=False), IMAGES),
    (lambda nn: nn.Conv1d(4, 6, 3), SIGNALS),
    (lambda nn: nn.Conv1d(4, 6, (3,), (2,), 2, 2, 2, bias=False), SIGNALS[1:]),
    (lambda nn: nn.Conv1d(4, 6, 4, padding="same", padding_mode="reflect"), SIGNALS),
    (lambda nn: nn.Conv1d(4, 6, 3, padding=1, padding_mode="circular"), SIGNALS),
    (lambda nn: nn.ConvTranspose2d(4, 6, 3), IMAGES),
    (lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), 2), IMAGES),
    (lambda nn: nn.ConvTranspose2d(4, 6, 3, 1, 1, 1, dilation=2, bias=False), IMAGES[1:]),
    (lambda nn: nn.ConvTranspose2d(4, 3, 2, stride=2), (20, 4, 5, 5)),
    (lambda nn: nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2), SIGNALS),
    (lambda nn: nn.ConvTranspose1d(4, 6, 3, dilation=2), SIGNALS[1:]),
    (lambda nn: nn.BatchNorm2d(4), IMAGES),
    (lambda nn: nn.BatchNorm2d(4, affine=False, track_running_stats=False), IMAGES),
    (lambda nn: nn.BatchNorm1d(4, 1e-3, None, bias=False), SIGNALS),
    (lambda nn: nn.GroupNorm(2, 4), IMAGES),
    (lambda nn: nn.GroupNorm(2, 4, 1e-3, bias=False), (3, 4)),
    (lambda nn: nn.GroupNorm(1, 4, affine=False), SIGNALS),
    (lambda nn: nn.LayerNorm(9), IMAGES),
    (lambda nn: nn.LayerNorm([7, 9], 1e-3, bias=False), IMAGES),
    (lambda nn: nn.LayerNorm((4, 7, 9), elementwise_affine=False), IMAGES),
    (lambda nn: nn.LayerNorm(1), (3, 1)),
    (lambda nn: nn.RMSNorm(9), IMAGES),
    (lambda nn: nn.RMSNorm((7, 9), 0.1, False), IMAGES),
    (lambda nn: nn.LocalResponseNorm(5), IMAGES),
    (lambda nn: nn.LocalResponseNorm(2, 0.1, 0.5, 2.0), SIGNALS),
    (lambda nn: nn.InstanceNorm2d(4), IMAGES),
    (lambda nn: nn.InstanceNorm2d(4, affine=True, track_running_stats=True), IMAGES),
    (lambda nn: nn.InstanceNorm2d(4, 1e-3, 0.3, True, bias=False), IMAGES[1:]),
    (lambda nn: nn.InstanceNorm1d(4, affine=True), SIGNALS),
    (lambda nn: nn.InstanceNorm1d(4, track_running_stats=True), SIGNALS[1:]),
    (lambda nn: nn.PixelShuffle(2), IMAGES),
    (lambda nn: nn.PixelUnshuffle(3), (2, 2, 3, 6, 9)),
    (lambda nn: nn.ChannelShuffle(2), IMAGES),
    (lambda nn: nn.ZeroPad1d(2), SIGNALS),
    (lambda nn: nn.ZeroPad2d((1, 2, 0, 3)), IMAGES),
    (lambda nn: nn.ConstantPad1d((1, 2), 3.5), SIGNALS[1:]),
    (lambda nn: nn.ConstantPad2d(-1, 2), IMAGES),
    (lambda nn: nn.ReflectionPad1d(2), SIGNALS),
    (lambda nn: nn.ReflectionPad2d((1, 2, 0, 3)), IMAGES),
    (lambda nn: nn.ReplicationPad1d((0, 2)), SIGNALS),
    (lambda nn: nn.ReplicationPad2d(2), IMAGES[1:]),
    (lambda nn: nn.CircularPad1d(2), SIGNALS),
    (lambda nn: nn.CircularPad2d((1, 2, 0, 3)), IMAGES),
    (lambda nn: nn.MaxPool2d((3, 2), (2, 1), 1, ceil_mode=True), IMAGES),
    (lambda nn: nn.AvgPool2d(3, 2, 1, True, False), IMAGES),
    (lambda nn: nn.AdaptiveAvgPool2d((5, None)), IMAGES),
    (lambda nn: nn.AdaptiveMaxPool2d((5, None)), IMAGES),
    (lambda nn: nn.AdaptiveMaxPool2d(3), (3, 6, 9)),
    (lambda nn: nn.AdaptiveMaxPool2d(10), IMAGES),
    (lambda nn: nn.LPPool2d(2, 2), IMAGES),
    (lambda nn: nn.LPPool2d(1, (2, 3), 1, True), IMAGES),
    (lambda nn: nn.MaxPool1d(2), SIGNALS),
    (lambda nn: nn.MaxPool1d((3,), 2, 1, 2, ceil_mode=True), SIGNALS[1:]),
    (lambda nn: nn.AvgPool1d(2), SIGNALS),
    (lambda nn: nn.AvgPool1d(3, 2, 1, True, False), SIGNALS[1:]),
    (lambda nn: nn.AdaptiveAvgPool1d(5), SIGNALS),
    (lambda nn: nn.AdaptiveMaxPool1d(5), SIGNALS),
    (lambda nn: nn.LPPool1d(4, 3, 2), SIGNALS),
    (lambda nn: nn.Upsample(scale_factor=2), IMAGES),
    (lambda nn: nn.Upsample(scale_factor=(0.7, 1.3), mode="nearest-exact"), IMAGES),
    (lambda nn: nn.Upsample((5, 13)), IMAGES),
    (lambda nn: nn.Upsample(scale_factor=1.7, mode="bilinear"), IMAGES),
    (lambda nn: nn.Upsample(scale_factor=1.7, mode="bicubic"), IMAGES),
    (lambda nn: nn.Upsample((11, 4), mode="bilinear", align_corners=True), IMAGES),
    (lambda nn: nn.Upsample((11, 4), mode="bicubic", align_corners=True), IMAGES),
    (lambda nn: nn.Upsample((11, 4), mode="area"), IMAGES),
    (lambda nn: nn.Upsample(17, mode="linear"), SIGNALS),
    (lambda nn: nn.Upsample(17, mode="area"), SIGNALS),
    (lambda nn: nn.Upsample(None, 0.6, "bilinear", recompute_scale_factor=True), IMAGES),
    (lambda nn: nn.UpsamplingNearest2d(scale_factor=3), IMAGES),
    (lambda nn: nn.UpsamplingBilinear2d((5, 20)), IMAGES),
    (lambda nn: nn.Unfold(3), IMAGES),
    (lambda nn: nn.Unfold((2, 3), (2, 1), (1, 0), (1, 2)), IMAGES[1:]),
    (lambda nn: nn.Fold((7, 9), 3), (2, 18, 35)),
    (lambda nn: nn.Fold((5, 6), (2, 3), (2, 1), (1, 0), (1, 2)), (12, 10)),
    (lambda nn: nn.Bilinear(3, 4, 5), (2, 6, 3), (2, 6, 4)),
    (lambda nn: nn.Bilinear(3, 4, 5, bias=False), (3,), (4,)),
    (lambda nn: nn.CosineSimilarity(), IMAGES, IMAGES),
    (lambda nn: nn.CosineSimilarity(-1, 0.5), (3, 4), (4,)),
    (lambda nn: nn.PairwiseDistance(), (5, 3), (5, 3)),
    (lambda nn: nn.PairwiseDistance(1, 0.1, True), (5, 3), (3,)),
    (lambda nn: nn.PairwiseDistance(3.5), (3,), (3,)),
    (lambda nn: nn.PairwiseDistance(float("inf")), (4, 3), (4, 3)),
]


def values(shape, seed):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def compare(torch, ours, theirs, tolerance=3e-6):
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    scale = float(np.abs(theirs).max()) if theirs.size else 0.0
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * max(scale, 1.0))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case[0](nn)).split("\n")[0])
def test_layers_are_pytorchs(torch, case):
    make, *shapes = case
    ours, theirs = make(nn), make(torch.nn)
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    for training in (True, False):
        ours.train(training)
        theirs.train(training)
        inputs = [values(shape, i) for i, shape in enumerate(shapes)]
        mine = [Tensor(x, requires_grad=True) for x in inputs]
        wanted = [torch.tensor(x, requires_grad=True) for x in inputs]
        got, want = ours(*mine), theirs(*wanted)
        compare(torch, got, want)
        up = values(got.shape, 9)
        got.backward(up)
        want.backward(torch.tensor(up))
        for a, b in zip(mine, wanted, strict=True):
            compare(torch, a.grad, b.grad)
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            compare(torch, a.grad, b.grad, 2e-5)
            a.grad, b.grad = None, None
        for name, a in ours.state_dict().items():
            compare(torch, a, theirs.state_dict()[name])
