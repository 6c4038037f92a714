"""Random programs that view tensors, change them in place and take gradients, run on PyTorch and here.

Both begin with equal numbers: all tensors must have the same values, flags and gradients after each line, and
the same lines fail.

    python tests/support/in_place_programs.py SEED           runs one program and prints it
    python tests/support/in_place_programs.py SEED COUNT     runs so many, and reports those that differ
    python tests/support/in_place_programs.py SEED --shrink  leaves out of it what it does not need to differ

What a program does follows from its seed alone. PyTorch refuses some gradients since it cannot tell whether
what they need is still there. Where lanegrad can, it may give them: they must then be PyTorch's of copies.
Changes through `.data`, which PyTorch does not count, may make its gradients wrong: lanegrad may refuse them,
or have right ones.
"""

import argparse
import sys
import warnings
from collections import Counter
from functools import partial
from random import Random

import numpy as np
import torch

import lanegrad
from in_place_lines import Lines

# What only PyTorch refuses: to change outputs of split() and the like in place, to copy to where it is read,
# to show a view that was made under no_grad() when its base has been changed, to put what has another type or
# nothing in it.
THERE = [
    "function that returns multiple views", "refer to a single memory location", "created in no_grad mode",
    "Index put requires the source and destination dtypes match", "source tensor shape must match",
    "shape mismatch: value tensor of shape", "Autograd not support dtype", "without overflow",
    "not implemented for 'Bool'",
    "modified by an inplace operation",
]  # fmt: skip
# What only lanegrad refuses: to take elements from, and put them to, what shows an element repeatedly.
HERE = ["more than one element to be written to is in one place"]
LARGE = 1e4  # values beyond are no program's aim


def data(seed, shape):
    """Eighths of whole numbers from -8 to 8."""
    return np.float32(np.random.default_rng(seed).integers(-8, 9, shape) / 8)


def too_large(x):
    return x.numel() > 5000 or bool((x.detach().double().abs() > LARGE).any())


class Run:
    """A program on PyTorch or lanegrad, line by line."""

    def __init__(self, module):
        self.names = {"m": module, "data": data}
        self.Tensor = module.Tensor

    @property
    def tensors(self):
        return {name: x for name, x in self.names.items() if isinstance(x, self.Tensor)}

    def step(self, line):
        """Runs a line: the error that it ends in, or None."""
        if self.names["m"] is torch:
            self.look()  # PyTorch finds out here what changes in place have made of views
        try:
            exec(compile(line, "<program>", "exec"), self.names)
        except Exception as error:
            return error
        return None

    def look(self):
        """All that can be seen of the tensors, by name; None if PyTorch refuses to show one."""
        try:
            return {name: seen(x) for name, x in self.tensors.items()}
        except RuntimeError as error:
            if any(reason in str(error) for reason in THERE[:3]):
                return None
            raise

    def gradients(self):
        """The gradients of each tensor with respect to all leaves, or the error; then those of all."""
        autograd, tensors = self.names["m"].autograd, self.tensors
        leaves = {name: x for name, x in tensors.items() if x.requires_grad and x.is_leaf}
        found = {}
        for name, x in tensors.items():
            if x.requires_grad and x.dtype == self.names["m"].float32 and leaves:
                try:
                    weighted = (x * self.names["m"].tensor(data(7, tuple(x.shape)))).sum()
                    given = autograd.grad(
                        weighted, list(leaves.values()), retain_graph=True, allow_unused=True
                    )
                    found[name] = dict(zip(leaves, map(array, given), strict=True))
                except RuntimeError as error:
                    found[name] = error
        return found


def array(x):
    return None if x is None else x.detach().numpy().copy()


def seen(x):
    grad = x.grad if x.is_leaf or x.retains_grad else None
    dtype = str(x.dtype).removeprefix("torch.").removeprefix("lanegrad.")
    return (tuple(x.shape), dtype, x.requires_grad, x.is_leaf), array(x), array(grad)


def draw_program(seed):
    """The lines, which PyTorch has run once since what one may be depends on the tensors before it."""
    draw = Random(f"in place {seed}")
    images = draw.random() < 0.2
    lines, run, program = Lines(draw, images), Run(torch), []
    for _ in range(draw.randint(4, 14)):
        lines.tensors = run.tensors
        program.append(lines.line())
        run.step(program[-1])
        if run.look() is None or any(map(too_large, run.tensors.values())):
            program.pop()
            break
    return program


def compare(program, looks, deferred, counts=None):
    """Runs a program on both: what differs, or None."""
    counts = Counter() if counts is None else counts
    before = lanegrad.set_deferred(deferred)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return difference(program, looks, counts)
    finally:
        lanegrad.set_deferred(before)


def difference(program, looks, counts):
    theirs, ours = Run(torch), Run(lanegrad)
    through_data = any(".data" in line for line in program)
    for number, line in enumerate(program):
        want, got = theirs.step(line), ours.step(line)
        counts["lines"] += 1
        counts["errors"] += want is not None
        if through_data and "backward" in line:
            counts["through .data"] += 1
            return None
        if (want is None) != (got is None) and not allowed(want, got, line):
            return f"line {number}: {line}\n  PyTorch: {want!r:.300}\n  here: {got!r:.300}"
        if (want is None) != (got is None):
            counts["explained"] += 1
            return None
        if looks and (wrong := unequal(theirs.look(), ours.look())):
            return f"after line {number}: {line}\n  {wrong}"
    if wrong := unequal(theirs.look(), ours.look()):
        return f"at the end: {wrong}"
    wanted, given = theirs.gradients(), ours.gradients()
    right = None
    for name, want in wanted.items():
        got = given[name]
        if isinstance(want, Exception) and isinstance(got, Exception):
            counts["refused by both"] += 1
            continue
        if through_data and (isinstance(got, Exception) or not agree(want, got)):
            counts["through .data"] += 1
            continue
        if isinstance(got, Exception) and allowed(None, got):
            continue
        if isinstance(got, Exception):
            return f"gradient of {name}: here {got}"
        if isinstance(want, Exception) and "INTERNAL ASSERT" in str(want):
            continue
        if isinstance(want, Exception):
            counts["given here alone"] += 1
            right = right or of_copies(program)
            want = right[name]
            if isinstance(want, Exception):
                return f"gradient of {name}: PyTorch, even of copies: {want}"
        counts["gradients"] += 1
        for leaf, values in want.items():
            if not close(values, got[leaf]):
                return f"gradient of {name} to {leaf}:\n{values}\nhere\n{got[leaf]}"
    return None


def agree(want, got):
    return not isinstance(want, Exception) and all(close(want[leaf], got[leaf]) for leaf in want)


def outcome(program):
    """The last error that a program ends a line in here, or None."""
    run, last = Run(lanegrad), None
    for line in program:
        last = run.step(line) or last
    return last


def of_copies(program):
    """PyTorch's gradients where it saves copies, so that no change in place is in their way."""
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x.detach().clone(), lambda x: x):
        run = Run(torch)
        for line in program:
            run.step(line)
        return run.gradients()


def allowed(want, got, line=""):
    """Whether only one may fail: PyTorch where that is well-defined, lanegrad where it is not."""
    if want is None:
        return any(reason in str(got) for reason in HERE)
    if "leaf Variable" in str(want) and got is None:
        return (
            "] -= " in line or "] += " in line or "] *= " in line
        )  # a view that was none when it began
    return got is None and any(reason in str(want) for reason in THERE)


def unequal(want, got):
    """What is not equal of what has been seen of all tensors, or None."""
    if want is None:
        return None
    if want.keys() != got.keys():
        return f"names {list(want)}, here {list(got)}"
    for name, (flags, values, grad) in want.items():
        flags_here, values_here, grad_here = got[name]
        if flags != flags_here and (flags[:2] != flags_here[:2] or flags[1] == "float32"):
            return f"{name}: shape, dtype, requires_grad, is_leaf {flags}, here {flags_here}"
        if not close(values, values_here):
            return f"{name}:\n{values}\nhere\n{values_here}"
        if not close(grad, grad_here):
            return f"{name}.grad:\n{grad}\nhere\n{grad_here}"
    return None


def close(want, got):
    """Whether values are equal up to rounding; no gradient is zeros."""
    if want is None or got is None:
        return not np.any(0 if want is None else want) and not np.any(0 if got is None else got)
    size = np.abs(want[np.isfinite(want)]).max(initial=1) if want.dtype.kind == "f" else 1
    return want.shape == got.shape and np.allclose(want, got, 2e-5, 2e-5 * size, equal_nan=True)


def try_seed(seed, counts=None):
    """Draws and compares the program of a seed: its lines, how it was run, and what differs."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        program = draw_program(seed)
    how = seed % 2 == 0, seed % 4 < 2
    return program, how, compare(program, *how, counts)


def leave_out(program, fails):
    """The program without the lines that it fails without; `fails` says how, or nothing."""
    changed = True
    while changed:
        changed = False
        for number in reversed(range(len(program))):
            less = program[:number] + program[number + 1 :]
            wrong = fails(less)
            if wrong and "NameError" not in wrong:
                program, changed = less, True
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("count", type=int, nargs="?", default=1)
    parser.add_argument("--shrink", action="store_true", help="print shortest programs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    counts, failures = Counter(), 0
    for seed in range(options.seed, options.seed + options.count):
        program, how, wrong = try_seed(seed, counts)
        if wrong or options.count == 1:
            failures += bool(wrong)
            if wrong and options.shrink:
                program = leave_out(program, partial(compare, looks=how[0], deferred=how[1]))
                wrong = compare(program, *how)
            print(
                f"seed {seed}, {how}\n" + "\n".join(program), wrong or "equal", sep="\n", flush=True
            )
    print(f"{options.count} programs, {failures} differ; {dict(counts)}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
