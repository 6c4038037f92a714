"""The losses on PyTorch's own test inputs, and against ONNX, optax, Keras and Liger-Kernel."""

import hypothesis
import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

import lanegrad.nn.functional as F
import reference_loss
from lanegrad import nn, ops, tensor

REDUCTIONS = ["mean", "sum", "none"]


# -------------------------------------------------------------------------------------- PyTorch


@pytest.fixture(scope="module")
def torch_testing(torch):
    """PyTorch's generators of test inputs: (of functions, of modules)."""
    from torch.testing._internal import common_methods_invocations, common_modules

    hypothesis.settings.load_profile("repeatable")  # they have loaded one of their own
    torch.manual_seed(0)
    return common_methods_invocations, common_modules


def function_samples(torch, torch_testing, name):
    """(input, arguments, keywords) of each of PyTorch's test inputs of a function."""
    functions, _ = torch_testing
    (op,) = (o for o in functions.op_db if o.name == name and not o.variant_test_name)
    samples = list(op.sample_inputs("cpu", torch.float32, requires_grad=True))
    assert len(samples) > 5
    return [(s.input, *s.args, plain(s.kwargs)) for s in samples]


def module_samples(torch, torch_testing, name, errors=False):
    """(keywords of the constructor, input, target) of each test input of a module, or those and
    the error that PyTorch raises."""
    _, modules = torch_testing
    make = getattr(modules, f"module_{'error_' if errors else ''}inputs_torch_nn_{name}")
    samples = make(None, "cpu", torch.float32, requires_grad=True, training=True)
    assert len(samples) > 5
    for sample in samples:
        sample, error = (sample.module_error_input, sample.error_type) if errors else (sample, None)
        options = plain(sample.constructor_input.kwargs)
        yield (options, *sample.forward_input.args, *([error] if errors else []))


def plain(options):
    """Keywords with NumPy arrays for tensors. Weights are made positive, as ours have to be."""
    return {k: abs(v.detach().numpy()) if k == "weight" else v for k, v in options.items()}


def compare(torch, ours, theirs, tensors, **tolerance):
    """Both functions of the same float32 numbers, theirs in float64: results and gradients."""
    mine = [tensor(t.detach().numpy(), requires_grad=t.requires_grad) for t in tensors]
    floats = [t.detach().double() if t.is_floating_point() else t for t in tensors]
    floats = [f.requires_grad_(t.requires_grad) for f, t in zip(floats, tensors, strict=True)]
    got, want = ours(*mine), theirs(*floats)
    tolerance = {"rtol": 1e-5, "atol": 1e-6, **tolerance}
    np.testing.assert_allclose(got.detach().numpy(), want.detach().numpy(), **tolerance)
    assert got.shape == want.shape
    upstream = np.random.default_rng(0).standard_normal(got.shape).astype(np.float32)
    (got * upstream).sum().backward()
    (want * torch.from_numpy(np.asarray(upstream))).sum().backward()
    for a, b in zip(mine, floats, strict=True):
        if b.requires_grad:
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), **tolerance)


def in_torch(torch, options):
    return {
        k: torch.from_numpy(v).double() if isinstance(v, np.ndarray) else v
        for k, v in options.items()
    }


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_losses_on_pytorchs_samples(torch, torch_testing, name):
    for x, target, options in function_samples(torch, torch_testing, f"nn.functional.{name}"):
        compare(
            torch,
            lambda a, b, o=options: getattr(F, name)(a, b, **o),
            lambda a, b, o=options: getattr(torch.nn.functional, name)(a, b, **in_torch(torch, o)),
            [x, target],
        )


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_on_pytorchs_samples(torch, torch_testing, name):
    for x, dim, _ in function_samples(torch, torch_testing, name):
        compare(
            torch,
            lambda a, d=dim: getattr(F, name)(a, d),
            lambda a, d=dim: getattr(torch.nn.functional, name)(a, d),
            [x],
            atol=1e-6,
        )


def test_linear_cross_entropy_on_pytorchs_samples(torch, torch_testing):
    name = "nn.functional.linear_cross_entropy"
    for x, matrix, target, options in function_samples(torch, torch_testing, name):
        bias = options.pop("linear_bias", None)
        tensors = [x, matrix, target] + ([] if bias is None else [bias])
        compare(
            torch,
            lambda a, w, t, b=None, o=options: F.linear_cross_entropy(a, w, t, b, **o),
            lambda a, w, t, b=None, o=options: torch.nn.functional.linear_cross_entropy(
                a, w, t, linear_bias=b, **in_torch(torch, o)
            ),
            tensors,
            rtol=1e-5,
            atol=1e-4,
        )


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss"])
def test_modules_on_pytorchs_samples(torch, torch_testing, name):
    for options, x, target in module_samples(torch, torch_testing, name):
        compare(
            torch,
            getattr(nn, name)(**options),
            getattr(torch.nn, name)(**in_torch(torch, options)),
            [x, target.detach()],
        )


def test_pytorchs_errors_are_errors_here(torch, torch_testing):
    samples = module_samples(torch, torch_testing, "CrossEntropyLoss", errors=True)
    for options, x, target, error in samples:
        criterion = torch.nn.CrossEntropyLoss(
            **{k: torch.from_numpy(v) if k == "weight" else v for k, v in options.items()}
        )
        with pytest.raises(error):
            criterion(x, target)
        with pytest.raises((TypeError, ValueError)):
            nn.CrossEntropyLoss(**options)(x.detach().numpy(), target.detach().numpy())


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("softcap", [None, 2.0])
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", ["indices", "probabilities"])
def test_the_oracle_is_what_pytorch_computes(torch, kind, smoothing, softcap, reduction):
    """All options, those that PyTorch lacks put together from its operations, in float64."""
    rng = np.random.default_rng(0)
    x, weight = 3 * rng.standard_normal((5, 7, 4)), rng.uniform(0.2, 2, 7)
    sample_weight = rng.uniform(0.2, 2, (5, 4))
    target = rng.integers(0, 7, (5, 4)) if kind == "indices" else rng.uniform(0, 1, x.shape)
    if kind == "indices":
        target[1, 2] = target[4, 0] = -3
    want = reference_loss.loss(
        x, target, weight=weight, sample_weight=sample_weight, ignore_index=-3, z_loss=0.1,
        reduction=reduction, label_smoothing=smoothing, softcap=softcap,
    )  # fmt: skip

    x, target, weight, s = map(torch.from_numpy, (x, target, weight, sample_weight))
    x.requires_grad_()
    target.requires_grad_(kind == "probabilities")
    y = x if softcap is None else softcap * torch.tanh(x / softcap)
    lse = torch.logsumexp(y, 1)
    costs = s * torch.nn.functional.cross_entropy(
        y, target, weight, ignore_index=-3, label_smoothing=smoothing, reduction="none"
    )
    counted = target != -3 if kind == "indices" else torch.ones_like(s, dtype=bool)
    squares = torch.where(counted, 0.1 * s * lse**2, 0)
    if reduction == "mean":
        samples = s[counted].sum()
        each = s * weight[torch.where(counted, target, 0)] if kind == "indices" else s
        costs, squares = costs / each[counted].sum(), squares / samples
    loss = costs + squares
    loss = loss if reduction == "none" else loss.sum()
    loss.sum().backward()

    close = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(want.loss, loss.detach().numpy(), **close)
    np.testing.assert_allclose(want.gradient, x.grad.numpy(), **close)
    np.testing.assert_allclose(want.logsumexp, lse.detach().numpy(), **close)
    if kind == "probabilities":
        np.testing.assert_allclose(want.target_gradient, target.grad.numpy(), **close)
    else:
        assert want.target_gradient is None


# ----------------------------------------------------------------------------------------- ONNX


def onnx_node(name, outputs, attributes, inputs):
    """What ONNX's own evaluator computes for one node."""
    names = ["scores", "labels", "weights"][: len(inputs)]
    node = onnx.helper.make_node(name, names, outputs, **attributes)
    values = [
        onnx.helper.make_tensor_value_info(
            n, onnx.helper.np_dtype_to_tensor_dtype(a.dtype), a.shape
        )
        for n, a in zip(names, inputs, strict=True)
    ]
    results = [
        onnx.helper.make_tensor_value_info(n, onnx.TensorProto.DOUBLE, None) for n in outputs
    ]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "one", values, results))
    return ReferenceEvaluator(model).run(None, dict(zip(names, inputs, strict=True)))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("ignored", [None, 2, -5, 1000])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(6, 5), (3, 5, 2), (2, 5, 3, 2), (2, 5, 2, 1, 3)])
def test_like_onnx(shape, weighted, ignored, reduction):
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal(shape), rng.integers(0, 5, (shape[0], *shape[2:]))
    x = x.astype(np.float32).astype(np.float64)
    attributes = {"reduction": reduction}
    if ignored is not None:
        target.flat[::3] = ignored
        attributes["ignore_index"] = ignored
    weight = rng.uniform(0.5, 2, 5).astype(np.float32) if weighted else None
    more = [] if weight is None else [weight.astype(np.float64)]

    want, log_probs = onnx_node(
        "SoftmaxCrossEntropyLoss", ["output", "log_prob"], attributes, [x, target, *more]
    )
    got = ops.cross_entropy(x, target, weight=weight, **attributes)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    got_log_probs = ops.log_softmax(x, axis=1)
    np.testing.assert_allclose(got_log_probs, log_probs, rtol=1e-6)
    (want,) = onnx_node(
        "NegativeLogLikelihoodLoss", ["loss"], attributes,
        [got_log_probs.astype(np.float64), target, *more],
    )  # fmt: skip
    got = ops.nll_loss(got_log_probs, target, weight=weight, **attributes)
    np.testing.assert_allclose(got, want, rtol=1e-6)


# ------------------------------------------------- what optax, Keras and Liger-Kernel have on top


def some_rows(*shape):
    rng = np.random.default_rng(1)
    x = (4 * rng.standard_normal((*shape, 6))).astype(np.float32)
    return x, rng.integers(0, 6, shape), rng


def logsumexp(x, where=True):
    """jax.nn.logsumexp(x, axis=-1, where=where)"""
    return np.log(np.exp(x.astype(np.float64)).sum(-1, where=where))


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_like_optax(axis):
    """optax.softmax_cross_entropy_with_integer_labels(logits, labels, axis, where), and
    softmax_cross_entropy(logits, smooth_labels(one_hot, alpha)), optax/losses/_classification.py"""
    x, labels, rng = some_rows(5, 3)
    label_logits = np.take_along_axis(x, labels[..., None], -1)[..., 0]
    logits = np.moveaxis(x, -1, axis)
    got = ops.cross_entropy(logits, labels, axis=axis, reduction="none")
    np.testing.assert_allclose(got, logsumexp(x) - label_logits, rtol=1e-6)

    where = rng.random(x.shape) < 0.6  # the classes that there are
    np.put_along_axis(where, labels[..., None], True, -1)
    masked = np.where(where, x, np.float32(-np.inf))
    got = ops.cross_entropy(np.moveaxis(masked, -1, axis), labels, axis=axis, reduction="none")
    want = logsumexp(x, where) - label_logits
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-15)

    alpha = 0.2
    smooth = (1 - alpha) * np.eye(6)[labels] + alpha / 6
    want = -(smooth * (x - logsumexp(x)[..., None])).sum(-1)
    options = {"axis": axis, "reduction": "none"}
    got = ops.cross_entropy(logits, labels, label_smoothing=alpha, **options)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    got = ops.cross_entropy(logits, np.moveaxis(smooth, -1, axis), **options)
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("ignore_class", [None, 2])
def test_like_keras(ignore_class):
    """keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class, reduction, axis)
    (y_true, y_pred, sample_weight), keras/src/losses/loss.py: reduce_weighted_values"""
    x, y_true, rng = some_rows(5, 4)
    sample_weight = rng.uniform(0, 2, (5, 4)).astype(np.float32)
    values = logsumexp(x) - np.take_along_axis(x, y_true[..., None], -1)[..., 0]
    mask = y_true != ignore_class
    values, weights = values * mask, sample_weight * mask
    options = {"sample_weight": sample_weight, "axis": -1}
    if ignore_class is not None:
        options["ignore_index"] = ignore_class

    got = ops.cross_entropy(x, y_true, **options)  # mean_with_sample_weight
    np.testing.assert_allclose(got, (values * weights).sum() / weights.sum(), rtol=1e-6)
    got = ops.cross_entropy(x, y_true, reduction="sum", **options)
    np.testing.assert_allclose(got, (values * weights).sum(), rtol=1e-6)
    got = ops.cross_entropy(x, y_true, reduction="none", **options)
    np.testing.assert_allclose(got, values * weights, rtol=1e-6)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("softcap", [None, 5.0])
def test_like_liger(softcap, weighted, reduction):
    """LigerCrossEntropyLoss(weight, ignore_index, lse_square_scale, label_smoothing, reduction,
    softcap), src/liger_kernel/ops/cross_entropy.py: losses and gradient as its kernel writes them
    down"""
    x, y, rng = some_rows(40)
    y[::7] = -100
    scale, smoothing, some = 0.05, 0.1, y != -100
    eps, label = smoothing / 6, np.where(some, y, 0)
    weight = rng.uniform(0.5, 2, 6).astype(np.float32) if weighted else np.ones(6)
    weight_y, one_hot = weight[label], np.eye(6)[label]

    capped = x.astype(np.float64) if softcap is None else softcap * np.tanh(x / softcap)
    lse = logsumexp(capped)
    softmax = np.exp(capped - lse[:, None])
    loss = weight_y * (lse - np.take_along_axis(capped, label[:, None], 1)[:, 0])
    smooth_loss = eps * lse * weight.sum() - eps * (capped * weight).sum(1)
    loss, z_loss = loss * (1 - smoothing) + smooth_loss, scale * lse * lse
    d_loss = (1 - smoothing) * weight_y[:, None] * (softmax - one_hot)
    d_loss += eps * (softmax * weight.sum() - weight)
    d_z_loss = 2 * scale * lse[:, None] * softmax
    if reduction == "mean":
        sum_non_ignore_weight, n_non_ignore = weight_y[some].sum(), some.sum()
        loss, d_loss = loss / sum_non_ignore_weight, d_loss / sum_non_ignore_weight
        z_loss, d_z_loss = z_loss / n_non_ignore, d_z_loss / n_non_ignore
    gradient = d_loss + d_z_loss
    if softcap is not None:
        gradient *= 1 - (capped / softcap) ** 2
    loss = (loss + z_loss) * some

    got, got_gradient, stats = ops.cross_entropy_with_grad(
        x, y, weight=weight if weighted else None, reduction=reduction, z_loss=scale,
        label_smoothing=smoothing, softcap=softcap, return_stats=True,
    )  # fmt: skip
    np.testing.assert_allclose(got, loss if reduction == "none" else loss.sum(), rtol=1e-6)
    np.testing.assert_allclose(got_gradient, gradient * some[:, None], rtol=1e-5, atol=1e-7)
    assert stats.correct == (x.argmax(1) == y).sum()  # the sum of its token_accuracy
