"""The command ``lanegrad``: train a small network, or show how this installation was built."""

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

import lanegrad

from . import data, models, nn, optim
from ._machine.threads import MOST_THREADS
from .train import Epoch, evaluate, fit


class Recipe(NamedTuple):
    """How a data set is opened and what it is trained with unless the user says otherwise."""

    open: Callable[[str, bool, Any], Any]  # (root, train, transform)
    model: str
    epochs: int
    batch_size: int
    lr: float


RECIPES = {
    "digits": Recipe(
        lambda root, train, transform: data.Digits(train, transform), "digits", 12, 16, 0.02
    ),
    "mnist": Recipe(data.MNIST, "lenet", 3, 32, 0.01),
    "fashion-mnist": Recipe(data.FashionMNIST, "lenet", 5, 32, 0.01),
    "cifar10": Recipe(data.CIFAR10, "lenet", 4, 4, 0.001),
}
EVALUATION_BATCH = 256


class UsageError(Exception):
    """Something the user can put right; its message is all that is shown."""


class _Parser(argparse.ArgumentParser):
    """Reports a wrong argument in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        The exit code: 0, 1 where training failed, 2 for wrong arguments or missing data.

    Examples
    --------
    >>> from lanegrad.cli import main
    >>> main(["train", "--epochs", "1", "--batch-size", "8", "--quiet"])  # doctest: +ELLIPSIS
    test accuracy ... % of 355 images
    0
    """
    arguments = _parser().parse_args(argv)
    try:
        if arguments.command == "config":
            lanegrad.show_config()
        else:
            _train(arguments)
    except (UsageError, OSError, OverflowError, ValueError) as error:
        return _fail(error, 2)
    except FloatingPointError as error:
        return _fail(error, 1)
    except MemoryError as error:
        return _fail(f"not enough memory: {error}" if str(error) else "not enough memory", 1)
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    return 0


def _fail(error: object, code: int) -> int:
    print(f"lanegrad: error: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lanegrad", description="Train small networks on the CPU.")
    parser.add_argument("--version", action="version", version=f"lanegrad {lanegrad.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="{train,config}")
    commands.add_parser("config", help="show version, instruction set, compiler and threads")
    train = commands.add_parser(
        "train",
        help="train a network",
        description="Train a network with SGD and print its accuracy on the test images.",
    )
    add = train.add_argument
    add("--data", choices=RECIPES, default="digits", help="default: %(default)s (embedded)")
    add("--root", metavar="DIR", help="folder of the data; not needed for digits")
    add("--model", choices=models.MODELS, help="default: digits for digits, lenet for the others")
    add("--epochs", type=_number(int, 1), metavar="N", help=_defaults("epochs"))
    add("--batch-size", type=_number(int, 1), metavar="N", help=_defaults("batch_size"))
    add("--lr", type=_number(float, 0), metavar="X", help=_defaults("lr"))
    add("--momentum", type=_number(float, 0), default=0.9, metavar="X", help="default: %(default)s")
    add("--weight-decay", type=_number(float, 0), default=0.0, metavar="X", help="default: 0")
    add("--seed", type=_number(int, 0), default=1, metavar="N", help="default: %(default)s")
    add(
        "--threads",
        type=_number(int, 1, MOST_THREADS),
        metavar="N",
        help=f"at most {MOST_THREADS}; default: the available cores",
    )
    add("--quiet", action="store_true", help="print only the accuracy on the test images")
    return parser


def _defaults(field: str) -> str:
    values = [f"{getattr(recipe, field)} for {name}" for name, recipe in RECIPES.items()]
    return f"default: {', '.join(values)}"


def _number(
    kind: type[int] | type[float], least: int, most: float = math.inf
) -> Callable[[str], float]:
    """A converter for argparse: a finite number of that kind, not below `least` or above `most`."""
    name = "a whole number" if kind is int else "a number"
    bounds = f"{least} or more" if most == math.inf else f"{least} to {most}"

    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (least <= value <= most and value < math.inf):
            raise argparse.ArgumentTypeError(f"expected {name}, {bounds}; found {text!r}")
        return value

    return convert


def _train(arguments: argparse.Namespace) -> None:
    recipe = RECIPES[arguments.data]
    if arguments.root is None and arguments.data != "digits":
        raise UsageError(
            f"--data {arguments.data} needs --root DIR, the folder that holds its files"
        )
    progress = None if arguments.quiet else _progress_bar()
    if arguments.threads:
        lanegrad.set_num_threads(arguments.threads)
    lanegrad.manual_seed(arguments.seed % 2**64)

    transform = data.Compose([data.ToTensor(), data.Normalize(0.5, 0.5)])
    train_set, test_set = (recipe.open(arguments.root, part, transform) for part in (True, False))
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
