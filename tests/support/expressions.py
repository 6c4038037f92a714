"""Random expressions over small tensors, run on PyTorch in float32 and float64, and here.

    python tests/support/expressions.py --count 100000 --seed S [--processes 2]   so many, from this one on
    python tests/support/expressions.py --seed S                                  one, which is printed

Shapes have 0 to 4 axes of any size from 0 on, images are in lanes; there are floats, whole numbers and masks,
views, changes in place, and gradients at the end. After each line its result must be PyTorch's: as near to
float64 as PyTorch's own float32 is, or within a few roundings (nearness.py). What is off is judged again by
what becomes of the float64 result when each line is rounded at random: a program that this changes as much is
counted as one that depends on roundings. With calls deferred (by the list, and again by its plan), and on
more threads, the bits must be those of calls that are made at once on one.

A program that fails is made as short as it can be, and printed as a script that shows it.
"""

import argparse
import inspect
import re
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing import get_context
from random import Random

import numpy as np
import torch

import lanegrad
from expression_lines import Expressions
from in_place_programs import HERE, Run, data, leave_out, too_large
from nearness import OFF, degree, where_off

# What only lanegrad refuses: besides, what PyTorch takes since there are no elements.
ONLY_HERE = [*HERE, "for a size of 0", "softmax of", "at least one class"]
TERMS = 0.1  # what sums are of is at least as large as, mostly
NOISE = 2.0**-24  # of a value that is rounded at random
TRIALS = 9  # with other roundings
ROOM = 8  # times what they change
CHUNK = 200  # programs that a process runs before it tells


def whole(seed, shape, count):
    """Whole numbers from 0 to count - 1."""
    return np.random.default_rng(seed).integers(0, max(count, 1), shape)


class Wide:
    """PyTorch with float64 in float32's place."""

    float32, Tensor = torch.float64, torch.Tensor

    def __getattr__(self, name):
        return getattr(torch, name)

    @staticmethod
    def tensor(values, **options):
        x = torch.tensor(values, **options)
        if x.dtype != torch.float32:
            return x
        return x.detach().double().requires_grad_(x.requires_grad)


class Program(Run):
    """A program on PyTorch, in float32 or float64, or on lanegrad."""

    def __init__(self, module, trial=None):
        super().__init__(module)
        self.names |= {"whole": whole, "np": np}
        self.default = torch.float64 if isinstance(module, Wide) else torch.float32
        self.noise = None if trial is None else np.random.default_rng(trial)
        # In proportion to each element or to the largest; or to what a fixed point would hold.
        self.rounding = None if trial is None else ("of each", "of all", "fixed")[trial % 3]

    def step(self, line):
        """Runs a line: the error that it ends in, or None."""
        torch.set_default_dtype(self.default)
        try:
            exec(compiled(line), self.names)
        except Exception as error:
            return error
        finally:
            torch.set_default_dtype(torch.float32)
        if self.rounding and " = m.tensor(" not in line:
            self.round(self.names.get(subject(line)))
        return None

    def round(self, x):
        """Rounds a result at random, and the gradient that comes to it."""
        if not isinstance(x, torch.Tensor) or not x.is_floating_point() or not x.numel():
            return

        def rounded(g):
            size = torch.where(g.isfinite(), g.abs(), 0)
            step = NOISE * (size if self.rounding == "of each" else size.max())
            if self.rounding == "fixed":
                return torch.where(step > 0, (g / step).round() * step, g)
            return g + step * torch.from_numpy(self.noise.uniform(-1, 1, tuple(g.shape)))

        if not any(n > 1 and step == 0 for n, step in zip(x.shape, x.stride(), strict=True)):
            x.data.copy_(rounded(x.data))
        if x.requires_grad and not x.is_leaf:
            x.register_hook(rounded)

    def shown(self, line):
        """Shape, dtype and flag, and the values, of what a line has made or changed."""
        x = self.names.get(subject(line))
        return look(x) if isinstance(x, self.Tensor) else None

    def everything(self):
        """All tensors and all gradients of leaves, by name."""
        found = {name: look(x) for name, x in self.tensors.items()}
        for name, x in self.tensors.items():
            if x.is_leaf and x.requires_grad and x.grad is not None:
                found[f"{name}.grad"] = look(x.grad)
        return found


@lru_cache(100)
def compiled(line):
    return compile(line, "<program>", "exec")


def subject(line):
    """The name of what a line makes or changes."""
    return re.match(r"\w*", line)[0]


def look(x):
    dtype = str(x.dtype).removeprefix("torch.").replace("float64", "float32")
    # In PyTorch whole numbers that have been written to may require a gradient.
    requires = x.requires_grad and x.is_floating_point()
    return (tuple(x.shape), dtype, requires), x.detach().numpy().copy()


# --- drawing ------------------------------------------------------------------------------------------


def draw_program(seed):
    """The lines, those that PyTorch takes, and a loss with its gradients where there is one."""
    draw = Random(f"expressions {seed}")
    lines, run, program = Expressions(draw), Program(torch), []
    for _ in range(draw.randint(3, 12)):
        lines.tensors = run.tensors
        line = lines.line()
        if run.step(line) is None:
            if run.look() is None or any(map(too_large, run.tensors.values())):
                run = Program(torch)
                for line in program:
                    run.step(line)
                break
            program.append(line)
    names = [
        name for name, x in run.tensors.items() if x.requires_grad and not x.is_leaf and x.numel()
    ]
    if names:
        chosen = draw.sample(names, min(len(names), draw.choice([1, 1, 2, 3])))
        terms = [
            f"({x} * m.tensor(data({lines.seed()}, {tuple(run.tensors[x].shape)}))).sum()"
            for x in chosen
        ]
        program += [f"loss = {' + '.join(terms)}", "loss.backward()"]
    return program


# --- comparing ----------------------------------------------------------------------------------------


def compare(program, counts=None):
    """Runs a program everywhere: what differs, or None."""
    counts = Counter() if counts is None else counts
    threads = lanegrad.get_num_threads()
    before = lanegrad.set_deferred(False)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            lanegrad.set_num_threads(1)
            ours, ran = Program(lanegrad), []
            wrong = of_pytorch(program, ours, ran, counts)
            return wrong or of_other_ways(ran, ours.everything(), threads)
    finally:
        lanegrad.set_deferred(before)
        lanegrad.set_num_threads(threads)


def of_pytorch(program, ours, ran, counts):
    """What differs from PyTorch after a line or in the gradients, or None; `ran` gets the lines that run."""
    theirs, wide = Program(torch), Program(Wide())
    for number, line in enumerate(program):
        if theirs.step(line) is not None or wide.step(line) is not None or theirs.look() is None:
            counts["ends that PyTorch refuses"] += 1
            break
        got = ours.step(line)
        if any(reason in str(got) for reason in ONLY_HERE):
            counts["ends that only lanegrad refuses"] += 1
            return None
        if got is not None:
            return f"line {number}: {line}\n  {type(got).__name__}: {got}"
        ran.append(line)
        counts["lines"] += 1
        if wrong := unequal(theirs.shown(line), ours.shown(line), wide.shown(line)):
            if depends_on_rounding(program[: number + 1], wide.shown(line), ours.shown(line)):
                counts["that depend on roundings"] += 1
                return None
            return f"line {number}: {line}\n  {wrong}"
    want, got, exact = theirs.everything(), ours.everything(), wide.everything()
    for name in (
        got if len(ran) < len(program) else want
    ):  # PyTorch may have added gradients before it refuses
        here = got.get(name) or ((want[name][0]), np.zeros_like(want[name][1]))
        if wrong := unequal(want[name], here, exact[name]):
            if depends_on_rounding(program, exact[name], here, name):
                counts["that depend on roundings"] += 1
                return None
            return f"at the end, {name}: {wrong}"
        counts["gradients"] += name.endswith(".grad")
    return None


def unequal(want, got, exact):
    """How a result differs from PyTorch's, or None."""
    if want is None or got is None:
        return None if want is got else f"{got}, PyTorch {want}"
    if want[0] != got[0]:
        return f"shape, dtype, requires_grad {got[0]}, PyTorch {want[0]}"
    values = got[1], want[1], exact[1] if exact[1].shape == want[1].shape else want[1]
    return where_off(*values) if degree(*values, TERMS) == OFF else None


def depends_on_rounding(program, exact, got, name=None):
    """Whether float64, with each line rounded at random, is off as much."""
    changed = np.zeros(1)
    for trial in range(TRIALS):
        run = Program(Wide(), trial)
        if any(run.step(line) is not None for line in program):
            return True
        found = run.everything()[name] if name else run.shown(program[-1])
        if (
            found[1].shape != exact[1].shape
            or (np.isfinite(found[1]) != np.isfinite(exact[1])).any()
        ):
            return True
        if found[1].dtype.kind != "f":
            if (found[1] != exact[1]).any():
                return True
            continue
        changed = np.maximum(
            changed, np.abs(found[1] - exact[1]).max(initial=0, where=np.isfinite(exact[1]))
        )
    if exact[1].dtype.kind != "f" or got[1].shape != exact[1].shape:
        return False
    error = np.abs(got[1] - exact[1])[np.isfinite(exact[1])]
    return bool((error <= ROOM * changed).all()) and bool(
        (np.isfinite(got[1]) == np.isfinite(exact[1])).all()
    )


def of_other_ways(program, want, threads):
    """What has other bits when calls are deferred, planned, or on other threads."""
    for how, deferred, count in (
        ("deferred", True, threads), ("deferred again", True, threads), ("on more threads", False, threads)
    ):  # fmt: skip
        lanegrad.set_deferred(deferred)
        lanegrad.set_num_threads(count)
        run = Program(lanegrad)
        for line in program:
            if error := run.step(line):
                return f"{how}: {line}\n  {type(error).__name__}: {error}"
        for name, (kind, values) in run.everything().items():
            if kind != want[name][0] or not same_bits(values, want[name][1]):
                return f"{how}, {name} has other bits:\n{values}\nat once\n{want[name][1]}"
    return None


def same_bits(a, b):
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    same = a.view(np.int32) == b.view(np.int32) if a.ndim else a.tobytes() == b.tobytes()
    return bool(np.all(same | (np.isnan(a) & np.isnan(b))))


# --- a program that fails -----------------------------------------------------------------------------


def shrink(program):
    """The program without the lines that it fails without, and with numbers for what they compute."""
    program = leave_out(program, compare)
    for number in range(len(program)):
        if "m.tensor(" in program[number] or " = " not in program[number]:
            continue
        if given := as_numbers(program[: number + 1]):
            less = [*program[:number], given, *program[number + 1 :]]
            if compare(less):
                program = leave_out(less, compare)
                return shrink(program)
    return program


def as_numbers(lines):
    """The last line with the numbers that it computes here, if they are few."""
    run = Program(lanegrad)
    if any(run.step(line) for line in lines):
        return None
    x = run.names.get(subject(lines[-1]))
    if not isinstance(x, lanegrad.Tensor) or x.numel() > 12 or not x.numel():
        return None
    values = f"np.array({x.detach().tolist()}, np.{x.dtype})"
    flag = ", requires_grad=True" * bool(x.requires_grad)
    return f"{subject(lines[-1])} = m.tensor({values}{flag})"


def script(program):
    """A script that runs a program on both, and prints what comes of it."""
    names = sorted({subject(line) for line in program} - {"loss"})
    leaves = [
        subject(line) for line in program if "requires_grad=True" in line and " = m.tensor(" in line
    ]
    shown = [*names, *(f"{name}.grad" for name in leaves if "loss.backward()" in program)]
    return "\n".join(
        [
            "import numpy as np, torch, lanegrad",
            *(
                inspect.getsource(f)
                for f in (data, whole)
                if any(f.__name__ + "(" in x for x in program)
            ),
            "for m in torch, lanegrad:",
            *(f"    {line}" for line in program),
            f"    print({', '.join(shown)}, sep='\\n')",
        ]
    )


def describe(seed):
    """What is wrong with a program, its shortest form as a script, or None."""
    program = draw_program(seed)
    wrong = compare(program)
    if wrong is None:
        return None
    program = shrink(program)
    return f"seed {seed}: {compare(program) or wrong}\n{script(program)}\n"


# --- many of them -------------------------------------------------------------------------------------


def try_many(first, count, say=print):
    """Runs programs one by one: counts of what has been compared, and the seeds of those that fail."""
    counts, failures = Counter(programs=count), []
    for seed in range(first, first + count):
        if compare(draw_program(seed), counts):
            failures.append(seed)
            say(describe(seed))
    return counts, failures


def try_in_processes(first, count, processes):
    """The same in other processes, some programs at a time, so that a crash is told."""
    starts = range(first, first + count, CHUNK)
    sizes = [min(CHUNK, first + count - start) for start in starts]
    counts, failures = Counter(), []
    options = {
        "mp_context": get_context("spawn"),
        "initializer": torch.set_num_threads,
        "initargs": (1,),
    }
    with ProcessPoolExecutor(processes, **options) as pool:
        tasks = [pool.submit(try_many, *task) for task in zip(starts, sizes, strict=True)]
        for start, task in zip(starts, tasks, strict=True):
            try:
                more, failed = task.result()
            except BrokenProcessPool:
                raise SystemExit(f"one of the seeds from {start} on crashes") from None
            counts += more
            failures += failed
    return counts, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    if options.count == 1:
        print("\n".join(draw_program(options.seed)), describe(options.seed) or "equal", sep="\n\n")
        return 0
    started = time.monotonic()
    counts, failures = try_in_processes(options.seed, options.count, options.processes)
    told = ", ".join(f"{n:,} {what}" for what, n in counts.items())
    print(f"{told} in {time.monotonic() - started:.0f} s; {len(failures)} fail: {failures[:100]}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
