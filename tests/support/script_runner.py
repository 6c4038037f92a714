"""Runs a training script that is written for PyTorch, there and here, and notes the losses.

Here it runs with its imports changed, and with nothing else. So that losses can be compared, both runs start
from the weights that PyTorch's had when it made its optimizer, take shuffled data in one order, drop nothing
and distort no picture.
"""

import contextlib
import io
import re
import runpy
import sys
from unittest import mock

import numpy as np

NAMES = {"torch": "lanegrad", "torchvision": "lanegrad.vision"}


def with_imports_changed(source):
    """The source of a script of PyTorch's, importing lanegrad instead."""
    return re.sub(
        r"^( *)(import|from) (torch|torchvision)\b([\w.]*)(.*)$",
        _changed,
        source,
        flags=re.MULTILINE,
    )


def _changed(match):
    indent, word, name, rest, tail = match.groups()
    here = NAMES[name] + rest
    if word == "from" or tail.lstrip().startswith("as "):
        return f"{indent}{word} {here}{tail}"
    parts = [f"import {NAMES[name]} as {name}", *([f"import {here}"] if rest else [])]
    return indent + "; ".join(parts) + tail


def torchvision():
    """The module, whose compiled ops PyTorch's build for the CPU has no place for."""
    import torch

    if "torchvision" not in sys.modules:
        real = torch.library.register_fake

        def register(name, *args, **kwargs):
            return (lambda f: f) if name.startswith("torchvision") else real(name, *args, **kwargs)

        with mock.patch.object(torch.library, "register_fake", register):
            import torchvision  # noqa: F401
    return sys.modules["torchvision"]


class Run:
    """One run of a script.

    Attributes
    ----------
    losses : list of float
        Of each backward pass.
    weights : list of ndarray
        Of each optimizer's parameters when it was made.
    output : str
    """

    def __init__(self, library, vision, folder, weights=None):
        self.library, self.vision, self.folder, self.given = library, vision, folder, weights
        self.losses, self.weights, self.output = [], [], ""

    def script(self, path, *arguments):
        """Run it, in the folder, as a program with these arguments."""
        source = path.read_text()
        name = self.library.__name__
        copy = self.folder / f"{name}_{path.name}"
        copy.write_text(source if name == "torch" else with_imports_changed(source))
        printed = io.StringIO()
        with contextlib.ExitStack() as stack:
            for patch in self._patches():
                stack.enter_context(patch)
            stack.enter_context(contextlib.redirect_stdout(printed))
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(mock.patch.object(sys, "argv", [str(copy), *arguments]))
            self.library.manual_seed(0)
            runpy.run_path(str(copy), run_name="__main__")
        self.output = printed.getvalue()
        return self

    def _patches(self):
        library, run = self.library, self
        backward, made = library.Tensor.backward, library.optim.Optimizer.__init__
        data, nn = library.utils.data, library.nn

        def noted_backward(tensor, *args, **kwargs):
            run.losses.append(tensor.item())
            return backward(tensor, *args, **kwargs)

        def noted_made(optimizer, *args, **kwargs):
            made(optimizer, *args, **kwargs)
            params = [p for group in optimizer.param_groups for p in group["params"]]
            if run.given is not None:
                for p, values in zip(params, run.given[len(run.weights)], strict=True):
                    with library.no_grad():
                        p.copy_(library.tensor(values))
            run.weights.append([p.detach().numpy().copy() for p in params])

        def order(sampler):
            count = len(sampler.data_source)
            return iter(np.random.default_rng(count).permutation(count).tolist())

        def unchanged(_layer, x, *_args, **_kwargs):
            return x

        if library.__name__ == "torch":
            # Its test tools, which other tests use, have forbidden scripts to set flags.
            flags = library.backends.flags_frozen.__globals__
            yield mock.patch.dict(flags, {"__allow_nonbracketed_mutation_flag": True})
        yield mock.patch.object(library.Tensor, "backward", noted_backward)
        yield mock.patch.object(library.optim.Optimizer, "__init__", noted_made)
        yield mock.patch.object(data.RandomSampler, "__iter__", order)
        for layer in (nn.Dropout, nn.Dropout2d):
            yield mock.patch.object(layer, "forward", unchanged)
        yield mock.patch.object(nn.functional, "dropout", lambda x, *_args, **_kwargs: x)
        yield mock.patch.object(nn.functional, "dropout2d", lambda x, *_args, **_kwargs: x)
        for name in (
            "RandomHorizontalFlip",
            "RandomCrop",
            "RandomRotation",
            "ColorJitter",
            "RandomErasing",
        ):
            yield mock.patch.object(getattr(self.vision.transforms, name), "forward", unchanged)
