"""Philox4x32-10 in NumPy, and the factors that dropout takes from it."""

import numpy as np

M0, M1, K0, K1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85
LOW = np.uint64(0xFFFFFFFF)


def philox(counter, key):
    """Four words of 32 bits from counters (..., 4) and a key of two words."""
    c = [np.asarray(counter, np.uint64)[..., i] for i in range(4)]
    k0, k1 = (int(k) for k in key)
    for _ in range(10):
        a, b = np.uint64(M0) * c[0], np.uint64(M1) * c[2]
        c = [
            (b >> np.uint64(32)) ^ c[1] ^ np.uint64(k0),
            b & LOW,
            (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k1),
            a & LOW,
        ]
        k0, k1 = (k0 + K0) & 0xFFFFFFFF, (k1 + K1) & 0xFFFFFFFF
    return np.stack(c, -1)


def dropout_factors(images, features, p, seed, call):
    """(images, features): 0, or 1 / (1 - p) for elements that stay."""
    fours = -(-features // 4)
    counter = np.zeros((images, fours, 4), np.uint64)
    counter[..., 0] = np.arange(fours)
    counter[..., 2] = np.arange(images)[:, None]
    counter[..., 3] = call
    words = philox(counter, (seed & 0xFFFFFFFF, seed >> 32)).reshape(images, fours * 4)
    kept = words[:, :features] < np.uint64((1 - p) * 2**32)
    return np.where(kept, np.float32(1 / (1 - p)) if p < 1 else np.float32(0), np.float32(0))
