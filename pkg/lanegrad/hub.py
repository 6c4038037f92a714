"""PyTorch's weights in the net: its files are pickles, which lanegrad does not open."""

from __future__ import annotations

from typing import Any, NoReturn

from ._missing import missing_names

__all__ = ["load_state_dict_from_url"]


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = False,
) -> NoReturn:
    """Raises an error that says what to do instead.

    Raises
    ------
    RuntimeError
        Always.

    Examples
    --------
    >>> load_state_dict_from_url("https://example.org/net.pth")
    Traceback (most recent call last):
    ...
    RuntimeError: https://example.org/net.pth is a PyTorch file: download it where PyTorch is, convert it \
to safetensors, as the error of lanegrad.load shows, and load that with lanegrad.load
    """
    raise RuntimeError(
        f"{url} is a PyTorch file: download it where PyTorch is, convert it to safetensors, as the "
        "error of lanegrad.load shows, and load that with lanegrad.load"
    )


__getattr__ = missing_names(__name__)
