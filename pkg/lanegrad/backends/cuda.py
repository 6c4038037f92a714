"""CUDA, which lanegrad does not use: its switches can be set, and change nothing."""

from types import SimpleNamespace

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
)


def is_built() -> bool:
    """Whether lanegrad is built for GPUs: never."""
    return False
