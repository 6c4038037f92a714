"""What programs of programs.py do between steps and in the middle of them: looks, changes, errors and views.

An action is a function of the world that a program lives in and of the draws that are its own.
"""

import gc

import numpy as np

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import Tensor, as_tensor, nn

ACTIONS = {}
GLOBAL = set()  # actions that threads at the same time would notice of each other


class Oops(Exception):
    """What users raise."""


def action(weight=1, alone=False):
    def add(function):
        ACTIONS[function.__name__] = function, weight
        if alone:
            GLOBAL.add(function.__name__)
        return function

    return add


# --- looking ----------------------------------------------------------------------------------------


@action(3)
def look(world, draw):
    t = world.tensor(draw)
    kind = draw.choice(["item", "numpy", "tolist", "repr", "float", "argmax", "compare"])
    if kind in ("item", "float"):
        t = t if t.numel() == 1 else t.sum()
        world.see(kind, t.item() if kind == "item" else float(t))
    elif kind == "numpy":
        world.see(kind, t.detach().numpy())
    elif kind == "argmax":
        world.see(kind, t.argmax().item())
    elif kind == "compare":
        world.see(kind, (t > 0).numpy())
    else:
        world.see(kind, t.tolist() if kind == "tolist" else repr(t))


@action()
def branch(world, draw):
    t = world.tensor(draw)
    if t.detach().sum() > 0:
        world.hold(t.detach() * 0.5)
    else:
        world.hold(t.detach() + 1)


@action()
def look_at_gradients(world, draw):
    p = world.parameter(draw)
    if p.grad is not None:
        world.see("grad", p.grad.numpy())


# --- holding and dropping -----------------------------------------------------------------------------


@action(2)
def drop(world, draw):
    if world.held:
        del world.held[draw.randrange(len(world.held))]


@action()
def drop_all(world, draw):
    world.held.clear()


@action()
def collect(world, draw):
    gc.collect()


@action()
def hold_gradient(world, draw):
    grad = world.parameter(draw).grad
    if grad is not None:
        world.hold(grad)


@action()
def hold_state(world, draw):
    net = world.net(draw)
    state = net.state_dict()
    world.hold(state[draw.choice(list(state))])


# --- shared memory ------------------------------------------------------------------------------------


@action(4)
def view(world, draw):
    t = world.tensor(draw)
    kind = draw.choice(
        ["detach", "T", "slice", "row", "reshape", "flatten", "data", "Tensor", "none", "step"]
    )
    if kind == "detach":
        t = t.detach()
    elif kind == "T":
        t = t.T
    elif kind == "slice" and t.ndim:
        t = t[1:] if draw.random() < 0.5 else t[..., :2]
    elif kind == "row" and t.ndim and len(t):
        t = t[draw.randrange(len(t))]
    elif kind == "step" and t.ndim:
        t = t[::-1] if draw.random() < 0.5 else t[..., ::2]
    elif kind == "none":
        t = t[None]
    elif kind in ("reshape", "flatten"):
        t = t.reshape(-1) if kind == "reshape" else t.flatten()
    elif kind == "data":
        t = t.data
    elif kind == "Tensor":
        t = as_tensor(t)
    world.hold(t)


def change(t, draw, world):
    """Changes a tensor in place."""
    kind = draw.choice(["+=", "*=", "-=", "/=", "x[...] =", "x[i] =", "mask", "+= x", "*= y"])
    if kind == "+=":
        t += 0.125
    elif kind == "*=":
        t *= 0.75
    elif kind == "-=":
        t -= 0.25
    elif kind == "/=":
        t /= 1.5
    elif kind == "x[...] =":
        t[...] = draw.choice([0.5, -1.0])
    elif kind == "x[i] =" and t.ndim and len(t):
        t[draw.randrange(len(t))] = draw.choice([0.25, 0.0])
    elif kind == "mask" and t.ndim and t.numel():
        t[t.detach() > 0.5] = 0.5
    elif kind == "+= x":
        t += t.detach()
        t *= 0.5
    elif kind == "*= y":
        t *= as_tensor(world.rng.uniform(0.5, 1, t.shape).astype(np.float32))
    return t


@action(4)
def change_in_place(world, draw):
    t = world.tensor(draw)
    if draw.random() < 0.5:
        with lanegrad.no_grad():
            change(t, draw, world)
    else:
        change(t.detach() if draw.random() < 0.3 else t, draw, world)


@action(2)
def write_tensor(world, draw):
    t, other = world.tensor(draw), world.tensor(draw)
    with lanegrad.no_grad():
        if t.ndim and other.ndim and t.shape[1:] == other.shape[1:] and len(t) and len(other):
            t[0] = other[draw.randrange(len(other))]
        else:
            t[...] = other.sum() * 0.01


@action(3)
def hand_out(world, draw):
    t = world.tensor(draw)
    world.keep_array(t.detach().numpy())


@action(5)
def write_array(world, draw):
    if not world.arrays:
        return
    a = world.arrays[draw.randrange(len(world.arrays))]
    if not a.flags.writeable or a.size == 0:
        return
    if a.dtype.kind == "f":
        kind = draw.randrange(3)
        if kind == 0:
            a *= np.float32(0.5)
        elif kind == 1:
            a[...] = np.float32(draw.choice([0.25, -0.5]))
        else:
            a.flat[draw.randrange(a.size)] = draw.choice([1.0, 0.125])
    elif a.dtype == np.int64:
        a[...] = (a + 1) % (5 if draw.random() < 0.9 else 9)


@action(2)
def drop_array(world, draw):
    if world.arrays:
        del world.arrays[draw.randrange(len(world.arrays))]


@action(2)
def tensor_of_array(world, draw):
    shape = draw.choice([(3,), (2, 5), (4, 3), (2, 2, 3, 3)])
    a = world.rng.standard_normal(shape, np.float32)
    if draw.random() < 0.3:
        a = a[1:]
    world.keep_array(a)
    world.hold(draw.choice([lanegrad.from_numpy, Tensor, lanegrad.tensor])(a))


# --- arithmetic and gradients ---------------------------------------------------------------------------


@action(4)
def compute(world, draw):
    a, b = world.tensor(draw), world.tensor(draw)
    kind = draw.randrange(12)
    if kind == 0:
        y = a + b if a.shape == b.shape else a + b.sum()
    elif kind == 1:
        y = a * b if a.shape == b.shape else a * b.mean()
    elif kind == 2:
        y = F.relu(a) - a
    elif kind == 3:
        y = (a * 0.1).exp()
    elif kind == 4:
        y = F.softmax(a, -1) if a.ndim else a
    elif kind == 5:
        y = a.flatten() @ a.flatten()
    elif kind == 6:
        y = lanegrad.cat([a.flatten(), b.flatten()])
    elif kind == 7:
        y = a.sigmoid() * a
    elif kind == 8:
        y = F.dropout(a, 0.5) if world.dropout else F.gelu(a)
    elif kind == 9:
        y = a.max() + b.mean()
    elif kind == 10:
        y = F.pad(a, [1, 0]) if a.ndim else a
    else:
        y = a.clone() ** 2
    if y.numel() < 20000:
        world.hold(y)


@action(3)
def backward(world, draw):
    t = world.tensor(draw)
    if draw.random() < 0.2:
        t.backward(world.rng.standard_normal(t.shape, np.float32), retain_graph=draw.random() < 0.5)
    else:
        t = (t * t).sum() if draw.random() < 0.5 else t.sum()
        t.backward(retain_graph=draw.random() < 0.5)


@action(2)
def leaf(world, draw):
    t = world.tensor(draw).detach().clone()
    t.requires_grad = True
    world.hold(t * 1.0 if draw.random() < 0.3 else t)


@action()
def gradient_by_hand(world, draw):
    p = world.parameter(draw)
    kind = draw.randrange(7)
    with lanegrad.no_grad():
        if kind == 0:
            p.grad = as_tensor(world.rng.standard_normal(p.shape, np.float32))
        elif kind == 1:
            p.grad = None
        elif kind == 2:
            p.grad = p.detach() * 0.1
        elif kind == 3:
            p.grad = p.detach()  # the same memory
        elif p.grad is None:
            return
        elif kind == 4:
            p.grad *= 0.5
        elif kind == 5:
            p.grad[...] = 0.01
        else:
            world.keep_array(p.grad.numpy())


@action(2)
def parameter_by_hand(world, draw):
    p = world.parameter(draw)
    kind = draw.randrange(7)
    if kind == 0 and p.grad is not None:
        p.data -= p.grad * 0.01
    elif kind == 1:
        p.data = as_tensor(world.rng.standard_normal(p.shape, np.float32) * np.float32(0.3))
    elif kind == 2:
        with lanegrad.no_grad():
            p *= 0.9
    elif kind == 3:
        p.data[...] = p.data * 0.5
    elif kind == 4:
        world.keep_array(p.detach().numpy())
    elif kind == 5:
        world.hold(p.data)
    else:
        with lanegrad.no_grad():
            p -= p * 0.1


@action()
def freeze(world, draw):
    p = world.parameter(draw)
    p.requires_grad = not p.requires_grad


@action()
def thaw(world, draw):
    world.net(draw).requires_grad_(draw.random() < 0.9)


@action()
def clip(world, draw):
    net = world.net(draw)
    if draw.random() < 0.5:
        norm = nn.utils.clip_grad_norm_(
            net.parameters(), draw.choice([0.1, 1.0]), draw.choice([1, 2, np.inf])
        )
        world.hold(norm)
    else:
        nn.utils.clip_grad_value_(net.parameters(), 0.05)


@action()
def on_arrays(world, draw):
    """Functions of arrays, which make their calls at once."""
    a = np.ascontiguousarray(world.tensor(draw).detach().numpy())
    if a.ndim:
        y = draw.choice([lanegrad.ops.softmax, lanegrad.ops.log_softmax])(a, axis=-1)
        world.keep_array(y)
        world.hold(as_tensor(y))
