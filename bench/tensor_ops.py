"""Operations on tensors of a megabyte, as text that every framework with PyTorch's names runs: a row's name
is its code, or the name of a function of `CHAINS`.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 512  # of matrices; images have as many elements
IMAGES = (64, 16, 16, 16)
CLASSES = 64

# x, y and p, which is positive, are matrices, i and k of whole numbers, b and c of booleans; row, column and
# number broadcast. a and e are images, small and quarter have a fourth of the elements, channel and scale
# broadcast. rows are indices along an axis, index is one for each element.
OPS = """
    x + y ; x - y ; x * y ; x / p ; x + 1 ; 1 - x ; x * 0.5 ; x / 2 ; -x ; x ** 2 ; x ** 3 ; p ** 0.5
    p ** 1.5 ; x.abs() ; m.sqrt(p) ; m.rsqrt(p) ; p.reciprocal() ; m.exp(x) ; m.expm1(x) ; m.log(p)
    m.log1p(p) ; m.log2(p) ; m.erf(x) ; m.sin(x) ; m.cos(x) ; m.tanh(x) ; m.sigmoid(x) ; m.floor(x)
    m.round(x) ; m.sign(x) ; x % 1 ; x // 2 ; m.minimum(x, y) ; m.maximum(x, y) ; x.clamp(-1, 1)
    x.clamp(min=0) ; m.where(b, x, y) ; x.masked_fill(b, 0) ; m.atan2(x, p) ; m.lerp(x, y, 0.25)
    m.addcmul(x, y, p) ; m.logaddexp(x, y) ; m.nan_to_num(x) ; F.relu(x) ; F.gelu(x)
    F.softplus(x) ; F.elu(x) ; F.hardswish(x) ; F.leaky_relu(x) ; i + k ; i * 2 ; i // 3 ; i % 3 ; i & k
    b & c ; ~b ; x > y ; x == y ; x <= 0 ; i == 3 ; m.isfinite(x) ; b.to(m.float32) ; i.to(m.float32)
    x.to(m.int64) ; x.to(m.bool) ; b.to(m.int64) ; x + row ; x * row ; x * column ; column + row
    x - number ; a + channel ; a * channel ; a * scale ; a + e ; x.sum() ; x.mean() ; x.sum(-1) ; x.sum(0)
    x.mean(-1) ; x.mean(0) ; x.max() ; x.amax(-1) ; x.amax(0) ; x.max(-1)[0] ; x.argmax(-1) ; x.argmax(0)
    x.var() ; x.var(-1) ; x.std(0) ; x.prod(-1) ; x.norm() ; m.linalg.vector_norm(x, dim=-1)
    m.logsumexp(x, -1) ; m.softmax(x, -1) ; m.count_nonzero(x) ; i.sum() ; b.any() ; b.all(0) ; b.sum()
    a.sum((2, 3)) ; a.mean((2, 3)) ; a.mean((0, 2, 3)) ; a.amax((2, 3)) ; a.var((0, 2, 3))
    x.T.contiguous() ; a.permute(0, 2, 3, 1).contiguous() ; x[::2, ::2].contiguous() ; x.flip(0) ; x.flip(1)
    x.roll(7, 1) ; m.cat([x, y]) ; m.cat([x, y], 1) ; m.cat([a, e], 1) ; m.stack([x, y])
    m.stack([x, y], -1) ; x.tril() ; m.gather(x, 1, index) ; x.scatter(1, index, y)
    x.scatter_add(1, index, y) ; x.index_select(0, rows) ; x.index_select(1, rows) ; x.index_add(0, rows, y)
    x[rows] ; x[b] ; F.one_hot(labels, 64) ; quarter.repeat(2, 2) ; quarter.repeat_interleave(4, 0)
    F.pad(x, (1, 1, 1, 1)) ; F.pad(a, (1, 1, 1, 1)) ; F.pad(a, (1, 1, 1, 1), mode='reflect') ; x.sort(-1)[0]
    x.argsort(-1) ; x.topk(5)[0] ; x.cumsum(-1) ; x.cumsum(0) ; F.pixel_shuffle(a, 2)
    F.interpolate(small, scale_factor=2) ; F.interpolate(small, scale_factor=2, mode='bilinear') ; x.add_(y)
    x.add_(1) ; x.mul_(-1) ; x.sub_(y, alpha=0.1) ; x.clamp_(-1, 1) ; x.relu_() ; x.copy_(y) ; x.zero_()
    x.lerp_(y, 0.1) ; x.masked_fill_(b, 0) ; x.index_fill_(0, rows, 0) ; x.scatter_add_(1, index, y)
    a.mul_(scale)
"""


def operations() -> list[str]:
    """The code of each row."""
    return [code.strip() for line in OPS.strip().splitlines() for code in line.split(" ; ")]


def mean_squared_error(m: Any, F: Any, o: Any) -> Any:
    return ((o.z - o.y) ** 2).mean()


def mean_absolute_error(m: Any, F: Any, o: Any) -> Any:
    return (o.z - o.y).abs().mean()


def huber(m: Any, F: Any, o: Any) -> Any:
    error = (o.z - o.y).abs()
    return m.where(error < 1, 0.5 * error**2, error - 0.5).mean()


def kullback_leibler(m: Any, F: Any, o: Any) -> Any:
    return (o.shares * (m.log(o.shares) - F.log_softmax(o.z, -1))).sum() / SIDE


def focal_loss(m: Any, F: Any, o: Any) -> Any:
    p = m.sigmoid(o.z)
    surprise = F.binary_cross_entropy_with_logits(o.z, o.answers, reduction="none")
    return (surprise * (p + o.answers - 2 * p * o.answers) ** 2).mean()


def layer_norm(m: Any, F: Any, o: Any) -> Any:
    centered = o.z - o.z.mean(-1, keepdim=True)
    y = centered / ((centered**2).mean(-1, keepdim=True) + 1e-5).sqrt()
    return ((y * o.row + o.row) * o.y).mean()


def squeeze_and_excitation(m: Any, F: Any, o: Any) -> Any:
    means = o.v.mean((2, 3))
    weights = m.sigmoid(F.relu(means @ o.narrow) @ o.wide)
    return ((o.v * weights[:, :, None, None]) ** 2).mean()


# Losses of the leaves z, a matrix, and v, images, that are run forward and backward.
CHAINS = {
    f.__name__.replace("_", " "): f
    for f in (
        mean_squared_error,
        mean_absolute_error,
        huber,
        kullback_leibler,
        focal_loss,
        layer_norm,
        squeeze_and_excitation,
    )
}


def operands() -> dict[str, NDArray[Any]]:
    """What the rows compute with, by name; those of four axes are images."""
    draw = np.random.default_rng(0)
    matrix, count = (SIDE, SIDE), SIDE * SIDE

    def floats(*shape: int) -> NDArray[Any]:
        return draw.standard_normal(shape, np.float32)

    shares = np.exp(floats(*matrix))
    found: dict[str, NDArray[Any]] = {name: floats(*matrix) for name in ("x", "y", "z")}
    found |= {"p": np.abs(floats(*matrix)) + np.float32(0.5), "number": np.array(0.5, np.float32)}
    found |= {
        "row": floats(SIDE),
        "column": floats(SIDE, 1),
        "quarter": floats(SIDE // 2, SIDE // 2),
    }
    found |= {name: draw.integers(-8, 9, (SIDE // 2, SIDE)) for name in ("i", "k")}
    found |= {name: floats(*matrix) > 0 for name in ("b", "c")}
    found |= {name: floats(*IMAGES) for name in ("a", "e", "v")}
    found |= {
        "small": floats(IMAGES[0], IMAGES[1] // 4, *IMAGES[2:]),
        "channel": floats(IMAGES[1], 1, 1),
    }
    # Signs, so that products in place stay what they are in size.
    found |= {
        "scale": np.sign(floats(*IMAGES[:2], 1, 1)),
        "narrow": floats(16, 4),
        "wide": floats(4, 16),
    }
    found |= {"rows": draw.permutation(SIDE), "index": draw.integers(0, SIDE, matrix)}
    found |= {"labels": draw.integers(0, CLASSES, count // CLASSES)}
    found |= {
        "shares": shares / shares.sum(-1, keepdims=True),
        "answers": np.float32(floats(*matrix) > 0),
    }
    return found


def call(
    name: str, m: Any, F: Any, tensor: Callable[[NDArray[Any]], Any], images: Callable[[Any], Any]
) -> Callable[[], Any]:
    """A function that does what a row says, and returns what comes of it.

    Parameters
    ----------
    name : str
        The code of an operation, or the name of a chain.
    m, F : modules
        The framework's, and its functions of layers.
    tensor, images : callable
        What makes a tensor of an array, and of one that is images as an activation is kept.
    """
    o = SimpleNamespace(
        **{key: (images if a.ndim == 4 else tensor)(a) for key, a in operands().items()}
    )
    if name not in CHAINS:
        run: Callable[[], Any] = eval(f"lambda: {name}", {"m": m, "F": F, **vars(o)})
        return run
    leaf = o.v if name == "squeeze and excitation" else o.z
    leaf.requires_grad_()

    def forward_and_backward() -> Any:
        leaf.grad = None
        CHAINS[name](m, F, o).backward()
        return leaf.grad

    return forward_and_backward
