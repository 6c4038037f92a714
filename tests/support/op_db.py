"""PyTorch's own sample inputs of its operations and layers (`op_db`, `module_db`), run on PyTorch and here.

    python tests/support/op_db.py                   all that exist here, with a count for each
    python tests/support/op_db.py --op add nn.ELU   these
    python tests/support/op_db.py --reference       with the reference inputs too, where they are small

Results, dtypes, shapes and gradients (of random upstream gradients) of samples of float32, int64 and bool are
compared, in place too; PyTorch's of the same inputs in float64 say how near they are (nearness.py). Ends with
1 if something is off that op_db_explained.py does not explain.
"""

import argparse
import re
import sys
import warnings
from collections import Counter

import numpy as np
import torch
from torch.utils._pytree import tree_leaves, tree_map

import lanegrad
from nearness import EQUAL, OFF, TOLERANCE, ULP, degree, where_off, worst
from op_db_explained import LEFT_ALONE, NAME_ANY, RANDOM, explanation
from op_db_sides import Lanegrad, NotHere, Torch, Unsupported, named, quick_samples

DTYPES = (torch.float32, torch.int64, torch.bool)
LARGE = 20_000  # elements of a reference input that is left out
UPSTREAM = 0.1  # what gradients from above are at least as large as, mostly
REFUSED, ONLY_HERE, EXPLAINED = "refused by both", "only here", "explained"
FORWARD, BACKWARD = "forward", "backward"


# --- one call -----------------------------------------------------------------------------------------


def attempt(function, *args):
    """What a function returns, or the error that it ends in."""
    try:
        return function(*args)
    except (NotHere, Unsupported):
        raise
    except Exception as error:
        return error


def compare_calls(call, given, process, random):
    """Yields the stage, the kind and the text of what came of a call: forward, then backward."""
    sides = Lanegrad(), Torch(), Torch(torch.float64)
    runs = [attempt(side.run, call, given, process) for side in sides]
    results = [run if isinstance(run, Exception) else run.results for run in runs]
    kind, text = outcome(*results, lambda *three: of_result(*three, random))
    yield FORWARD, kind, text
    if random or kind == OFF or any(isinstance(run, Exception) for run in runs[:2]):
        return
    grads = [run if isinstance(run, Exception) else attempt(run.gradients) for run in runs]
    if grads[1] is not None:
        yield BACKWARD, *outcome(*grads, lambda *three: of_arrays(*three, UPSTREAM))


def outcome(got, want, exact, one):
    """The kind of what both sides have returned or raised, and what is off."""
    if isinstance(want, Exception):
        return (REFUSED if isinstance(got, Exception) else ONLY_HERE), ""
    if isinstance(got, Exception):
        return OFF, f"{type(got).__name__}: {got}"
    got = [None] * len(want) if got is None else got
    if len(got) != len(want):
        return OFF, f"{len(got)} results, PyTorch {len(want)}"
    if isinstance(exact, Exception) or len(exact) != len(want):
        exact = want
    found = [one(*three) for three in zip(got, want, exact, strict=True)]
    return worst(d for d, _ in found), next((text for d, text in found if d == OFF), "")


def of_result(got, want, exact, random):
    """The degree of one result, and what is off."""
    if not isinstance(want, torch.Tensor) and not isinstance(got, lanegrad.Tensor):
        same = random or got == want or (got != got and want != want)
        return (EQUAL, "") if same else (OFF, f"{got!r:.80}, PyTorch {want!r:.80}")
    if not isinstance(want, torch.Tensor) or not isinstance(got, lanegrad.Tensor):
        return OFF, f"{type(got)}, PyTorch {type(want)}"
    mine = tuple(got.shape), str(got.dtype), got.requires_grad
    theirs = tuple(want.shape), str(named(want.dtype)), want.requires_grad
    if mine != theirs:
        return OFF, f"shape, dtype, requires_grad {mine}, PyTorch {theirs}"
    return (EQUAL, "") if random else of_arrays(got, want, exact)


def of_arrays(got, want, exact, scale=0):
    """The degree of one tensor, whose terms have such a size; no gradient is zeros."""
    if got is None and want is None:
        return EQUAL, ""
    got, want, exact = (
        None if x is None else x.detach().numpy(force=True) for x in (got, want, exact)
    )
    got = np.zeros_like(want) if got is None else got
    want = np.zeros_like(got) if want is None else want
    if got.shape != want.shape:
        return OFF, f"shape {got.shape}, PyTorch {want.shape}"
    if exact is None or exact.shape != want.shape:
        exact = want
    found = degree(got, want, exact, scale)
    return found, where_off(got, want, exact) if found == OFF else ""


# --- all samples of an operation or layer -------------------------------------------------------------


def of_operation(op, reference, every):
    """Yields stages, kinds and texts of all samples, or of one in `every`, with what was given."""
    for dtype in DTYPES:
        if not op.supports_dtype(dtype, "cpu"):
            continue
        for sample in list(samples(op, dtype, reference))[::every]:
            given = tree_map(in_float32, ((sample.input, *sample.args), dict(sample.kwargs)))
            rest = sample.output_process_fn_grad, op.name in RANDOM
            function = op.op
            if op.name in NAME_ANY and not sample.kwargs.get("stable"):
                function = naming(function, NAME_ANY[op.name])
            yield from stages(lambda _, f=function: (f, []), given, *rest)
            if op.inplace_variant and not sample.broadcasts_input:
                change = in_place(op.inplace_variant)
                for stage, *found in stages(lambda _, f=change: (f, []), given, *rest):
                    yield f"in place, {stage}", *found


def naming(function, number):
    """A function that gives, in place of the places that another names along an axis, what is there, and
    whether no place is named twice."""

    def named(x, *args, **kwargs):
        axis = kwargs.get("dim", args[number] if len(args) > number else -1)
        found = function(x, *args, **kwargs)
        places = found[-1] if isinstance(found, tuple) else found
        if not x.ndim:
            return found
        whole = places if places.ndim == x.ndim else places.unsqueeze(axis)
        once = (whole.sort(axis)[0].diff(dim=axis) > 0).all()
        values = found[:-1] if isinstance(found, tuple) else ()
        return *values, x.detach().take_along_dim(whole, axis), once, str(tuple(places.shape))

    return named


def samples(op, dtype, reference):
    """The sample inputs, and those of the reference inputs that are small."""
    torch.manual_seed(0)
    options = {"requires_grad": op.supports_autograd and dtype.is_floating_point}
    yield from op.sample_inputs("cpu", dtype, **options)
    if reference and op.reference_inputs_func is not None:
        for sample in op.reference_inputs("cpu", dtype, requires_grad=False):
            given = tree_leaves((sample.input, sample.args))
            if all(x.numel() <= LARGE for x in given if isinstance(x, torch.Tensor)):
                yield sample


def in_float32(value):
    """float32 where a sample wants or has float64, which is not here."""
    if isinstance(value, torch.Tensor) and value.dtype == torch.float64:
        return value.detach().float().requires_grad_(value.requires_grad)
    return torch.float32 if value is torch.float64 else value


def in_place(function):
    """A function that changes a copy: by the method of the same name, where it is one."""
    name = getattr(function, "__name__", "")
    if name and hasattr(torch.Tensor, name):
        return lambda x, *args, **kwargs: getattr(x.clone(), name)(*args, **kwargs)
    return lambda x, *args, **kwargs: function(x.clone(), *args, **kwargs)


def of_layer(info, every):
    """The same of a layer, in training and in evaluation."""
    for training in (True, False):
        torch.manual_seed(0)
        options = {"requires_grad": True, "training": training}
        for sample in list(info.module_inputs_func(info, "cpu", torch.float32, **options))[::every]:
            made, forward = sample.constructor_input, sample.forward_input
            torch.manual_seed(0)
            state = info.module_cls(*made.args, **made.kwargs).state_dict()
            given = forward.args, forward.kwargs
            built = lambda side: side.layer(info.module_cls, made, state, training)  # noqa: B023, E731
            yield from stages(built, given)


def stages(call, given, process=lambda y: y, random=False):
    try:
        for found in compare_calls(call, given, process, random):
            yield *found, given
    except Unsupported as error:
        yield FORWARD, f"no {error}", "", given


# --- the table ----------------------------------------------------------------------------------------

STAGES = (FORWARD, BACKWARD, "in place, forward", "in place, backward")
JUDGED = (EQUAL, ULP, TOLERANCE, EXPLAINED, OFF)
HEAD = "| operation | samples | forward | backward | in place | its backward | refused by both | only here |"
HEAD += " unsupported |"


class Count:
    """What came of the samples of one operation, or of all."""

    def __init__(self, name):
        self.name = name
        self.kinds, self.off, self.explained = Counter(), {}, Counter()

    def add(self, stage, kind, text, given):
        reason = kind == OFF and explanation(self.name, stage, text)
        if reason:
            self.explained[reason] += 1
            kind = EXPLAINED
        elif kind == OFF:
            self.off.setdefault(f"{stage}: {' '.join(text.split())}", []).append(given)
        self.kinds[stage, kind] += 1

    def include(self, other):
        self.kinds += other.kinds

    @property
    def unsupported(self):
        return {kind: n for (_, kind), n in self.kinds.items() if kind.startswith("no ")}

    @property
    def failed(self):
        return sum(map(len, self.off.values()))

    def row(self):
        """Numbers of equal / 2 ULP / tolerance / explained / off of each stage, without ends of zeros."""
        cells = [self.name, str(sum(n for (stage, _), n in self.kinds.items() if stage == FORWARD))]
        for stage in STAGES:
            numbers = [self.kinds[stage, kind] for kind in JUDGED]
            while len(numbers) > 1 and not numbers[-1]:
                numbers.pop()
            cells.append("/".join(map(str, numbers)))
        cells += [
            str(sum(self.kinds[stage, kind] for stage in STAGES)) for kind in (REFUSED, ONLY_HERE)
        ]
        cells.append(", ".join(f"{n} {kind[3:]}" for kind, n in self.unsupported.items()) or "0")
        return f"| {' | '.join(cells)} |"


def described(given):
    """Arguments in a line, tensors by dtype and shape."""
    tensor = lambda x: f"{x.dtype}{list(x.shape)}".removeprefix("torch.")  # noqa: E731
    args, kwargs = tree_map(lambda x: tensor(x) if isinstance(x, torch.Tensor) else x, given)
    return f"{args!s:.200} {kwargs or ''!s:.200}"


def everything():
    """Names, and functions that run all samples."""
    from torch.testing._internal.common_methods_invocations import op_db
    from torch.testing._internal.common_modules import module_db

    for op in op_db:
        yield op.name, lambda reference, every, op=op: of_operation(op, reference, every)
    for info in module_db:
        yield info.name, lambda reference, every, info=info: of_layer(info, every)


def count_all(only=None, reference=False, every=1, leave_out=()):
    """A count for each operation that is here, and the names of those that are not, with reasons."""
    counts, absent = {}, {}
    for name, run in everything():
        if re.match(LEFT_ALONE, name) or name in leave_out or (only and name not in only):
            continue
        count = counts.get(name) or Count(name)
        try:
            with quick_samples(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for found in run(reference, every):
                    count.add(*found)
        except NotHere as error:
            absent[name] = str(error)
        else:
            counts[name] = count
    return counts, absent


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--op", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--reference", action="store_true", help="reference inputs too")
    parser.add_argument(
        "--most", type=int, default=3, help="how many kinds of difference to print of each"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    counts, absent = count_all(options.op, options.reference)
    print(
        f"In each stage: {' / '.join(JUDGED)}", "", HEAD, "|---" * HEAD.count(" |") + "|", sep="\n"
    )
    total = Count("all")
    for count in counts.values():
        total.include(count)
        print(count.row())
    print(total.row())
    print(f"\n{len(counts)} operations and layers are here; not here:")
    print("".join(f"    {name}: {reason}\n" for name, reason in absent.items()))
    for count in counts.values():
        for reason, n in count.explained.items():
            print(f"{count.name}: {n} explained: {reason}")
    for count in counts.values():
        for text, given in list(count.off.items())[: options.most]:
            print(f"{count.name}: {len(given)} off, {text:.300}\n    {described(given[0])}")
        if len(count.off) > options.most:
            print(f"{count.name}: and {len(count.off) - options.most} more kinds of difference")
    failed = sum(count.failed for count in counts.values())
    print(f"{failed} are off and not explained")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
