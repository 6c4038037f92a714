"""What layers do beyond one call with given weights: lazy ones, tables, unpooling."""

import copy

import numpy as np
import pytest

import lanegrad
from lanegrad import Tensor, nn

LAZY = [
    (lambda nn: nn.LazyLinear(3), (2, 5)),
    (lambda nn: nn.LazyLinear(3, bias=False), (5,)),
    (lambda nn: nn.LazyConv2d(6, 3, padding=1), (2, 4, 5, 5)),
    (lambda nn: nn.LazyConv2d(6, 3, groups=2, bias=False), (4, 5, 5)),
    (lambda nn: nn.LazyConv1d(6, kernel_size=3), (2, 4, 5)),
    (lambda nn: nn.LazyConvTranspose2d(6, 3), (2, 4, 5, 5)),
    (lambda nn: nn.LazyConvTranspose1d(6, 3), (2, 4, 5)),
    (lambda nn: nn.LazyBatchNorm2d(), (2, 4, 5, 5)),
    (lambda nn: nn.LazyBatchNorm1d(affine=False), (6, 4)),
    (lambda nn: nn.LazyBatchNorm1d(track_running_stats=False), (2, 4, 3)),
    (lambda nn: nn.LazyInstanceNorm2d(), (2, 4, 5, 5)),
    (lambda nn: nn.LazyInstanceNorm1d(affine=True), (2, 4, 5)),
]


@pytest.mark.parametrize(("make", "shape"), LAZY)
def test_lazy_layers_are_pytorchs(torch, make, shape):
    ours, theirs = make(nn), make(torch.nn)
    assert repr(ours) == repr(theirs)
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    if list(ours.parameters()):
        assert repr(next(ours.parameters())) == repr(next(theirs.parameters()))
    twin = copy.deepcopy(ours)
    parameters = list(ours.parameters())
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    y, wanted = ours(Tensor(x)), theirs(torch.tensor(x))
    assert y.shape == tuple(wanted.shape)
    assert repr(ours) == repr(theirs)
    assert type(ours).__name__ == type(theirs).__name__
    assert all(a is b for a, b in zip(ours.parameters(), parameters, strict=True))
    shapes = {n: tuple(t.shape) for n, t in theirs.state_dict().items()}
    assert {n: t.shape for n, t in ours.state_dict().items()} == shapes
    assert twin(x).shape == y.shape
    assert all(p.grad is None and p.requires_grad for p in twin.parameters())


def test_lazy_parameters_are_trained_by_an_optimizer_that_had_them_before():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))
    optimizer = lanegrad.optim.SGD(net.parameters(), 0.1)
    net(lanegrad.zeros(1, 3, 5, 5))
    before = net[2].weight.tolist()
    net(lanegrad.ones(2, 3, 5, 5)).sum().backward()
    optimizer.step()
    assert net[2].weight.tolist() != before
    state = net.state_dict()
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))
    lazy.load_state_dict(state)
    x = lanegrad.randn(2, 3, 5, 5)
    assert lazy(x).tolist() == net(x).tolist()
    assert repr(lazy) == repr(net)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding_idx": -1},
        {"max_norm": 1.0},
        {"max_norm": 0.5, "norm_type": 1.0},
        {"scale_grad_by_freq": True, "padding_idx": 0},
    ],
)
def test_embedding_is_pytorchs(torch, options):
    ours, theirs = nn.Embedding(5, 3, **options), torch.nn.Embedding(5, 3, **options)
    assert repr(ours) == repr(theirs)
    if "padding_idx" in options:
        assert ours.weight[options["padding_idx"]].tolist() == [0.0] * 3
    ours.load_state_dict(theirs.state_dict())
    index = [[0, 4, 4], [2, 4, 1]]
    got, want = ours(lanegrad.tensor(index)), theirs(torch.tensor(index))
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), rtol=1e-6)
    up = np.random.default_rng(0).standard_normal(got.shape).astype(np.float32)
    got.backward(up)
    want.backward(torch.tensor(up))
    np.testing.assert_allclose(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.weight.tolist(), theirs.weight.tolist(), rtol=1e-6)


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, None, 0), (3, 2, 1), (2, 1, 0)])
def test_unpooling_puts_maxima_back(torch, axes, kernel, stride, padding):
    results = []
    shape = (2, 3, *(7, 9)[:axes])
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    up = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    for lib, tensor in ((nn, Tensor), (torch.nn, torch.tensor)):
        pool = getattr(lib, f"MaxPool{axes}d")(kernel, stride, padding, return_indices=True)
        unpool = getattr(lib, f"MaxUnpool{axes}d")(kernel, stride, padding)
        a = tensor(x, requires_grad=True)
        values, indices = pool(a)
        y = unpool(values, indices, shape)
        y.backward(up if lib is nn else torch.tensor(up))
        results.append([repr(unpool), y.tolist(), indices.tolist(), a.grad.tolist()])
    (name, y, indices, grad), (wanted_name, wanted_y, wanted_indices, wanted_grad) = results
    assert (name, y, indices) == (wanted_name, wanted_y, wanted_indices)
    np.testing.assert_allclose(grad, wanted_grad, rtol=1e-6, atol=1e-7)


def test_fractional_pooling_is_pytorchs_for_the_same_draws(torch):
    x = np.random.default_rng(0).standard_normal((2, 3, 9, 11)).astype(np.float32)
    draws = np.random.default_rng(1).random((2, 3, 2)).astype(np.float32)
    results = []
    for lib, tensor in ((nn, Tensor), (torch.nn, torch.tensor)):
        a = tensor(x, requires_grad=True)
        pool = lib.FractionalMaxPool2d(
            (2, 3), (5, 6), return_indices=True, _random_samples=tensor(draws)
        )
        y, indices = pool(a)
        y.sum().backward()
        results.append([y.tolist(), indices.tolist(), a.grad.tolist()])
    assert results[0] == results[1]


def test_new_layers_start_as_pytorchs(torch):
    """The same bounds: the largest of many draws comes close to it."""
    cases = [
        (lambda nn: nn.Conv1d(8, 64, 5), 1e-2),
        (lambda nn: nn.ConvTranspose2d(16, 32, 3), 1e-2),
        (lambda nn: nn.ConvTranspose1d(8, 64, 5), 1e-2),
        (lambda nn: nn.Bilinear(20, 9, 30), 1e-2),
    ]
    lanegrad.manual_seed(0)
    torch.manual_seed(0)
    for make, tolerance in cases:
        ours, theirs = make(nn), make(torch.nn)
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            largest = float(b.detach().abs().max())
            assert abs(np.abs(a.detach().numpy()).max() - largest) < 0.12 * largest + tolerance
    assert abs(nn.Embedding(100, 50).weight.detach().numpy().std() - 1) < 0.05


def test_an_output_size_is_reached_by_output_padding(torch):
    x = np.ones((1, 2, 5, 4), np.float32)
    ours, theirs = nn.ConvTranspose2d(2, 3, 3, 3), torch.nn.ConvTranspose2d(2, 3, 3, 3)
    ours.load_state_dict(theirs.state_dict())
    got = ours(x, output_size=(17, 13)).detach().numpy()
    want = theirs(torch.tensor(x), output_size=(17, 13)).detach().numpy()
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="output_size must be between"):
        ours(x, output_size=(18, 13))
