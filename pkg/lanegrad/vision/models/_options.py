"""What the functions of all networks take."""

from __future__ import annotations

from typing import Any


def checked(weights: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options without `pretrained`; an error if trained weights are asked for: there are none."""
    if options.pop("pretrained", False) or weights:
        raise NotImplementedError(
            "lanegrad ships no trained weights: pass weights=None, and load torchvision's state dict with "
            "load_state_dict() after saving it as safetensors"
        )
    return options
