"""``lanegrad train``: train a network, and print its accuracy on the test images."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import lanegrad

from .. import data, models, nn, optim
from .._machine.threads import MOST_THREADS
from ..train import Epoch, evaluate, fit
from ._arguments import UsageError, number
from ._parts import parts_of


class Recipe(NamedTuple):
    """What a data set is trained with unless the user says otherwise."""

    model: str
    epochs: int
    batch_size: int
    lr: float


RECIPES = {
    "digits": Recipe("digits", 12, 16, 0.02),
    "mnist": Recipe("lenet", 3, 32, 0.01),
    "fashion-mnist": Recipe("lenet", 5, 32, 0.01),
    "cifar10": Recipe("lenet", 4, 4, 0.001),
}
EVALUATION_BATCH = 256


def add(commands: Any) -> None:
    """Add the command's parser."""
    train = commands.add_parser(
        "train",
        help="train a network",
        description="Train a network with SGD and print its accuracy on the test images.",
    )
    add = train.add_argument
    add("--data", choices=RECIPES, default="digits", help="default: %(default)s (embedded)")
    add(
        "--root",
        metavar="DIR",
        help="folder of the data's files; default: as of lanegrad data fetch",
    )
    add("--model", choices=models.MODELS, help="default: digits for digits, lenet for the others")
    add("--epochs", type=number(int, 1), metavar="N", help=_defaults("epochs"))
    add("--batch-size", type=number(int, 1), metavar="N", help=_defaults("batch_size"))
    add("--lr", type=number(float, 0), metavar="X", help=_defaults("lr"))
    add("--momentum", type=number(float, 0), default=0.9, metavar="X", help="default: %(default)s")
    add("--weight-decay", type=number(float, 0), default=0.0, metavar="X", help="default: 0")
    add("--seed", type=number(int, 0), default=1, metavar="N", help="default: %(default)s")
    add(
        "--threads",
        type=number(int, 1, MOST_THREADS),
        metavar="N",
        help=f"at most {MOST_THREADS}; default: the available cores",
    )
    add("--quiet", action="store_true", help="print only the accuracy on the test images")
    train.set_defaults(run=run)


def _defaults(field: str) -> str:
    values = [f"{getattr(recipe, field)} for {name}" for name, recipe in RECIPES.items()]
    return f"default: {', '.join(values)}"


def run(arguments: argparse.Namespace) -> None:
    """Train, and print the accuracy."""
    recipe = RECIPES[arguments.data]
    progress = None if arguments.quiet else _progress_bar()
    if arguments.threads:
        lanegrad.set_num_threads(arguments.threads)
    lanegrad.manual_seed(arguments.seed % 2**64)

    transform = data.Compose([data.ToTensor(), data.Normalize(0.5, 0.5)])
    train_set, test_set = parts_of(arguments.data, arguments.root, transform).values()
    channels, size, _ = train_set[0][0].shape
    model = models.build(arguments.model or recipe.model, channels, size, len(train_set.classes))
    optimizer = optim.SGD(
        model.parameters(),
        lr=recipe.lr if arguments.lr is None else arguments.lr,
        momentum=arguments.momentum,
        weight_decay=arguments.weight_decay,
    )
    fit(
        model,
        data.DataLoader(train_set, arguments.batch_size or recipe.batch_size, shuffle=True),
        optimizer=optimizer,
        criterion=nn.CrossEntropyLoss(),
        epochs=arguments.epochs or recipe.epochs,
        progress=progress,
        on_epoch=None if arguments.quiet else _print_epoch,
    )
    _, accuracy = evaluate(model, data.DataLoader(test_set, EVALUATION_BATCH))
    print(f"test accuracy {100 * accuracy:.2f} % of {len(test_set)} images")


def _print_epoch(epoch: Epoch) -> None:
    print(f"epoch {epoch.number}: loss {epoch.loss:.4f} in {epoch.seconds:.1f} s", flush=True)


def _progress_bar() -> Callable[[data.DataLoader[Any], int], Iterable[Any]]:
    try:
        from tqdm import tqdm  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise UsageError(
            'the progress bar needs tqdm: pip install "lanegrad[cli]", or pass --quiet'
        ) from None
    return lambda loader, epoch: tqdm(
        loader, desc=f"epoch {epoch}", unit="batch", leave=False, dynamic_ncols=True
    )
