"""Operations in modules written by hand, and what they note, beside onnxruntime."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from onnx_runs import check, exported, normal

pytestmark = pytest.mark.once

C, ROW, W = normal(6, 1, 1), normal(1, 12), normal(12, 5)


def in_place(x):
    y = x * 1
    z = y
    y += 2
    y *= C
    return z


IMAGES = {
    "view": lambda x: x.view(x.size(0), -1),
    "reshape": lambda x: x.reshape(-1, 64),
    "shuffle": lambda x: x.view(len(x), 2, 3, 8, 8).transpose(1, 2).reshape(x.shape),
    "patches": lambda x: (
        x.reshape(x.shape[0], 6, 2, 4, 2, 4).permute(0, 2, 4, 1, 3, 5).flatten(1, 2)
    ),
    "arithmetic": lambda x: (x + 1) * 2 - x / 3 + (1 - x) ** 2 - 2**x + x.abs() ** 1.5,
    "parameter first": lambda x: C * x + C - x / C,
    "where": lambda x: lanegrad.where(x > 0, x, 0.1 * x).masked_fill(x > 2, -1.0),
    "logic": lambda x: (((x > 0) & (x < 1)) | ~(x > -1)).float() + (x == x).float(),
    "clamp": lambda x: x.clamp(-0.5, 0.5) + x.clamp(min=C),
    "cat": lambda x: lanegrad.cat([x, x * 2, C.expand(x.shape[0], 6, 8, 8)], 1),
    "stack": lambda x: lanegrad.stack([x, x + 1], 1).sum(1),
    "sums": lambda x: (
        x.sum(1),
        x.mean((-2, -1)),
        x.var(1),
        x.std((1, 2), unbiased=False),
        x.norm(dim=1),
    ),
    "extremes": lambda x: (x.amax((2, 3)), x.min(2)[0], x.argmax(1), x.max(1)[1], (x > 2).any(1)),
    "attention": lambda x: F.softmax(x @ x.transpose(-1, -2) / 3, -1) @ x,
    "slices": lambda x: (x[:, 1:4, ::2, -3:], x[:, 0], x[:, -1, None], x[..., 1], x[:, [2, 0]]),
    "pieces": lambda x: (*x.chunk(2, 1), *x.split([1, 2, 3], 1), sum(x.unbind(1))),
    "moved": lambda x: (
        x.flip(3),
        x.roll(1, 2),
        x.tril(),
        x.mT,
        x.movedim(1, -1),
        x.repeat(1, 2, 1, 1),
    ),
    "pad": lambda x: F.pad(F.pad(x, (1, -2, 0, 1), value=2.0), (0, 2, 1, 0), "circular"),
    "shortcut": lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)),
    "in place": in_place,
    "types": lambda x: (
        x.detach().clone(),
        x.to(lanegrad.float32),
        x.long(),
        (x * 9).int() + 3,
        x.bool(),
    ),
    "angles": lambda x: x.sin() + x.cos() + x.sinh() + x.atan() + (x / 5).clamp(-1, 1).acos(),
    "steps": lambda x: x.round() + x.floor() + x.ceil() + x.trunc() + x.sign() + x.remainder(0.7),
    "area": lambda x: F.interpolate(x, (3, 5), mode="area"),
}
ROWS = {
    "zeros": lambda x: lanegrad.cat([x + lanegrad.zeros_like(x), lanegrad.zeros(x.shape[0], 3)], 1),
    "class token": lambda x: lanegrad.cat([ROW.expand(len(x), -1), x], 1),
    "products": lambda x: (x @ W, x @ W[:, 0], lanegrad.einsum("bc,co->bo", x, W), W.T @ x.T, x.T @ x),
    "bmm": lambda x: lanegrad.bmm(x.view(-1, 3, 4), x.view(-1, 4, 3)),
    "over the batch": lambda x: x - x.mean(0),
    "one hot": lambda x: (x.argmax(1, keepdim=True) == lanegrad.arange(12)).float(),
    "gather": lambda x: x.gather(1, x.argmax(1, keepdim=True)),
    "normalize": lambda x: (F.normalize(x), x.logsumexp(1), x.cumsum(1), x.prod(1)),
    "functions": lambda x: x.erf() + x.exp().log1p() + (x * x + 1).rsqrt() + x.sigmoid().logit(),
    "two": lambda x: lanegrad.maximum(x, x.flip(1)) + lanegrad.lerp(x, ROW, 0.3) + lanegrad.hypot(x, ROW),
    "one row more": lambda x: lanegrad.cat([x, ROW]),
    "inner product": lambda x: x.flatten() @ x.flatten(),
    "nested": lambda x: {"a": x + 1, "b": (x * 2, x)},
    "constant": lambda x: lanegrad.ones(x.shape[0], 2),
    "numbers of parameters": lambda x: x * W[0, 0].item() if W[0, 0] != 0 else x,
}  # fmt: skip


@pytest.mark.parametrize("name", IMAGES)
def test_of_images(name):
    check(IMAGES[name], normal(2, 6, 8, 8))


@pytest.mark.parametrize("name", ROWS)
def test_of_rows(name):
    check(ROWS[name], normal(2, 12))


def test_several_inputs_and_names():
    made = check(
        lambda a, b: a @ b.transpose(1, 2),
        normal(2, 3, 4),
        normal(2, 5, 4),
        input_names=["left", "right"],
        output_names=["product"],
        opset_version=20,
    )
    assert [value.name for value in (*made.graph.input, *made.graph.output)] == [
        "left", "right", "product",
    ]  # fmt: skip
    assert made.opset_import[0].version == 20


def test_inputs_whose_first_axis_is_no_batch():
    x, y = normal(2, 3), normal(3, 4)
    made, session = exported(lambda x, y: x @ y, x, y, dynamic_axes={"x": {0: "batch"}})
    shapes = [
        [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in made.graph.input
    ]
    assert shapes == [["batch", 3], [3, 4]]
    (found,) = session.run(None, {"x": np.ones((7, 3), np.float32), "y": y.numpy()})
    np.testing.assert_allclose(found, np.ones((7, 3)) @ y.numpy(), atol=1e-5)


def test_one_batch_alone():
    made, _ = exported(lambda x: x.view(4, 6) * 2, normal(2, 12), dynamic_axes={})
    assert [d.dim_value for d in made.graph.input[0].type.tensor_type.shape.dim] == [2, 12]
