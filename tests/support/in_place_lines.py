"""Random lines of programs that view, change and read tensors, for in_place_programs.py: source text in which
`m` is PyTorch or lanegrad, and `data(seed, shape)` gives an array of NumPy's."""

from math import prod

NUMBERS = ["0.5", "-1.5", "2", "0", "-0.25", "1"]


def address(t):
    return t.untyped_storage().data_ptr()


class Lines:
    """Draws lines of a program from what is known after those before: PyTorch's `tensors` by name."""

    def __init__(self, draw, images):
        self.draw, self.images = draw, images
        self.tensors = {}
        self.count = 0

    def choice(self, options):
        return self.draw.choice(list(options))

    def line(self):
        """The next line."""
        if len(self.tensors) < 2:
            return self.new()
        kind = self.draw.choices(
            ["new", "view", "read", "change", "write", "flag", "forget", "backward"],
            [3, 22, 14, 24, 20, 6, 6, 2],
        )[0]
        text = getattr(self, kind)()
        mode = self.draw.random()
        if mode < 0.06:
            text = f"with m.no_grad(): {text}"
        return text

    def name(self):
        """For a result: a new one, or now and then one that is there."""
        if self.draw.random() < 0.1 and self.tensors:
            return self.choice(self.tensors)
        self.count += 1
        return f"t{self.count}"

    def some(self, test=lambda t: True):
        """The name of a tensor, of those that pass a test where there are some."""
        names = [name for name, t in self.tensors.items() if test(t)]
        return self.choice(names or self.tensors)

    def size(self):
        return self.draw.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])

    def seed(self):
        return self.draw.randrange(1000)

    def number(self):
        return self.choice(NUMBERS)

    # --- new tensors --------------------------------------------------------------------------------

    def new(self):
        name = self.name()
        shape = tuple(self.size() for _ in range(self.draw.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])))
        if self.images and self.draw.random() < 0.7:
            shape = (self.choice([1, 2, 3, 5, 8, 9, 17, 20]), self.choice([1, 2, 3]), 4, 4)
        kind = self.draw.choices(["leaf", "float", "whole", "mask"], [8, 4, 1, 1])[0]
        values = f"data({self.seed()}, {shape})"
        if kind == "leaf":
            return f"{name} = m.tensor({values}, requires_grad=True)"
        if kind == "float":
            return f"{name} = m.tensor({values})"
        if kind == "whole":
            dtype = self.choice(["int64", "int32", "uint8"])
            return f"{name} = m.tensor((abs({values}) * 8).astype({dtype!r}))"
        return f"{name} = m.tensor({values} > 0)"

    # --- views --------------------------------------------------------------------------------------

    def view(self):
        x = self.some()
        return f"{self.name()} = {x}{self.shown(self.tensors[x])}"

    def axis(self, t):
        return self.draw.randrange(-t.ndim, t.ndim) if t.ndim else 0

    def shown(self, t):
        """What follows a tensor to show it in another way."""
        if not (t._is_view() or t.is_contiguous()):
            return self.choice(
                ["[...]", "[None]", ".detach()", ".clone()"]
            )  # it is contiguous here
        draw, n = self.draw, t.ndim
        common = ["[...]", "[None]", ".detach()", ".data", ".view(-1)", ".reshape(-1)", ".clone()"]
        common += [
            ".contiguous()",
            ".squeeze()",
            ".flatten()",
            f".unsqueeze({self.draw.randint(-n - 1, n)})",
        ]
        common += [
            f".reshape({self.shape_of(prod(t.shape))})",
            f".view({self.shape_of(prod(t.shape))})",
        ]
        common += [f".expand({self.wider(t.shape)})"]
        if not n:
            return self.choice(common)
        a, b, size = self.axis(t), self.axis(t), t.shape[self.axis(t)]
        of_a = t.shape[a]
        order = list(range(n))
        draw.shuffle(order)
        special = [f".transpose({a}, {b})", f".permute({order})", f".squeeze({a})"]
        special += [f".movedim({a}, {b})", f".chunk({draw.randint(1, 3)}, {a})[0]"]
        special += [
            f".split({draw.randint(1, 3)}, {a})[-1]",
            f".flip({a})",
            f".flatten({draw.randrange(n)})",
        ]
        if of_a:
            start = draw.randrange(of_a)
            special += [f".select({a}, {draw.randrange(-of_a, of_a)})", f".unbind({a})[{start}]"]
            special += [f".narrow({a}, {start}, {draw.randint(1, of_a - start)})"]
            special += [f".unfold({a}, {draw.randint(1, of_a)}, {draw.randint(1, 2)})"]
        if n == 2:
            special += [".T", ".t()", ".T"]
        if n > 1:
            special += [".mT", f".diagonal({draw.randint(-1, 1)}, 0, {draw.randrange(1, n)})"]
        if size and n > 2:
            special += [f".diagonal({draw.randint(-1, 1)}, 1, -1)"]
        basic = f"[{self.index(t.shape)}]"
        return draw.choices([self.choice(common), self.choice(special), basic], [3, 5, 5])[0]

    def shape_of(self, size):
        """A shape of so many elements."""
        shape = []
        for n in (2, 3):
            if size and size % n == 0 and self.draw.random() < 0.5:
                shape.append(n)
                size //= n
        shape.insert(
            self.draw.randint(0, len(shape)), -1 if size and self.draw.random() < 0.3 else size
        )
        return tuple(shape)

    def wider(self, shape):
        """A shape to expand to."""
        wide = [self.draw.choice([1, 2, 3]) if n == 1 else self.draw.choice([n, -1]) for n in shape]
        if self.draw.random() < 0.4:
            wide.insert(0, self.draw.choice([1, 2]))
        return tuple(wide)

    def index(self, shape):
        """An index that shows a part of the memory."""
        parts = [self.part(n) for n in shape[: self.draw.randint(1, len(shape))]]
        if self.draw.random() < 0.15:
            parts.insert(self.draw.randint(0, len(parts)), "None")
        if self.draw.random() < 0.15:
            parts.insert(0, "...") if len(parts) < len(shape) else parts.append("...")
        return ", ".join(parts)

    def part(self, n):
        draw = self.draw
        if n and draw.random() < 0.4:
            return str(draw.randrange(-n, n))
        start, stop = draw.choice(["", "", "1", "-2", "0"]), draw.choice(["", "", "", "-1", "3"])
        return f"{start}:{stop}" + draw.choice(["", "", "", ":2", ":3"])

    def advanced(self, t):
        """An index that takes elements, or a mask."""
        draw, n = self.draw, t.shape[0]
        masks = [name for name, x in self.tensors.items() if str(x.dtype).endswith("bool")]
        same = [
            name for name in masks if t.shape[: self.tensors[name].ndim] == self.tensors[name].shape
        ]
        options = [
            f"data({self.seed()}, {tuple(t.shape)}) > 0",
            f"m.tensor(data({self.seed()}, ({n},)) > 0)",
        ]
        options += same
        if t.numel():
            at = [draw.randrange(-n, n) for _ in range(draw.choice([1, 2, 3]))]
            options += [
                f"{at}",
                f"m.tensor({at})",
                f"m.tensor({at[0]})",
                f"[[{at[0]}], [{at[-1]}]]",
            ]
            if t.ndim > 1:
                options += [f"{at}, {self.part(t.shape[1])}", f"..., {self.part(t.shape[-1])}"]
                if k := t.shape[1]:
                    options += [
                        f"{at}, {[draw.randrange(k) for _ in at]}",
                        f":, [{draw.randrange(k)}]",
                    ]
        return self.choice(options)

    # --- results ------------------------------------------------------------------------------------

    def like(self, t, elsewhere=False):
        """Something to compute with a tensor of this shape, or to write to it: a number, a tensor, a part.
        Where it is to be `elsewhere`, t itself is not read either."""
        shape = tuple(t.shape)
        fits = [
            name
            for name, x in self.tensors.items()
            if x.ndim <= t.ndim
            and all(a in (1, b) for a, b in zip(x.shape[::-1], shape[::-1], strict=False))
        ]
        if fits and self.draw.random() < 0.65:
            name = self.choice(fits)
            other = self.tensors[name]
            square = other.ndim == 2 and other.shape[0] == other.shape[1]
            form = self.choice([name, name, f"{name}.T"]) if square else name
            if address(other) == address(t) and (elsewhere or not (other is t and form == name)):
                return f"{form}.clone()"  # else PyTorch may read what it has just written
            if square:
                return form
            return self.choice(
                [name, name, name, f"{name} * 0.5", f"{name}.detach()", f"{name}.clone()"]
            )
        if shape and self.draw.random() < 0.3:
            part = shape[self.draw.randrange(len(shape)) :]
            return f"m.tensor(data({self.seed()}, {part}))"
        return self.number()

    def read(self):
        x = self.some(lambda t: str(t.dtype).endswith("float32"))
        t = self.tensors[x]
        y = self.like(t)
        options = [
            f"{x} * {y}",
            f"{x} + {y}",
            f"{x} - {y}",
            f"{y} * {x}",
            f"m.exp({x} * 0.1)",
            f"m.sigmoid({x})",
        ]
        options += [
            f"m.relu({x})",
            f"{x}.tanh()",
            f"{x}.sum()",
            f"{x}.mean()",
            f"{x} ** 2",
            f"{x} * {x}",
        ]
        options += [
            f"m.where({x} > 0, {x}, {y})",
            f"m.stack([{x}, {x} * 2])",
            f"{x}.abs()",
            f"{x} / 2",
        ]
        options += [
            f"{x}.clamp(-0.5, 0.5)",
            f"m.cat([{x}.reshape(-1), {x}.reshape(-1)])",
            f"{x}.sin()",
        ]
        options += [
            f"m.nn.functional.leaky_relu({x})",
            f"{x} > 0",
            f"-{x}",
            f"{x} / (2 + {x}.abs())",
        ]
        if t.ndim:
            options += [
                f"{x}.sum(0)",
                f"{x}.mean(-1)",
                f"{x}[{self.advanced(t)}]",
                f"{x}.cumsum(0)",
            ]
        if t.ndim == 2:
            options += [f"{x} @ {x}.T"]
        if t.ndim == 4 and self.images and t.shape[1] and str(t.dtype).endswith("float32"):
            c = t.shape[1]
            weight = f"m.tensor(data({self.seed()}, (2, {c}, 3, 3)), requires_grad=True)"
            conv = f"m.nn.functional.conv2d({x}, {weight}"
            options = options[:3] + [f"{conv}, padding=1)", f"{conv}, padding=1).relu_()"] * 3
            options += [
                f"m.nn.functional.max_pool2d({x}, 2)",
                f"m.nn.functional.avg_pool2d({x}, 2)",
            ]
            options += [
                f"m.nn.functional.relu({x})",
                f"m.nn.functional.relu({x}, inplace=True)",
            ] * 2
            options += [
                f"m.nn.functional.pad({x}, (1, 0))",
                f"m.relu({x} + {y})",
                f"m.flatten({x}, 1)",
            ]
            options += [f"m.nn.functional.batch_norm({x}, None, None, training=True)"]
        return f"{self.name()} = {self.choice(options)}"

    # --- changes in place ---------------------------------------------------------------------------

    def change(self):
        """By a method or an operator."""
        x = self.some()
        t = self.tensors[x]
        target = x + (self.shown(t) if self.draw.random() < 0.35 else "")
        y = self.like(t)
        methods = [
            f"add_({y})",
            f"mul_({y})",
            f"sub_({y})",
            f"copy_({y})",
            f"fill_({self.number()})",
            "zero_()",
        ]
        methods += [
            "relu_()",
            "clamp_(-0.5, 0.5)",
            f"add_({y}, alpha=0.5)",
            f"div_({self.number()} + 3)",
        ]
        methods += [
            "sigmoid_()",
            "tanh_()",
            "neg_()",
            "abs_()",
            "mul_(-1)",
            f"masked_fill_({x} > 0, -0.25)",
        ]
        methods += [
            "pow_(2)",
            f"lerp_({x}.detach() * 0, 0.5)",
            f"masked_fill_({self.tensor_mask(t)}, 0.5)",
        ]
        methods += ["cumsum_(0)", "cumprod_(-1)"] * (t.is_floating_point() and t.ndim > 0)
        methods += ["sin_()", "square_()", "clamp_min_(0)", "requires_grad_(False).add_(1)"]
        if t.ndim and t.numel():
            at = self.draw.randrange(t.shape[0])
            rest = f"data({self.seed()}, {(2, *t.shape[1:])})"
            methods += [f"index_add_(0, m.tensor([{at}, {at}]), m.tensor({rest}))"]
            methods += [f"index_fill_(0, m.tensor([{at}]), 0.5)"]
            methods += [f"index_copy_(0, m.tensor([{at}]), m.tensor({rest})[:1])"]
        if self.draw.random() < 0.3:
            return f"{x} {self.choice(['+=', '-=', '*=', '/='])} {self.choice([y, '2'])}"
        return f"{target}.{self.choice(methods)}"

    def tensor_mask(self, t):
        return (
            f"m.tensor(data({self.seed()}, {tuple(t.shape[self.draw.randint(0, t.ndim) :])}) > 0)"
        )

    def write(self):
        """At an index."""
        x = self.some(lambda t: t.ndim)
        t = self.tensors[x]
        if not t.ndim:
            return f"{x}[{self.choice(['...', '()', 'None'])}] {self.choice(['=', '+=', '*='])} 2"
        operator = self.choice(["=", "=", "=", "+=", "*=", "-="])
        if self.draw.random() < 0.2 and t.shape[0] > 1 and t.is_contiguous():
            return f"{x}[1:] {operator} {x}[:-1]"
        if self.draw.random() < 0.1 and t.shape[0] > 1:
            return f"{x}[{self.draw.choice(['0', '-1', '::2'])}] {operator} {x}[1]"
        index = self.advanced(t) if self.draw.random() < 0.4 else self.index(t.shape)
        value = self.number() if self.draw.random() < 0.5 else self.like(t, elsewhere=True)
        if self.draw.random() < 0.25:
            value = f"{x}[{index}] * 2"
        return f"{x}[{index}] {operator} {value}"

    # --- the rest -----------------------------------------------------------------------------------

    def flag(self):
        x = self.some()
        y = self.some(lambda t: t.shape == self.tensors[x].shape)
        return self.choice(
            [f"{x}.requires_grad_()", f"{x}.requires_grad_(False)", f"{x}.requires_grad = True"]
            + [f"{x}.detach_()"]
            * all(other._base is not self.tensors[x] for other in self.tensors.values())
            + [f"{x}.retain_grad()", f"{x}.data = {y}", f"{x}.data = {x}.data * 2"]
            + [f"{x}.data{self.shown(self.tensors[x])}.add_(0.5)", f"{x}.grad = None"]
            + [f"{x}.register_hook(lambda g: g * 2)"]
            * (not self.tensors[x]._is_view())  # PyTorch may crash
        )

    def forget(self):
        x = self.some()
        return f"del {x}" if len(self.tensors) > 3 else f"{x} = {x}.clone()"

    def backward(self):
        x = self.some(lambda t: t.requires_grad)
        return f"({x} * {self.number()}).sum().backward(retain_graph=True)"
