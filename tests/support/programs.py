"""Random programs, each run twice from equal state: with kernel calls noted and made later, and with each
made at once. All that a program sees, holds and changes must have the same bits.

    python tests/support/programs.py SEED           runs one program and prints it
    python tests/support/programs.py SEED COUNT     runs so many, and reports those that fail
    python tests/support/programs.py SEED COUNT --minutes 5 --jobs 2
    python tests/support/programs.py SEED --shrink  leaves out of a failing one what it does not need

What a program does follows from its seed alone. It is a list of parts, each with a seed of its own, so that
parts can be left out. Programs with several threads meet at barriers between their parts.
"""

import argparse
import subprocess
import sys
import threading
import time
import warnings
from queue import Empty, Queue
from random import Random

import numpy as np

import lanegrad
from lanegrad import _core
from program_networks import Net
from program_world import PARTS, World

SECONDS = 20  # after which a program counts as hanging


def draw_program(seed):
    """Parts by thread: lists of (kind, seed), with those at which threads meet in between."""
    draw = Random(f"program {seed}")
    threads = draw.choice([1] * 7 + [2, 2, 3])
    rounds = draw.randint(2, 5) if threads == 1 else draw.randint(2, 3)
    program = [[] for _ in range(threads)]
    for number in range(rounds):
        for mine in program:
            for _ in range(draw.choice([1, 2]) if threads == 1 else 1):
                kind = draw.choice(["train"] * 6 + ["actions"] * 2 + ["long"])
                mine.append((kind, draw.randrange(2**32)))
        if threads > 1 and number < rounds - 1:
            meeting = draw.choice(["exchange", "turns"]), draw.randrange(2**32)
            for mine in program:
                mine.append(meeting)
    return program


class Meeting:
    """Where threads meet."""

    def __init__(self, worlds):
        self.worlds = worlds
        self.barrier = threading.Barrier(len(worlds), timeout=SECONDS)
        self.box = [[] for _ in worlds]

    def exchange(self, me, seed):
        """Gives results to the next thread, calls for which may still be noted here."""
        world = self.worlds[me]
        draw = Random(f"exchange {seed} {me}")
        self.box[me] = [
            (world.tensor(draw).detach() * 0.5).clone() for _ in range(draw.randint(1, 3))
        ]
        self.barrier.wait()
        other = (me + 1) % len(self.worlds)
        taken = self.box[other]
        self.barrier.wait()
        self.box[me] = []
        for t in taken:
            world.hold(t)

    def turns(self, me, seed):
        """One thread after the other works with what is another's, gradients and parameters too."""
        world = self.worlds[me]
        for turn in range(len(self.worlds)):
            self.barrier.wait()
            if turn == me:
                draw = Random(f"turns {seed} {me}")
                other = self.worlds[(me + 1) % len(self.worlds)]
                mine = world.held, world.arrays
                world.held, world.arrays = (
                    [*world.held, *other.held][:12],
                    [*world.arrays, *other.arrays],
                )
                parameters = world.parameters
                world.parameters = [*parameters, *other.parameters]
                for _ in range(draw.randint(1, 5)):
                    world.act(draw)
                world.parameters = parameters
                with lanegrad.no_grad():
                    for p in world.shared.parameters():
                        p *= 0.75
                (world.held, world.arrays), new = mine, world.held[-1:]
                world.held += [t.detach().clone() for t in new]
        self.barrier.wait()


def run(program, seed, deferred, threads, left_out=()):
    """Runs a program from the start; gives for each thread what it has seen, and what it did."""
    _core.forget_plans()
    lanegrad.set_deferred(deferred)
    lanegrad.set_num_threads(threads)
    lanegrad.set_winograd(True)
    lanegrad.manual_seed(1)
    shared = Net(Random(f"shared {seed}"), (3, 8, 8), False).eval()
    worlds = [
        World(f"{seed} {me}", deferred, len(program) > 1, shared, left_out)
        for me in range(len(program))
    ]
    meeting = Meeting(worlds)
    broken = []

    def live(me):
        try:
            with np.errstate(all="ignore"):
                for kind, number in program[me]:
                    if kind in PARTS:
                        PARTS[kind](worlds[me], number)
                    elif kind is not None:
                        worlds[me].log.append(kind)
                        getattr(meeting, kind)(me, number)
        except BaseException as error:
            broken.append(error)
            meeting.barrier.abort()

    if len(program) == 1:
        live(0)
    else:
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        others = [threading.Thread(target=live, args=(me,)) for me in range(len(program))]
        for thread in others:
            thread.start()
        for thread in others:
            thread.join()
        sys.setswitchinterval(before)
    if broken:
        raise broken[0]
    for world in worlds:
        world.look_at_all()
    plans = len(_core.plans_made())
    return worlds, plans


def compare(program, seed, left_out=()):
    """Runs a program both ways: what differs first, or None; what it did; and how many plans were made."""
    draw = Random(f"threads {seed}")
    threads = [draw.choice([1, 2, 2, 5]), draw.choice([1, 1, 2])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        later, plans = run(program, seed, True, threads[0], left_out)
        at_once, _ = run(program, seed, False, threads[1], left_out)
    log = "\n".join(f"thread {n}:\n" + "\n".join(w.log) for n, w in enumerate(later))
    for n, (one, other) in enumerate(zip(later, at_once, strict=True)):
        for number, pair in enumerate(zip(one.seen, other.seen, strict=False)):
            if not same(*pair):
                return (
                    f"thread {n} of {len(later)}, observation {number}: {difference(*pair)}",
                    log,
                    plans,
                )
        if len(one.seen) != len(other.seen):
            return f"thread {n}: {len(one.seen)} observations, not {len(other.seen)}", log, plans
    return None, log, plans


def same(one, other):
    return one == other or repr(one) == repr(other)  # NaN


def difference(one, other):
    (what, value), (_, expected) = one, other
    arrays = [v for v in (value, expected) if isinstance(v, tuple)]
    if len(arrays) < 2 or value[0] != expected[0] or len(value[1]) != 4 * int(np.prod(value[0])):
        return f"{one!r:.300}\nis {other!r:.300} at once"
    value, expected = (np.frombuffer(data, np.float32).reshape(shape) for shape, data in arrays)
    places = np.argwhere(value.view(np.int32) != expected.view(np.int32))
    at = tuple(places[0].tolist())
    found = f"{value[at]} at {at} is {expected[at]} at once"
    return f"{what} {value.shape}: {len(places)} differ, {found}"


def shrink(program, seed):
    """The program with as few parts as it still fails with, and the actions that it does not need."""
    changed, left_out = True, set()
    while changed:
        changed = False
        for me, at in [(me, at) for me, mine in enumerate(program) for at in range(len(mine))]:
            if program[me][at][0] in PARTS:
                other = [list(mine) for mine in program]
                other[me][at] = None, 0
                if compare(other, seed)[0]:
                    program, changed = other, True
    for number in range(1, 200):
        if compare(program, seed, left_out | {number})[0]:
            left_out.add(number)
    return program, left_out


def describe(seed):
    """A program, and what is wrong with it."""
    found, log, plans = compare(draw_program(seed), seed)
    return f"program {seed}, {plans} plans\n{log}\n{found or 'the same bits'}"


# --- many of them -----------------------------------------------------------------------------------


def work(first, count, step):
    """Runs programs one by one, and prints how each went; for a process of its own."""
    for seed in range(first, first + count * step, step):
        print(f"start {seed}", flush=True)
        try:
            found, _, plans = compare(draw_program(seed), seed)
        except Exception as error:
            found, plans = f"{type(error).__name__}: {error}", 0
        print(f"end {seed} {plans} {found!r}", flush=True)


def run_many(first, count, minutes=None, jobs=2, say=print):
    """Runs programs in processes, so that one that crashes or hangs is told too.

    Gives how many ran, how many of them used plans, and a list of (seed, what is wrong).
    """
    until = time.monotonic() + 60 * minutes if minutes else None
    failures, ran, planned = [], [0], [0]

    def job(number):
        seed, left = first + number, len(range(first + number, first + count, jobs))
        while left > 0 and (until is None or time.monotonic() < until):
            seed, left = watch(seed, left)

    def watch(seed, left):
        arguments = [
            sys.executable,
            "-X",
            "faulthandler",
            __file__,
            "--work",
            str(seed),
            str(left),
            str(jobs),
        ]
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        lines, errors = Queue(), []
        readers = [
            threading.Thread(
                target=lambda: ([lines.put(line) for line in process.stdout], lines.put(None))
            ),
            threading.Thread(target=lambda: errors.append(process.stderr.read())),
        ]
        for reader in readers:
            reader.start()
        running, wrong = None, None
        while until is None or time.monotonic() < until:
            try:
                line = lines.get(timeout=SECONDS + 30)
            except Empty:
                wrong = "hangs"
                break
            if line is None:
                wrong = "ends" if running is not None else None
                break
            kind, seed_text, *rest = line.split(maxsplit=3)
            if kind == "start":
                running = int(seed_text)
                continue
            running, seed, left = None, int(seed_text) + jobs, left - 1
            ran[0] += 1
            planned[0] += int(rest[0]) > 0
            if rest[1].strip() != "None":
                failures.append((int(seed_text), rest[1].strip()))
                say(f"seed {seed_text}: {rest[1].strip()}", flush=True)
        else:
            left, wrong = 0, "time is up"
        if wrong in ("hangs", "time is up"):
            process.kill()
        if process.wait() and wrong is None:
            wrong, running = "fails at its end", seed - jobs
        for reader in readers:
            reader.join()
        if wrong and wrong != "time is up":
            text = f"{wrong}, {process.returncode}\n{errors[0][-3000:]}"
            failures.append((running, text))
            say(f"seed {running}: {text}", flush=True)
            return (running or seed) + jobs, left - 1
        return seed, left

    workers = [threading.Thread(target=job, args=(number,)) for number in range(jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return ran[0], planned[0], failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("count", type=int, nargs="?", default=1)
    parser.add_argument("--minutes", type=float, help="stop after so many")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument(
        "--shrink", action="store_true", help="leave out what a failing program does not need"
    )
    parser.add_argument("--work", type=int, nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(*options.work)
    if options.count > 1:
        started = time.monotonic()
        ran, planned, failures = run_many(
            options.seed, options.count, options.minutes, options.jobs
        )
        print(
            f"{ran} programs, {planned} of them with plans, in {time.monotonic() - started:.0f} s"
        )
        print(f"{len(failures)} failed: {' '.join(str(seed) for seed, _ in failures[:50])}")
        return bool(failures)
    program = draw_program(options.seed)
    left_out = ()
    if options.shrink and compare(program, options.seed)[0]:
        program, left_out = shrink(program, options.seed)
    found, log, plans = compare(program, options.seed, left_out)
    print(f"program {options.seed}, {plans} plans\n{log}\n{found or 'the same bits'}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
