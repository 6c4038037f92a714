/* What max and average pooling share: which pixels a window has, and 2 x 2 windows side by side, several of
   which fill a vector where fewer than sixteen images do not. */
#ifndef LG_POOL2D_WINDOWS_H
#define LG_POOL2D_WINDOWS_H

#include "kernels/vectors.h"

/* Whether the windows are 2 x 2 and stand side by side, within the input. */
SPECIALIZE int windows_are_pairs(const lg_pool2d *p)
{
    return p->KH == 2 && p->KW == 2 && p->sh == 2 && p->sw == 2 && p->dh == 1 && p->dw == 1 && p->ph == 0 &&
           p->pw == 0 && 2 * p->OH <= p->H && 2 * p->OW <= p->W;
}

/* Two rows of pixels (2 k / n, n) -> the taps of k / n windows, each (k / n, n). */
SPECIALIZE void load_pairs(const float *x, ptrdiff_t row, const int n, const int k, v16 tap[4])
{
    for (int i = 0; i < 2; i++, x += row) {
        v16 left = v_load_part(x, k < 8 ? 2 * k : 16);
        v16 right = k > 8 ? v_load_part(x + 16, 2 * k - 16) : v_zero();
        tap[2 * i] = v_even(left, right, n);
        tap[2 * i + 1] = v_odd(left, right, n);
    }
}

/* The reverse. */
SPECIALIZE void store_pairs(float *x, ptrdiff_t row, const int n, const int k, const v16 tap[4])
{
    for (int i = 0; i < 2; i++, x += row) {
        v16 out[2];
        v_zip(tap[2 * i], tap[2 * i + 1], n, out);
        v_store_part(x, out[0], k < 8 ? 2 * k : 16);
        if (k > 8)
            v_store_part(x + 16, out[1], 2 * k - 16);
    }
}

/* Zeros where pairs leave out an odd column or row, or more where there are fewer windows: gx (H, W, n). */
SPECIALIZE void clear_around_pairs(const lg_pool2d *p, const int n, float *gx)
{
    ptrdiff_t row = p->W * n, used = 2 * p->OW * n;
    for (ptrdiff_t y = 0; y < p->H; y++)
        for (ptrdiff_t i = y < 2 * p->OH ? used : 0; i < row; i++)
            gx[y * row + i] = 0.0f;
}

/* Calls `plane(n)` with n, the images side by side, as a constant; not for none, as a plane has no floats
 * then. */
#define WITH_CONSTANT_N(plane) \
    switch (p->n) {            \
    case 0: break;             \
    case 16: plane(16); break; \
    case 8: plane(8); break;   \
    case 4: plane(4); break;   \
    case 2: plane(2); break;   \
    default: plane(1); break;  \
    }

#endif
