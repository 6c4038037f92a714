"""Models as ONNX files, for other runtimes: the extra ``onnx``."""

from .._missing import missing_names
from ._errors import ExportError
from ._export import export

__all__ = ["ExportError", "export"]

__getattr__ = missing_names(__name__)
