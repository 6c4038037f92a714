"""fit and evaluate: what they report, what they leave behind, and when they stop."""

import numpy as np
import pytest

import lanegrad
from lanegrad import nn, optim
from lanegrad.random import Generator
from lanegrad.train import Callback, Epoch, NotFiniteError, Trainer, evaluate, fit, schedule
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
    assert after.accuracy > 0.95 > before.accuracy
    assert history[-1].loss < history[0].loss / 3
    # Batches come in another order, so sums round differently.
    found = history[-1].valid_loss, history[-1].valid_accuracy
    assert found == pytest.approx(after[:2], rel=1e-5)


def test_fit_is_the_loop_written_out(model):
    """The same steps, written as users write them, give the same bits."""
    history = fit(model, loader(), optimizer=sgd(model), criterion=nn.CrossEntropyLoss(), epochs=2)
    fitted = weights(model)

    lanegrad.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer, criterion, batches = sgd(model), nn.CrossEntropyLoss(), loader()
    for epoch in history:
        total, right = 0.0, 0
        batches.set_epoch(epoch.number - 1)
        for inputs, labels in batches:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            right += (outputs.argmax(1) == labels).sum().item()
        assert (epoch.loss, epoch.accuracy) == (total / 90, right / 90)
        assert (epoch.valid_loss, epoch.valid_accuracy) == (None, None)
    for one, other in zip(fitted, weights(model), strict=True):
        np.testing.assert_array_equal(one, other)


def test_callbacks_are_told_in_order(model):
    told = []

    class Tell(Callback):
        def on_start(self, trainer):
            told.append("start")

        def on_pass(self, trainer):
            told.append("pass")

        def on_step(self, trainer):
            told.append((trainer.epoch, trainer.place, trainer.steps))

        def on_epoch(self, trainer, epoch):
            told.append(epoch)

        def on_end(self, trainer):
            told.append("end")

    first, second = fit(
        model, loader(batch_size=45), optimizer=sgd(model), epochs=2, callbacks=[Callback(), Tell()]
    )
    steps = [(0, 1, 1), (0, 2, 2)], [(1, 1, 3), (1, 2, 4)]
    assert told == ["start", "pass", *steps[0], first, "pass", *steps[1], second, "end"]
    assert all(isinstance(epoch, Epoch) and epoch.seconds > 0 for epoch in (first, second))


@pytest.mark.parametrize(("value", "name"), [(np.nan, "nan"), (np.inf, "(inf|nan)")])
def test_fit_stops_where_the_loss_is_not_finite(model, value, name):
    points = POINTS.copy()
    points[20, 0] = value
    batches = DataLoader(TensorDataset(points, CLASSES), 8)  # in order: the third batch has it
    seen = []

    class Remember(Callback):
        def on_step(self, trainer):
            seen.append(weights(trainer.model))

    message = rf"became {name} in epoch 1, batch 3 \(step 3, learning rate 0.1\): the inputs have it: look"
    with pytest.raises(NotFiniteError, match=message) as found:
        fit(model, batches, optimizer=sgd(model), epochs=1, callbacks=[Remember()])
    np.testing.assert_array_equal(found.value.values["inputs"].numpy(), points[16:24])
    saved = found.value.values["trainer"]["model"].values()
    for parameter, last, kept in zip(weights(model), seen[-1], saved, strict=True):
        np.testing.assert_array_equal(parameter, last)  # the bad step was not taken
        np.testing.assert_array_equal(parameter, kept.detach().numpy())


class Exploding(nn.Module):
    def forward(self, x):
        return x * 1e38 * 1e38


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda model: model.insert(1, Exploding()), "the output of 1 is the first with it"),
        (lambda model: nn.init.constant_(model[0].bias, np.nan), "0.bias has it"),
        (lambda model: model.append(nn.BatchNorm1d(3)), "3.running_mean has it"),
    ],
)
def test_where_nan_appears_first_is_said(model, spoil, message):
    spoil(model)
    for buffer in model.buffers():
        if buffer.ndim:
            buffer.fill_(np.nan)
    criterion = nn.CrossEntropyLoss()
    if any(True for _ in model.buffers()):  # which training itself does not read
        criterion = lambda outputs, labels: nn.functional.cross_entropy(outputs, labels) * np.inf  # noqa: E731
    with pytest.raises(NotFiniteError, match=f": {message}: try a smaller learning rate"):
        fit(model, loader(), optimizer=sgd(model), criterion=criterion, epochs=1)


def test_nan_of_an_epochs_last_step_is_found(model):
    trainer = Trainer(model, sgd(model, 1e38), lambda outputs, labels: outputs.mean() * 1e3)
    with pytest.raises(
        NotFiniteError, match="became NaN or infinite in step 1, the last of epoch 1"
    ):
        trainer.fit(loader(90), epochs=1)


def test_limits(model):
    steps = Trainer(model, sgd(model)).fit(loader(45), epochs=9, steps=3)
    assert [(epoch.number, epoch.steps) for epoch in steps] == [(1, 2), (2, 3)]
    assert [epoch.steps for epoch in Trainer(model, sgd(model)).fit(loader(), minutes=0)] == [1]
    assert len(Trainer(model, sgd(model)).fit(loader(), minutes=0.002)) >= 1
    with pytest.raises(ValueError, match="give epochs, steps or minutes"):
        Trainer(model, sgd(model)).fit(loader())


def test_patience_and_the_best_epoch(model):
    trainer = Trainer(model, sgd(model, 0.0))  # which never gets better
    with pytest.raises(ValueError, match="patience needs a loader"):
        trainer.fit(loader(), epochs=50, patience=3)
    moving = Trainer(model, sgd(model, 0.05))
    moving.fit(loader(), loader(), epochs=4)
    assert moving.best == max(moving.history, key=lambda e: (e.valid_accuracy, -e.valid_loss))
    moving.optimizer.param_groups[0]["lr"] = 3.0  # and worse from here on
    history = moving.fit(loader(), loader(), epochs=50, patience=3)
    assert len(history) == moving.best.number + 3 < 50


def test_clipping_average_and_schedule_are_those_of_the_loop_written_out(model):
    optimizer = sgd(model)
    rates = schedule(optimizer, "cosine", steps=24, warm_up=6)
    trainer = Trainer(model, optimizer, schedule=rates, clip_norm=0.1, ema_decay=0.8)
    history = trainer.fit(loader(), loader(), epochs=2)
    found = [*weights(model), *weights(trainer.trained)]

    lanegrad.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer, batches = sgd(model), loader()
    average = optim.swa_utils.AveragedModel(
        model, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.8)
    )
    rates = schedule(optimizer, "cosine", steps=24, warm_up=6)
    for epoch in range(2):
        batches.set_epoch(epoch)
        for inputs, labels in batches:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), labels).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            optimizer.step()
            average.update_parameters(model)
            rates.step()
    wanted = [*weights(model), *weights(average.module)]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (
        evaluate(average.module, loader())[:2]
        == pytest.approx((history[-1].valid_loss, history[-1].valid_accuracy))
    )  # fmt: skip


def test_a_regression_has_no_accuracy():
    model = nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))
    batches = DataLoader(TensorDataset(POINTS, POINTS[:, 0]), 8)
    history = fit(model, batches, optimizer=sgd(model, 0.01), criterion=nn.MSELoss(), epochs=2)
    assert history[1].accuracy is None
    assert history[1].loss < history[0].loss


def test_evaluate_against_numpy(model):
    loss, accuracy, top5, confusion = evaluate(model, loader(batch_size=7))
    logits = model(lanegrad.tensor(POINTS)).detach().numpy().astype(np.float64)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    assert loss == pytest.approx(-log_probs[np.arange(90), CLASSES].mean(), rel=1e-5)
    assert accuracy == (logits.argmax(1) == CLASSES).mean()
    assert top5 is None
    wanted = np.zeros((3, 3), int)
    np.add.at(wanted, (CLASSES, logits.argmax(1)), 1)
    np.testing.assert_array_equal(confusion, wanted)


def test_top5_and_classes():
    logits = RNG.standard_normal((40, 9), dtype=np.float32)
    labels = np.where(np.arange(40) % 7, RNG.integers(0, 8, 40), -100)  # none of class 8
    scores = evaluate(nn.Identity(), DataLoader(TensorDataset(logits, labels), 16))
    kept = labels != -100
    among = (np.argsort(-logits, 1)[:, :5] == labels[:, None]).any(1)
    assert scores.top5 == pytest.approx(among[kept].mean())
    assert scores.by_class[8] is None
    of_first = kept & (labels == 0)
    assert scores.by_class[0] == (logits.argmax(1) == 0)[of_first].mean()


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
        evaluate(model, DataLoader(TensorDataset(inputs, labels), size))[:2]
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
    assert 0 <= history[1].valid_accuracy <= 1
    assert history[1].valid_loss < history[0].valid_loss


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


def test_evaluate_leaves_frozen_layers_in_evaluation_mode():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    model[1].eval()
    evaluate(model, loader())
    assert [module.training for module in model.modules()] == [True, True, False]


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
