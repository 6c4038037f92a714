/* The transforms of F(4 x 4, 3 x 3), over v16: sixteen tiles at a time.

   They evaluate polynomials at the points 0, 3/4, -3/4, 3/2, -3/2 and infinity (Toom and Cook; Winograd,
   "Arithmetic Complexity of Computations", 1980; Lavin and Gray, "Fast Algorithms for Convolutional Neural
   Networks", 2016). Rounding errors depend on the points: these gave a third of those of the usual
   0, 1, -1, 2, -2. With A^T (4 x 6), G (6 x 3), B^T (6 x 6) as below,
       y = A^T [(G g G^T) * (B^T d B)] A
   in two dimensions, and y = A^T [(G g) * (B^T d)] in one (winograd_rows_transforms.h). */
#ifndef LG_CONV2D_WINOGRAD_2D_TRANSFORMS_H
#define LG_CONV2D_WINOGRAD_2D_TRANSFORMS_H

#include "simd/v16.h"
#include "winograd_2d_sizes.h"

#define P1 0.75f /* the points, their squares and cubes: exact in binary */
#define P2 1.5f
#define P1_2 0.5625f
#define P2_2 2.25f
#define P1_3 0.421875f
#define P2_3 3.375f

/* t = B^T d, along one axis: d and t are `by` and 1 vectors apart. */
SPECIALIZE void input_transform(const v16 *d, int by, v16 t[W_IN])
{
    const v16 sum = v_set1(P1_2 + P2_2), product = v_set1(P1_2 * P2_2), s1 = v_set1(P1_2), s2 = v_set1(P2_2);
    v16 d0 = d[0], d1 = d[by], d2 = d[2 * by], d3 = d[3 * by], d4 = d[4 * by], d5 = d[5 * by];
    v16 even1 = v_fnma(s2, d2, d4), odd1 = v_fnma(s2, d1, d3);
    v16 even2 = v_fnma(s1, d2, d4), odd2 = v_fnma(s1, d1, d3);
    t[0] = v_fnma(sum, d2, v_fma(product, d0, d4));
    t[1] = v_fma(v_set1(P1), odd1, even1);
    t[2] = v_fnma(v_set1(P1), odd1, even1);
    t[3] = v_fma(v_set1(P2), odd2, even2);
    t[4] = v_fnma(v_set1(P2), odd2, even2);
    t[5] = v_fnma(sum, d3, v_fma(product, d1, d5));
}

/* y = A^T m, along one axis: m are `by` vectors apart. */
SPECIALIZE void output_transform(const v16 *m, int by, v16 y[W_OUT])
{
    v16 s1 = v_add(m[by], m[2 * by]), d1 = v_sub(m[by], m[2 * by]);
    v16 s2 = v_add(m[3 * by], m[4 * by]), d2 = v_sub(m[3 * by], m[4 * by]);
    y[0] = v_add(m[0], v_add(s1, s2));
    y[1] = v_fma(v_set1(P2), d2, v_mul(v_set1(P1), d1));
    y[2] = v_fma(v_set1(P2_2), s2, v_mul(v_set1(P1_2), s1));
    y[3] = v_fma(v_set1(P2_3), d2, v_fma(v_set1(P1_3), d1, m[5 * by]));
}

/* t = A y, along one axis: y are `by` vectors apart. */
SPECIALIZE void gradient_transform(const v16 *y, int by, v16 t[W_IN])
{
    v16 even1 = v_fma(v_set1(P1_2), y[2 * by], y[0]), odd1 = v_fma(v_set1(P1_2), y[3 * by], y[by]);
    v16 even2 = v_fma(v_set1(P2_2), y[2 * by], y[0]), odd2 = v_fma(v_set1(P2_2), y[3 * by], y[by]);
    t[0] = y[0];
    t[1] = v_fma(v_set1(P1), odd1, even1);
    t[2] = v_fnma(v_set1(P1), odd1, even1);
    t[3] = v_fma(v_set1(P2), odd2, even2);
    t[4] = v_fnma(v_set1(P2), odd2, even2);
    t[5] = y[3 * by];
}

/* g = G^T s along one axis: s are `by` vectors apart. */
SPECIALIZE void kernel_transform(const v16 *s, int by, v16 g[3])
{
    const float f0 = 1 / (P1_2 * P2_2), f1 = 1 / (2 * P1_2 * (P1_2 - P2_2));
    const float f2 = 1 / (2 * P2_2 * (P2_2 - P1_2));
    v16 s1 = v_add(s[by], s[2 * by]), d1 = v_sub(s[by], s[2 * by]);
    v16 s2 = v_add(s[3 * by], s[4 * by]), d2 = v_sub(s[3 * by], s[4 * by]);
    g[0] = v_fma(v_set1(f0), s[0], v_fma(v_set1(f1), s1, v_mul(v_set1(f2), s2)));
    g[1] = v_fma(v_set1(f1 * P1), d1, v_mul(v_set1(f2 * P2), d2));
    g[2] = v_fma(v_set1(f1 * P1_2), s1, v_fma(v_set1(f2 * P2_2), s2, s[5 * by]));
}

/* G, row by row: the powers of a point over the product of its distances from the others. */
static const double winograd_g[W_IN][3] = {
    {1 / (0.5625 * 2.25), 0, 0},
    {1 / (1.125 * (0.5625 - 2.25)), 0.75 / (1.125 * (0.5625 - 2.25)), 0.5625 / (1.125 * (0.5625 - 2.25))},
    {1 / (1.125 * (0.5625 - 2.25)), -0.75 / (1.125 * (0.5625 - 2.25)), 0.5625 / (1.125 * (0.5625 - 2.25))},
    {1 / (4.5 * (2.25 - 0.5625)), 1.5 / (4.5 * (2.25 - 0.5625)), 2.25 / (4.5 * (2.25 - 0.5625))},
    {1 / (4.5 * (2.25 - 0.5625)), -1.5 / (4.5 * (2.25 - 0.5625)), 2.25 / (4.5 * (2.25 - 0.5625))},
    {0, 0, 1},
};

/* Copies `rows` rows, from row `top` on, of a plane (height, width, n), columns sorted mod 4, so that
   those of a row of tiles are contiguous: window (rows, 4, slots, n), its first column `left`; 0 beyond
   the plane. */
SPECIALIZE void copy_window(ptrdiff_t height, ptrdiff_t width, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t top,
                            ptrdiff_t left, ptrdiff_t slots, const float *plane, float *window)
{
    const correlation q = {
        .n = n, .x = {.in = width}, .sorted = W_OUT, .sorted_by = W_OUT, .slots = slots, .left = left};
    for (ptrdiff_t at = top; at < top + rows; at++, window += row_floats(&q))
        if (at < 0 || at >= height)
            memset(window, 0, (size_t)row_floats(&q) * sizeof(float));
        else
            copy_row(&q, plane + at * width * n, window);
}

/* Whether windows are worth fetching: not where few images leave all planes in the second-level cache. In
   larger ones rows lie far apart, often by a power of two, so that caches neither foresee them nor hold those
   of many planes. */
SPECIALIZE int worth_fetching(const correlation *q)
{
    const ptrdiff_t pixels = q->in * q->y.in * q->x.in + q->out * q->y.out * q->x.out;
    return q->n == W_LANES && pixels > 8192;
}

/* Fetches such a window, or with `write` one that is to be written. */
SPECIALIZE void fetch_window(ptrdiff_t height, ptrdiff_t width, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t top,
                             ptrdiff_t left, ptrdiff_t slots, const float *plane, const int write)
{
    const ptrdiff_t begin = maximum(left, 0) * n, end = minimum(left + slots * W_OUT, width) * n;
    for (ptrdiff_t at = maximum(top, 0); at < minimum(top + rows, height); at++)
        for (ptrdiff_t i = begin; i < end; i += W_LANES) {
            if (write)
                __builtin_prefetch(plane + at * width * n + i, 1, 2);
            else
                __builtin_prefetch(plane + at * width * n + i, 0, 3);
        }
}

/* Transforms a chunk of one plane: the vectors m, m0 <= m < m1, counted along all rows of tiles. `next`
   is the plane that comes after it, or NULL. x (y.in, x.in, n) -> u (36 points, `point` floats apart;
   vectors). */
SPECIALIZE void transform_plane(const correlation *q, const tiling *t, ptrdiff_t m0, ptrdiff_t m1,
                                const float *x, const float *next, float *window, float *u, ptrdiff_t point)
{
    for (ptrdiff_t m = m0; m < m1;) {
        ptrdiff_t row = m / t->vectors, v = m % t->vectors, count = minimum(t->vectors - v, m1 - m);
        ptrdiff_t slots = count * W_LANES / q->n + 1, residue_floats = slots * q->n;
        ptrdiff_t top = row * W_OUT + t->top, left = v * W_LANES / q->n * W_OUT + t->left;
        copy_window(q->y.in, q->x.in, q->n, W_IN, top, left, slots, x, window);
        if (next)
            fetch_window(q->y.in, q->x.in, q->n, W_IN, top, left, slots, next, 0);
        for (ptrdiff_t k = 0; k < count; k++, m++, u += W_LANES) {
            v16 half[W_IN * W_IN];
            FOR_UNROLLED(6, i, W_IN) {
                v16 d[W_IN];
                const float *from = window + i * W_OUT * residue_floats + k * W_LANES;
                FOR_UNROLLED(6, j, W_IN)
                    d[j] = v_load(from + j % W_OUT * residue_floats + j / W_OUT * q->n);
                input_transform(d, 1, half + i * W_IN);
            }
            FOR_UNROLLED(6, j, W_IN) {
                v16 out[W_IN];
                input_transform(half + j, W_IN, out);
                FOR_UNROLLED(6, i, W_IN)
                    v_store(u + (i * W_IN + j) * point, out[i]);
            }
        }
    }
}

#endif
