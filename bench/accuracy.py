"""The largest errors of the loss and of its gradient, by how certain a row is: in ULP (steps of
float32 at the exact value), against the same in float64.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frameworks import FRAMEWORKS
from .machine import machine
from .report import markdown
from .worker import reason

# The target's logit minus the largest other one.
MARGINS = {
    "right by 0-1": (0, 1),
    "right by 1-5": (1, 5),
    "right by 5-10": (5, 10),
    "right by 10-15": (10, 15),
    "right by 15-20": (15, 20),
    "right by 20-50": (20, 50),
    "right by 50-100": (50, 100),
    "wrong by 1-10": (-10, -1),
    "wrong by 10-100": (-100, -10),
}
CLASSES = (10, 1000)
COMPARED = ("lanegrad", "pytorch")
ELEMENTS = 1 << 18  # of the logits of a batch
SCALE = 3  # standard deviation of the other logits
HOPELESS = 1e6  # ULP, from where on the number says no more


def accuracy(batches: int) -> dict[str, Any]:
    """The largest errors over so many batches of random rows for each margin.

    Returns
    -------
    dict
        `errors`: by number of classes, margin and framework, those of `loss` and `gradient`.
    """
    modules, missing = {}, {}
    for name in COMPARED:
        try:
            modules[FRAMEWORKS[name]] = importlib.import_module(f"bench.frameworks.{name}")
        except Exception as error:
            missing[FRAMEWORKS[name]] = reason(error)
    return {
        "title": "Largest error of each row's loss and of its gradient, in ULP",
        "machine": machine(),
        "rounds": batches,
        "frameworks": {title: module.describe() for title, module in modules.items()},
        "missing": missing,
        "errors": {
            str(classes): {
                name: _errors(modules, classes, low, high, batches)
                for name, (low, high) in MARGINS.items()
            }
            for classes in CLASSES
        },
    }


def accuracy_report(result: dict[str, Any]) -> str:
    """The result of `accuracy` as Markdown."""
    lines = [result["title"], f"machine: {result['machine']}"]
    lines += [f"{title}: {about}" for title, about in result["frameworks"].items()]
    lines += [f"{title}: not here ({why})" for title, why in result["missing"].items()]
    kinds = ("loss", "gradient")
    for classes, by_margin in result["errors"].items():
        header = [f"{title}, {kind}" for title in result["frameworks"] for kind in kinds]
        rows = [
            [name, *(_ulps(by_title[title][kind]) for title in by_title for kind in kinds)]
            for name, by_title in by_margin.items()
        ]
        count = result["rounds"] * (ELEMENTS // int(classes))
        lines += ["", f"{classes} classes, {count:,} rows for each margin", ""]
        lines += markdown(["target's margin", *header], rows)
    return "\n".join(lines)


def rows_of_margin(
    rng: np.random.Generator, classes: int, low: float, high: float
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Random logits and targets; each target's logit is from `low` to `high` above the others."""
    rows = ELEMENTS // classes
    logits = rng.standard_normal((rows, classes), dtype=np.float32) * np.float32(SCALE)
    target, every = rng.integers(classes, size=rows), np.arange(rows)
    logits[every, target] = -np.inf
    margin = rng.uniform(low, high, rows).astype(np.float32)
    logits[every, target] = logits.max(axis=1) + margin
    return logits, target


def exact(
    logits: NDArray[np.float32], target: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row's loss and gradient in float64, in formulas that subtract nothing from 1."""
    every = np.arange(len(logits))
    x = logits.astype(np.float64)
    below = x - x.max(axis=1, keepdims=True)
    terms = np.exp(below)
    others = terms.copy()
    others[every, below.argmax(axis=1)] = 0
    rest = others.sum(axis=1)
    loss = np.log1p(rest) - below[every, target]
    gradient = terms / (1 + rest)[:, None]
    terms[every, target] = 0
    gradient[every, target] = -terms.sum(axis=1) / (1 + rest)
    return loss, gradient


def ulps(result: NDArray[Any], right: NDArray[np.float64]) -> float:
    """The largest distance, in steps of float32 at the right value."""
    step = np.spacing(np.maximum(np.abs(right), 2.0**-126).astype(np.float32)).astype(np.float64)
    return float(np.max(np.abs(result.astype(np.float64) - right) / step))


def _errors(
    modules: dict[str, Any], classes: int, low: float, high: float, batches: int
) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(0)
    worst = {title: {"loss": 0.0, "gradient": 0.0} for title in modules}
    for _ in range(batches):
        logits, target = rows_of_margin(rng, classes, low, high)
        loss, gradient = exact(logits, target)
        for title, module in modules.items():
            errors = worst[title]
            found_loss, found_gradient = module.by_row(logits.copy(), target)
            errors["loss"] = max(errors["loss"], ulps(found_loss, loss))
            errors["gradient"] = max(errors["gradient"], ulps(found_gradient, gradient))
    return worst


def _ulps(error: float) -> str:
    if error > HOPELESS:
        return ">1e6"
    return f"{error:.2f}" if error < 100 else f"{error:,.0f}"
