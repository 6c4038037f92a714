"""nn.utils: parameters as a vector, fused layers, and weights that are computed, beside PyTorch's."""

import numpy as np
import pytest

import lanegrad
from lanegrad import nn


def loaded(torch, make):
    ours, theirs = make(nn), make(torch.nn)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def close(ours, theirs):
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_parameters_as_a_vector_and_back(torch):
    ours, theirs = loaded(torch, lambda nn: nn.Sequential(nn.Conv2d(2, 3, 3), nn.Linear(4, 2)))
    vector = nn.utils.parameters_to_vector(ours.parameters())
    close(vector, torch.nn.utils.parameters_to_vector(theirs.parameters()))
    vector.sum().backward()
    assert ours[1].bias.grad.tolist() == [1.0, 1.0]
    values = lanegrad.randn(vector.numel())
    nn.utils.vector_to_parameters(values, ours.parameters())
    assert nn.utils.parameters_to_vector(ours.parameters()).tolist() == values.tolist()
    assert ours[1].weight.requires_grad
    values.numpy()[-1] = 5.0  # they share its memory
    assert ours[1].bias.tolist()[1] == 5.0
    with pytest.raises(RuntimeError, match="have 67 elements"):
        nn.utils.vector_to_parameters(values[1:], ours.parameters())
    with pytest.raises(TypeError):
        nn.utils.vector_to_parameters([1.0], ours.parameters())


@pytest.mark.parametrize(
    ("make", "bn", "shape"),
    [
        (lambda nn: nn.Conv2d(3, 4, 3, bias=False), lambda nn: nn.BatchNorm2d(4), (2, 3, 5, 5)),
        (lambda nn: nn.Conv1d(3, 4, 3), lambda nn: nn.BatchNorm1d(4), (2, 3, 5)),
        (
            lambda nn: nn.ConvTranspose2d(3, 4, 3),
            lambda nn: nn.BatchNorm2d(4, affine=False),
            (2, 3, 5, 5),
        ),
        (lambda nn: nn.Linear(3, 4), lambda nn: nn.BatchNorm1d(4), (5, 3)),
    ],
)
def test_fused_layers_do_the_same(torch, make, bn, shape):
    net = nn.Sequential(make(nn), bn(nn))
    x = lanegrad.randn(*shape)
    net(x)
    with pytest.raises(ValueError, match=r"call \.eval\(\)"):
        nn.utils.fuse_conv_bn_eval(net[0], net[1])
    net.eval()
    if isinstance(net[0], nn.Linear):
        fused = nn.utils.fuse_linear_bn_eval(net[0], net[1])
    else:
        fused = nn.utils.fuse_conv_bn_eval(net[0], net[1], isinstance(net[0], nn.ConvTranspose2d))
    close(fused(x), net(x))
    assert fused is not net[0]
    assert all(isinstance(p, nn.Parameter) for p in fused.parameters())


COMPUTED = [
    (lambda nn, u: u.weight_norm(nn.Linear(3, 4)), (5, 3)),
    (lambda nn, u: u.weight_norm(nn.Conv2d(3, 4, 3), dim=None), (2, 3, 5, 5)),
    (lambda nn, u: u.weight_norm(nn.ConvTranspose2d(3, 4, 3), dim=1), (2, 3, 5, 5)),
    (lambda nn, u: u.spectral_norm(nn.Linear(3, 4)), (5, 3)),
    (lambda nn, u: u.spectral_norm(nn.Conv2d(3, 4, 3), n_power_iterations=2), (2, 3, 5, 5)),
    (lambda nn, u: u.spectral_norm(nn.ConvTranspose2d(3, 4, 3)), (2, 3, 5, 5)),
]


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize(("make", "shape"), COMPUTED)
def test_computed_weights_are_pytorchs(torch, make, shape):
    ours, theirs = make(nn, nn.utils), make(torch.nn, torch.nn.utils)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    for training in (True, False, True):
        got, want = ours.train(training)(x), theirs.train(training)(torch.tensor(x))
        close(got, want)
        (got * got).sum().backward()
        (want * want).sum().backward()
        for name, parameter in theirs.named_parameters():
            scale = float(parameter.grad.abs().max())
            np.testing.assert_allclose(
                ours.get_parameter(name).grad.numpy() / scale, parameter.grad / scale, atol=2e-4
            )
        ours.zero_grad()
        theirs.zero_grad()
    kind = "weight" if "weight_g" in ours.state_dict() else "spectral"
    with pytest.raises(RuntimeError, match="computed already"):
        getattr(nn.utils, f"{kind}_norm")(_with_weight(ours))
    ours.eval()
    before = ours(x)
    remove = getattr(nn.utils, f"remove_{kind}_norm")
    assert remove(ours) is ours
    close(ours(x), lanegrad.tensor(before.detach()))
    assert set(ours.state_dict()) == {"weight", "bias"}
    with pytest.raises(ValueError, match="is not computed so"):
        remove(ours)


def _with_weight(module):
    """The same hooks, on a module that has the parameter still."""
    other = nn.Linear(2, 2)
    other._hooks = module._hooks
    return other


def test_the_old_name_of_clipping_is_there():
    assert nn.utils.clip_grad_norm is nn.utils.clip_grad_norm_
    weight = lanegrad.ones(2).requires_grad_()
    (weight * 3).sum().backward()
    assert nn.utils.clip_grad_norm_(weight, 1.0, foreach=True).item() == pytest.approx(4.2426405)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, float("inf")])
def test_norms_are_found_and_used_apart(torch, norm_type):
    ours, theirs = loaded(torch, lambda nn: nn.Linear(3, 4))
    x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    ours(x).sum().backward()
    theirs(torch.tensor(x)).sum().backward()
    norms = [
        lib.get_total_norm([p.grad for p in net.parameters()], norm_type)
        for lib, net in ((nn.utils, ours), (torch.nn.utils, theirs))
    ]
    close(*norms)
    for limit in (100.0, 0.5):
        nn.utils.clip_grads_with_norm_(ours.parameters(), limit, norms[0])
        torch.nn.utils.clip_grads_with_norm_(theirs.parameters(), limit, norms[1])
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            close(a.grad, b.grad)


def test_pytorchs_paths_lead_to_the_layers():
    from lanegrad.nn.modules.batchnorm import BatchNorm2d, _BatchNorm
    from lanegrad.nn.modules.conv import Conv1d, Conv2d, ConvTranspose2d, _ConvNd
    from lanegrad.nn.modules.linear import Identity, Linear
    from lanegrad.nn.modules.utils import _ntuple, _pair, _single, _triple

    from lanegrad.nn.common_types import _size_2_t
    from lanegrad.nn.modules import Conv2d as SameConv2d
    from lanegrad.nn.modules import Module
    from lanegrad.nn.parameter import Parameter
    from lanegrad.nn.utils.clip_grad import clip_grad_norm_

    assert (Module, Parameter, Linear, Identity) == (
        nn.Module, nn.Parameter, nn.Linear, nn.Identity
    )  # fmt: skip
    assert issubclass(BatchNorm2d, _BatchNorm)
    assert all(issubclass(layer, _ConvNd) for layer in (Conv1d, Conv2d, ConvTranspose2d))
    assert (_pair(2), _pair((3, 4)), _single(1), _triple("abc")) == (
        (2, 2), (3, 4), (1,), ("a", "b", "c")
    )  # fmt: skip
    assert _ntuple(4)(0) == (0, 0, 0, 0)
    assert clip_grad_norm_ is nn.utils.clip_grad_norm_
    assert isinstance(2, _size_2_t)
    assert SameConv2d is Conv2d is nn.modules.conv.Conv2d
    with pytest.raises(ImportError, match="Conv9d"):
        from lanegrad.nn.modules.conv import Conv9d  # noqa: F401
    with pytest.raises(AttributeError, match="use the module itself"):
        nn.parallel.DistributedDataParallel(nn.ReLU())
