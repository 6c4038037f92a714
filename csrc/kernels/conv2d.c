/* 2-D convolution on lanes: forward, and the gradient with respect to the input. Both are the same
   correlation (conv2d_rows.h), with other weights; wide 3 x 3 ones are left to conv2d_winograd.c.

   The weights are packed once, for any number of calls. A call works through bands of rows: it copies the
   rows of the input that a band meets, where need be; a register tile computes a panel of an output row. */
#include "../kernels.h"
#include "../parallel.h"
#include "conv2d_rows.h"
#include "conv2d_winograd.h"
#include "tile.h"

#define PANEL (16 * V_TILE) /* floats of an output row in one tile */

/* What one phase of the rows and one of the columns make together. */
typedef struct {
    phase y, x;
    const float *weights;     /* for each tile of planes (y.taps, in*x.taps, planes of the tile) */
    const ptrdiff_t *offsets; /* (in*x.taps): from the start of a row of the first plane, in floats */
} pass;

/* The first of the planes that tile `tile` of `tiles` computes. */
INLINE ptrdiff_t tile_begin(ptrdiff_t planes, ptrdiff_t tile, ptrdiff_t tiles)
{
    return planes * tile / tiles;
}

INLINE ptrdiff_t tiles_of(ptrdiff_t planes) { return (planes + TILE_ROWS - 1) / TILE_ROWS; }

/* One tile: `rows` output planes, up to PANEL floats of one output row, that of step i.
   w (y.taps, in*x.taps, rows); x: readable rows at this column, the first is row `low`;
   y (rows, y_plane) at this row and column. */
INLINE void correlate_tile(int rows, int vectors, int last, const correlation *q, const pass *p, ptrdiff_t i,
                           const float *w, const float *x, ptrdiff_t low, const float *bias, int relu,
                           float *y, ptrdiff_t y_plane)
{
    v16 acc[TILE_ROWS][V_TILE];
    tile_start(rows, vectors, bias, acc);
    const ptrdiff_t taps = q->in * p->x.taps, row = row_step(q, q->in);
    for (ptrdiff_t t = 0; t < p->y.taps; t++) {
        ptrdiff_t from = p->y.at + i * p->y.mul + t * p->y.at_step;
        if (from < 0 || from >= q->y.in)
            continue;
        const float *wt = w + t * taps * rows, *xr = x + (from - low) * row;
        for (ptrdiff_t k = 0; k < taps; k++, wt += rows)
            tile_step(rows, vectors, last, wt, 1, xr + p->offsets[k], acc);
    }
    if (relu)
        tile_relu(rows, vectors, acc);
    tile_store(rows, vectors, last, acc, y, y_plane);
}

/* Every `apart`-th pixel of `to` becomes one of from (floats / n, n). */
static void spread(const float *from, ptrdiff_t floats, ptrdiff_t n, ptrdiff_t apart, float *to)
{
    for (ptrdiff_t j = 0; j < floats; j += n, to += apart * n)
        if (n == 16)
            v_store(to, v_load(from + j));
        else
            memcpy(to, from + j, (size_t)n * sizeof(float));
}

/* All planes of one group for the part of step i that one pass computes.
   x: readable rows, the first is row `low`; y (out, y.out, x.out, n). */
static void correlate_row(const correlation *q, const pass *p, ptrdiff_t i, const float *x, ptrdiff_t low,
                          const float *bias, int relu, float *y)
{
    const ptrdiff_t floats = p->x.count * q->n, row = q->x.out * q->n, plane = q->y.out * row;
    const ptrdiff_t tiles = tiles_of(q->out), apart_y = phases(&q->y), apart = phases(&q->x);
    const ptrdiff_t weights = q->in * p->x.taps * p->y.taps;
    float *to = y + (p->y.first + i * apart_y) * row + p->x.first * q->n;
    float spaced[TILE_ROWS * PANEL];
    for (ptrdiff_t j = 0; j < floats; j += PANEL) {
        ptrdiff_t width = minimum(floats - j, PANEL), vectors = (width + 15) / 16;
        int last = (int)(width - 16 * (vectors - 1));
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = tile_begin(q->out, tile, tiles), rows = tile_begin(q->out, tile + 1, tiles) - o;
            float *yo = to + o * plane + j * apart;
            TILE_CALL(correlate_tile, rows, vectors, last, q, p, i, p->weights + o * weights, x + j, low,
                      bias ? bias + o : NULL, relu, apart == 1 ? yo : spaced, apart == 1 ? plane : PANEL)
            for (ptrdiff_t r = 0; apart > 1 && r < rows; r++)
                spread(spaced + r * PANEL, width, q->n, apart, yo + r * plane);
        }
    }
}

/* Group g of one block for the steps from `begin` up to `end`.
   x (in, y.in, x.in, n), y (out, y.out, x.out, n); copy: room for the rows met. */
static void correlate_band(const correlation *q, ptrdiff_t g, ptrdiff_t begin, ptrdiff_t end, const float *x,
                           const float *packed, const float *bias, int relu, float *copy, float *y)
{
    ptrdiff_t low, high, taps = q->in * q->x.K;
    reach(&q->y, begin, end, &low, &high);
    low = minimum(maximum(low, 0), q->y.in);
    high = maximum(minimum(high, q->y.in), low);
    const float *rows = readable_rows(q, q->in, low, high, x, copy);
    const ptrdiff_t *offsets = (const ptrdiff_t *)(const void *)packed;
    const float *weights = (const float *)(const void *)(offsets + taps) + g * q->out * taps * q->y.K;
    for (ptrdiff_t fy = 0; fy < phases(&q->y); fy++) {
        pass p = {.y = phase_of(&q->y, fy), .offsets = offsets};
        for (ptrdiff_t fx = 0; fx < phases(&q->x); fx++) {
            p.x = phase_of(&q->x, fx);
            p.weights = weights;
            for (ptrdiff_t i = begin; i < minimum(end, p.y.count); i++)
                correlate_row(q, &p, i, rows, low, bias, relu, y);
            weights += q->out * q->in * p.x.taps * p.y.taps;
            p.offsets += q->in * p.x.taps;
        }
    }
}

/* x (B, groups*in, y.in, x.in, n) -> y (B, groups*out, y.out, x.out, n); bias (groups*out) or NULL. */
static void correlate(const correlation *q, ptrdiff_t B, const float *x, const float *packed,
                      const float *bias, int relu, float *scratch, float *y)
{
    const ptrdiff_t x_group = q->in * q->y.in * q->x.in * q->n, y_group = q->out * q->y.out * q->x.out * q->n;
    const ptrdiff_t all = steps(&q->y), band = band_steps(q, B), bands = (all + band - 1) / band;
    const ptrdiff_t room = band_floats(q, B);
    double work = 2.0 * (double)(B * q->groups * y_group) * (double)(q->in * q->y.K * q->x.K);
    int team = lg_team(work + LG_MOVE * (double)(B * q->groups * (x_group + y_group)));
    (void)team;
#pragma omp parallel for num_threads(team) collapse(3) schedule(dynamic)
    for (ptrdiff_t b = 0; b < B; b++)
        for (ptrdiff_t g = 0; g < q->groups; g++)
            for (ptrdiff_t k = 0; k < bands; k++)
                correlate_band(q, g, k * band, minimum((k + 1) * band, all),
                               x + (b * q->groups + g) * x_group, packed, bias ? bias + g * q->out : NULL, relu, scratch + lg_thread() * room,
                               y + (b * q->groups + g) * y_group);
}

/* packed: offsets, and for each group and pass its weights, as `pass` has them.
   The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (KH, KW). */
static void pack(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                 ptrdiff_t w_in, float *packed)
{
    const ptrdiff_t taps = q->in * q->x.K, tiles = tiles_of(q->out);
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)packed;
    float *weights = (float *)(void *)(offsets + taps);
    for (ptrdiff_t fx = 0; fx < phases(&q->x); fx++) {
        phase x = phase_of(&q->x, fx);
        for (ptrdiff_t c = 0; c < q->in; c++)
            for (ptrdiff_t t = 0; t < x.taps; t++)
                *offsets++ = c * plane_step(q) + tap_slot(q, &x, t) * q->n;
    }
    int team = lg_team(LG_MOVE * (double)(q->groups * q->out * taps * q->y.K));
    (void)team;
#pragma omp parallel for num_threads(team) collapse(2)
    for (ptrdiff_t g = 0; g < q->groups; g++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = tile_begin(q->out, tile, tiles), rows = tile_begin(q->out, tile + 1, tiles) - o;
            const float *from = weight + g * w_group + o * w_out;
            float *passes = weights + g * q->out * taps * q->y.K;
            for (ptrdiff_t fy = 0; fy < phases(&q->y); fy++)
                for (ptrdiff_t fx = 0; fx < phases(&q->x); fx++) {
                    phase y = phase_of(&q->y, fy), x = phase_of(&q->x, fx);
                    float *to = passes + o * q->in * y.taps * x.taps;
                    for (ptrdiff_t ty = 0; ty < y.taps; ty++)
                        for (ptrdiff_t c = 0; c < q->in; c++)
                            for (ptrdiff_t tx = 0; tx < x.taps; tx++)
                                for (ptrdiff_t i = 0; i < rows; i++)
                                    *to++ = from[i * w_out + c * w_in + (y.k0 + ty * y.k_step) * q->x.K +
                                                 x.k0 + tx * x.k_step];
                    passes += q->out * q->in * y.taps * x.taps;
                }
        }
}

/* weight (groups*O, C, KH, KW) -> packed: lg_conv2d_packed floats, for conv2d with the same p but for B. */
void K(conv2d_pack)(const lg_conv2d *p, const float *weight, float *packed)
{
    const ptrdiff_t k = p->KH * p->KW;
    const correlation q = forward_correlation(p);
    if (lg_conv2d_in_tiles(p))
        K(winograd_pack)(&q, weight, p->O * p->C * k, p->C * k, k, packed);
    else
        pack(&q, weight, p->O * p->C * k, p->C * k, k, packed);
}

/* weight (groups*O, C, KH, KW) -> packed: lg_conv2d_packed floats, for conv2d_backward_input. */
void K(conv2d_backward_input_pack)(const lg_conv2d *p, const float *weight, float *packed)
{
    const ptrdiff_t k = p->KH * p->KW;
    const correlation q = input_gradient_correlation(p);
    if (lg_conv2d_in_tiles(p))
        K(winograd_pack)(&q, weight, p->O * p->C * k, k, p->C * k, packed);
    else
        pack(&q, weight, p->O * p->C * k, k, p->C * k, packed);
}

/* x (B, groups*C, H, W, n), packed by conv2d_pack, bias (groups*O) or NULL -> y (B, groups*O, OH, OW, n).
   scratch: lg_conv2d_scratch floats. */
void K(conv2d)(const lg_conv2d *p, const float *x, const float *packed, const float *bias, float *scratch,
               float *y)
{
    const correlation q = forward_correlation(p);
    if (lg_conv2d_in_tiles(p))
        K(winograd)(&q, p->B, x, packed, bias, p->relu, scratch, y);
    else
        correlate(&q, p->B, x, packed, bias, p->relu, scratch, y);
}

/* gy (B, groups*O, OH, OW, n), packed by conv2d_backward_input_pack -> gx (B, groups*C, H, W, n).
   scratch: lg_conv2d_backward_input_scratch floats. */
void K(conv2d_backward_input)(const lg_conv2d *p, const float *gy, const float *packed, float *scratch,
                              float *gx)
{
    const correlation q = input_gradient_correlation(p);
    if (lg_conv2d_in_tiles(p))
        K(winograd)(&q, p->B, gy, packed, NULL, 0, scratch, gx);
    else
        correlate(&q, p->B, gy, packed, NULL, 0, scratch, gx);
}
