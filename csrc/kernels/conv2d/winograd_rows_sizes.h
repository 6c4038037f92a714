/* Winograd's algorithm along the columns alone, F(4, 3) and F(4, 5), for kernels 3 or 5 wide and of any
   height: where it is used, and its sizes.

   A tile is four outputs of a row. It reads as many inputs as there are points, 6 or 8; these and the rows of
   the kernel are transformed, the products summed over rows and input channels, and the sum transformed
   back: 6 multiplications for 12, or 8 for 20. Transforms along one axis are cheap, and few channels pay. */
#ifndef LG_CONV2D_WINOGRAD_ROWS_SIZES_H
#define LG_CONV2D_WINOGRAD_ROWS_SIZES_H

#include "winograd_2d_sizes.h"

enum { MAX_POINTS = 8, ROW_TAPS = 5 /* at most */ };

/* How the tiles of a row lie in vectors. */
typedef struct {
    ptrdiff_t points;
    ptrdiff_t top, left; /* the input that the first tile begins with, for the first row of the kernel */
    ptrdiff_t vectors;   /* in a row */
    ptrdiff_t chunk;     /* vectors done at a time: transformed, their inputs stay in L2 */
    ptrdiff_t band;      /* weight gradient: rows done at a time, those of one point staying in L1 or near */
    ptrdiff_t planes;    /* weight gradient: output planes done at a time, whose sums stay in L2 */
} row_tiling;

static inline row_tiling new_row_tiling(const correlation *q)
{
    row_tiling t;
    t.points = q->x.K + W_OUT - 1;
    t.top = q->y.backward ? q->y.pad - (q->y.K - 1) : -q->y.pad;
    t.left = q->x.backward ? q->x.pad - (q->x.K - 1) : -q->x.pad;
    t.vectors = ceil_div(ceil_div(q->x.out, W_OUT) * q->n, W_LANES);
    ptrdiff_t fit = ((ptrdiff_t)96 << 10) / (q->y.K * t.points * q->in * W_LANES);
    t.chunk = minimum(maximum(fit / 4 * 4, 4), t.vectors);
    fit = ((12 << 10) / W_LANES / t.chunk - (q->y.K - 1) * q->in) / (q->in + 4);
    t.band = minimum(maximum(fit, 4), q->y.out);
    fit = ((ptrdiff_t)96 << 10) / (q->y.K * t.points * q->in * W_LANES);
    t.planes = minimum(maximum(fit, 1), q->out);
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
           round_up(row_window_floats(&t, q->n), 16);
}

/* The weight gradient, floats of one point: the transformed inputs, the transformed gradients, the sums, a
   multiple of sixteen vectors. */
static inline ptrdiff_t row_inputs_floats(const correlation *q, const row_tiling *t)
{
    return ((t->band + q->y.K - 1) * q->in * t->chunk + 1) * W_LANES;
}

static inline ptrdiff_t row_gradients_floats(const row_tiling *t)
{
    return (t->band * t->planes * t->chunk + 1) * W_LANES;
}

static inline ptrdiff_t row_sums_floats(const correlation *q, const row_tiling *t)
{
    ptrdiff_t sums = t->planes * q->y.K * q->in;
    return round_up(sums, W_LANES) * W_LANES;
}

/* For each thread: these, and a row. */
static inline ptrdiff_t winograd_rows_weight_floats(const correlation *q)
{
    const row_tiling t = new_row_tiling(q);
    return t.points * (row_inputs_floats(q, &t) + row_gradients_floats(&t) + row_sums_floats(q, &t)) +
           round_up(row_window_floats(&t, q->n), 16);
}

/* Multiply-adds of vectors that the direct way does for a row, for each output plane, input plane and row of
   the kernel: it leaves out the vectors that are padding. */
static inline ptrdiff_t direct_taps(const correlation *q)
{
    const residue x = residue_of(&q->x, 0);
    const range vectors = {0, ceil_div(q->x.out * q->n, W_LANES)};
    ptrdiff_t taps = 0;
    for (ptrdiff_t k = 0; k < q->x.K; k++) {
        range met = q->n == W_LANES ? outputs_inside(&x, q->x.in, k, vectors) : vectors;
        taps += met.end - met.begin;
    }
    return taps;
}

/* Whether a pass can be computed so. Errors grow with the terms of a sum, and of more they might pass what is
   promised. */
static inline int fits_row_tiles(const correlation *q)
{
    return (q->x.K == 3 || q->x.K == 5) && q->x.stride == 1 && q->x.dilation == 1 && q->y.stride == 1 &&
           q->y.dilation == 1 && q->n > 0 && W_LANES % q->n == 0 && q->in > 0 && q->out > 0 &&
           q->y.K * q->in <= 1280;
}

/* What it takes to transform a vector of tiles at eight points, with loads and stores. */
enum { INPUT_OPERATIONS = 36, RESULT_OPERATIONS = 28 };

/* Whether the forward pass or the input gradient is computed so: where that takes fewer operations on
   vectors, by a sixth at least. */
static inline int in_row_tiles(const correlation *q)
{
    if (!fits_row_tiles(q))
        return 0;
    const row_tiling t = new_row_tiling(q);
    const ptrdiff_t products = q->y.K * q->in * q->out;
    return 5 * direct_taps(q) * products >=
           6 * t.vectors * (t.points * products + INPUT_OPERATIONS * q->in + RESULT_OPERATIONS * q->out);
}

/* Likewise the weight gradient. Sums are loaded and stored for each band, and at last their lanes summed;
   inputs are transformed for each part of the output planes, some rows for two bands. */
static inline int weight_in_row_tiles(const correlation *q)
{
    if (!fits_row_tiles(q))
        return 0;
    const row_tiling t = new_row_tiling(q);
    const ptrdiff_t products = q->y.K * q->in * q->out, bands = ceil_div(q->y.out, t.band);
    const ptrdiff_t parts = ceil_div(q->out, t.planes), rows = q->y.out + bands * (q->y.K - 1);
    const ptrdiff_t direct = (q->y.out * direct_taps(q) + 6 * q->x.K) * products;
    const ptrdiff_t transforms =
        INPUT_OPERATIONS * rows * q->in * parts + RESULT_OPERATIONS * q->y.out * q->out;
    return 5 * direct >=
           6 * ((t.vectors * q->y.out + 4 + 2 * bands) * t.points * products + t.vectors * transforms);
}

#ifdef LG_ISA
void K(winograd_rows_pack)(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                           ptrdiff_t w_in, float *packed);
void K(winograd_rows)(const correlation *q, ptrdiff_t B, const float *x, const float *packed,
                      const float *bias, int relu, float *scratch, float *y);
void K(winograd_rows_weight)(const correlation *q, ptrdiff_t o0, ptrdiff_t o1, const float *gy,
                             const float *x, float *scratch, float *partial);
#endif

#endif
