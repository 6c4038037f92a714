/* 2-D convolution on lanes: the gradients with respect to the weight and the bias.

   Each weight is a sum over all pixels of all images. A block of images gives one partial sum per weight; the
   partial sums are added from the first block to the last, whichever thread made them. That these are two
   kernels lets a caller take the blocks one at a time. */
#include "../kernels.h"
#include "../parallel.h"
#include "conv2d_winograd.h"
#include "tile.h"

/* The register tile: output planes x taps, at most so many accumulators. A tap is a column of the kernel in
   one input plane. A tap more costs one load a vector and so does a plane, but the loads of the planes serve
   all taps: taps first. */
#if V_TILE == 1
#define ACCUMULATORS 6
#define MAX_PLANES 6
#else
#define ACCUMULATORS 24
#define MAX_PLANES 4
#endif
#define MAX_TAPS W_TAPS

/* sums[i][k] = gy[i] * x[k], over `rows` output rows of `floats` floats, of x x_step floats
   apart. gy (planes, plane, ...) and x at the first row; slots (taps): where each tap starts in a row. */
INLINE void weight_tile(int planes, int taps, ptrdiff_t rows, ptrdiff_t floats, const float *gy,
                        ptrdiff_t plane, const float *x, ptrdiff_t x_step, const ptrdiff_t *slots,
                        float sums[MAX_PLANES][MAX_TAPS])
{
    v16 acc[MAX_PLANES][MAX_TAPS];
    _Pragma("GCC unroll 6") for (int i = 0; i < planes; i++)
        _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) acc[i][k] = v_zero();
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
        _Pragma("GCC unroll 6") for (int k = 0; k < taps; k++) sums[i][k] = v_sum(acc[i][k]);
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
                        const ptrdiff_t *slots, float sums[MAX_PLANES][MAX_TAPS])
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

/* Cuts `all` into nearly equal parts of at most `most`: how many there are. */
INLINE ptrdiff_t parts_of(ptrdiff_t all, ptrdiff_t most) { return (all + most - 1) / most; }

/* The sums of one block of images, over the output rows from r0 up to r1, for some output planes and taps,
   all in the same `c_count` input planes. They are added to gw (planes, KH, in*KW, of which the first is that of
   tap `tap`), or written there where r0 is 0.
   gy (planes, y.out, x.out, n); x: readable rows of c_count planes, the first is row `low`. */
static void weight_sums(const correlation *q, ptrdiff_t planes, ptrdiff_t tap, ptrdiff_t taps, ptrdiff_t r0,
                        ptrdiff_t r1, const float *gy, const float *x, ptrdiff_t c_count, ptrdiff_t low,
                        float *gw)
{
    const phase fy = phase_of(&q->y, 0), fx = phase_of(&q->x, 0);
    const ptrdiff_t KH = q->y.K, KW = q->x.K;
    const ptrdiff_t y_row = q->x.out * q->n, x_row = row_step(q, c_count), plane = q->y.out * y_row;
    ptrdiff_t slots[MAX_TAPS] = {0};
    for (ptrdiff_t k = 0; k < taps; k++)
        slots[k] = (tap + k) / KW * plane_step(q) + tap_slot(q, &fx, (tap + k) % KW) * q->n;
    for (ptrdiff_t ky = 0; ky < KH; ky++) {
        /* The rows that this tap row meets. */
        ptrdiff_t begin = r0, end = r1, at = fy.at + ky * fy.at_step;
        while (begin < end && at + begin * fy.mul < 0)
            begin++;
        while (begin < end && at + (end - 1) * fy.mul >= q->y.in)
            end--;
        float sums[MAX_PLANES][MAX_TAPS] = {{0}};
        if (begin < end)
            weight_rows(planes, taps, end - begin, y_row, gy + begin * y_row, plane,
                        x + (at + begin * fy.mul - low) * x_row, fy.mul * x_row, slots, sums);
        for (ptrdiff_t i = 0; i < planes; i++)
            for (ptrdiff_t k = 0; k < taps; k++) {
                float *to = gw + (i * KH + ky) * q->in * KW + k;
                *to = r0 == 0 ? sums[i][k] : *to + sums[i][k];
            }
    }
}

/* One block: the output planes from o0 up to o1 of a group, and the input planes from c0 up to c1.
   gy (out, y.out, x.out, n), x (in, y.in, x.in, n) -> partial (out, KH, in, KW). copy: weight_copy floats. */
static void weight_block(const correlation *q, ptrdiff_t o0, ptrdiff_t o1, ptrdiff_t c0, ptrdiff_t c1,
                         const float *gy, const float *x, float *copy, float *partial)
{
    const ptrdiff_t planes = c1 - c0, all_taps = planes * q->x.K, rows = weight_rows_at_a_time(q);
    const ptrdiff_t tap_parts = parts_of(all_taps, MAX_TAPS);
    const ptrdiff_t most = minimum(ACCUMULATORS / parts_of(all_taps, tap_parts), MAX_PLANES);
    const ptrdiff_t tiles = parts_of(o1 - o0, most);
    for (ptrdiff_t r0 = 0; r0 < q->y.out; r0 += rows) {
        ptrdiff_t r1 = minimum(r0 + rows, q->y.out), low, high;
        reach(&q->y, r0, r1, &low, &high);
        low = minimum(maximum(low, 0), q->y.in);
        high = maximum(minimum(high, q->y.in), low);
        const float *from = readable_rows(q, planes, low, high, x + c0 * q->y.in * q->x.in * q->n, copy);
        for (ptrdiff_t tile = 0; tile < tiles; tile++)
            for (ptrdiff_t part = 0; part < tap_parts; part++) {
                ptrdiff_t o = o0 + (o1 - o0) * tile / tiles, o_end = o0 + (o1 - o0) * (tile + 1) / tiles;
                ptrdiff_t tap = all_taps * part / tap_parts, end = all_taps * (part + 1) / tap_parts;
                weight_sums(q, o_end - o, tap, end - tap, r0, r1, gy + o * q->y.out * q->x.out * q->n, from,
                            planes, low, partial + (o * q->y.K * q->in + c0) * q->x.K + tap);
            }
    }
}

/* gy (B, groups*O, OH, OW, n), x (B, groups*C, H, W, n) -> sums (B, groups*O, KH, C, KW): for each block of
   images its part of the weight's gradient. scratch: lg_conv2d_weight_scratch floats. */
void K(conv2d_weight_sums)(const lg_conv2d *p, const float *gy, const float *x, float *scratch, float *sums)
{
    const correlation q = forward_correlation(p);
    const ptrdiff_t group = p->O * p->C * p->KH * p->KW, weights = p->groups * group;
    const int in_tiles = lg_conv2d_weight_in_tiles(p);
    const ptrdiff_t room = in_tiles ? winograd_weight_floats(&q) : weight_copy(&q);
    const ptrdiff_t c_parts = in_tiles ? 1 : parts_of(p->C, weight_planes(&q));
    const ptrdiff_t y_group = p->O * p->OH * p->OW * p->n, x_group = p->C * p->H * p->W * p->n;

    int team = lg_team(2.0 * (double)weights * (double)(p->B * p->OH * p->OW * p->n));
    /* So many tasks that each thread finds work; no sum depends on it. In tiles, each task transforms its
       inputs anew. */
    const ptrdiff_t wanted = in_tiles ? team : 8, tasks = maximum(1, p->B * p->groups * c_parts);
    const ptrdiff_t o_parts = maximum(1, minimum(parts_of(wanted, tasks), parts_of(p->O, MAX_PLANES)));
#pragma omp parallel for num_threads(team) collapse(4) schedule(dynamic)
    for (ptrdiff_t b = 0; b < p->B; b++)
        for (ptrdiff_t g = 0; g < p->groups; g++)
            for (ptrdiff_t cp = 0; cp < c_parts; cp++)
                for (ptrdiff_t op = 0; op < o_parts; op++) {
                    ptrdiff_t o0 = p->O * op / o_parts, o1 = p->O * (op + 1) / o_parts;
                    const float *gyg = gy + (b * p->groups + g) * y_group;
                    const float *xg = x + (b * p->groups + g) * x_group;
                    float *own = scratch + lg_thread() * room, *to = sums + b * weights + g * group;
                    if (in_tiles)
                        K(winograd_weight)(&q, o0, o1, gyg, xg, own, to);
                    else
                        weight_block(&q, o0, o1, p->C * cp / c_parts, p->C * (cp + 1) / c_parts, gyg, xg, own,
                                     to);
                }
}

/* sums (B, groups*O, KH, C, KW) of B blocks, added up from first to last -> gw (groups*O, C, KH, KW), or added
   to it. */
void K(conv2d_weight_total)(const lg_conv2d *p, const float *sums, int accumulate, float *gw)
{
    const ptrdiff_t planes = p->groups * p->O, each = p->C * p->KH * p->KW, weights = planes * each;
    const ptrdiff_t C = p->KH == 1 ? 1 : p->C, width = each / maximum(p->KH * C, 1); /* that lie together in both */
    int team = lg_team(LG_MOVE * (double)(p->B * weights));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(guided)
    for (ptrdiff_t o = 0; o < planes; o++)
        for (ptrdiff_t ky = 0; ky < p->KH; ky++)
            for (ptrdiff_t c = 0; c < C; c++)
                for (ptrdiff_t j = 0; j < width; j += 16) {
                    const int k = (int)minimum(16, width - j);
                    const float *from = sums + o * each + (ky * C + c) * width + j;
                    float *to = gw + o * each + (c * p->KH + ky) * width + j;
                    v16 sum = accumulate ? v_load_part(to, k) : v_zero();
                    for (ptrdiff_t b = 0; b < p->B; b++)
                        sum = v_add(sum, v_load_part(from + b * weights, k));
                    v_store_part(to, sum, k);
                }
}

/* gy (B, groups*O, OH, OW, n) -> sums (B, groups*O), of each plane. */
void K(conv2d_bias_sums)(const lg_conv2d *p, const float *gy, double *sums)
{
    const ptrdiff_t planes = p->B * p->groups * p->O, size = p->OH * p->OW * p->n;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * (double)(planes * size))) schedule(guided)
    for (ptrdiff_t plane = 0; plane < planes; plane++) {
        const float *g = gy + plane * size;
        d16 total[2] = {d_zero(), d_zero()};
        ptrdiff_t i = 0;
        for (; i + 32 <= size; i += 32)
            for (int k = 0; k < 2; k++)
                total[k] = d_add_v(total[k], v_load(g + i + 16 * k));
        for (; i < size; i += 16)
            total[0] = d_add_v(total[0], v_load_part(g + i, (int)minimum(size - i, 16)));
        sums[plane] = d_sum(d_add(total[0], total[1]));
    }
}

/* sums (B, groups*O) -> gb (groups*O) */
void K(conv2d_bias_total)(const lg_conv2d *p, const double *sums, float *gb)
{
    const ptrdiff_t planes = p->groups * p->O;
    for (ptrdiff_t o = 0; o < planes; o++) {
        double total = 0.0;
        for (ptrdiff_t b = 0; b < p->B; b++)
            total += sums[b * planes + o];
        gb[o] = (float)total;
    }
}
