/* 2-D convolution on lanes: the gradients with respect to the weight and the bias.

   Each weight is a sum over all pixels of all images. A block of images gives one partial sum per
   weight; the partial sums are added from the first block to the last, whichever thread made them. */
#include "../kernels.h"
#include "../parallel.h"
#include "conv2d_rows.h"
#include "tile.h"

/* The register tile: output planes x tap columns, at most so many accumulators. A tap more costs one load
   a vector and so does a plane, but the loads of a plane serve all taps: taps first. */
#if V_TILE == 1
#define ACCUMULATORS 6
#define MAX_PLANES 6
#else
#define ACCUMULATORS 24
#define MAX_PLANES 4
#endif
#define MAX_TAPS 6
#define TAP_ROWS 8 /* tap rows whose sums are kept at once */

/* sums[i][k] += gy[i] * x[k], over `rows` output rows of `floats` floats, of x x_step floats
   apart. gy (planes, plane, ...) and x at the first row; slots (taps): where each tap starts in a row. */
INLINE void weight_tile(int planes, int taps, ptrdiff_t rows, ptrdiff_t floats, const float *gy,
                        ptrdiff_t plane, const float *x, ptrdiff_t x_step, const ptrdiff_t *slots,
                        v16 sums[MAX_PLANES][MAX_TAPS])
{
    v16 acc[MAX_PLANES][MAX_TAPS];
    _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++)
        _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) acc[i][k] = sums[i][k];
    for (ptrdiff_t r = 0; r < rows; r++, gy += floats, x += x_step) {
        ptrdiff_t j = 0;
        for (; j + 16 <= floats; j += 16) {
            v16 g[MAX_PLANES];
            _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++) g[i] = v_load(gy + i * plane + j);
            _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) {
                v16 xk = v_load(x + slots[k] + j);
                _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++)
                    acc[i][k] = v_fma(g[i], xk, acc[i][k]);
            }
        }
        if (j < floats) {
            int last = (int)(floats - j);
            _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) {
                v16 xk = v_load_part(x + slots[k] + j, last);
                _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++)
                    acc[i][k] = v_fma(v_load_part(gy + i * plane + j, last), xk, acc[i][k]);
            }
        }
    }
    _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++)
        _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) sums[i][k] = acc[i][k];
}

#define TILE(planes, taps)                                                        \
    case 8 * planes + taps:                                                        \
        if (planes * taps <= ACCUMULATORS)                                         \
            weight_tile(planes, taps, rows, floats, gy, plane, x, x_step, slots, sums); \
        break;
#define TILES(planes) \
    TILE(planes, 1) TILE(planes, 2) TILE(planes, 3) TILE(planes, 4) TILE(planes, 5) TILE(planes, 6)

/* weight_tile with the sizes of the tile as constants. */
static void weight_rows(ptrdiff_t planes, ptrdiff_t taps, ptrdiff_t rows, ptrdiff_t floats,
                        const float *gy, ptrdiff_t plane, const float *x, ptrdiff_t x_step,
                        const ptrdiff_t *slots, v16 sums[MAX_PLANES][MAX_TAPS])
{
    switch (8 * planes + taps) {
        TILES(1)
        TILES(2)
        TILES(3)
        TILES(4)
#if MAX_PLANES > 4
        TILES(5)
        TILES(6)
#endif
    }
}

/* How wide a tile is for a kernel of KW columns: the columns in nearly equal parts. */
static ptrdiff_t tile_taps(ptrdiff_t KW)
{
    ptrdiff_t parts = (KW + MAX_TAPS - 1) / MAX_TAPS;
    return (KW + parts - 1) / parts;
}

/* How many output planes a tile has. */
static ptrdiff_t tile_planes(ptrdiff_t KW)
{
    ptrdiff_t planes = ACCUMULATORS / tile_taps(KW);
    return planes < MAX_PLANES ? planes : MAX_PLANES;
}

/* gw (planes, w_out apart; KH, KW): the sums of one block of images, for `planes` output planes and
   one input plane. gy (planes, out_h, out_w, n), x (in_h, row_floats). */
static void weight_sums(const correlation *q, ptrdiff_t planes, const float *gy, const float *x,
                        float *gw, ptrdiff_t w_out)
{
    const ptrdiff_t y_row = q->out_w * q->n, x_row = row_floats(q), plane = q->out_h * y_row;
    /* As many output rows at a time as keep their gradients and inputs in the first-level cache. */
    ptrdiff_t band = 5120 / (planes * y_row + q->row_mul * x_row);
    band = band < 1 ? 1 : band;
    const ptrdiff_t parts = (q->KW + MAX_TAPS - 1) / MAX_TAPS;
    for (ptrdiff_t ky0 = 0; ky0 < q->KH; ky0 += TAP_ROWS)
        for (ptrdiff_t part = 0; part < parts; part++) {
            ptrdiff_t kx = q->KW * part / parts, taps = q->KW * (part + 1) / parts - kx;
            ptrdiff_t tap_rows = q->KH - ky0 < TAP_ROWS ? q->KH - ky0 : TAP_ROWS;
            ptrdiff_t slots[MAX_TAPS] = {0};
            v16 sums[TAP_ROWS][MAX_PLANES][MAX_TAPS];
            for (ptrdiff_t k = 0; k < taps; k++)
                slots[k] = tap_slot(q, kx + k) * q->n;
            for (ptrdiff_t ky = 0; ky < tap_rows; ky++)
                for (ptrdiff_t i = 0; i < planes; i++)
                    for (ptrdiff_t k = 0; k < taps; k++)
                        sums[ky][i][k] = v_zero();
            for (ptrdiff_t r0 = 0; r0 < q->out_h; r0 += band) {
                ptrdiff_t r1 = r0 + band < q->out_h ? r0 + band : q->out_h;
                for (ptrdiff_t ky = 0; ky < tap_rows; ky++) {
                    ptrdiff_t begin = r0, end = r1; /* the rows of the band that this tap row meets */
                    while (begin < end && input_row(q, begin, ky0 + ky) < 0)
                        begin++;
                    while (begin < end && input_row(q, end - 1, ky0 + ky) < 0)
                        end--;
                    if (begin < end)
                        weight_rows(planes, taps, end - begin, y_row, gy + begin * y_row, plane,
                                    x + input_row(q, begin, ky0 + ky) * x_row, q->row_mul * x_row,
                                    slots, sums[ky]);
                }
            }
            for (ptrdiff_t ky = 0; ky < tap_rows; ky++)
                for (ptrdiff_t i = 0; i < planes; i++)
                    for (ptrdiff_t k = 0; k < taps; k++)
                        gw[i * w_out + (ky0 + ky) * q->KW + kx + k] = v_sum(sums[ky][i][k]);
        }
}

/* gy (B, groups*O, OH, OW, n), x (B, groups*C, H, W, n) -> gw (groups*O, C, KH, KW).
   scratch: lg_conv2d_backward_weight_scratch floats. */
void K(conv2d_backward_weight)(const lg_conv2d *p, const float *gy, const float *x, float *scratch,
                               float *gw)
{
    const correlation q = forward_correlation(p);
    const ptrdiff_t w_out = p->C * p->KH * p->KW, weights = p->groups * p->O * w_out;
    const ptrdiff_t chunk = blocks_at_a_time(&q, p->B, weights);
    const ptrdiff_t most = tile_planes(p->KW), tiles = (p->O + most - 1) / most;
    const ptrdiff_t y_plane = p->OH * p->OW * p->n, x_plane = p->H * row_floats(&q);
    float *partial = scratch, *copy = scratch + chunk * weights; /* partial (chunk, weights) */

    int team = lg_team(2.0 * (double)weights * (double)(p->B * y_plane));
    (void)team;
    memset(gw, 0, (size_t)weights * sizeof(float));
#pragma omp parallel num_threads(team)
    for (ptrdiff_t b0 = 0; b0 < p->B; b0 += chunk) {
        ptrdiff_t blocks = p->B - b0 < chunk ? p->B - b0 : chunk;
        const float *xs = x + b0 * p->groups * p->C * p->H * p->W * p->n;
        if (!rows_in_place(&q)) {
            copy_rows(&q, blocks, xs, copy);
            xs = copy;
#pragma omp barrier
        }
#pragma omp for collapse(3) schedule(guided)
        for (ptrdiff_t b = 0; b < blocks; b++)
            for (ptrdiff_t gt = 0; gt < p->groups * tiles; gt++)
                for (ptrdiff_t c = 0; c < p->C; c++) {
                    ptrdiff_t g = gt / tiles, tile = gt % tiles;
                    ptrdiff_t o = p->O * tile / tiles, planes = p->O * (tile + 1) / tiles - o;
                    o += g * p->O;
                    weight_sums(&q, planes, gy + ((b0 + b) * p->groups * p->O + o) * y_plane,
                                xs + ((b * p->groups + g) * p->C + c) * x_plane,
                                partial + b * weights + o * w_out + c * p->KH * p->KW, w_out);
                }
        /* The barrier at this loop's end lets the next chunk write over the sums and the copies. */
#pragma omp for schedule(guided)
        for (ptrdiff_t i = 0; i < weights; i++) {
            float sum = gw[i];
            for (ptrdiff_t b = 0; b < blocks; b++)
                sum += partial[b * weights + i];
            gw[i] = sum;
        }
    }
}

/* gy (B, groups*O, OH, OW, n) -> gb (groups*O), summed in doubles. */
void K(conv2d_backward_bias)(const lg_conv2d *p, const float *gy, float *gb)
{
    const ptrdiff_t planes = p->groups * p->O, size = p->OH * p->OW * p->n;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * (double)(p->B * planes * size))) schedule(guided)
    for (ptrdiff_t o = 0; o < planes; o++) {
        d16 total = d_zero();
        for (ptrdiff_t b = 0; b < p->B; b++) {
            const float *g = gy + (b * planes + o) * size;
            ptrdiff_t i = 0;
            for (; i + 16 <= size; i += 16)
                total = d_add_v(total, v_load(g + i));
            if (i < size)
                total = d_add_v(total, v_load_part(g + i, (int)(size - i)));
        }
        gb[o] = (float)d_sum(total);
    }
}
