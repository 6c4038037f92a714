/* Convolution with Winograd's algorithm along the columns: the gradient with respect to the weight.

   It is the transpose of the forward pass: a row of the kernel is G^T [sum over rows, tiles and images of
   (A gy) * (B^T d)]. At each point these are products of all output planes and all taps, a tap being an input
   plane with a row of the kernel: register tiles of sums, of vectors until all rows are done. */
#include "register_tile_tpl.h"
#include "winograd_rows_transforms.h"

/* The register tile: output planes x taps. */
#if V_TILE == 1
enum { SUM_PLANES = 2, SUM_TAPS = 3 };
#else
enum { SUM_PLANES = 4, SUM_TAPS = 6 };
#endif

/* Transforms `count` vectors of tiles of one row of the gradient. gy (floats): (count, 16 / n, 4, n)
   -> v (points, `point` floats apart; count vectors) */
SPECIALIZE void transform_gradient_row(const int n, const int points, const float *gy, ptrdiff_t floats,
                                       ptrdiff_t count, float *v, ptrdiff_t point)
{
    for (ptrdiff_t k = 0; k < count; k++, v += W_LANES) {
        v16 y[W_OUT], t[MAX_POINTS];
        load_columns(n, gy + k * W_OUT * W_LANES, floats - k * W_OUT * W_LANES, y);
        gradient_points(points, y, t);
        FOR_UNROLLED(8, p, points)
            v_store(v + p * point, t[p]);
    }
}

/* One register tile of one point: the sums over `steps` vectors of v (planes, plane) times u at each of
   offsets (taps) are added to sums (planes, `apart` floats apart; taps vectors), or written there where
   `begin` is true. That each band is summed by itself keeps errors small. */
SPECIALIZE void sum_tile(int planes, int taps, const float *v, ptrdiff_t plane, const float *u,
                         const ptrdiff_t *offsets, ptrdiff_t steps, int begin, float *sums, ptrdiff_t apart)
{
    v16 acc[SUM_PLANES][SUM_TAPS];
    FOR_UNROLLED(4, i, planes)
        FOR_UNROLLED(6, k, taps)
            acc[i][k] = v_zero();
    for (ptrdiff_t j = 0; j < steps * W_LANES; j += W_LANES) {
        v16 g[SUM_PLANES];
        FOR_UNROLLED(4, i, planes)
            g[i] = v_load(v + i * plane + j);
        FOR_UNROLLED(6, k, taps) {
            v16 d = v_held(v_load(u + offsets[k] + j));
            FOR_UNROLLED(4, i, planes)
                acc[i][k] = v_fma(g[i], d, acc[i][k]);
        }
    }
    FOR_UNROLLED(4, i, planes)
        FOR_UNROLLED(6, k, taps) {
            float *to = sums + i * apart + k * W_LANES;
            v_store(to, begin ? acc[i][k] : v_add(v_load(to), acc[i][k]));
        }
}

/* sum_tile with the sizes of the tile as constants. */
#define SUM_CASE_(planes, taps, ...)                  \
    case 8 * planes + taps:                           \
        if (planes <= SUM_PLANES && taps <= SUM_TAPS) \
            sum_tile(planes, taps, __VA_ARGS__);      \
        break;
#define SUM_CASES_(planes, ...)       \
    SUM_CASE_(planes, 1, __VA_ARGS__) \
    SUM_CASE_(planes, 2, __VA_ARGS__) \
    SUM_CASE_(planes, 3, __VA_ARGS__) \
    SUM_CASE_(planes, 4, __VA_ARGS__) \
    SUM_CASE_(planes, 5, __VA_ARGS__) \
    SUM_CASE_(planes, 6, __VA_ARGS__)
#define SUM_CALL(planes, taps, ...)  \
    switch (8 * (planes) + (taps)) { \
        SUM_CASES_(1, __VA_ARGS__)   \
        SUM_CASES_(2, __VA_ARGS__)   \
        SUM_CASES_(3, __VA_ARGS__)   \
        SUM_CASES_(4, __VA_ARGS__)   \
    }

/* The sums of the lanes of sixteen vectors, each as v_sum forms it. from (16, 16) */
SPECIALIZE v16 sums_of_lanes(const float *from)
{
    v16 r[16];
    FOR_UNROLLED(16, i, 16)
        r[i] = v_load(from + i * W_LANES);
    FOR_UNROLLED(8, i, 8)
        r[i] = v_add(v_even(r[2 * i], r[2 * i + 1], 8), v_odd(r[2 * i], r[2 * i + 1], 8));
    FOR_UNROLLED(4, i, 4)
        r[i] = v_add(v_even(r[2 * i], r[2 * i + 1], 4), v_odd(r[2 * i], r[2 * i + 1], 4));
    FOR_UNROLLED(2, i, 2)
        r[i] = v_add(v_even(r[2 * i], r[2 * i + 1], 2), v_odd(r[2 * i], r[2 * i + 1], 2));
    return v_add(v_even(r[0], r[1], 1), v_odd(r[0], r[1], 1));
}

/* Transforms sums back. sums (points, `point` floats apart; count, 16) -> g (count, points - 3) */
static void write_kernel_rows(int points, const float *sums, ptrdiff_t point, ptrdiff_t count, float *g)
{
    const int KW = points - W_OUT + 1;
    for (ptrdiff_t i = 0; i < count; i += W_LANES) {
        v16 s[MAX_POINTS], out[5];
        for (int p = 0; p < points; p++)
            s[p] = sums_of_lanes(sums + p * point + i * W_LANES);
        kernel_points(points, s, out);
        float lanes[5][W_LANES];
        for (int k = 0; k < KW; k++)
            v_store(lanes[k], out[k]);
        for (ptrdiff_t j = 0; j < minimum(count - i, W_LANES); j++)
            for (int k = 0; k < KW; k++)
                *g++ = lanes[k][j];
    }
}

/* The products of output planes and taps, summed over the `rows` rows of a band, are added to sums (points,
   `point` floats apart; planes, KH, in, 16), or written there where `begin` is true.
   u (points; in, band + KH - 1, count vectors), v (points; planes, band, count vectors). */
static void sum_products(const correlation *q, const row_tiling *t, ptrdiff_t planes, ptrdiff_t rows,
                         ptrdiff_t count, const float *u, const float *v, int begin, float *sums,
                         ptrdiff_t point)
{
    const ptrdiff_t taps = q->y.K * q->in, row = count * W_LANES;
    const ptrdiff_t u_plane = (t->band + q->y.K - 1) * row, v_plane = t->band * row;
    const ptrdiff_t o_tiles = ceil_div(planes, SUM_PLANES);
    const ptrdiff_t parts = ceil_div(taps, SUM_TAPS);
    for (ptrdiff_t p = 0; p < t->points; p++) {
        const float *up = u + p * row_inputs_floats(q, t), *vp = v + p * row_gradients_floats(t);
        for (ptrdiff_t tile = 0; tile < o_tiles; tile++)
            for (ptrdiff_t part = 0; part < parts; part++) {
                ptrdiff_t o = planes * tile / o_tiles, o_count = planes * (tile + 1) / o_tiles - o;
                ptrdiff_t tap = taps * part / parts, t_count = taps * (part + 1) / parts - tap;
                ptrdiff_t offsets[SUM_TAPS] = {0};
                for (ptrdiff_t k = 0; k < t_count; k++)
                    offsets[k] = (tap + k) % q->in * u_plane + (tap + k) / q->in * row;
                SUM_CALL(o_count, t_count, vp + o * v_plane, v_plane, up, offsets, rows * count, begin,
                         sums + p * point + (o * taps + tap) * W_LANES, taps * W_LANES)
            }
    }
}

/* One block: the sums of the output planes from o0 up to o1 of a group.
   gy (out, y.out, x.out, n), x (in, y.in, x.in, n) -> partial (out, KH, in, KW).
   scratch: winograd_rows_weight_floats. */
void K(winograd_rows_weight)(const correlation *q, ptrdiff_t o0, ptrdiff_t o1, const float *gy,
                             const float *x, float *scratch, float *partial)
{
    const row_tiling t = new_row_tiling(q);
    const ptrdiff_t KH = q->y.K, n = q->n, points = t.points, pixels = W_OUT * W_LANES;
    const ptrdiff_t u_point = row_inputs_floats(q, &t), v_point = row_gradients_floats(&t);
    const ptrdiff_t outs = o1 - o0, count = outs * KH * q->in, s_point = row_sums_floats(q, &t);
    float *u = scratch, *v = u + points * u_point, *sums = v + points * v_point;
    float *window = sums + points * s_point;
    for (ptrdiff_t p = 0; p < points; p++) /* those that fill the last sixteen */
        memset(sums + p * s_point + count * W_LANES, 0, (size_t)(s_point - count * W_LANES) * sizeof(float));
    for (ptrdiff_t v0 = 0; v0 < t.vectors; v0 += t.chunk)
        for (ptrdiff_t r0 = 0; r0 < q->y.out; r0 += t.band) {
            ptrdiff_t rows = minimum(t.band, q->y.out - r0), vectors = minimum(t.chunk, t.vectors - v0);
            ptrdiff_t row = vectors * W_LANES, column = v0 * pixels / n;
            for (ptrdiff_t c = 0; c < q->in; c++)
                for (ptrdiff_t r = 0; r < rows + KH - 1; r++) {
                    ptrdiff_t at = r0 + r + t.top;
                    float *to = u + (c * (t.band + KH - 1) + r) * row;
                    if (at >= 0 && at < q->y.in) {
                        ptrdiff_t floats = vectors * pixels + W_OUT * n;
                        const float *d = tile_row(x + (c * q->y.in + at) * q->x.in * n, q->x.in, n,
                                                  column + t.left, &floats, window);
                        POINTS_CALL(transform_row, n, points, d, floats, vectors, to, u_point)
                    } else
                        for (ptrdiff_t p = 0; p < points; p++)
                            memset(to + p * u_point, 0, (size_t)row * sizeof(float));
                }
            for (ptrdiff_t o = 0; o < outs; o++)
                for (ptrdiff_t r = 0; r < rows; r++) {
                    const float *g = gy + (((o0 + o) * q->y.out + r0 + r) * q->x.out + column) * n;
                    POINTS_CALL(transform_gradient_row, n, points, g, (q->x.out - column) * n, vectors,
                                v + (o * t.band + r) * row, v_point)
                }
            sum_products(q, &t, outs, rows, vectors, u, v, v0 == 0 && r0 == 0, sums, s_point);
        }
    write_kernel_rows((int)points, sums, s_point, count, partial + o0 * KH * q->in * q->x.K);
}
