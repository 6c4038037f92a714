"""Programs of ops, changes in place, views, arrays handed out, gradients and steps, in random order."""

import random

import numpy as np
import pytest

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, nn, optim
from networks import arrays, assert_same, deferral, left


class Program:
    """A random program: its methods named do_... are what it does, in loops that change now and then."""

    def __init__(self, seed):
        lanegrad.manual_seed(seed)
        self.draw, self.rng = random.Random(seed), np.random.default_rng(seed)
        self.tensors = [self.new() for _ in range(3)]
        self.one, self.other = (self.new().requires_grad_() for _ in range(2))
        self.norm, self.conv = nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3, padding=1)
        self.images = [lanegrad.tensor(self.rng.standard_normal((3, 2, 4, 4)).astype(np.float32))]
        make = self.draw.choice([optim.SGD, optim.Adam, optim.RMSprop])
        self.optimizer = make([self.one, self.other], lr=0.1)
        self.shown, self.found = [self.tensors[0].numpy()], []

    def new(self):
        return lanegrad.tensor(self.rng.standard_normal((4, 4)).astype(np.float32))

    def any(self, things):
        return things[self.draw.randrange(len(things))]

    def run(self):
        steps = sorted(name for name in dir(self) if name.startswith("do_"))
        body = [self.draw.choice(steps) for _ in range(self.draw.randrange(3, 16))]
        for _ in range(self.draw.randrange(3, 12)):
            if self.draw.random() < 0.1:
                body[self.draw.randrange(len(body))] = self.draw.choice(steps)
            for step in body:
                x, y = self.any(self.tensors), self.any(self.tensors)
                try:
                    result = getattr(self, step)(x, y)
                except (ValueError, RuntimeError, IndexError) as error:  # shapes, read-only memory
                    self.found.append(len(str(error)))
                    continue
                if result is not None:
                    self.tensors.append(result)
            self.tensors, self.shown, self.images = (
                self.tensors[-8:],
                self.shown[-4:],
                self.images[-3:],
            )
            if self.draw.random() < 0.2:
                self.found += arrays(self.tensors)
        parameters = [self.one, self.other]
        grads = [p.grad for p in (*parameters, *self.conv.parameters())]
        states = list(self.optimizer.state.values())
        left_here = [self.tensors, parameters, grads, self.shown, left(self.norm), states]
        return self.found + arrays(left_here)

    def do_sum(self, x, y):
        return x + y

    def do_relu(self, x, y):
        return F.relu(x) * 0.5

    def do_product(self, x, y):
        return F.tanh(x @ y)

    def do_dropout(self, x, y):
        return F.dropout(x, 0.3)

    def do_add_in_place(self, x, y):
        x += y

    def do_halve_in_place(self, x, y):
        x *= 0.5

    def do_set_a_row(self, x, y):
        x[self.draw.randrange(4)] = y[self.draw.randrange(4)]

    def do_turn(self, x, y):
        return x.T

    def do_share(self, x, y):
        return x.detach()

    def do_reshape(self, x, y):
        return x.reshape(2, 8)[:, ::2].reshape(2, 4)[self.draw.randrange(2)] + y

    def do_hand_out(self, x, y):
        self.shown.append(x.numpy())

    def do_write_to_what_was_handed_out(self, x, y):
        self.any(self.shown)[...] *= 0.5

    def do_take_in(self, x, y):
        shown = self.any(self.shown)
        return Tensor(shown) if shown.shape == (4, 4) else None

    def do_look(self, x, y):
        self.found.append(x.sum().item())

    def do_backward(self, x, y):
        (F.tanh(x @ self.one) * self.other).sum().backward()

    def do_step(self, x, y):
        self.optimizer.step()

    def do_forget_gradients(self, x, y):
        self.optimizer.zero_grad(set_to_none=self.draw.random() < 0.5)

    def do_share_a_parameter(self, x, y):
        return self.one.detach()

    def do_change_a_parameter(self, x, y):
        with lanegrad.no_grad():
            self.other *= 0.9

    def do_layer(self, x, y):
        self.images.append(F.relu(self.norm(self.conv(self.images[-1]))))

    def do_train_a_layer(self, x, y):
        F.cross_entropy(self.conv(self.images[-1].detach()).flatten(1), [0, 1, 2]).backward()

    def do_show_statistics(self, x, y):
        self.shown.append(self.norm.running_mean.numpy())

    def do_take_an_image(self, x, y):
        self.shown.append(self.images[-1].detach().numpy())
        return self.images[-1].detach()[0, 0].clone()

    def do_let_go(self, x, y):
        self.shown, self.tensors = self.shown[-1:], self.tensors[-4:]


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed):
    with np.errstate(all="ignore"):
        for number in range(20):
            results = []
            for wanted in (False, True):
                with deferral(wanted):
                    results.append(Program(1000 * seed + number).run())
            assert_same(*results)


def test_programs_see_errors_of_one_bit():
    one, other = (Program(1).run() for _ in range(2))
    assert_same(one, other)
    other[-1] = np.nextafter(np.float32(other[-1]), np.float32(np.inf))
    with pytest.raises(AssertionError):
        assert_same(one, other)
