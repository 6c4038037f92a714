/* 2-D convolution on lanes: the gradients with respect to the weight and the bias.

   Each weight is a sum over all pixels of all images. A block of images gives one partial sum per weight; the
   partial sums are added from the first block to the last, whichever thread made them. That these are two
   kernels lets a caller take the blocks one at a time. */
#include "kernels.h"
#include "parallel.h"
#include "algorithm.h"
#include "register_tile_tpl.h"

/* The register tile: output planes x taps, at most so many accumulators. A tap is a column of the kernel in
   one input plane. A tap more costs one load a vector and so does a plane, but the loads of the planes serve
   all taps: taps first. The taps of a tile are the same on every instruction set, as the order in which a tap
   is summed depends on where the others meet padding. */
#if V_TILE == 1
enum { ACCUMULATORS = 6, MAX_PLANES = 6 };
#else
enum { ACCUMULATORS = 24, MAX_PLANES = 4 };
#endif
enum { MAX_TAPS = W_TAPS };

/* A tap of a tile: where it starts in a row of x, and the vectors of a row with which it meets a pixel. */
typedef struct {
    ptrdiff_t slot;
    range inside;
} tap_at;

/* The output rows that are summed over. */
typedef struct {
    ptrdiff_t rows, floats; /* floats of each */
    ptrdiff_t x_row,
        x_stride; /* floats from what a row meets to what the next one meets, and so of vectors */
    range whole;  /* the vectors of 16 floats that all taps meet inside */
} extent;

/* sums[i][k] = gy[i] * x[k]. gy (planes, plane, ...) and x at the first row. */
SPECIALIZE void weight_tile(int planes, int taps, const extent *e, const tap_at *tap, const float *gy,
                            ptrdiff_t plane, const float *x, float sums[MAX_PLANES][MAX_TAPS])
{
    v16 acc[MAX_PLANES][MAX_TAPS];
    FOR_UNROLLED(6, i, planes)
        FOR_UNROLLED(6, k, taps)
            acc[i][k] = v_zero();
    static const float zeros[16] = {0};
    const range whole = e->whole;
    const ptrdiff_t vectors = ceil_div(e->floats, 16), x_stride = e->x_stride;
    const int edges = whole.end - whole.begin < vectors;
    for (ptrdiff_t r = 0; r < e->rows; r++, gy += e->floats, x += e->x_row) {
        const float *from[MAX_TAPS], *g_end = gy + 16 * whole.end;
        FOR_UNROLLED(6, k, taps)
            from[k] = x + tap[k].slot;
        ptrdiff_t at = whole.begin * x_stride;
        for (const float *gv = gy + 16 * whole.begin; gv < g_end; gv += 16, at += x_stride) {
            v16 g[MAX_PLANES];
            FOR_UNROLLED(6, i, planes)
                g[i] = v_load(gv + i * plane);
            FOR_UNROLLED(6, k, taps) {
                v16 xk = v_load(from[k] + at);
                if (planes > 1)
                    xk = v_held(xk);
                FOR_UNROLLED(6, i, planes)
                    acc[i][k] = v_fma(g[i], xk, acc[i][k]);
            }
        }
        for (ptrdiff_t v = 0; edges && v < vectors; v++) {
            if (v == whole.begin)
                v = whole.end;
            if (v == vectors)
                break;
            int width = (int)minimum(e->floats - 16 * v, 16);
            v16 g[MAX_PLANES];
            FOR_UNROLLED(6, i, planes)
                g[i] = v_load_part(gy + i * plane + 16 * v, width);
            FOR_UNROLLED(6, k, taps) {
                const float *xv = from[k] + v * x_stride;
                if (width == 16 && (v < tap[k].inside.begin || v >= tap[k].inside.end))
                    xv = zeros;
                v16 xk = v_load_part(xv, width);
                FOR_UNROLLED(6, i, planes)
                    acc[i][k] = v_fma(g[i], xk, acc[i][k]);
            }
        }
    }
    FOR_UNROLLED(6, i, planes)
        FOR_UNROLLED(6, k, taps)
            sums[i][k] = v_sum(acc[i][k]);
}

#define TILE(planes, taps)                                         \
    case 8 * planes + taps:                                        \
        if (planes * taps <= ACCUMULATORS)                         \
            weight_tile(planes, taps, e, tap, gy, plane, x, sums); \
        break;
#define TILES(planes) \
    TILE(planes, 1) TILE(planes, 2) TILE(planes, 3) TILE(planes, 4) TILE(planes, 5) TILE(planes, 6)

/* weight_tile with the sizes of the tile as constants. */
static void weight_rows(ptrdiff_t planes, ptrdiff_t taps, const extent *e, const tap_at *tap, const float *gy,
                        ptrdiff_t plane, const float *x, float sums[MAX_PLANES][MAX_TAPS])
{
    switch (8 * planes + taps) {
        TILES(1)
        TILES(2)
        TILES(3)
        TILES(4)
#if V_TILE == 1
        TILES(5)
        TILES(6)
#endif
    }
}

/* The sums of one block of images, over the output rows from r0 up to r1, for some output planes and taps,
   all in the same `c_count` input planes. They are added to gw (planes, KH, in*KW, of which the first is that
   of tap `tap`), or written there where r0 is 0. gy (planes, y.out, x.out, n); x: readable rows of c_count
   planes, the first is row `low`. */
static void weight_sums(const correlation *q, ptrdiff_t planes, ptrdiff_t tap, ptrdiff_t taps, ptrdiff_t r0,
                        ptrdiff_t r1, const float *gy, const float *x, ptrdiff_t c_count, ptrdiff_t low,
                        float *gw)
{
    const residue fy = residue_of(&q->y, 0), fx = residue_of(&q->x, 0);
    const ptrdiff_t KH = q->y.K, KW = q->x.K;
    const ptrdiff_t y_row = q->x.out * q->n, x_row = row_stride(q, c_count), plane = q->y.out * y_row;
    const range all = {0, ceil_div(y_row, 16)};
    extent e = {
        .floats = y_row, .x_row = fy.mul * x_row, .x_stride = 16 * q->apart, .whole = {0, y_row / 16}};
    tap_at at[MAX_TAPS];
    for (ptrdiff_t k = 0; k < taps; k++) {
        ptrdiff_t kx = (tap + k) % KW;
        at[k] = (tap_at){(tap + k) / KW * plane_stride(q) + tap_slot(q, &fx, kx) * q->n, all};
        if (q->n < 16)
            continue;
        at[k].inside = outputs_inside(&fx, q->x.in, kx, all);
        e.whole.begin = maximum(e.whole.begin, at[k].inside.begin);
        e.whole.end = minimum(e.whole.end, at[k].inside.end);
    }
    e.whole.end = maximum(e.whole.end, e.whole.begin);
    for (ptrdiff_t ky = 0; ky < KH; ky++) {
        const range r = outputs_inside(&fy, q->y.in, ky, (range){r0, r1});
        float sums[MAX_PLANES][MAX_TAPS] = {{0}};
        e.rows = r.end - r.begin;
        if (e.rows > 0)
            weight_rows(planes, taps, &e, at, gy + r.begin * y_row, plane,
                        x + (fy.at + ky * fy.at_stride + r.begin * fy.mul - low) * x_row, sums);
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
    const ptrdiff_t tap_parts = ceil_div(all_taps, MAX_TAPS);
    const ptrdiff_t most = minimum(ACCUMULATORS / ceil_div(all_taps, tap_parts), MAX_PLANES);
    const ptrdiff_t tiles = ceil_div(o1 - o0, most);
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

/* The weight's gradient as pieces of work: `o_parts` times `c_parts` of each group's planes in each block. */
typedef struct {
    const lg_conv2d *p;
    const correlation *q;
    algorithm how;
    ptrdiff_t o_parts, c_parts;
    const float *gy, *x;
    float *scratch, *sums;
} weight_work;

static void weight_piece(const void *work, ptrdiff_t i)
{
    const weight_work *w = work;
    const lg_conv2d *p = w->p;
    const ptrdiff_t op = i % w->o_parts, cp = i / w->o_parts % w->c_parts, at = i / (w->o_parts * w->c_parts);
    const ptrdiff_t o0 = p->O * op / w->o_parts, o1 = p->O * (op + 1) / w->o_parts;
    const float *gy = w->gy + at * p->O * p->OH * p->OW * p->n, *x = w->x + at * p->C * p->H * p->W * p->n;
    float *own = w->scratch + lg_thread() * (ptrdiff_t)lg_conv2d_weight_scratch(p, 1);
    float *to = w->sums + at * p->O * p->C * p->KH * p->KW;
    switch (w->how) {
    case DIRECT:
        weight_block(w->q, o0, o1, p->C * cp / w->c_parts, p->C * (cp + 1) / w->c_parts, gy, x, own, to);
        break;
    case WINOGRAD: K(winograd_weight)(w->q, o0, o1, gy, x, own, to); break;
    case WINOGRAD_ROWS: K(winograd_rows_weight)(w->q, o0, o1, gy, x, own, to); break;
    }
}

/* gy (B, groups*O, OH, OW, n), x (B, groups*C, H, W, n) -> sums (B, groups*O, KH, C, KW): for each block of
   images its part of the weight's gradient. scratch: lg_conv2d_weight_scratch floats. */
void K(conv2d_weight_sums)(const lg_conv2d *p, const float *gy, const float *x, float *scratch, float *sums)
{
    if (p->O * p->C == 0) /* no weights, and no planes to be shared out */
        return;
    const correlation q = forward_correlation(p);
    const algorithm how = weight_algorithm(p, &q);
    const ptrdiff_t c_parts = how == DIRECT ? ceil_div(p->C, weight_planes(&q)) : 1,
                    groups = p->B * p->groups;
    const int team =
        lg_team(2.0 * (double)(p->O * p->C * p->KH * p->KW) * (double)(groups * p->OH * p->OW * p->n));
    /* So many tasks that each thread finds work; no sum depends on it. With Winograd's algorithm, each task
       transforms its inputs anew. */
    const ptrdiff_t wanted = how == DIRECT ? 8 : team, tasks = maximum(1, groups * c_parts);
    const ptrdiff_t fewest = how == WINOGRAD_ROWS ? ceil_div(p->O, new_row_tiling(&q).planes) : 1;
    const ptrdiff_t o_parts = maximum(fewest, minimum(ceil_div(wanted, tasks), ceil_div(p->O, MAX_PLANES)));
    const weight_work work = {p, &q, how, o_parts, c_parts, gy, x, scratch, sums};
    lg_share_out(team, groups * c_parts * o_parts, weight_piece, &work);
}

/* sums (B, groups*O, KH, C, KW) of B blocks, added up from first to last -> gw (groups*O, C, KH, KW), or
   added to it. */
void K(conv2d_weight_total)(const lg_conv2d *p, const float *sums, int accumulate, float *gw)
{
    const ptrdiff_t planes = p->groups * p->O, each = p->C * p->KH * p->KW, weights = planes * each;
    const ptrdiff_t C = p->KH == 1 ? 1 : p->C,
                    width = each / maximum(p->KH * C, 1); /* that lie together in both */
    int team = lg_team(LG_MOVE * (double)(p->B * weights));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
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
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(planes * size))) schedule(static)
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
