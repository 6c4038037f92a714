"""fit and evaluate: what they report, what they leave behind, and when they stop."""

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim
from lanegrad.random import Generator
from lanegrad.train import Epoch, evaluate, fit
from lanegrad.utils.data import DataLoader, TensorDataset

RNG = np.random.default_rng(3)
POINTS = RNG.standard_normal((90, 4), dtype=np.float32)
CLASSES = POINTS[:, :3].argmax(1)


@pytest.fixture
def model():
    lanegrad.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))


def sgd(model, lr=0.1):
    return optim.SGD(model.parameters(), lr=lr, momentum=0.9)


def loader(batch_size=8, count=90):
    return DataLoader(
        TensorDataset(POINTS[:count], CLASSES[:count]),
        batch_size,
        shuffle=True,
        generator=Generator().manual_seed(0),
    )


def weights(model):
    return [parameter.detach().numpy().copy() for parameter in model.parameters()]


def test_fit_learns(model):
    before = evaluate(model, loader())
    history = fit(
        model,
        loader(),
        loader(),
        optimizer=sgd(model),
        criterion=nn.CrossEntropyLoss(),
        epochs=15,
    )
    after = evaluate(model, loader())
    assert [epoch.number for epoch in history] == list(range(1, 16))
    assert after[1] > 0.95 > before[1]
    assert history[-1].loss < history[0].loss / 3
    # Batches come in another order, so sums round differently.
    assert (history[-1].test_loss, history[-1].test_accuracy) == pytest.approx(after, rel=1e-5)


def test_fit_is_the_loop_written_out(model):
    """The same steps, written as users write them, give the same bits."""
    history = fit(model, loader(), optimizer=sgd(model), criterion=nn.CrossEntropyLoss(), epochs=2)
    fitted = weights(model)

    lanegrad.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer, criterion, batches = sgd(model), nn.CrossEntropyLoss(), loader()
    for epoch in history:
        total = 0.0
        for inputs, labels in batches:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        assert epoch.loss == total / 90
        assert (epoch.test_loss, epoch.test_accuracy) == (None, None)
    for one, other in zip(fitted, weights(model), strict=True):
        np.testing.assert_array_equal(one, other)


def test_progress_and_on_epoch(model):
    shown, reported = [], []

    def progress(loader, epoch):
        for batch in loader:
            shown.append(epoch)
            yield batch

    history = fit(
        model,
        loader(batch_size=30),
        optimizer=sgd(model),
        criterion=nn.CrossEntropyLoss(),
        epochs=2,
        progress=progress,
        on_epoch=reported.append,
    )
    assert shown == [1, 1, 1, 2, 2, 2]
    assert reported == history
    assert all(isinstance(epoch, Epoch) and epoch.seconds > 0 for epoch in history)


@pytest.mark.parametrize(("value", "name"), [(np.nan, "nan"), (np.inf, "(inf|nan)")])
def test_fit_stops_where_the_loss_is_not_finite(model, value, name):
    points = POINTS.copy()
    points[20, 0] = value
    batches = DataLoader(TensorDataset(points, CLASSES), 8)  # in order: the third batch has it
    optimizer = sgd(model)
    seen = []

    def progress(loader, epoch):
        for batch in loader:
            seen.append(weights(model))
            yield batch

    with pytest.raises(
        FloatingPointError, match=rf"became {name} in epoch 1, batch 3: try a small"
    ):
        fit(
            model,
            batches,
            optimizer=optimizer,
            criterion=nn.CrossEntropyLoss(),
            epochs=1,
            progress=progress,
        )
    for parameter, last in zip(weights(model), seen[-1], strict=True):
        np.testing.assert_array_equal(parameter, last)  # the bad step was not taken


def test_evaluate_against_numpy(model):
    loss, accuracy = evaluate(model, loader(batch_size=7))
    logits = model(lanegrad.tensor(POINTS)).detach().numpy().astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    assert loss == pytest.approx(-log_probs[np.arange(90), CLASSES].mean(), rel=1e-5)
    assert accuracy == (logits.argmax(1) == CLASSES).mean()


def scored(logits, labels):
    """Mean loss and accuracy of rows (N, C), by NumPy; labels or probabilities."""
    logits = logits.astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    counted = np.ones(len(logits), bool)
    if labels.ndim == 1:
        counted = labels != -100
        labels = np.eye(logits.shape[1])[np.where(counted, labels, 0)]
    losses = -(labels * log_probs).sum(1)
    return losses[counted].mean(), (logits.argmax(1) == labels.argmax(1))[counted].mean()


def evaluated(model, inputs, labels):
    """evaluate in batches of several sizes, of which the last are smaller."""
    results = [
        evaluate(model, DataLoader(TensorDataset(inputs, labels), size))
        for size in (7, 16, len(inputs))
    ]
    for result in results:
        assert result == pytest.approx(results[0], rel=1e-5)
        assert 0 <= result[1] <= 1
    return results[0]


def test_evaluate_with_probabilities(model):
    soft = RNG.random((90, 3), dtype=np.float32)
    soft[:40] = 0.8 * np.eye(3, dtype=np.float32)[CLASSES[:40]] + 0.1
    logits = model(lanegrad.tensor(POINTS)).detach().numpy()
    assert evaluated(model, POINTS, soft) == pytest.approx(scored(logits, soft), rel=1e-5)
    one_hot = np.eye(3, dtype=np.float32)[CLASSES]
    assert evaluated(model, POINTS, one_hot) == pytest.approx(
        evaluated(model, POINTS, CLASSES), rel=1e-5
    )


@pytest.fixture
def images():
    return RNG.standard_normal((20, 2, 5, 4), dtype=np.float32)


def rows(logits):
    """(N, C, ...) as (positions, C)."""
    return np.moveaxis(logits, 1, -1).reshape(-1, logits.shape[1])


@pytest.mark.parametrize("soft", [False, True])
def test_evaluate_of_each_position(images, soft):
    lanegrad.manual_seed(0)
    model = nn.Conv2d(2, 3, 3, padding=1)
    logits = model(lanegrad.tensor(images)).detach().numpy()
    labels = RNG.integers(0, 3, (20, 5, 4))
    flat = labels.reshape(-1)
    if soft:
        labels = RNG.random((20, 3, 5, 4), dtype=np.float32)
        flat = rows(labels)
    want = scored(rows(logits), flat)
    assert evaluated(model, images, labels) == pytest.approx(want, rel=1e-5)
    history = fit(
        model,
        DataLoader(TensorDataset(images, labels), 8),
        DataLoader(TensorDataset(images, labels), 8),
        optimizer=sgd(model, 0.01),
        criterion=nn.CrossEntropyLoss(),
        epochs=2,
    )
    assert 0 <= history[1].test_accuracy <= 1
    assert history[1].test_loss < history[0].test_loss


def test_evaluate_of_sequences():
    lanegrad.manual_seed(0)
    model = nn.Linear(4, 4)  # (N, C, 4): of each of four places
    x, labels = RNG.standard_normal((20, 3, 4), dtype=np.float32), RNG.integers(0, 3, (20, 4))
    logits = model(lanegrad.tensor(x)).detach().numpy()
    want = scored(rows(logits), labels.reshape(-1))
    assert evaluated(model, x, labels) == pytest.approx(want, rel=1e-5)


def test_ignored_labels_count_for_nothing(model, images):
    labels = CLASSES.copy()
    labels[::3] = -100
    counted = labels != -100
    want = evaluated(model, POINTS[counted], labels[counted])
    assert evaluated(model, POINTS, labels) == pytest.approx(want, rel=1e-5)

    segmenting = nn.Conv2d(2, 3, 3, padding=1)
    labels = RNG.integers(0, 3, (20, 5, 4))
    labels[labels == 1] = -100
    labels[3] = -100  # nothing counts in one whole image
    logits = segmenting(lanegrad.tensor(images)).detach().numpy()
    want = scored(rows(logits), labels.reshape(-1))
    assert evaluated(segmenting, images, labels) == pytest.approx(want, rel=1e-5)
    with pytest.raises(ValueError, match="no label that counts: all are -100"):
        evaluate(segmenting, DataLoader(TensorDataset(images, np.full_like(labels, -100)), 8))


@pytest.mark.parametrize("last", [nn.Flatten(0), nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))])
@pytest.mark.parametrize("labels", [CLASSES, POINTS[:, 0]])
def test_evaluate_refuses_what_are_no_logits(last, labels):
    with pytest.raises(ValueError, match=r"expected logits \(N, C\) or \(N, C, ...\); found shape"):
        evaluate(last, DataLoader(TensorDataset(POINTS, labels), 8))


def test_evaluate_refuses_labels_that_do_not_fit(model, images):
    numbers = POINTS[:, 0]
    with pytest.raises(TypeError, match=r"class indices \(integers of shape \(8,\)\)"):
        evaluate(model, DataLoader(TensorDataset(POINTS, numbers), 8))
    with pytest.raises(ValueError, match="one-hot"):
        evaluate(model, DataLoader(TensorDataset(POINTS, np.eye(3, dtype=int)[CLASSES]), 8))
    with pytest.raises(ValueError, match=r"integers of shape \(8, 5, 4\)"):
        evaluate(nn.Conv2d(2, 3, 3, padding=1), DataLoader(TensorDataset(images, CLASSES[:20]), 8))
    assert model.training


class Modes(nn.Module):
    """Remembers in which mode it ran, and whether a gradient could have been taken."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.seen = set()

    def forward(self, x):
        y = self.layer(x)
        self.seen.add((self.training, y.requires_grad))
        return y


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_leaves_the_mode_as_it_was(training):
    model = Modes().train(training)
    before = weights(model)
    evaluate(model, loader())
    assert model.seen == {(False, False)}
    assert model.training == training
    for one, other in zip(before, weights(model), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(IndexError):
        evaluate(model, DataLoader(TensorDataset(POINTS, CLASSES + 1), 8))
    assert model.training == training


def test_fit_trains_in_training_mode_whatever_came_before():
    model = Modes().eval()
    fit(
        model,
        loader(),
        loader(),
        optimizer=sgd(model),
        criterion=nn.CrossEntropyLoss(),
        epochs=2,
    )
    assert model.seen == {(True, True), (False, False)}


def test_no_batches(model):
    nothing = DataLoader(TensorDataset(POINTS, CLASSES), batch_size=100, drop_last=True)
    with pytest.raises(ValueError, match="training loader gave no batch"):
        fit(model, nothing, optimizer=sgd(model), criterion=nn.CrossEntropyLoss(), epochs=1)
    with pytest.raises(ValueError, match="loader gave no batch"):
        evaluate(model, nothing)
