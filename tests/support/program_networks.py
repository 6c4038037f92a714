"""Random networks and losses for programs.py: layers of every kind, drawn such that their shapes fit."""

import numpy as np

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import as_tensor, nn

CLASSES = 5
ACTIVATION_LAYERS = {
    "ReLU": nn.ReLU, "LeakyReLU": nn.LeakyReLU, "GELU": nn.GELU, "Sigmoid": nn.Sigmoid, "Tanh": nn.Tanh,
    "SiLU": nn.SiLU, "GELU tanh": lambda: nn.GELU("tanh"), "LeakyReLU 2": lambda: nn.LeakyReLU(-0.5),
}  # fmt: skip


class Net(nn.Module):
    """Layers one after the other: (text, function of network and input), with modules of the network's."""

    def __init__(self, draw, image, dropout=True):
        super().__init__()
        self.image, self.dropout, self.count = image, dropout, 0
        shape = image
        self.layers = []
        if len(shape) == 3:
            for _ in range(draw.randint(1, 6)):
                layer, shape = self.draw_layer(draw, shape)
                self.layers.append(layer)
            ways = [
                lambda net, x: x.flatten(1),
                lambda net, x: x.reshape(len(x), -1),
                lambda net, x: x.mean((2, 3)),
            ]
            way = draw.choice([0, 0, 1, 1, 2])
            self.layers.append((f"flatten {way}", ways[way]))
            shape = (shape[0] if way == 2 else int(np.prod(shape)),)
        for _ in range(draw.randint(0, 3)):
            layer, shape = self.draw_flat_layer(draw, shape)
            self.layers.append(layer)
        self.layers.append(self.linear(draw, shape[0], CLASSES))
        head = draw.choice(["none", "none", "none", "softmax", "log_softmax", "softcap"])
        self.head = head
        if head == "softmax":
            self.layers.append(("softmax", lambda net, x: F.softmax(x, 1)))
        elif head == "log_softmax":
            self.layers.append(("log_softmax", lambda net, x: F.log_softmax(x, 1)))
        elif head == "softcap":
            self.layers.append(("tanh", lambda net, x: x.tanh() * 3.0))
        self.criterion = nn.LinearCrossEntropyLoss(CLASSES, 7, bias=draw.random() < 0.5)

    def forward(self, x, between=None):
        for number, (_, layer) in enumerate(self.layers):
            x = layer(self, x)
            if between is not None:
                between(number, x)
        return x

    def text(self):
        return f"{self.image}: " + ", ".join(text for text, _ in self.layers)

    def own(self, module):
        """Makes a module the network's; gives its name."""
        self.count += 1
        name = f"m{self.count}"
        setattr(self, name, module)
        return name

    def module_layer(self, text, module):
        name = self.own(module)
        return text, lambda net, x: getattr(net, name)(x)

    def linear(self, draw, inputs, outputs):
        bias = draw.random() < 0.7
        return self.module_layer(f"linear {outputs} {bias}", nn.Linear(inputs, outputs, bias))

    def activation(self, draw):
        text = draw.choice(["ReLU"] * 4 + list(ACTIVATION_LAYERS))
        return self.module_layer(text, ACTIVATION_LAYERS[text]())

    def conv(self, draw, shape, same=False):
        C, H, W = shape
        while True:
            groups = draw.choice([g for g in (1, 1, 1, 2, 3, 4, C) if C % g == 0])
            outputs = C if same else groups * draw.choice([1, 2, 3, 8 // groups or 1])
            kernel = draw.choice([(1, 1), (3, 3), (3, 3), (3, 3), (2, 3), (5, 5), (3, 1), (1, 3)])
            stride = (1, 1) if same else draw.choice([(1, 1), (1, 1), (2, 2), (1, 2)])
            dilation = draw.choice([(1, 1), (1, 1), (1, 1), (2, 2), (2, 1)])
            padding = draw.choice([(0, 0), (1, 1), (2, 1), "same" if stride == (1, 1) else (1, 0)])
            padding = "same" if same else padding
            sides = (0, 0) if padding == "same" else padding
            sizes = []
            for size, k, s, p, d in zip((H, W), kernel, stride, sides, dilation, strict=True):
                left = size + 2 * p - d * (k - 1) - 1
                sizes.append(size if padding == "same" else left // s + 1 if left >= 0 else 0)
            if min(sizes) > 0 and outputs % groups == 0:
                break
        bias = draw.random() < 0.6
        module = nn.Conv2d(C, outputs, kernel, stride, padding, dilation, groups, bias)
        text = f"conv {outputs} {kernel} {stride} {padding} {dilation} {groups} {bias}"
        return self.module_layer(text, module), (outputs, *sizes)

    def pooling(self, draw, shape):
        C, H, W = shape
        kind = draw.choice(["max", "max", "avg", "adaptive"])
        if kind == "adaptive":
            size = draw.choice([1, (2, 1), (min(H, 3), None)])
            found = (size, size) if size == 1 else (size[0], size[1] or W)
            return self.module_layer(f"adaptive {size}", nn.AdaptiveAvgPool2d(size)), (C, *found)
        kernel, stride = draw.choice([(2, 2), (3, 2), (2, 1), (3, 3), (1, 1)])
        padding, ceil = draw.choice([0, kernel // 2]), draw.random() < 0.3
        if kernel > min(H, W):
            kernel, stride, padding = 1, 1, 0
        make = nn.MaxPool2d if kind == "max" else nn.AvgPool2d
        module = make(kernel, stride, padding, ceil_mode=ceil)
        sizes = lanegrad.zeros(1, 1, H, W)
        sizes = module(sizes).shape[2:]
        return self.module_layer(f"{kind} {kernel} {stride} {padding} {ceil}", module), (C, *sizes)

    def norm(self, draw, C, make):
        options = draw.choice(
            [{}, {}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}]
        )
        return self.module_layer(f"{make.__name__} {options}", make(C, **options))

    def alike(self, draw, shape):
        """A layer that keeps the shape of images."""
        kind = draw.choice(["conv", "conv", "norm", "activation", "activation", "dropout", "scale"])
        if kind == "conv":
            return self.conv(draw, shape, True)[0]
        if kind == "norm":
            return self.norm(draw, shape[0], nn.BatchNorm2d)
        if kind == "dropout" and self.dropout:
            make, p = draw.choice([nn.Dropout, nn.Dropout2d]), draw.choice([0.1, 0.5])
            return self.module_layer(f"{make.__name__} {p}", make(p))
        if kind == "scale":
            return draw.choice(
                [
                    ("* 0.5", lambda net, x: x * 0.5),
                    ("+ 1", lambda net, x: x + 1),
                    ("x / 2 - x", lambda net, x: x / 2 - x),
                    ("clone", lambda net, x: x.clone()),
                    ("-x", lambda net, x: -x),
                    ("exp(tanh)", lambda net, x: x.tanh().exp()),
                    ("T.T", lambda net, x: x.T.T),
                    ("x + x", lambda net, x: x + x),
                    ("x * x", lambda net, x: x * x * 0.1),
                    ("x + detach", lambda net, x: x + x.detach()),
                    ("softmax over channels", lambda net, x: F.softmax(x, 1)),
                ]
            )
        return self.activation(draw)

    def draw_layer(self, draw, shape):
        C, H, W = shape
        kind = draw.choice(
            ["conv"] * 4 + ["pool"] * 2 + ["alike"] * 5
            + ["residual"] * 3 + ["product", "cat", "cat", "pad", "slice", "view"] + ["conv norm relu"] * 2
        )  # fmt: skip
        if kind == "conv":
            return self.conv(draw, shape)
        if kind == "pool":
            return self.pooling(draw, shape)
        if kind in ("residual", "product", "cat"):
            inner = [self.alike(draw, shape) for _ in range(draw.randint(1, 3))]
            texts = " > ".join(text for text, _ in inner)
            swapped, again = draw.random() < 0.5, draw.random() < 0.2

            def run(net, x):
                y = x
                for _ in range(1 + again):  # twice with the same weights
                    for _, layer in inner:
                        y = layer(net, y)
                a, b = (x, y) if swapped else (y, x)
                return (
                    lanegrad.cat([a, b], 1)
                    if kind == "cat"
                    else a + b
                    if kind == "residual"
                    else a * b
                )

            return (f"{kind}{' twice' * again} ({texts})", run), (
                2 * C if kind == "cat" else C,
                H,
                W,
            )
        if kind == "pad":
            mode = draw.choice(["constant", "reflect", "replicate", "circular"])
            sides = [draw.randint(0, 1) for _ in range(4)] if min(H, W) > 1 else [0] * 4
            value = draw.choice([0.0, 0.5]) if mode == "constant" else None
            found = C, H + sides[2] + sides[3], W + sides[0] + sides[1]
            return (
                f"pad {sides} {mode} {value}",
                lambda net, x: F.pad(x, sides, mode, value),
            ), found
        if kind == "slice":
            start = draw.randrange(C)
            if draw.random() < 0.5:
                return (f"[:, {start}:]", lambda net, x: x[:, start:]), (C - start, H, W)
            return ("[:, :, ::2]", lambda net, x: x[:, :, ::2]), (C, (H + 1) // 2, W)
        if kind == "view":
            return ("view", lambda net, x: x.view(len(x), W, H, C)), (W, H, C)
        if kind == "conv norm relu":
            layers = [self.conv(draw, shape)]
            shape = layers[0][1]
            layers = [
                layers[0][0],
                self.norm(draw, shape[0], nn.BatchNorm2d),
                self.module_layer("ReLU", nn.ReLU()),
            ]

            def several(net, x):
                for _, layer in layers:
                    x = layer(net, x)
                return x

            return (" > ".join(text for text, _ in layers), several), shape
        return self.alike(draw, shape), shape

    def draw_flat_layer(self, draw, shape):
        (size,) = shape
        kind = draw.choice(
            [
                "linear",
                "linear",
                "activation",
                "activation",
                "norm",
                "dropout",
                "residual",
                "shared",
            ]
        )
        if kind == "linear":
            outputs = draw.choice([3, 8, 17])
            return self.linear(draw, size, outputs), (outputs,)
        if kind == "norm":
            return self.norm(draw, size, nn.BatchNorm1d), shape
        if kind == "dropout" and self.dropout:
            return self.module_layer("dropout", nn.Dropout(0.3)), shape
        if kind == "residual" and size < 100:
            name = self.own(nn.Linear(size, size))
            return ("x + relu(linear)", lambda net, x: x + F.relu(getattr(net, name)(x))), shape
        if kind == "shared" and size < 100:
            name = self.own(nn.Linear(size, 4))
            return (
                "x W^T W",
                lambda net, x: getattr(net, name)(x) @ getattr(net, name).weight,
            ), shape
        return self.activation(draw), shape


LOSSES = (
    "cross_entropy", "cross_entropy", "cross_entropy", "soft", "computed soft", "nll", "none", "own",
    "square", "linear", "linear", "entropy",
)  # fmt: skip


def draw_loss(draw, net):
    """A loss: its text, and a function of outputs, a generator of numbers, and one that keeps labels."""
    kind = draw.choice(LOSSES)
    reduction = draw.choice(["mean", "mean", "sum"])
    options = {"reduction": reduction}
    if draw.random() < 0.3:
        options["label_smoothing"] = draw.choice([0.1, 0.3])
    if draw.random() < 0.2:
        options["z_loss"] = 0.01
    if draw.random() < 0.2:
        options["softcap"] = 4.0
    ignored = {"ignore_index": 2} if draw.random() < 0.2 else {}
    weighted, sampled = draw.random() < 0.3, draw.random() < 0.3
    as_array = draw.random() < 0.5
    classes = 7 if kind == "linear" else CLASSES

    def given(array):
        return array if as_array else as_tensor(array)

    def weights(rng, N):
        more = {}
        if weighted:
            more["weight"] = given(rng.uniform(0.5, 2, classes).astype(np.float32))
        if sampled:
            more["sample_weight"] = given(rng.uniform(0.5, 2, N).astype(np.float32))
        return more

    def loss(x, rng, keep):
        N = len(x)
        labels = rng.integers(0, classes, N)
        keep(labels)
        if kind == "linear":
            more = {**options, **ignored, **weights(rng, N)}
            return F.linear_cross_entropy(
                x, net.criterion.linear.weight, given(labels), net.criterion.linear.bias, **more
            )
        if kind == "cross_entropy":
            return F.cross_entropy(x, given(labels), **options, **ignored, **weights(rng, N))
        if kind == "none":
            each = F.cross_entropy(x, given(labels), **{**options, "reduction": "none"}, **ignored)
            return (each * given(rng.uniform(0, 1, N).astype(np.float32))).sum()
        if kind == "soft":
            soft = rng.dirichlet(np.ones(CLASSES), N).astype(np.float32)
            keep(soft)
            return F.cross_entropy(x, given(soft), **options, **weights(rng, N))
        if kind == "computed soft":
            other = F.softmax(x * 0.5, 1)
            return F.cross_entropy(x, other, **options, **weights(rng, N))
        if kind == "nll":
            scores = x if net.head == "log_softmax" else F.log_softmax(x, 1)
            return F.nll_loss(
                scores, given(labels), reduction=reduction, **ignored, **weights(rng, N)
            )
        if kind == "own":
            picked = F.log_softmax(x, 1)[np.arange(N), labels]
            return -picked.sum() / N
        if kind == "square":
            difference = x - given(rng.standard_normal(x.shape, np.float32))
            return (difference * difference).mean() + x.max() * 0.1
        p = F.softmax(x, 1)
        return -(p * F.log_softmax(x, 1)).sum(1).mean()

    return f"{kind} {options} {ignored}{' weight' * weighted}{' sample_weight' * sampled}", loss
