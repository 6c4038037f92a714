"""torchvision, also where its compiled operators do not load, which transforms do not need; or None."""

import sys

_KEPT = []  # the library of stand-ins, which ends with its object


def torchvision():
    """The module, or None where it or PyTorch is not installed or does not load."""
    try:
        import torch
    except ModuleNotFoundError:
        return None
    try:
        import torchvision
    except ModuleNotFoundError:
        return None
    except Exception:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        try:
            library = torch.library.Library("torchvision", "FRAGMENT")
            for name in ("nms", "qnms"):
                library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _KEPT.append(library)
            import torchvision
        except Exception:
            return None
    return torchvision
