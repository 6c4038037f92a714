/* Winograd's algorithm for 3 x 3 convolutions, F(4 x 4, 3 x 3): where it is used, and its sizes.

   A tile of 4 x 4 outputs reads 6 x 6 inputs. Input tile and kernel are transformed to 36 numbers each; the
   products are summed over the input channels, and the sum transformed back: 36 multiplications for 144. */
#ifndef LG_CONV2D_WINOGRAD_2D_SIZES_H
#define LG_CONV2D_WINOGRAD_2D_SIZES_H

#include "correlation.h"

enum {
    W_OUT = 4, /* a tile's outputs, along each axis */
    W_IN = 6,  /* its inputs */
    W_POINTS = 36,
    W_LANES = 16 /* floats of a vector */
};

/* How the tiles of a correlation lie in vectors. In lanes, a row of tiles is (tiles, n): a vector holds
   16 / n neighbours of n images. */
typedef struct {
    ptrdiff_t top, left;     /* the input that the first tile begins with */
    ptrdiff_t rows, vectors; /* rows of tiles, vectors in each */
    ptrdiff_t chunk;         /* vectors done at a time */
} tiling;

static inline tiling new_tiling(const correlation *q)
{
    tiling t;
    t.top = q->y.backward ? q->y.pad - 2 : -q->y.pad;
    t.left = q->x.backward ? q->x.pad - 2 : -q->x.pad;
    t.rows = ceil_div(q->y.out, W_OUT);
    t.vectors = ceil_div(ceil_div(q->x.out, W_OUT) * q->n, W_LANES);
    t.chunk = minimum(4, t.rows * t.vectors); /* a register tile; transformed, it stays in L2 */
    return t;
}

/* Whether a convolution is done so, in all passes: where there are channels enough to pay for the transforms,
   and the tiles are mostly full. Depends on the shape alone. */
static inline int fits_winograd(const lg_conv2d *p)
{
    if (!p->winograd || p->KH != 3 || p->KW != 3 || p->sh != 1 || p->sw != 1 || p->dh != 1 || p->dw != 1)
        return 0;
    if (p->C < 8 || p->O < 8 || p->n == 0)
        return 0;
    const correlation q = forward_correlation(p);
    const tiling t = new_tiling(&q);
    return 10 * p->OH * p->OW * p->n >= 6 * t.rows * t.vectors * W_LANES * W_OUT * W_OUT;
}

/* Whether the weight's gradient is computed so: there input planes lie in vectors, to be mostly full. */
static inline int weight_fits_winograd(const lg_conv2d *p)
{
    ptrdiff_t planes = round_up(p->C, W_LANES);
    return fits_winograd(p) && 10 * p->C >= 7 * planes;
}

/* Floats of a chunk's transformed inputs of one point, `planes` of them. The vector more keeps the 36 points
   off a power of two, which would put them into one place of a cache. */
static inline ptrdiff_t point_floats(const tiling *t, ptrdiff_t planes)
{
    return (planes * t->chunk + 1) * W_LANES;
}

/* Floats of six rows of one plane, copied for a chunk. */
static inline ptrdiff_t window_floats(const tiling *t, ptrdiff_t n)
{
    return W_IN * W_OUT * (t->chunk * W_LANES + n);
}

static inline ptrdiff_t winograd_packed_floats(const correlation *q)
{
    return W_POINTS * q->groups * q->out * q->in;
}

/* For each thread: the transformed inputs, the products of one register tile, a window. */
static inline ptrdiff_t winograd_floats(const correlation *q)
{
    const tiling t = new_tiling(q);
    return W_POINTS * (point_floats(&t, q->in) + 6 * 4 * W_LANES) + round_up(window_floats(&t, q->n), 16);
}

/* For each thread: the transformed inputs and gradients, sums, inputs with planes in the lanes, a window. */
static inline ptrdiff_t winograd_weight_floats(const correlation *q)
{
    const tiling t = new_tiling(q);
    ptrdiff_t planes = round_up(q->in, W_LANES);
    return W_POINTS * (point_floats(&t, planes) + point_floats(&t, q->out) + q->out * planes) +
           t.chunk * W_LANES * planes + round_up(window_floats(&t, q->n), 16);
}

#ifdef LG_ISA
void K(winograd_pack)(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                      ptrdiff_t w_in, float *packed);
void K(winograd)(const correlation *q, ptrdiff_t B, const float *x, const float *packed, const float *bias,
                 int relu, float *scratch, float *y);
void K(winograd_weight)(const correlation *q, ptrdiff_t o0, ptrdiff_t o1, const float *gy, const float *x,
                        float *scratch, float *partial);
#endif

#endif
