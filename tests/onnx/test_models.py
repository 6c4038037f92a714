"""Networks of the package, exported for batches of any size."""

import pytest

from lanegrad import models
from lanegrad.vision import models as vision
from onnx_runs import check, exported, normal

pytestmark = pytest.mark.once

SMALL = {
    "mobilenet_v2": lambda: vision.mobilenet_v2(num_classes=5, width_mult=0.25),
    "squeezenet1_0": lambda: vision.squeezenet1_0(num_classes=5),
    "resnet": lambda: vision.ResNet(vision.resnet.BasicBlock, [1, 1, 1, 1], num_classes=5),
    "bottlenecks": lambda: vision.ResNet(
        vision.resnet.Bottleneck, [1, 1, 1, 1], 5, groups=4, width_per_group=4
    ),
}


@pytest.mark.parametrize("name", models.MODELS)
def test_models(name):
    made = check(models.build(name, 3, 16, 10), normal(1, 3, 16, 16))
    assert made.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert made.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "batch"


@pytest.mark.parametrize("name", SMALL)
def test_vision_models(name):
    check(SMALL[name](), normal(1, 3, 33, 33))


def test_parameters_keep_their_names():
    made, _ = exported(models.LeNet(), normal(1, 3, 32, 32))
    names = {tensor.name for tensor in made.graph.initializer}
    assert {name for name, _ in models.LeNet().named_parameters()} <= names
