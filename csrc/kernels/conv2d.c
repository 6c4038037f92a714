/* 2-D convolution on lanes: forward, and the gradient with respect to the input. Both are the same
   correlation (conv2d_rows.h), with other weights and another walk over rows. */
#include "../kernels.h"
#include "../parallel.h"
#include "conv2d_rows.h"
#include "tile.h"

#define PANEL (16 * V_TILE) /* floats of an output row in one tile */

/* One tile: `rows` output planes, up to PANEL floats of one output row.
   w (KH, taps, rows); offsets (taps): from the start of an input row of plane 0; x: the first input
   plane at this column; y (rows, plane, ...) at this row and column. */
INLINE void correlate_tile(int rows, int vectors, int last, const correlation *q, ptrdiff_t row,
                           const float *w, ptrdiff_t taps, const ptrdiff_t *offsets, const float *x,
                           const float *bias, float *y)
{
    v16 acc[TILE_ROWS][V_TILE];
    tile_start(rows, vectors, bias, acc);
    for (ptrdiff_t ky = 0; ky < q->KH; ky++) {
        ptrdiff_t from = input_row(q, row, ky);
        if (from < 0)
            continue;
        const float *wt = w + ky * taps * rows, *xr = x + from * row_floats(q);
        for (ptrdiff_t t = 0; t < taps; t++, wt += rows)
            tile_step(rows, vectors, last, wt, 1, xr + offsets[t], acc);
    }
    tile_store(rows, vectors, last, acc, y, q->out_h * q->out_w * q->n);
}

/* The first of the planes that tile `tile` of `tiles` computes. */
INLINE ptrdiff_t tile_begin(ptrdiff_t planes, ptrdiff_t tile, ptrdiff_t tiles)
{
    return planes * tile / tiles;
}

/* To be called by every thread of a team, which it does not wait for.
   packed: for each group and tile of output planes (KH, in*KW, planes of the tile).
   The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (KH, KW). */
static void pack_weights(const correlation *q, const float *weight, ptrdiff_t w_group,
                         ptrdiff_t w_out, ptrdiff_t w_in, ptrdiff_t tiles, float *packed)
{
#pragma omp for collapse(2) schedule(guided) nowait
    for (ptrdiff_t g = 0; g < q->groups; g++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = tile_begin(q->out, tile, tiles), end = tile_begin(q->out, tile + 1, tiles);
            float *to = packed + (g * q->out + o) * q->KH * q->in * q->KW;
            const float *from = weight + g * w_group + o * w_out;
            for (ptrdiff_t ky = 0; ky < q->KH; ky++)
                for (ptrdiff_t c = 0; c < q->in; c++)
                    for (ptrdiff_t kx = 0; kx < q->KW; kx++)
                        for (ptrdiff_t i = 0; i < end - o; i++)
                            *to++ = from[i * w_out + c * w_in + ky * q->KW + kx];
        }
}

/* x (B, groups*in, in_h, in_w, n) -> y (B, groups*out, out_h, out_w, n); bias (groups*out) or NULL. */
static void correlate(const correlation *q, ptrdiff_t B, const float *x, const float *weight,
                      ptrdiff_t w_group, ptrdiff_t w_out, ptrdiff_t w_in, const float *bias,
                      float *scratch, float *y)
{
    const ptrdiff_t taps = q->in * q->KW, row = row_floats(q), plane = q->in_h * row;
    const ptrdiff_t tiles = (q->out + TILE_ROWS - 1) / TILE_ROWS, y_row = q->out_w * q->n;
    const ptrdiff_t chunk = blocks_at_a_time(q, B, 0);
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)scratch;
    float *packed = (float *)(void *)(offsets + taps);
    float *copy = packed + q->groups * q->out * taps * q->KH;
    for (ptrdiff_t c = 0; c < q->in; c++)
        for (ptrdiff_t kx = 0; kx < q->KW; kx++)
            offsets[c * q->KW + kx] = c * plane + tap_slot(q, kx) * q->n;

    double work = 2.0 * (double)(B * q->groups * q->out * q->out_h * y_row) * (double)(taps * q->KH);
    int team = lg_team(work);
    (void)team;
#pragma omp parallel num_threads(team)
    {
        pack_weights(q, weight, w_group, w_out, w_in, tiles, packed);
        for (ptrdiff_t b0 = 0; b0 < B; b0 += chunk) {
            ptrdiff_t blocks = B - b0 < chunk ? B - b0 : chunk;
            const float *xs = x + b0 * q->groups * q->in * q->in_h * q->in_w * q->n;
            if (!rows_in_place(q)) {
                if (b0 > 0) {
#pragma omp barrier /* the copies of the chunk before are read no more */
                }
                copy_rows(q, blocks, xs, copy);
                xs = copy;
            }
#pragma omp barrier /* weights and copies are complete */
#pragma omp for collapse(3) schedule(guided) nowait
            for (ptrdiff_t b = 0; b < blocks; b++)
                for (ptrdiff_t gt = 0; gt < q->groups * tiles; gt++)
                    for (ptrdiff_t r = 0; r < q->out_h; r++) {
                        ptrdiff_t g = gt / tiles, tile = gt % tiles;
                        ptrdiff_t o = tile_begin(q->out, tile, tiles);
                        ptrdiff_t rows = tile_begin(q->out, tile + 1, tiles) - o;
                        o += g * q->out;
                        const float *w = packed + o * taps * q->KH;
                        const float *xg = xs + (b * q->groups + g) * q->in * plane;
                        float *yo = y + (((b0 + b) * q->groups * q->out + o) * q->out_h + r) * y_row;
                        for (ptrdiff_t j = 0; j < y_row; j += PANEL) {
                            ptrdiff_t width = y_row - j < PANEL ? y_row - j : PANEL;
                            ptrdiff_t vectors = (width + 15) / 16;
                            int last = (int)(width - 16 * (vectors - 1));
                            TILE_CALL(correlate_tile, rows, vectors, last, q, r, w, taps, offsets,
                                      xg + j, bias ? bias + o : NULL, yo + j)
                        }
                    }
        }
    }
}

/* x (B, groups*C, H, W, n), weight (groups*O, C, KH, KW), bias (groups*O) or NULL
   -> y (B, groups*O, OH, OW, n). scratch: lg_conv2d_scratch floats. */
void K(conv2d)(const lg_conv2d *p, const float *x, const float *weight, const float *bias,
               float *scratch, float *y)
{
    correlation q = forward_correlation(p);
    ptrdiff_t k = p->KH * p->KW;
    correlate(&q, p->B, x, weight, p->O * p->C * k, p->C * k, k, bias, scratch, y);
}

/* gy (B, groups*O, OH, OW, n), weight (groups*O, C, KH, KW) -> gx (B, groups*C, H, W, n).
   scratch: lg_conv2d_backward_input_scratch floats. */
void K(conv2d_backward_input)(const lg_conv2d *p, const float *gy, const float *weight,
                              float *scratch, float *gx)
{
    correlation q = input_gradient_correlation(p);
    ptrdiff_t k = p->KH * p->KW;
    correlate(&q, p->B, gy, weight, p->O * p->C * k, k, p->C * k, NULL, scratch, gx);
}
