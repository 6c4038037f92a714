"""What is drawn of runs, their pages, how they compare, and what TensorBoard reads."""

import json
import re
import sys
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import lanegrad
from lanegrad import cli, models, nn, train
from lanegrad.cli._eval import own_pictures, scores_of
from lanegrad.cli._runs import About, network_of
from lanegrad.cli._tiles import filters

pytestmark = pytest.mark.once

SHORT = ["--epochs", "2", "--batch-size", "64", "--quiet"]
PICTURES = {"curves", "classes", "confusion", "filters", "mistakes"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments):
    return cli.main([*arguments])


def drawn(folder):
    return {path.stem for path in Path(folder).glob("*.png")}


def assert_needs_nothing_else(page):
    """No scripts, nothing that a browser would fetch; what is opened is closed."""
    assert "<script" not in page
    for link in re.findall(r'(?:src|href|action|data)="([^"]*)"|url\(([^)]*)\)', page):
        assert "".join(link).startswith(("data:", "#"))
    for tag in ("svg", "figure", "table", "div", "h2", "g", "style"):
        assert len(re.findall(rf"<{tag}(?:\s[^>]*[^/>])?>", page)) == page.count(f"</{tag}>"), tag


def test_a_run_with_pictures(monkeypatch):
    image = pytest.importorskip("PIL.Image")
    names = ['<script>"&$x$-->', "_猫 " + 60 * "long", "plain"]
    draws = np.random.default_rng(0)
    for name in names:
        for number in range(6):
            Path("pictures", name).mkdir(parents=True, exist_ok=True)
            pixels = draws.integers(0, 256, (12, 12, 3), np.uint8)
            image.fromarray(pixels).save(Path("pictures", name, f"{number}.png"))
    options = ["--data", "pictures", "--model", "mlp", "--steps", "1", "--valid", "0.4", "--quiet"]
    assert run("train", *options, "--out", "one", "--plot") == 0
    page = Path("one/report.html").read_text()
    assert run("train", "--resume", "one") == 0  # which is done: its page keeps its pictures
    assert Path("one/report.html").read_text() == page
    page = Path("one/report.html").read_text()
    assert_needs_nothing_else(page)
    assert page.count("<svg") == len(PICTURES)
    assert all(escape(name) in page for name in names)
    assert drawn("one") == PICTURES
    for name in PICTURES:
        assert Path("one", f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert ElementTree.parse(f"one/{name}.svg").getroot().tag.endswith("svg")

    # What a run leaves that was stopped: no scores, and no pictures until they are asked for.
    before = {name: Path("one", f"{name}.svg").read_text() for name in PICTURES}
    for path in [*Path("one").glob("*.svg"), *Path("one").glob("*.png"), Path("one/scores.json")]:
        path.unlink()
    assert run("report", "one") == 0
    assert {name: Path("one", f"{name}.svg").read_text() for name in PICTURES} == before
    assert Path("one/report.html").read_text() == page
    assert not Path("one/scores.json").exists()

    # Nothing to test on.
    assert run("train", *options, "--valid", "0", "--out", "two", "--plot") == 0
    assert drawn("two") == {"curves", "filters"}
    assert "Worst mistakes" not in Path("two/report.html").read_text()


def test_the_worst_mistakes():
    assert run("train", *SHORT, "--lr", "0.01", "--out", "one") == 0
    found = json.loads(Path("one/scores.json").read_text())["mistakes"]
    network, about = network_of("one")
    _, part = own_pictures("one", None, about).tested
    inputs, labels = (
        np.stack(values) for values in zip(*(map(np.asarray, x) for x in part), strict=True)
    )
    logits = network(lanegrad.tensor(inputs)).detach().numpy().astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    losses = np.where(
        shares.argmax(1) == labels, 0, -np.log(shares[np.arange(len(labels)), labels])
    )
    assert np.count_nonzero(losses) > 25 == len(found)
    worst = np.argsort(-losses)[:25]
    assert [mistake["picture"] for mistake in found] == worst.tolist()
    assert [mistake["class"] for mistake in found] == [str(labels[n]) for n in worst]
    assert [mistake["taken_for"] for mistake in found] == [str(shares[n].argmax()) for n in worst]
    np.testing.assert_allclose([mistake["loss"] for mistake in found], losses[worst], rtol=1e-5)
    np.testing.assert_allclose(
        [mistake["probability"] for mistake in found], shares[worst].max(1), rtol=1e-5
    )
    page = Path("one/report.html").read_text()
    assert_needs_nothing_else(page)
    assert "<svg" not in page
    right = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    right[1].weight.requires_grad_(False)[:] = 0
    right[1].bias.requires_grad_(False)[:] = lanegrad.tensor([9.0] + 9 * [0.0])
    zeros = [(x, label) for x, label in part if label == 0]
    assert scores_of(right, about, zeros)["mistakes"] == []


@pytest.mark.parametrize(
    ("network", "channels", "title", "side", "shape"),
    [
        (models.build("lenet", 3, 32, 10), 3, "conv1.weight: 6 filters, 5 x 5", 5, (5, 35)),
        (nn.Linear(64, 99), 1, "weight: 64 of 99 filters, 8 x 8", 8, (71, 71)),
        (nn.Conv2d(4, 20, 3), 4, "weight: 64 of 80 planes, 3 x 3", 3, (63, 15)),
        (nn.Conv2d(1, 1, 1), 1, "weight: 1 filters, 1 x 1", 1, (1, 1)),
    ],
)  # fmt: skip
def test_filters(network, channels, title, side, shape):
    pytest.importorskip("matplotlib")
    made = filters(network, About("", channels, 8, ["a", "b"], [0.5], [0.5]))
    (panel,) = made.axes
    assert panel.get_title() == title
    sheet = np.asarray(panel.images[0].get_array())
    assert sheet.shape == (*shape, 4)
    weight = next(network.parameters()).detach().numpy()
    first = weight.reshape(-1, 3 if channels == 3 else 1, side, side)[0]
    wanted = 0.5 + first.transpose(1, 2, 0) / (2 * np.abs(first).max())
    np.testing.assert_allclose(sheet[:side, :side, :3], wanted + np.zeros(3), rtol=1e-5)
    assert (sheet[:side, :side, 3] == 1).all()


def test_a_network_without_filters_has_no_picture_of_them():
    network = nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(9, 2))
    assert filters(network, About("", 1, 8, ["a", "b"], [0.5], [0.5])) is None


def test_runs_are_compared(capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    assert run("train", *SHORT, "--valid", "0.1", "--out", "one") == 0
    assert run("train", *SHORT, "--valid", "0.1", "--lr", "0.05", "--out", "two") == 0
    assert not drawn("two")
    capsys.readouterr()
    assert run("compare", "one", "two", "--plot", "both.png") == 0
    head, one, two = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["run", "lr", "epochs", "done", "seconds", "loss", "accuracy", "of"]
    assert (one[:3], two[:3]) == (["one", "0.02", "2"], ["two", "0.05", "2"])
    scores = json.loads(Path("two/scores.json").read_text())
    assert two[4:] == [f"{scores['loss']:.4f}", f"{100 * scores['accuracy']:.2f}", "%", "test"]
    assert Path("both.png").stat().st_size > 1000
    Path("killed").mkdir()
    Path("killed/config.toml").write_text(Path("one/config.toml").read_text())
    assert run("compare", "killed", "--plot", "none.png") == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["killed", "0", "0.0"]
    for arguments, message in [
        (["compare", "three"], "three/log.jsonl is not there"),
        (["compare", "one", "--plot", "a.xyz"], "--plot a.xyz: Format 'xyz' is not supported"),
        (["report", "three"], "three/log.jsonl is not there: give the folder of a run"),
    ]:
        assert run(*arguments) == 2
        assert message in capsys.readouterr().err
    for name in ("environment.json", "log.jsonl"):
        Path("killed", name).write_text(Path("one", name).read_text())
    assert run("report", "killed") == 0  # before there were weights
    assert drawn("killed") == {"curves"}
    assert_needs_nothing_else(Path("killed/report.html").read_text())
    for name in ("matplotlib.figure", "tensorboardX"):
        monkeypatch.setitem(sys.modules, name, None)
    for arguments, extra in [
        (["train", *SHORT, "--plot", "--out", "three"], "plot"),
        (["train", *SHORT, "--tensorboard", "--out", "three"], "tensorboard"),
        (["report", "one"], "plot"),
    ]:
        assert run(*arguments) in (1, 2)
        assert f'pip install "lanegrad[{extra}]"' in capsys.readouterr().err
        assert not Path("three").exists()


def test_tensorboard_reads_what_is_written():
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    assert run("train", *SHORT, "--valid", "0.1", "--tensorboard", "--out", "one") == 0
    events = accumulator.EventAccumulator("one").Reload()
    (text,) = events.Tensors("options/text_summary")
    config = Path("one/config.toml").read_text().splitlines()
    (shown,) = text.tensor_proto.string_val
    assert [line[4:] for line in shown.decode().splitlines()][: len(config)] == config
    log = [json.loads(line) for line in Path("one/log.jsonl").read_text().splitlines()]
    assert {*events.Tags()["scalars"]} == {*train.tensorboard.CURVES.values()}
    for name, curve in train.tensorboard.CURVES.items():
        found = [(point.step, point.value) for point in events.Scalars(curve)]
        assert found == [(n + 1, np.float32(epoch[name])) for n, epoch in enumerate(log)], name


def test_tensorboard_forgets_what_is_made_again():
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    x, labels = lanegrad.zeros(4, 2), lanegrad.tensor([0, 1, 0, 1])

    def trainer():
        model = nn.Linear(2, 2)
        return train.Trainer(model, lanegrad.optim.SGD(model.parameters(), lr=0.1))

    first, again = trainer(), trainer()
    first.fit([(x, labels)], epochs=1)
    state = first.state_dict()
    first.callbacks.append(train.TensorBoard("board"))
    first.fit([(x, labels)], epochs=3)  # of which only what is in `state` outlives a power cut
    again.load_state_dict(state)
    again.optimizer.param_groups[0]["lr"] = 0.5
    again.callbacks.append(train.TensorBoard("board"))
    again.fit([(x, labels)], epochs=2)
    rates = accumulator.EventAccumulator("board").Reload().Scalars("learning_rate")
    assert [(point.step, point.value) for point in rates] == [(2, 0.5)]
