"""``lanegrad train``: train a network, and keep all of it in a folder."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import mean, stdev
from typing import Any, NamedTuple

import lanegrad

from .. import data, models, nn
from .._machine.threads import MOST_THREADS
from .._saving.files import write
from ..serialization import save
from ..train import Callback, Checkpoints, Log, NotFiniteError, TensorBoard, Trainer, schedule
from ..train.schedules import SHAPES
from ..train.tensorboard import summary_writer
from ..vision.datasets.named import NAMES
from ._arguments import Failure, Interrupted, Parser, UsageError, number
from ._eval import EVALUATION_BATCH, TTA, TTA_HELP, scores_on
from ._optimizers import OPTIMIZERS, optimizer_of
from ._pictures import HELD_OUT, LARGEST, PADDINGS, Changes, Pictures, pictures_of
from ._plots import figure
from ._progress import Bar, Lines
from ._report import report
from ._runs import SCORES, environment, network_of, new_folder
from ._settings import CONFIG, from_anywhere, settings_of, text_of
from ._signals import handled


class Recipe(NamedTuple):
    """What a data set is trained with unless the user says otherwise."""

    model: str
    epochs: int
    batch_size: int
    lr: float


RECIPES = {
    "digits": Recipe("digits", 12, 16, 0.02),
    "mnist": Recipe("lenet", 3, 32, 0.01),
    "cifar10": Recipe("lenet", 4, 4, 0.001),
    "folders": Recipe("resnet20", 30, 32, 0.02),
    "others": Recipe("lenet", 5, 32, 0.01),
}
# What a run does not depend on.
APART = ("out", "seeds", "threads", "plot", "tensorboard", "quiet")
# What may be changed in a run's options before it goes on: where the data are, and how long it is.
MAY_CHANGE = ("data", "root", "epochs", "steps", "minutes", "patience")

EXAMPLES = """\
examples:
  lanegrad train                                     the digits that come with lanegrad
  lanegrad train --data pictures --epochs 20         pictures/cat/1.jpg, pictures/dog/1.jpg and so on
  lanegrad train --data cifar10 --model resnet20 --batch-size 128 --lr 0.1 --schedule cosine
                 --flip --crop 4 --epochs 30 --valid 0.1
  lanegrad train --resume runs/digits-digits-1       go on with a run that was stopped, to the same bits
  lanegrad train --config runs/digits-digits-1/config.toml --seed 2
"""


def add(commands: Any) -> None:
    """Add the command's parser."""
    train = commands.add_parser(
        "train",
        help="train a network",
        description="Train a network. Its weights, its options, its log and what is needed to go on with it "
        "are kept in a folder.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(train)
    train.does(run, _fill_in)


def add_options(train: Parser, what: str = "run", stem: str = "DATA-MODEL") -> None:
    """Add those of the command, which a sweep takes too."""
    add = train.add_argument_group("data").add_argument
    add(
        "--data", metavar="NAME|FOLDER", default="digits",
        help="a data set, as in lanegrad data fetch; or a folder with a folder of pictures for each class, "
        "or with such folders called train, valid and test; default: %(default)s, which comes with lanegrad",
    )  # fmt: skip
    add(
        "--root",
        metavar="DIR",
        help="folder of a data set's files; default: as of lanegrad data fetch",
    )
    add(
        "--size", type=number(int, 1), metavar="N",
        help=f"height and width for pictures of a folder; default: their smallest side, at most {LARGEST}; a "
        "tenth of them may be smaller",
    )  # fmt: skip
    add(
        "--valid", type=number(float, 0, 0.9), metavar="X",
        help="share of the pictures for training to be used for validation; default: 0, and "
        f"{HELD_OUT} for folders without parts",
    )  # fmt: skip
    add(
        "--standardize", action="store_true",
        help="normalize with mean and deviation of the training pictures, as it is done for folders",
    )  # fmt: skip
    add(
        "--skip-corrupted",
        action="store_true",
        help="leave out pictures of a folder that cannot be read, and name them",
    )
    add("--flip", action="store_true", help="mirror half of the pictures, drawn anew each time")
    add("--alternating-flip", action="store_true", help="mirror one half, and then the other one")
    add("--crop", type=number(int, 1), metavar="N", help="shift pictures by up to N pixels")
    add("--crop-padding", choices=PADDINGS, default="zero", help="what moves in; default: zero")
    add("--cutout", type=number(int, 1), metavar="N", help="blank a square of N pixels")
    add("--mixup", type=number(float, 0), default=0.0, metavar="X", help="mix pictures and labels")
    add("--cutmix", type=number(float, 0), default=0.0, metavar="X", help="the same by windows")
    add = train.add_argument_group("training").add_argument
    add("--model", choices=models.MODELS, help=_defaults("model"))
    add("--epochs", type=number(int, 1), metavar="N", help=_defaults("epochs"))
    add("--steps", type=number(int, 1), metavar="N", help="end after so many batches")
    add("--minutes", type=number(float, 0), metavar="X", help="end after that time")
    add("--patience", type=number(int, 1), metavar="N", help="end N epochs after the best one")
    add("--batch-size", type=number(int, 1), metavar="N", help=_defaults("batch_size"))
    add("--optimizer", choices=OPTIMIZERS, default="sgd", help="default: %(default)s")
    add("--lr", type=number(float, 0), metavar="X", help=_defaults("lr"))
    add("--bias-lr", type=number(float, 0), metavar="X", help="of biases and norms; default: --lr")
    add("--head-lr", type=number(float, 0), metavar="X", help="of the last layer; default: --lr")
    add("--momentum", type=number(float, 0), default=0.9, metavar="X", help="of sgd; default: 0.9")
    add("--nesterov", action="store_true", help="Nesterov's momentum, of sgd")
    add(
        "--muon-momentum", type=number(float, 0, 1), default=0.95, metavar="X",
        help="of muon; biases, norms and the last layer have sgd beside it; default: 0.95",
    )  # fmt: skip
    add("--weight-decay", type=number(float, 0), default=0.0, metavar="X", help="default: 0")
    add(
        "--schedule",
        choices=SHAPES,
        default="constant",
        help="how the rate goes on from step to step; default: %(default)s",
    )
    add(
        "--warm-up",
        type=number(int, 0),
        default=0,
        metavar="N",
        help="steps in which the rate grows at first; default: 0",
    )
    add("--label-smoothing", type=number(float, 0, 1), default=0.0, metavar="X", help="default: 0")
    add("--clip", type=number(float, 0), metavar="X", help="largest norm of all gradients together")
    add("--ema", type=number(float, 0, 1), metavar="X", help="decay of an average of the weights")
    add("--tta", choices=TTA, default="none", help=f"{TTA_HELP}; default: none")
    add("--seed", type=number(int, 0), default=1, metavar="N", help="default: %(default)s")
    add("--seeds", type=number(int, 1), metavar="N", help="train with N seeds, from that one on")
    add = train.add_argument_group("run").add_argument
    add("--out", metavar="DIR", help=f"folder to keep it in; default: the next of runs/{stem}-N")
    add("--resume", metavar=what.upper(), help=f"go on with that {what}, with the options it has")
    add(
        "--threads", type=number(int, 1, MOST_THREADS), metavar="N",
        help=f"at most {MOST_THREADS}; default: the available cores",
    )  # fmt: skip
    add("--plot", action="store_true", help="draw the run at the end: see lanegrad report")
    add("--tensorboard", action="store_true", help="write events for TensorBoard into the folder")
    add("--quiet", action="store_true", help="print only the accuracy at the end")


def _defaults(field: str) -> str:
    values = [f"{getattr(recipe, field)} for {name}" for name, recipe in RECIPES.items()]
    return f"default: {', '.join(values)}"


def run(arguments: argparse.Namespace) -> None:
    """Train, with several seeds if asked, and print the accuracy."""
    if arguments.threads:
        lanegrad.set_num_threads(arguments.threads)
    if not arguments.seeds:
        _train(arguments)
        return
    reached = []
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        out = arguments.out and os.path.join(arguments.out, f"seed-{seed}")
        reached.append(_train(argparse.Namespace(**{**vars(arguments), "seed": seed, "out": out})))
    percents = [100 * accuracy for accuracy in reached if accuracy is not None]
    if percents:
        spread = f", standard deviation {stdev(percents):.2f}" if len(percents) > 1 else ""
        print(f"accuracy {mean(percents):.2f} % in the mean of {len(percents)} seeds{spread}")


def _train(arguments: argparse.Namespace) -> float | None:
    """One run: the accuracy of its best weights, if there are pictures to test on."""
    _fill_in(arguments)
    lanegrad.manual_seed(arguments.seed % 2**64)
    pictures = pictures_of(
        arguments.model, arguments.data, arguments.root, size=arguments.size, valid=arguments.valid,
        seed=arguments.seed, standardize=arguments.standardize, skip_corrupted=arguments.skip_corrupted,
        changes=Changes(*(getattr(arguments, name) for name in Changes._fields)),
    )  # fmt: skip
    trainer, loaders, steps = _trainer(arguments, pictures)
    limits = {name: getattr(arguments, name) for name in ("epochs", "steps", "minutes", "patience")}
    if arguments.resume and os.path.exists(os.path.join(arguments.resume, "curves.svg")):
        arguments.plot = True  # else its page would lose its pictures
    if arguments.plot:
        figure(1, 1)  # or the error now, not at the end
    if arguments.tensorboard:
        summary_writer()  # likewise
    if arguments.patience and pictures.valid is None:
        raise UsageError("--patience needs pictures for validation: give --valid")

    stem = f"{os.path.basename(os.path.abspath(arguments.data))}-{arguments.model}"
    folder = arguments.resume or new_folder(arguments.out, stem)
    settings = settings_of(arguments)
    settings = {name: value for name, value in settings.items() if name not in APART}
    steady = {
        f"--{name.replace('_', '-')}": value
        for name, value in settings.items()
        if name not in MAY_CHANGE
    }
    checkpoints = Checkpoints(folder, {**pictures.about._asdict(), **steady})
    if arguments.resume:
        checkpoints.resume(trainer)
    else:
        text = text_of(from_anywhere(settings))
        write(text.encode(), os.path.join(folder, CONFIG))
        write(environment().encode(), os.path.join(folder, "environment.json"))
    shown: Callback = Callback()
    if not arguments.quiet:
        done = f", {trainer.steps} steps are done" if arguments.resume else ""
        if arguments.resume and steps is not None and trainer.steps >= steps:
            done += f", which is all; for more, raise epochs in {os.path.join(folder, CONFIG)}"
        print(f"{pictures}\nrun: {folder}{done}", flush=True)
        shown = Bar(steps, arguments.batch_size) if sys.stderr.isatty() else Lines()
    trainer.callbacks += [shown, checkpoints, Log(folder)]
    if arguments.tensorboard:
        trainer.callbacks.append(TensorBoard(folder, text_of(settings)))

    go_on = f"to go on: lanegrad train --resume {folder}"
    try:
        with _stopped_by_the_user(trainer) as asked:
            trainer.fit(*loaders, **limits)
    except NotFiniteError as error:
        path = os.path.join(folder, "not_finite.safetensors")
        save(error.values, path)
        raise Failure(f"{error}; what it was computed from is in {path}") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"{error}; {go_on}") from error
    finally:
        shown.on_end(trainer)  # where there was an error
    if trainer.stopped:
        raise Interrupted(f"stopped after {trainer.steps} steps; {go_on}", 128 + asked[0])
    return _finish(folder, pictures, arguments)


def _fill_in(arguments: argparse.Namespace) -> None:
    """What the user has not said, of the data set's recipe."""
    kind = "others" if arguments.data in NAMES else "folders"
    recipe = RECIPES.get(arguments.data, RECIPES[kind])
    limited = arguments.steps or arguments.minutes
    for name, value in recipe._asdict().items():
        if getattr(arguments, name) is None and not (name == "epochs" and limited):
            setattr(arguments, name, value)


def _trainer(
    arguments: argparse.Namespace, pictures: Pictures
) -> tuple[Trainer, list[Any], int | None]:
    """A trainer, its loaders, and how many steps it will make if that is known."""
    model = pictures.about.network()
    if hasattr(model, "init_whiten"):
        model.init_whiten(pictures.some(5000))
    loader: data.DataLoader[Any] = data.DataLoader(pictures.train, arguments.batch_size, True)
    loaders = [loader, pictures.valid and data.DataLoader(pictures.valid, EVALUATION_BATCH)]
    optimizer = optimizer_of(arguments, model)
    steps = arguments.steps
    if arguments.epochs:
        steps = min(steps or sys.maxsize, arguments.epochs * len(loader))
    rates = None
    if arguments.schedule != "constant" or arguments.warm_up:
        if steps is None:
            raise UsageError("--schedule and --warm-up need --epochs or --steps")
        if arguments.warm_up > steps:
            raise UsageError(
                f"--warm-up {arguments.warm_up} is longer than training: {steps} steps"
            )
        rates = schedule(optimizer, arguments.schedule, steps, arguments.warm_up)
    trainer = Trainer(
        model,
        optimizer,
        nn.CrossEntropyLoss(label_smoothing=arguments.label_smoothing),
        schedule=rates,
        clip_norm=arguments.clip,
        ema_decay=arguments.ema,
    )
    return trainer, loaders, steps


@contextmanager
def _stopped_by_the_user(trainer: Trainer) -> Iterator[list[int]]:
    """Ctrl-C stops the trainer after the step that it makes; once more leaves at once.

    So do other signals that ask a program to end. Gives a list, to which the signal is added.
    """
    asked: list[int] = []

    def stop(number: int) -> None:
        if asked:
            os._exit(128 + number)
        asked.append(number)
        trainer.stop()

    class Late(Callback):
        """For a signal before training began."""

        def on_start(self, trainer: Trainer) -> None:
            if asked:
                trainer.stop()

    trainer.callbacks.append(Late())
    with handled(stop):
        yield asked


def _finish(folder: str, pictures: Pictures, arguments: argparse.Namespace) -> float | None:
    """The accuracy of the best weights, on the screen and in the folder."""
    network, _ = network_of(folder)
    scores = scores_on(network, pictures, arguments.tta)
    accuracy = None
    if scores is None:
        print(f"trained; there are no pictures to test on: {folder}")
    else:
        accuracy = scores["accuracy"]
        write(f"{json.dumps(scores)}\n".encode(), os.path.join(folder, SCORES))
        count = len(pictures.tested[1])
        print(f"{scores['part']} accuracy {100 * accuracy:.2f} % of {count} images", flush=True)
    page = report(folder, pictures, network, scores, arguments.plot)
    if not arguments.quiet:
        print(f"report: {page}", flush=True)
    return accuracy
