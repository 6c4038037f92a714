"""Networks under torchvision's names, without trained weights; state dicts have torchvision's names too."""

from ._alexnet import *
from .mobilenetv2 import *
from .resnet import *
from .squeezenet import *
from .vgg import *
