/* Winograd's algorithm along the columns alone, F(4, 3) and F(4, 5), for kernels 3 or 5 wide and of any
   height: where it is used, and its sizes.

   A tile is four outputs of a row. It reads as many inputs as there are points, 6 or 8; these and the rows of
   the kernel are transformed, the products summed over rows and input channels, and the sum transformed
   back: 6 multiplications for 12, or 8 for 20. Transforms along one axis are cheap, and few channels pay. */
#ifndef LG_CONV2D_WINOGRAD_ROWS_H
#define LG_CONV2D_WINOGRAD_ROWS_H

#include "conv2d_winograd.h"

#define MAX_POINTS 8

/* How the tiles of a row lie in vectors. */
typedef struct {
    ptrdiff_t points;
    ptrdiff_t top, left; /* the input that the first tile begins with, for the first row of the kernel */
    ptrdiff_t vectors;   /* in a row */
    ptrdiff_t chunk;     /* vectors done at a time: transformed, their inputs stay in L2 */
} row_tiling;

static inline row_tiling new_row_tiling(const correlation *q)
{
    row_tiling t;
    t.points = q->x.K + W_OUT - 1;
    t.top = q->y.backward ? q->y.pad - (q->y.K - 1) : -q->y.pad;
    t.left = q->x.backward ? q->x.pad - (q->x.K - 1) : -q->x.pad;
    t.vectors = ((q->x.out + W_OUT - 1) / W_OUT * q->n + W_LANES - 1) / W_LANES;
    ptrdiff_t fit = ((ptrdiff_t)96 << 10) / (q->y.K * t.points * q->in * W_LANES);
    t.chunk = minimum(maximum(fit / 4 * 4, 4), t.vectors);
    return t;
}

/* Floats of a chunk's transformed inputs, of one point of one row; the vector more as in point_floats. */
static inline ptrdiff_t row_point_floats(const row_tiling *t, ptrdiff_t planes)
{
    return (planes * t->chunk + 1) * W_LANES;
}

/* Floats of a row that a chunk of tiles reads. */
static inline ptrdiff_t row_window_floats(const row_tiling *t, ptrdiff_t n)
{
    return W_OUT * (t->chunk * W_LANES + n);
}

static inline ptrdiff_t winograd_rows_packed_floats(const correlation *q)
{
    return (q->x.K + W_OUT - 1) * q->groups * q->out * q->y.K * q->in;
}

/* For each thread: the transformed inputs of as many rows as the kernel has, the products of one register
   tile, a row. */
static inline ptrdiff_t winograd_rows_floats(const correlation *q)
{
    const row_tiling t = new_row_tiling(q);
    return t.points * (q->y.K * row_point_floats(&t, q->in) + 6 * 4 * W_LANES) +
           (row_window_floats(&t, q->n) + 15) / 16 * 16;
}

/* Whether a pass is done so: where that takes fewer operations on vectors, by a sixth at least. These are
   counted for one row, with those of tiles that are not full. Errors grow with the terms of a sum, and of
   more they might pass what is promised. */
static inline int in_row_tiles(const correlation *q)
{
    if ((q->x.K != 3 && q->x.K != 5) || q->x.stride != 1 || q->x.step != 1 || q->y.stride != 1 ||
        q->y.step != 1 || W_LANES % q->n != 0 || q->y.K * q->in > 1280)
        return 0;
    const row_tiling t = new_row_tiling(q);
    const phase x = phase_of(&q->x, 0);
    const range vectors = {0, (q->x.out * q->n + W_LANES - 1) / W_LANES};
    ptrdiff_t products = q->y.K * q->in * q->out, direct = 0;
    for (ptrdiff_t k = 0; k < q->x.K; k++) { /* the direct way leaves out the vectors that are padding */
        range met = q->n == W_LANES ? outputs_inside(&x, q->x.in, k, vectors) : vectors;
        direct += (met.end - met.begin) * products;
    }
    return 5 * direct >= 6 * t.vectors * (t.points * products + 28 * (q->in + q->out));
}

#ifdef LG_ISA
void K(winograd_rows_pack)(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                           ptrdiff_t w_in, float *packed);
void K(winograd_rows)(const correlation *q, ptrdiff_t B, const float *x, const float *packed,
                      const float *bias, int relu, float *scratch, float *y);
#endif

#endif
