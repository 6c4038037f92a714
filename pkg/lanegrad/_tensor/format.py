"""How a tensor's elements are written, which is as PyTorch writes them."""

import numpy as np

from .convert import FLOAT


def array_text(a: np.ndarray) -> str:
    """What stands in the parentheses of a tensor's repr.

    Examples
    --------
    >>> array_text(np.array([1.0, 2.5], np.float32))
    '[1.0000, 2.5000]'
    """
    digits = 4
    if a.dtype == FLOAT:
        sizes = np.abs(a[np.isfinite(a) & (a != 0)])
        # Whole numbers go without decimals, unless they are shown with exponents.
        if (sizes == np.rint(sizes)).all() and not (
            sizes.size and (sizes.max() >= 1e8 or sizes.max() > 1000 * sizes.min())
        ):
            digits = 0
    text = np.array2string(a, separator=", ", prefix="tensor(", floatmode="fixed", precision=digits)
    if a.dtype not in (FLOAT, np.int64, np.bool_) or not a.size:
        text += f", dtype={a.dtype}"
    return text
