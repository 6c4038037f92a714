"""``lanegrad export``: a run's network as an ONNX file."""

from __future__ import annotations

import argparse
from typing import Any

from .. import onnx
from .._tensor.creation import zeros
from ._arguments import Failure
from ._runs import network_of


def add(commands: Any) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "export",
        help="write the network of a run as an ONNX file",
        description="Write the network of a run, with its best weights, as an ONNX file that takes batches "
        "of any size, of pictures normalized as in training; it prints how that is, and the classes.",
        epilog="Example: lanegrad export runs/pictures-resnet20-1 pictures.onnx",
    )
    parser.add_argument("folder", metavar="RUN", help="the folder of the run")
    parser.add_argument("file", metavar="FILE", help="such as model.onnx")
    parser.does(run)


def run(arguments: argparse.Namespace) -> None:
    """Write it."""
    network, about = network_of(arguments.folder)
    pictures = zeros(1, about.channels, about.size, about.size)
    try:
        onnx.export(network, pictures, arguments.file, input_names=["pictures"])
    except onnx.ExportError as error:
        raise Failure(str(error)) from error
    shape = ", ".join(map(str, pictures.shape[1:]))
    mean, std = (", ".join(f"{x:.4f}" for x in part) for part in (about.mean, about.std))
    print(
        f"{arguments.file}: pictures (N, {shape}) to scores of {len(about.classes)} classes: "
        f"{', '.join(about.classes)}\npictures are bytes / 255, then Normalize([{mean}], [{std}])"
    )
