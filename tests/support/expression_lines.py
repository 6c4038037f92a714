"""Random lines of expressions for expressions.py: source text in which `m` is PyTorch or lanegrad, and
`data(seed, shape)` and `whole(seed, shape, count)` give arrays of NumPy's.

A line is a template of a table below whose places are filled in, with what fits the tensor that it is about.
"""

from in_place_lines import Lines

# Of floats. {x} is the tensor, {y} what broadcasts with it, {t} such a tensor, {n} a number, {mask} a mask;
# other places are methods of Places. F is m.nn.functional.
ONE = """
    -{x} ; {x}.abs() ; m.exp({x} * 0.25) ; m.expm1({x} * 0.25) ; m.log({x}.abs() + 0.5) ; m.log1p({x}.abs())
    m.log2({x}.abs() + 1) ; m.sqrt({x}.abs() + 0.125) ; m.rsqrt({x}.abs() + 0.5) ; m.sin({x}) ; m.cos({x})
    m.tanh({x}) ; {x}.sigmoid() ; m.erf({x}) ; m.atan({x}) ; m.floor({x}) ; m.ceil({x}) ; m.round({x})
    m.trunc({x}) ; m.frac({x}) ; m.sign({x}) ; {x}.square() ; ({x}.abs() + 0.5).reciprocal() ; {x} ** 2
    {x} ** 3 ; ({x}.abs() + 0.5) ** 0.5 ; ({x}.abs() + 0.5) ** -1.5 ; 2 ** {x}.clamp(-3, 3) ; 1 - {x}
    2 / ({x}.abs() + 1) ; {x} / 2 ; {x} / 3 ; {x} % 1 ; {x} // 0.5 ; m.nan_to_num({x}) ; m.relu({x})
    F.silu({x}) ; F.gelu({x}) ; F.softplus({x}) ; F.elu({x}) ; F.hardtanh({x}) ; F.hardswish({x})
    F.leaky_relu({x}) ; F.mish({x}) ; F.logsigmoid({x}) ; F.softsign({x}) ; F.hardsigmoid({x})
    {x} * m.sigmoid({x}) ; ({x} - {x}.mean()) / ({x}.var(correction=0) + 0.5).sqrt()
    F.softplus(-{x}.abs())
"""
TWO = """
    {x} + {y} ; {x} - {y} ; {x} * {y} ; {y} - {x} ; {y} * {x} ; {x} / ({t}.abs() + 0.5) ; {x} + {y}
    {x} * {y} ; m.minimum({x}, {t}) ; m.maximum({x}, {t}) ; m.atan2({x}, {t}.abs() + 0.5)
    m.hypot({x}, {t} + 3) ; m.lerp({x}, {t}, 0.25) ; m.addcmul({x}, {t}, {t}, value=0.5)
    m.add({x}, {t}, alpha=2) ; m.remainder({x}, {t}.abs() + 0.5) ; m.fmod({x}, {t}.abs() + 0.5)
    m.logaddexp({x}, {t}) ; F.mse_loss({x}, {x}.detach() * 0.5) ; (({x} - {y}) ** 2).mean()
    ({x} - {y}).abs().mean() ; F.smooth_l1_loss({x}, {x} * 0.5, reduction='none')
    m.xlogy({x}, {t}.abs() + 0.5) ; F.huber_loss({x}, {x}.flip(0) if {x}.ndim else {x} * 2)
    {x} * {y} + {t} ; F.binary_cross_entropy_with_logits({x}, ({x}.detach() > 0).to(m.float32))
"""
COMPARISONS = """
    {x} > {y} ; {x} < {y} ; {x} >= {y} ; {x} <= {y} ; {x} == {y} ; {x} != {y} ; m.isfinite({x}) ; {x} > 0
    m.logical_not({x}) ; m.logical_and({x}, {t}) ; m.isclose({x}, {t})
"""
CHOICES = """
    m.where({mask}, {x}, {y}) ; m.where({x} > 0, {x}, {y}) ; {x}.clamp(-0.5, 0.5) ; {x}.clamp(min={n})
    {x}.masked_fill({mask}, {n}) ; m.where({mask}, {n}, {x}) ; m.clamp({x}, {t}, {t} + 1) ; {x}[{x} > 0]
    m.where({x} > {y}, {n}, {x}) ; {x} * {mask} ; {x}.clamp(max={n}) ; m.masked_select({x}, {mask})
"""
CASTS = """
    {x}.to(m.float32) ; {x}.to(m.int64) ; {x}.to(m.bool) ; {x}.long() ; {x}.bool() ; ({x} > 0).to(m.float32)
    {x}.to(m.int32) ; {x}.to(m.uint8).to(m.int64) % 5 ; ({x} * 4).to(m.int64)
"""
SUMS = """
    {x}.sum({axes}) ; {x}.mean({axes}) ; {x}.sum({axes}, keepdim=True) ; {x}.mean({axes}, keepdim=True)
    {x}.var({axes}, correction=0) ; m.std({x} + m.tensor(data({seed}, {shape})), {axes}, correction=0)
    m.amax({x}, {axes}) ; m.amin({x}, {axes}, keepdim=True) ; m.logsumexp({x}, {axes}) ; {x}.sum()
    {x}.mean() ; m.linalg.vector_norm({x} + 0.0625, 2, {axes}) ; {x} - {x}.mean({axes}, keepdim=True)
    m.norm({x} + 0.0625) ; {x} / (0.5 + {x}.abs().sum({axes}, keepdim=True)) ; m.nansum({x}, {axes})
    {x}.max() ; {x}.min()
"""
ALONG = """
    m.max({x}, {axis})[0] ; m.min({x}, {axis}, keepdim=True)[0] ; {x}.prod({axis}) ; {x}.argmax({axis})
    {x}.argmin({axis}, keepdim=True) ; {x}.cumsum({axis}) ; ({x} * 0.5).cumprod({axis})
    m.cummax({x}, {axis})[0] ; m.logcumsumexp({x}, {axis}) ; m.softmax({x}, {axis})
    m.log_softmax({x}, {axis}) ; m.sort({x}, dim={axis}, stable=True)[0]
    m.sort({x}, dim={axis}, stable=True, descending=True)[0] ; m.argsort({x}, dim={axis}, stable=True)
    m.topk({x} + {distinct}, {some}, {axis})[0] ; m.flip({x}, [{axis}])
    m.topk({x} + {distinct}, {some}, {axis}, largest=False)[0]
    m.roll({x}, {shift}, {axis}) ; m.diff({x}, dim={axis}) ; m.gather({x}, {axis}, {around})
    m.index_select({x}, {axis}, {index}) ; m.cat([{x}, {x} * 2], {axis})
    m.scatter({x}, {axis}, {once}, {n}) ; m.scatter_add({x}, {axis}, {around}, {x} * 2) ; {x}.roll({shift})
    m.take_along_dim({x}, {around}, {axis})
    m.index_add({x}, {axis}, {index}, {x}.index_select({axis}, {index})) ; m.stack([{x}, {x} + 1], {axis})
    {x}.repeat_interleave(2, {axis}) ; m.cat([{x}, {x}.detach()[:1]], 0) ; F.pad({x}, {padding})
    F.pad({x}, {padding}, value={n}) ; m.fliplr({x}[None]) ; {x}[{first}] ; {x}.unfold({axis}, {some}, 1)
    m.split({x}, {some}, {axis})[0] ; {x}[::2] ; {x}.flip({axis}) * {y} ; F.normalize({x} + 3, dim={axis})
    F.glu(m.cat([{x}, {x}], {axis}), {axis}) ; m.tensor_split({x}, 2, {axis})[1]
    m.index_fill({x}, {axis}, {index}, {n}) ; {x}.index_copy({axis}, {one}, {x}.narrow({axis}, 0, 1))
"""
ANY_AXES = """
    {x}.repeat({repeats}) ; {x}.tile((2,)) ; m.stack([{x}, {x}]) ; {x}.reshape(-1) ; {x}.flatten()
    {x}.expand({wide}) ; {x}.unsqueeze(0).expand({two}) ; m.broadcast_to({x}, {wide}) ; {x}.clone()
    m.zeros_like({x}) + {x} ; m.take({x}, {take}) ; m.cat([{x}.reshape(-1), {x}.reshape(-1)])
    m.meshgrid({x}.reshape(-1)[:3], {x}.reshape(-1)[:2], indexing='ij')[0]
"""
MATRICES = """
    {x} @ {x}.T ; {x}.T @ {x} ; m.tril({x}) ; m.triu({x}, 1) ; m.diagonal({x}) ; m.rot90({x})
    m.outer({x}[0], {x}[:, 0]) ; F.linear({x}, m.tensor(data({seed}, (3, {columns})), requires_grad=True))
    F.layer_norm({x}, ({columns},)) ; m.einsum('ij,ij->i', {x}, {x})
    F.cross_entropy({x}, m.tensor(whole({seed}, ({rows},), {columns})))
    F.kl_div(m.log_softmax({x}, 1), m.softmax({x}.detach() * 0.5, 1), reduction='batchmean')
"""
# Of whole numbers, and of masks.
WHOLE = """
    {x} + {y} ; {x} - {y} ; {x} * {y} ; {x} // 3 ; {x} % 3 ; -{x} ; {x}.abs() ; {x} & 3 ; {x} | 1 ; {x} ^ 5
    ~{x} ; {x} << 1 ; {x} >> 1 ; {x} ** 2 ; {x} / 4 ; {x} * 0.5 ; {x}.clamp(-2, 3) ; m.minimum({x}, {t})
    m.where({mask}, {x}, {y}) ; F.one_hot({x}.abs() % 4, 5) ; {x}.sum({axes})
    {x}.to(m.float32).mean({axes}) ; {x}.amax({axes}) ; {x} == {y} ; m.bincount({x}.abs().reshape(-1) % 7)
    m.unique({x}) ; m.sign({x}) ; m.square({x}) ; {x}.max() ; F.relu({x}) ; m.count_nonzero({x}, {axes})
    m.floor_divide({x}, 2) ; m.remainder({x}, -3) ; m.div({x}, 3, rounding_mode='trunc')
"""
MASKS = """
    {x} & {mask} ; {x} ^ {mask} ; ~{x} ; {x}.any() ; {x}.all({axes}) ; {x}.any({axes}, keepdim=True)
    {x}.sum({axes}) ; m.where({x}, {t}, {n}) ; {x} * {t} ; {x} + {t} ; m.nonzero({x})
    {x}.to(m.float32).mean() ; m.logical_xor({x}, {mask}) ; m.count_nonzero({x}) ; m.logical_not({x})
    {x} == {mask} ; {x} + {x}
"""
# Of images (N, C, H, W): {weight} is a convolution's.
IMAGES = """
    F.conv2d({x}, {weight}, padding=1) ; F.conv2d({x}, {weight}, padding=1).relu_()
    F.conv2d({x}, {weight}, stride=2, padding=1) ; F.max_pool2d({x}, 2) ; F.avg_pool2d({x}, 2)
    F.adaptive_avg_pool2d({x}, 1) ; {x}.mean((2, 3)) ; F.adaptive_max_pool2d({x}, 2)
    F.batch_norm({x}, None, None, training=True) ; F.group_norm({x}, 1) ; F.instance_norm({x})
    {x} * {x}.mean((2, 3), keepdim=True).sigmoid() ; F.interpolate({x}, scale_factor=2)
    F.pixel_shuffle(m.cat([{x}] * 4, 1), 2) ; F.interpolate({x}, scale_factor=2, mode='bilinear')
    F.relu({x}, inplace=True) ; F.pad({x}, (1, 1, 1, 1), mode='replicate')
    F.pad({x}, (1, 0, 1, 1), mode='reflect') ; F.local_response_norm({x}, 2)
    F.conv_transpose2d({x}, {back}, stride=2) ; {x} + F.conv2d({x}, {same}, padding=1) ; m.flatten({x}, 1)
    {x}[:, :, ::2, 1:] ; {x}.flip(3) ; {x}.permute(0, 2, 3, 1) ; F.layer_norm({x}, tuple({x}.shape[1:]))
    {x}.transpose(1, 2) ; {x} * m.tensor(data({seed}, (1, {channels}, 1, 1)), requires_grad=True)
"""


def templates(table):
    """The templates of a table."""
    table = table.replace("F.", "m.nn.functional.")
    return [part.strip() for line in table.strip().splitlines() for part in line.split(" ; ")]


TABLES = {name: templates(table) for name, table in {
    "one": ONE, "two": TWO, "comparison": COMPARISONS, "choice": CHOICES, "cast": CASTS, "sums": SUMS,
    "along": ALONG, "any axes": ANY_AXES, "matrix": MATRICES, "whole": WHOLE, "mask": MASKS, "images": IMAGES,
}.items()}  # fmt: skip
# How often tables are drawn from for tensors of floats: those of other types have one, and some of these.
FLOATS = {
    "one": 14,
    "two": 22,
    "comparison": 7,
    "choice": 10,
    "cast": 4,
    "sums": 16,
    "along": 22,
    "any axes": 5,
}


class Expressions(Lines):
    """Draws lines from what is known after those before: PyTorch's `tensors` by name."""

    def __init__(self, draw):
        super().__init__(draw, images=draw.random() < 0.3)

    def line(self):
        if len(self.tensors) < 2:
            return self.new()
        kind = self.draw.choices(
            ["new", "view", "expression", "change", "write"], [4, 16, 64, 8, 8]
        )[0]
        line = getattr(self, kind)()
        return (
            self.line() if ".data" in line else line
        )  # PyTorch does not count what changes through it

    def new(self):
        """A leaf, a tensor of floats, of whole numbers, or a mask."""
        draw = self.draw
        shape = tuple(
            draw.choice([0, 1, 1, 2, 3, 3, 5, 7]) for _ in range(draw.choice([0, 1, 2, 2, 3, 4]))
        )
        if self.images and draw.random() < 0.7:
            shape = (
                draw.choice([1, 2, 3, 5, 9, 17]),
                draw.choice([1, 2, 3]),
                *draw.choice([(4, 4), (3, 5)]),
            )
        kind = draw.choices(["leaf", "float", "whole", "mask"], [8, 3, 2, 2])[0]
        values = f"data({self.seed()}, {shape})"
        values = {
            "leaf": f"{values}, requires_grad=True",
            "float": values,
            "whole": f"whole({self.seed()}, {shape}, 9) - 4",
            "mask": f"{values} > 0",
        }[kind]
        return f"{self.name()} = m.tensor({values})"

    def expression(self):
        x = self.some(lambda t: t.is_floating_point() or self.draw.random() < 0.4)
        t = self.tensors[x]
        return (
            f"{self.name()} = {self.choice(TABLES[self.table(t)]).format_map(Places(self, x, t))}"
        )

    def table(self, t):
        """The name of the table for a tensor."""
        chances = dict(FLOATS)
        if not t.is_floating_point():
            chances = {
                "mask" if str(t.dtype) == "torch.bool" else "whole": 12,
                "comparison": 2,
                "choice": 3,
            }
            chances |= {"cast": 3, "along": 6, "any axes": 2}
        elif t.ndim == 2:
            chances["matrix"] = 14
        elif t.ndim == 4 and t.numel():
            chances["images"] = 60
        if not t.ndim:
            chances.pop("along", None)
        return self.draw.choices(list(chances), list(chances.values()))[0]


class Places(dict):
    """What stands in the places of a template, drawn when it is asked for."""

    def __init__(self, lines, x, t):
        super().__init__(x=x)
        self.lines, self.draw, self.of = lines, lines.draw, t
        self.along = self.draw.randrange(t.ndim) if t.ndim else 0

    def __missing__(self, name):
        self[name] = getattr(self, name)()
        return self[name]

    def tensor(self, make, shape, rest=""):
        return f"m.tensor({make}({self.lines.seed()}, {tuple(shape)}{rest})"

    def partner(self):
        """A shape that broadcasts with the tensor's."""
        shape = [
            self.draw.choice([n, n, 1]) if n != 1 else self.draw.choice([1, 1, 3])
            for n in self.of.shape
        ]
        if self.draw.random() < 0.3:
            return shape[self.draw.randint(0, len(shape)) :]
        return [2, *shape] if self.draw.random() < 0.1 and len(shape) < 4 else shape

    def y(self):
        """What is computed with: a number, or a tensor."""
        return self.lines.number() if self.draw.random() < 0.25 else self.t()

    def t(self):
        """A tensor that broadcasts with this one."""
        own = self.of.shape[::-1]
        fits = [
            name
            for name, other in self.lines.tensors.items()
            if all(a == b or 1 in (a, b) for a, b in zip(other.shape[::-1], own, strict=False))
        ]
        if fits and self.draw.random() < 0.6:
            return self.lines.choice(fits)
        requires = self.draw.choice(["", ", requires_grad=True"])
        return self.tensor("data", self.partner(), f"){requires}")

    def n(self):
        return self.lines.number()

    def mask(self):
        return self.tensor("data", self.partner(), ") > 0")

    def seed(self):
        return self.lines.seed()

    def shape(self):
        return tuple(self.of.shape)

    def axis(self):
        return self.along - self.draw.choice([0, self.of.ndim])

    @property
    def length(self):
        return self.of.shape[self.along] if self.of.ndim else 1

    def axes(self):
        """One axis, some, or all."""
        n = self.of.ndim
        chosen = self.draw.sample(range(n), self.draw.randint(min(n, 1), n))
        chosen = [a - self.draw.choice([0, n]) for a in chosen]
        return chosen[0] if len(chosen) == 1 and self.draw.random() < 0.5 else tuple(chosen)

    def some(self):
        return self.draw.randint(min(1, self.length), max(self.length, 1))

    def shift(self):
        return self.draw.randint(-4, 4)

    def one(self):
        return self.tensor("whole", (1,), f", {self.length})")

    def index(self):
        return self.tensor("whole", (self.draw.choice([0, 1, 2, 3, 5]),), f", {self.length})")

    def first(self):
        return self.tensor("whole", (3,), f", {self.of.shape[0]})")

    def around(self):
        """Indices along the axis for gather and the like, as large as the tensor elsewhere."""
        return self.tensor("whole", self.of.shape, f", {self.length})")

    def once(self):
        """Indices along the axis of which no two are in one place."""
        shape = [1 if a == self.along else n for a, n in enumerate(self.of.shape)]
        return self.tensor("whole", shape, f", {self.length})")

    def take(self):
        return self.tensor("whole", (3, 2), f", {self.of.numel()})")

    def distinct(self):
        """What makes equal elements differ: of these PyTorch may take any."""
        return self.tensor("whole", self.of.shape, ", 99991) * 1e-4")

    def padding(self):
        count = 2 * self.draw.randint(1, max(1, min(self.of.ndim, 2)))
        return tuple(self.draw.choice([0, 1, 2, -1]) for _ in range(count))

    def repeats(self):
        return tuple(self.draw.choice([1, 1, 2]) for _ in range(max(1, self.of.ndim)))

    def wide(self):
        return tuple(self.draw.choice([1, 3]) if n == 1 else n for n in self.of.shape)

    def two(self):
        return (2, *self.of.shape)

    def rows(self):
        return self.of.shape[0]

    def columns(self):
        return self.of.shape[-1]

    def channels(self):
        return self.of.shape[1]

    def kernel(self, *shape):
        return self.tensor("data", shape, "), requires_grad=True")

    def weight(self):
        return self.kernel(self.draw.choice([1, 2, 4]), self.of.shape[1], 3, 3)

    def same(self):
        return self.kernel(self.of.shape[1], self.of.shape[1], 3, 3)

    def back(self):
        return self.kernel(self.of.shape[1], 2, 2, 2)
