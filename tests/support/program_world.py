"""Worlds that programs of programs.py live in: networks, optimizers, what they hold, steps of training."""

from random import Random

import numpy as np

import lanegrad
import program_changes  # noqa: F401  adds actions
from lanegrad import Tensor, as_tensor, nn, optim
from program_actions import ACTIONS, GLOBAL, Oops
from program_networks import Net, draw_loss

IMAGES = [(1, 6, 6), (2, 5, 7), (3, 8, 8), (4, 4, 4), (3, 9, 6), (16, 6, 6), (12,), (7,)]
SIZES = [1, 2, 3, 5, 8, 9, 16, 17, 32, 33, 48, 70]


class World:
    """What a program, or one of its threads, lives with."""

    def __init__(self, seed, deferred, parallel, shared, left_out=()):
        draw = Random(f"world {seed}")
        self.rng = np.random.default_rng(draw.randrange(2**32))
        self.deferred, self.parallel, self.shared = deferred, parallel, shared
        self.left_out, self.acts = left_out, 0  # numbers of actions that are passed over
        self.dropout = not parallel  # whose numbers all threads share
        self.log, self.seen, self.held, self.arrays, self.saved = [], [], [], [], []
        self.nets = [
            Net(draw, draw.choice(IMAGES), self.dropout) for _ in range(draw.choice([1, 1, 2]))
        ]
        self.parameters = [p for net in self.nets for p in net.parameters()]
        self.optimizers = [
            draw_optimizer(draw, self.nets, number) for number in range(len(self.nets))
        ]
        self.schedulers = [draw_scheduler(draw, optimizer) for optimizer in self.optimizers]
        self.actions = draw.sample(sorted(ACTIONS), draw.choice([3, 8, 15, len(ACTIONS)]))
        self.actions = [name for name in self.actions if not (parallel and name in GLOBAL)] or [
            "look"
        ]
        self.weights = [ACTIONS[name][1] for name in self.actions]
        for net, optimizer in zip(self.nets, self.optimizers, strict=True):
            self.log.append(f"network {net.text()}\n{optimizer}")

    def net(self, draw):
        return draw.choice(self.nets)

    def parameter(self, draw):
        return draw.choice(self.parameters)

    def tensor(self, draw):
        return draw.choice(self.held) if self.held else self.parameter(draw)

    def hold(self, t):
        self.held = [*self.held[-11:], t]

    def keep_array(self, a):
        self.arrays = [*self.arrays[-7:], a]

    def images(self, net, count):
        return self.rng.standard_normal((count, *net.image), np.float32)

    def see(self, what, value):
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f":  # what a NaN carries beside being one may differ
                value = np.where(np.isnan(value), value.dtype.type(np.nan), value)
            value = value.shape, value.tobytes()
        self.seen.append((what, value))

    def attempt(self, what, function, *arguments):
        """Errors are caught, as programs do that go on, and are part of what is seen."""
        self.log.append(what)
        try:
            return function(*arguments)
        except (RuntimeError, ValueError, TypeError, IndexError, Oops) as error:
            self.see("error", f"{type(error).__name__}: {error}")
            self.log[-1] += f" -> {type(error).__name__}: {str(error)[:60]}"
        return None

    def act(self, draw):
        name = draw.choices(self.actions, self.weights)[0]
        own, self.acts = Random(draw.randrange(2**32)), self.acts + 1
        if self.acts not in self.left_out:
            self.attempt(f"    {self.acts} {name}", ACTIONS[name][0], self, own)

    def look_at_all(self):
        for number, t in enumerate(self.held):
            self.see(f"held {number}", t._value.array())
        for number, a in enumerate(self.arrays):
            self.see(f"array {number}", a)
        for n, (net, optimizer) in enumerate(zip(self.nets, self.optimizers, strict=True)):
            for name, t in net.state_dict(keep_vars=True).items():
                self.see(f"network {n} {name}", t._value.array())
                if t.grad is not None:
                    self.see(f"network {n} {name} grad", t.grad._value.array())
            for number, states in enumerate(optimizer.state.values()):
                for name, t in states.items():
                    self.see(f"optimizer {n} {number} {name}", t._value.array())
        for _, state in self.saved:
            for name, t in state.items():
                self.see(f"saved {name}", t._value.array())


def draw_optimizer(draw, nets, number):
    parameters = list(nets[number].parameters())
    if number and draw.random() < 0.2:
        parameters += list(nets[0].parameters())  # of two optimizers
    kind = draw.choice(["SGD", "SGD", "Adam", "AdamW", "RMSprop"])
    options = {"lr": draw.choice([0.001, 0.01, 0.05]), "maximize": draw.random() < 0.1}
    if draw.random() < 0.4:
        options["weight_decay"] = 0.05
    if kind == "SGD":
        options |= draw.choice(
            [
                {},
                {"momentum": 0.9},
                {"momentum": 0.9, "nesterov": True},
                {"momentum": 0.5, "dampening": 0.1},
            ]
        )
    elif kind == "RMSprop":
        options |= {"momentum": draw.choice([0.0, 0.5]), "centered": draw.random() < 0.5}
    else:
        options["amsgrad"] = draw.random() < 0.4
    if draw.random() < 0.3 and len(parameters) > 2:
        groups = [{"params": parameters[:2], "lr": 0.02}, {"params": parameters[2:]}]
        return getattr(optim, kind)(groups, **options)
    return getattr(optim, kind)(parameters, **options)


def draw_scheduler(draw, optimizer):
    rates = optim.lr_scheduler
    return draw.choice(
        [
            lambda: None,
            lambda: rates.StepLR(optimizer, 3, 0.5),
            lambda: rates.ExponentialLR(optimizer, 0.95),
            lambda: rates.CosineAnnealingLR(optimizer, 7),
            lambda: rates.OneCycleLR(
                optimizer, 0.02, 1000, cycle_momentum="betas" in optimizer.defaults
            ),
            lambda: rates.LambdaLR(optimizer, lambda step: 1 / (1 + step)),
        ]
    )()


# --- parts ------------------------------------------------------------------------------------------


def train(world, seed, scale=1.0):
    """Steps that are alike, but for what is done in between now and then."""
    draw = Random(f"train {seed}")
    number = draw.randrange(len(world.nets))
    net, optimizer, scheduler = (
        world.nets[number],
        world.optimizers[number],
        world.schedulers[number],
    )
    size, other = draw.choice(SIZES), draw.choice(SIZES)
    text, loss = draw_loss(draw, net)
    repeats, chance = draw.choice([1, 2, 4, 6]), draw.choice([0, 0, 0.03, 0.2])
    source, looked = draw.randrange(5), draw.choice([0, 0, 0.2, 1])
    way = draw.choice(
        ["once", "once", "once", "retain", "two losses", "two batches", "scaled", "closure"]
    )
    clipped, cleared = (
        draw.choice([0, 0, 1, 2]),
        draw.choice(["none", "none", "net", "zero", "never"]),
    )
    evaluated, last, stepping = draw.random() < 0.2, draw.random() < 0.2, draw.random() < 0.9
    held, inner = draw.choice([0, 0, 0, 0.3]), draw.choice([0, 0, 0, 0.1])
    world.log.append(
        f"train network {number}, {repeats} times {size} images ({source}), {text}, {way}, "
        f"clip {clipped}, zero {cleared}"
    )
    dataset = world.images(net, size + 3)

    def inputs(count):
        a = world.images(net, count)
        if source == 1:
            a = dataset[: min(count, size)]
            world.keep_array(a)
        elif source == 2:
            world.keep_array(a)
        if source == 3:
            return lanegrad.tensor(a)
        if source == 4:
            return as_tensor(a) * 2.0
        return as_tensor(a)

    def forward(count, odd):
        def between(at, x):
            if odd.random() < held:
                world.hold(x)
            if odd.random() < inner:
                world.act(odd)

        return net(inputs(count), between if held or inner else None)

    def computed(count, odd):
        y = forward(count, odd)
        value = loss(y, world.rng, world.keep_array)
        if odd.random() < chance:
            world.act(odd)
        if way == "two losses":
            (y * y).mean().backward(retain_graph=True)
        if way == "scaled":
            value = value * 0.5 + 0.1
        value.backward(retain_graph=way == "retain")
        if odd.random() < chance / 4:
            raise Oops("behind backward")
        if way == "retain":
            value.backward()
        if odd.random() < held:
            world.hold(y)
        return value

    def one(repeat, odd):
        count = other if last and repeat == repeats - 1 else size
        if cleared == "net":
            net.zero_grad()
        elif cleared != "never":
            optimizer.zero_grad(set_to_none=cleared == "none")
        if way == "closure":
            return optimizer.step(lambda: computed(count, odd))
        value = computed(count, odd)
        if way == "two batches":
            value = computed(count, odd)
        if odd.random() < chance:
            world.act(odd)
        if clipped == 1:
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        elif clipped == 2:
            nn.utils.clip_grad_value_(net.parameters(), 0.05)
        if stepping:
            optimizer.step()
        if scheduler is not None:
            scheduler.step()
        return value

    for repeat in range(repeats):
        odd = Random(f"train {seed} {repeat}")
        value = world.attempt(f"  step {repeat}", one, repeat, odd)
        if value is not None and odd.random() < looked:
            world.see("loss", value.item())
        elif value is not None and odd.random() < 0.3:
            world.hold(value)
        if evaluated:
            net.eval()
            with lanegrad.no_grad():
                y = world.attempt("  evaluate", net, as_tensor(world.images(net, size)))
            net.train()
            if y is not None:
                world.hold(y)
        if odd.random() < chance:
            world.act(odd)
        if odd.random() < 0.03:
            world.look_at_all()


def act_often(world, seed):
    draw = Random(f"actions {seed}")
    world.log.append("actions")
    for _ in range(draw.randint(1, 12)):
        world.act(draw)


def note_much(world, seed):
    """Many calls that nobody looks at: lists that grow long."""
    draw = Random(f"long {seed}")
    count, size = draw.choice([50, 200, 900]), draw.choice([1, 7, 300])
    world.log.append(f"{count} times {size} elements")
    x = Tensor(world.rng.standard_normal(size, np.float32), requires_grad=draw.random() < 0.5)
    y = x * 1.0
    for number in range(count):
        kind = draw.randrange(5)
        y = y * 0.99 if kind < 2 else y + x if kind == 2 else y.tanh() if kind == 3 else y * y
        if number % 97 == 5:
            world.hold(y if draw.random() < 0.5 else y.detach())
        if draw.random() < 0.002:
            world.act(draw)
    if y.requires_grad:
        world.attempt("backward", y.sum().backward)
        world.hold(x)
    world.hold(y)


PARTS = {"train": train, "actions": act_often, "long": note_much}
