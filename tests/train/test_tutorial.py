"""The network of PyTorch's "Training a Classifier" tutorial, step by step beside PyTorch."""

import numpy as np
import pytest

import lanegrad
import lanegrad.nn as nn
import lanegrad.nn.functional as F
import lanegrad.optim as optim


def build(lib, functional):
    class Net(lib.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = lib.Conv2d(3, 6, 5)
            self.pool = lib.MaxPool2d(2, 2)
            self.conv2 = lib.Conv2d(6, 16, 5)
            self.fc1 = lib.Linear(16 * 5 * 5, 120)
            self.fc2 = lib.Linear(120, 84)
            self.fc3 = lib.Linear(84, 10)

        def forward(self, x):
            x = self.pool(functional.relu(self.conv1(x)))
            x = self.pool(functional.relu(self.conv2(x)))
            x = x.view(-1, 16 * 5 * 5)
            x = functional.relu(self.fc1(x))
            x = functional.relu(self.fc2(x))
            x = self.fc3(x)
            return x

    return Net()


def batches(count, size):
    """Pictures that can be told apart: one pattern per class, in noise."""
    rng = np.random.default_rng(0)
    patterns = np.kron(rng.normal(size=(10, 3, 4, 4)), np.ones((8, 8)))
    for _ in range(count):
        labels = rng.integers(0, 10, size)
        noise = rng.normal(size=(size, 3, 32, 32))
        yield (2 * patterns[labels] + 0.3 * noise).astype(np.float32), labels


def losses_and_weights(torch, steps, size, lr):
    theirs = build(torch.nn, torch.nn.functional)
    mine = build(nn, F)
    mine.load_state_dict(theirs.state_dict())
    optimizer = optim.SGD(mine.parameters(), lr=lr, momentum=0.9)
    their_optimizer = torch.optim.SGD(theirs.parameters(), lr=lr, momentum=0.9)
    criterion, their_criterion = nn.CrossEntropyLoss(), torch.nn.CrossEntropyLoss()
    losses = []
    for inputs, labels in batches(steps, size):
        optimizer.zero_grad()
        outputs = mine(lanegrad.from_numpy(inputs))
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        their_optimizer.zero_grad()
        their_loss = their_criterion(theirs(torch.from_numpy(inputs)), torch.from_numpy(labels))
        their_loss.backward()
        their_optimizer.step()
        losses.append((loss.item(), their_loss.item()))
    return np.array(losses), mine, theirs


def test_a_hundred_steps_follow_pytorch(torch):
    torch.manual_seed(0)
    losses, mine, theirs = losses_and_weights(torch, steps=100, size=4, lr=0.001)
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-4)
    assert losses[-20:].mean() < losses[:20].mean() - 0.2  # there was something to follow
    for name, want in theirs.state_dict().items():
        np.testing.assert_allclose(mine.state_dict()[name], want.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.once
def test_it_learns():
    """Not only along with PyTorch: the loss falls from log(10) to near 0."""
    lanegrad.manual_seed(0)
    net, criterion = build(nn, F), nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    losses = []
    for inputs, labels in batches(100, 8):
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert abs(np.mean(losses[:5]) - np.log(10)) < 0.1
    assert np.mean(losses[-20:]) < 0.1
    with lanegrad.no_grad():
        inputs, labels = next(batches(1, 200))
        _, predicted = lanegrad.max(net(inputs), 1)
        assert (predicted == lanegrad.tensor(labels)).sum().item() >= 195


def test_odd_batches_follow_pytorch_too(torch):
    torch.manual_seed(1)
    for size in (1, 2, 7, 19):
        losses, _, _ = losses_and_weights(torch, steps=5, size=size, lr=0.001)
        np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-5)
