"""What programs of programs.py do in between to networks, optimizers and settings; errors that they meet."""

import copy
import pickle

import numpy as np

import lanegrad
import lanegrad.nn.functional as F
from lanegrad import as_tensor, nn
from program_actions import Oops, action


@action()
def change_options(world, draw):
    optimizer = draw.choice(world.optimizers)
    group = draw.choice(optimizer.param_groups)
    group["lr"] = draw.choice([0.001, 0.01])
    group["weight_decay"] = draw.choice([0.0, 0.1])
    if "momentum" in group and not group.get("nesterov"):
        group["momentum"] = draw.choice([0.0, 0.5, 0.9])


@action()
def step(world, draw):
    draw.choice(world.optimizers).step()


@action()
def zero_grad(world, draw):
    draw.choice(world.optimizers).zero_grad(set_to_none=draw.random() < 0.5)


@action()
def hold_optimizer_state(world, draw):
    optimizer = draw.choice(world.optimizers)
    state = [t for _, states in optimizer.state.items() for t in states.values()]
    if state:
        t = draw.choice(state)
        world.hold(t) if draw.random() < 0.5 else world.keep_array(t.numpy())


@action()
def switch_mode(world, draw):
    world.net(draw).train(draw.random() < 0.6)


@action()
def save_and_load(world, draw):
    net = world.net(draw)
    if draw.random() < 0.5:
        state = {name: t.clone() for name, t in net.state_dict().items()}
        world.saved.append((net, state))
    elif world.saved:
        net, state = draw.choice(world.saved)
        net.load_state_dict(state)


@action()
def save_and_load_optimizer(world, draw):
    optimizer = draw.choice(world.optimizers)
    optimizer.load_state_dict(optimizer.state_dict())


@action()
def copies(world, draw):
    t = world.tensor(draw).detach()
    world.hold(copy.deepcopy(t) if draw.random() < 0.5 else pickle.loads(pickle.dumps(t)))


@action(2)
def evaluate(world, draw):
    net = world.net(draw)
    before = net.training
    net.eval()
    try:
        with lanegrad.no_grad():
            y = net(as_tensor(world.images(net, draw.choice([1, 3, 16]))))
    finally:
        net.train(before)
    world.hold(y)


@action(2)
def shared_network(world, draw):
    """A network that threads share, which none of them changes."""
    with lanegrad.no_grad():
        world.hold(world.shared(as_tensor(world.images(world.shared, draw.choice([1, 5])))))


@action(2)
def shared_product(world, draw):
    """Of tensors that threads share, in any order."""
    parameters = list(world.shared.parameters())
    a, b = draw.choice(parameters).detach(), draw.choice(parameters).detach()
    world.hold(lanegrad.cat([a.flatten(), b.flatten(), a.flatten() * 0.5]))


@action()
def wrong_label(world, draw):
    net = world.net(draw)
    y = net(as_tensor(world.images(net, 4)))
    labels = np.array([0, 1, draw.choice([5, -1, 99]), 2])
    world.hold(y)
    F.cross_entropy(y, as_tensor(labels)).backward()


@action()
def wrong_shape(world, draw):
    world.net(draw)(as_tensor(world.rng.standard_normal((2, 50, 3), np.float32)))


@action()
def raise_in_forward(world, draw):
    net = world.net(draw)
    at = draw.randrange(len(net.layers))

    def between(number, x):
        if number == at:
            world.hold(x)
            raise Oops(f"behind layer {at}")

    net(as_tensor(world.images(net, draw.choice([2, 16]))), between)


@action()
def nonfinite_norm(world, draw):
    p = world.parameter(draw)
    if p.grad is not None:
        p.grad = p.grad * np.inf
        try:
            nn.utils.clip_grad_norm_(world.net(draw).parameters(), 1.0, error_if_nonfinite=True)
        finally:
            p.grad = None


@action(alone=True)
def set_winograd(world, draw):
    lanegrad.set_winograd(not lanegrad.get_winograd())


@action(alone=True)
def seed(world, draw):
    lanegrad.manual_seed(draw.randrange(100))


@action()
def set_threads(world, draw):
    lanegrad.set_num_threads(draw.choice([1, 2, 5]))


@action()
def run_now(world, draw):
    """Where calls are noted they are made at once for a while."""
    if world.deferred:
        lanegrad.set_deferred(False)
        lanegrad.set_deferred(True)
