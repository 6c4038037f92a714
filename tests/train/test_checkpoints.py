"""Checkpoints: what is resumed ends with the same bits, whenever it was killed and whatever was damaged."""

import os
import shutil
import signal
import time

import numpy as np
import pytest

import lanegrad
from lanegrad import data, models, nn, optim, serialization
from lanegrad.train import Callback, CheckpointError, Checkpoints, Log, Trainer, schedule
from lanegrad.train import checkpoints as module

pytestmark = pytest.mark.once

EPOCHS, BATCH = 3, 16
KILLS = 50


class Net(models.DigitsNet):
    """With all that a checkpoint has to hold: statistics of batches, and random numbers of dropout."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return super().forward(self.drop(self.norm(x)))


@pytest.fixture(scope="module")
def loaders():
    transform = data.Compose([data.RandomCrop(8, padding=1), data.ToTensor()])
    digits = data.Digits(transform=transform)
    test = data.Digits(train=False, transform=data.ToTensor())
    return data.DataLoader(digits, BATCH, shuffle=True), data.DataLoader(test, 128)


def trainer(folder, *callbacks, cost=0.01):
    lanegrad.manual_seed(5)
    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=0.004)
    rates = schedule(optimizer, "cosine", EPOCHS * 91, 20)
    saving = Checkpoints(folder, {"model": "net"}, cost=cost)
    made = Trainer(
        model, optimizer, schedule=rates, clip_norm=1.0, ema_decay=0.9,
        callbacks=[*callbacks, saving, Log(folder)],
    )  # fmt: skip
    return made, saving


def log_without_seconds(folder):
    lines = (folder / "log.csv").read_text().splitlines()
    return [[field for n, field in enumerate(line.split(",")) if n not in (5, 6)] for line in lines]


def assert_same_end(folder, whole):
    found, wanted = (serialization.load(f / "best.safetensors") for f in (folder, whole))
    assert found.keys() == wanted.keys()
    assert found["epoch"] == wanted["epoch"]
    for name, value in wanted["model"].items():
        np.testing.assert_array_equal(found["model"][name].numpy(), value.numpy())
    found, wanted = (serialization.load(f / "last.safetensors")["trainer"] for f in (folder, whole))
    for part in ("model", "average"):
        for name, value in wanted[part].items():
            np.testing.assert_array_equal(found[part][name].numpy(), value.numpy())
    np.testing.assert_array_equal(found["random"].numpy(), wanted["random"].numpy())
    assert log_without_seconds(folder) == log_without_seconds(whole)


@pytest.fixture(scope="module")
def whole(loaders, tmp_path_factory):
    """The folder of a training that nothing has stopped."""
    folder = tmp_path_factory.mktemp("whole")
    trainer(folder)[0].fit(*loaders, epochs=EPOCHS)
    return folder


def killed_after(seconds, work):
    """Whether a process that does some work was killed before it was done."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_at_any_moment_it_ends_with_the_same_bits(loaders, whole, tmp_path):
    folder = tmp_path / "run"
    waits = np.random.default_rng(8).uniform(0.002, 0.15, KILLS)

    def work():
        resumed, saving = trainer(folder, cost=0.5)  # half of the time in the middle of saving
        saving.resume(resumed)
        resumed.fit(*loaders, epochs=EPOCHS)

    killed = 0
    for wait in waits:
        if killed_after(wait, work):
            killed += 1
        else:  # it was done: begin anew
            assert_same_end(folder, whole)
            shutil.rmtree(folder)
    work()
    assert_same_end(folder, whole)
    assert killed > KILLS / 2
    assert not [path for path in folder.iterdir() if path.suffix == ".tmp"]


def test_the_first_checkpoint_is_there_before_the_first_step(loaders, tmp_path):
    class Stop(Callback):
        def on_start(self, trainer):
            trainer.stop()

    made, saving = trainer(tmp_path, Stop())
    assert not saving.resume(made)
    assert made.fit(*loaders, epochs=1) == []
    assert saving.resume(made)


@pytest.fixture
def stopped(whole, tmp_path):
    """A copy of a run, to be damaged."""
    shutil.copytree(whole, tmp_path / "run")
    return tmp_path / "run"


def test_a_flipped_bit_is_noticed_and_the_checkpoint_before_is_gone_on_from(
    loaders, stopped, whole
):
    content = bytearray((stopped / "last.safetensors").read_bytes())
    content[len(content) // 2] ^= 4
    (stopped / "last.safetensors").write_bytes(content)
    resumed, saving = trainer(stopped)
    with pytest.warns(UserWarning, match=r"last\.safetensors .*damaged.*: going on from before"):
        saving.resume(resumed)
    resumed.fit(*loaders, epochs=EPOCHS)
    assert_same_end(stopped, whole)


def test_two_damaged_checkpoints_are_an_error_that_leaves_them(stopped):
    for name in ("last", "before"):
        (stopped / f"{name}.safetensors").write_bytes(b"x" * 40)
    resumed, saving = trainer(stopped)
    with pytest.raises(CheckpointError, match=r"before\.safetensors is no safetensors file"):
        saving.resume(resumed)
    assert (stopped / "last.safetensors").read_bytes() == b"x" * 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda values: values["about"].update(model="lenet"),
            "of another training: model is 'lenet' there and 'net' here",
        ),
        (
            lambda values: values.update(format=2, lanegrad="9.0"),
            "was written by lanegrad 9.0, in format 2; this is",
        ),
        (lambda values: values.pop("format"), "is no checkpoint of lanegrad's training"),
        (
            lambda values: values["trainer"]["model"].pop("fc1.bias"),
            r"is of another network: .*fc1\.bias is missing",
        ),
        (lambda values: values["trainer"].update(schedule=None), "another network: .* without schedule"),
    ],
)  # fmt: skip
def test_checkpoints_of_others_are_one_line_and_stay(stopped, change, message):
    path = stopped / "last.safetensors"
    values = serialization.load(path)
    change(values)
    serialization.save(values, path)
    before = path.read_bytes()
    resumed, saving = trainer(stopped)
    with pytest.raises(CheckpointError, match=message) as found:
        saving.resume(resumed)
    assert "\n" not in str(found.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk_leaves_the_last_good_one(loaders, stopped, monkeypatch, name):
    before = {path.name: path.read_bytes() for path in stopped.glob("*.safetensors")}
    resumed, saving = trainer(stopped)
    saving.resume(resumed)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, full)
    with pytest.raises(OSError, match="No space left on device"):
        resumed.fit(*loaders, epochs=EPOCHS + 1)
    monkeypatch.undo()
    assert (stopped / "last.safetensors").read_bytes() == before["last.safetensors"]
    again, saving = trainer(stopped)
    assert saving.resume(again)


def test_a_folder_that_cannot_be_made_is_found_before_training(loaders, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        trainer(tmp_path / "file" / "run")[0].fit(*loaders, epochs=1)


def test_weights_with_nan_are_not_saved(loaders, stopped):
    resumed, saving = trainer(stopped)
    saving.resume(resumed)
    nn.init.constant_(resumed.model.fc2.bias, np.nan)
    before = (stopped / "last.safetensors").read_bytes()
    saving.on_step(resumed)
    assert (stopped / "last.safetensors").read_bytes() == before
    nn.init.constant_(resumed.model.fc2.bias, 0)
    saving.on_step(resumed)
    assert (stopped / "last.safetensors").read_bytes() != before


def test_saving_takes_its_share_of_the_time(loaders, tmp_path, monkeypatch):
    """On a clock by which each look takes a second, saving takes one, and the next comes 100 later."""
    seconds = iter(range(10**6))
    monkeypatch.setattr(module.time, "perf_counter", lambda: float(next(seconds)))
    saved = []

    class Watch(Checkpoints):
        def save(self, trainer):
            saved.append(trainer.steps)
            super().save(trainer)

    lanegrad.manual_seed(0)
    model = models.DigitsNet()
    rare, often = (Watch(tmp_path / str(cost), cost=cost) for cost in (0.01, 0.5))
    for watch in (rare, often):
        saved.clear()
        Trainer(model, optim.SGD(model.parameters(), lr=0.01), callbacks=[watch]).fit(
            loaders[0], steps=60
        )
        if watch is rare:
            assert 2 <= len(saved) <= 4
    assert len(saved) >= 20
