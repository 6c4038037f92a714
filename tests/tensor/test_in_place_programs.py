"""Random programs of views and changes in place have PyTorch's values, flags, gradients and errors: see
tests/support/in_place_programs.py."""

import pytest

pytest.importorskip("torch")

import in_place_programs

pytestmark = pytest.mark.once


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_random_programs_do_what_pytorch_does(first):
    for seed in range(first, first + 100):
        program, how, wrong = in_place_programs.try_seed(seed)
        assert not wrong, (
            f"seed {seed}, looks, deferred {how}\n" + "\n".join(program) + f"\n{wrong}"
        )


# What random programs have found.
FOUND = [
    # A view that was made under no_grad() requires what its base does, and leads nowhere.
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "with m.no_grad(): v = x[1:]", "y = v * 2"],
    # A view follows its base when that comes to require a gradient after a change, and not before.
    ["x = m.tensor(data(1, (3,)))", "v = x[1:]", "x.requires_grad_()", "y = v * 2"],
    ["x = m.tensor(data(1, (3,)))", "v = x[1:]", "x.mul_(2)", "x.requires_grad_()", "y = v * 2"],
    # Gradients stay, and nothing is added, while none is required.
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "y = x * 2", "y.sum().backward(retain_graph=True)",
     "x.requires_grad_(False)", "y.sum().backward(retain_graph=True)", "x.requires_grad_()", "z = x * 3",
     "z.sum().backward(retain_graph=True)"],
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "(x * 2).sum().backward()", "x.detach_()"],
    # A view that is asked for its edge under no_grad() keeps it.
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "y = x * 2", "v = y[1:]", "y.mul_(2)",
     "with m.no_grad(): v.requires_grad", "z = v * 3"],
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "y = m.relu(x)", "v = y.T", "y[0] = 0.5",
     "with m.no_grad(): v[0:2] -= 0.5", "z = y * 2"],
    # What is there may not be put there by a leaf; a detached tensor has no gradient.
    ["x = m.tensor(data(1, (2,)), requires_grad=True)", "x[-1] = x[1]"],
    ["x = m.tensor(data(1, (2,)), requires_grad=True)", "y = x * 2", "y[0:3] = y.detach()"],
    # What a gradient needs is there, even if a buffer is written to.
    ["x = m.tensor(data(1, (2,)), requires_grad=True)", "y = m.zeros(2, 2)", "y[0] *= x * 2"],
    ["x = m.tensor(data(1, (2, 2)), requires_grad=True)", "y = m.nn.functional.leaky_relu(x)",
     "y[0].mul_(2)"],
    # Whole numbers and indices beside one another, sequences of sequences, values with axes in front.
    ["x = m.tensor(data(1, (2, 3, 4)), requires_grad=True)", "y = x[0, :, [1, 2]]",
     "z = x[m.tensor(-1), ::2, [3]]"],
    ["x = m.tensor(data(1, (3, 3)))", "y = x[[[0, 1], [1, 2]]]", "x[[[0], [1]]] = 5",
     "z = x[[m.tensor(0), 1]]"],
    ["x = m.tensor(data(1, (3,)))", "x[0] = x[:1]", "x[m.tensor(1)] = x[None, :1]",
     "x[[1, 2]] = x[None, :2]"],
    # Numbers that a type has no place for.
    *([f"x = m.zeros(2, dtype=m.{t})", line]
      for t in ("uint8", "int8") for line in ("x.fill_(300)", "x[0] = 300", "x[[0]] = -0.25 - 300")),
    # Windows that overlap.
    ["x = m.tensor(data(1, (4,)))", "x.unfold(0, 2, 2).mul_(2)", "y = x.unfold(0, 2, 2).T", "y += 1"],
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "y = x * 2", "y.requires_grad = True",
     "y.requires_grad_()"],
    ["x = m.tensor(data(1, (3,)), requires_grad=True)", "y = x.flatten()", "z = x[None].flatten()"],
]  # fmt: skip


@pytest.mark.parametrize("program", FOUND, ids="; ".join)
@pytest.mark.parametrize("deferred", [True, False])
def test_programs_that_differed(program, deferred):
    if "300" in program[1]:
        assert isinstance(in_place_programs.outcome(program), RuntimeError)
    assert not in_place_programs.compare(program, True, deferred)
    assert not in_place_programs.compare(program, False, deferred)


def test_windows_that_overlap_are_not_written_to():
    import lanegrad

    x = lanegrad.zeros(4)
    with pytest.raises(RuntimeError, match="one place of memory"):
        x.unfold(0, 3, 1).add_(1)
    assert x.tolist() == [0.0] * 4
