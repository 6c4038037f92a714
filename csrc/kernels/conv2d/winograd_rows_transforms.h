/* Winograd's transforms along one axis, over v16: F(4, 3) at the six points of winograd_2d_transforms.h, and
   F(4, 5) at the eight points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, which gave the smallest errors of
   those tried. There are as many points as a tile of four outputs has inputs; `points` is a constant.

   In lanes, a row of tiles is (tiles, 4, n). A vector is one of the columns of 16 / n neighbouring tiles. */
#ifndef LG_CONV2D_WINOGRAD_ROWS_TRANSFORMS_H
#define LG_CONV2D_WINOGRAD_ROWS_TRANSFORMS_H

#include "winograd_rows_sizes.h"
#include "winograd_2d_transforms.h"

/* The points +-1, +-2, +-1/2, from the even and the odd terms of each pair. */
SPECIALIZE void both_signs(const v16 even[3], const v16 odd[3], v16 t[MAX_POINTS])
{
    t[1] = v_add(even[0], odd[0]);
    t[2] = v_sub(even[0], odd[0]);
    t[3] = v_fma(v_set1(2.0f), odd[1], even[1]);
    t[4] = v_fnma(v_set1(2.0f), odd[1], even[1]);
    t[5] = v_fma(v_set1(0.5f), odd[2], even[2]);
    t[6] = v_fnma(v_set1(0.5f), odd[2], even[2]);
}

/* t = B^T d */
SPECIALIZE void input_points(const int points, const v16 d[MAX_POINTS], v16 t[MAX_POINTS])
{
    if (points == W_IN) {
        input_transform(d, 1, t);
        return;
    }
    const v16 c = v_set1(5.25f);
    v16 even[3], odd[3];
    even[0] = v_fnma(v_set1(4.25f), d[4], v_add(d[2], d[6]));
    odd[0] = v_fnma(v_set1(4.25f), d[3], v_add(d[1], d[5]));
    even[1] = v_fnma(v_set1(1.25f), d[4], v_fma(v_set1(0.25f), d[2], d[6]));
    odd[1] = v_fnma(v_set1(1.25f), d[3], v_fma(v_set1(0.25f), d[1], d[5]));
    even[2] = v_fnma(v_set1(5.0f), d[4], v_fma(v_set1(4.0f), d[2], d[6]));
    odd[2] = v_fnma(v_set1(5.0f), d[3], v_fma(v_set1(4.0f), d[1], d[5]));
    t[0] = v_fma(c, v_sub(d[2], d[4]), v_sub(d[6], d[0]));
    both_signs(even, odd, t);
    t[7] = v_fma(c, v_sub(d[3], d[5]), v_sub(d[7], d[1]));
}

/* y = A^T m */
SPECIALIZE void output_points(const int points, const v16 m[MAX_POINTS], v16 y[W_OUT])
{
    if (points == W_IN) {
        output_transform(m, 1, y);
        return;
    }
    v16 s1 = v_add(m[1], m[2]), d1 = v_sub(m[1], m[2]);
    v16 s2 = v_add(m[3], m[4]), d2 = v_sub(m[3], m[4]);
    v16 s3 = v_add(m[5], m[6]), d3 = v_sub(m[5], m[6]);
    y[0] = v_add(v_add(m[0], s1), v_add(s2, s3));
    y[1] = v_fma(v_set1(0.5f), d3, v_fma(v_set1(2.0f), d2, d1));
    y[2] = v_fma(v_set1(0.25f), s3, v_fma(v_set1(4.0f), s2, s1));
    y[3] = v_fma(v_set1(0.125f), d3, v_fma(v_set1(8.0f), d2, v_add(d1, m[7])));
}

/* t = A y */
SPECIALIZE void gradient_points(const int points, const v16 y[W_OUT], v16 t[MAX_POINTS])
{
    if (points == W_IN) {
        gradient_transform(y, 1, t);
        return;
    }
    v16 even[3], odd[3];
    even[0] = v_add(y[0], y[2]), odd[0] = v_add(y[1], y[3]);
    even[1] = v_fma(v_set1(4.0f), y[2], y[0]), odd[1] = v_fma(v_set1(4.0f), y[3], y[1]);
    even[2] = v_fma(v_set1(0.25f), y[2], y[0]), odd[2] = v_fma(v_set1(0.25f), y[3], y[1]);
    t[0] = y[0];
    both_signs(even, odd, t);
    t[7] = y[3];
}

/* g = G^T s: points - 3 vectors */
SPECIALIZE void kernel_points(const int points, const v16 s[MAX_POINTS], v16 g[5])
{
    if (points == W_IN) {
        kernel_transform(s, 1, g);
        return;
    }
    const v16 f1 = v_set1((float)(-1 / 4.5)), f2 = v_set1((float)(1 / 90.0)), f3 = v_set1((float)(32 / 45.0));
    v16 s1 = v_mul(f1, v_add(s[1], s[2])), d1 = v_mul(f1, v_sub(s[1], s[2]));
    v16 s2 = v_mul(f2, v_add(s[3], s[4])), d2 = v_mul(f2, v_sub(s[3], s[4]));
    v16 s3 = v_mul(f3, v_add(s[5], s[6])), d3 = v_mul(f3, v_sub(s[5], s[6]));
    g[0] = v_add(v_add(s1, s2), v_sub(s3, s[0]));
    g[1] = v_fma(v_set1(0.5f), d3, v_fma(v_set1(2.0f), d2, d1));
    g[2] = v_fma(v_set1(0.25f), s3, v_fma(v_set1(4.0f), s2, s1));
    g[3] = v_fma(v_set1(0.125f), d3, v_fma(v_set1(8.0f), d2, d1));
    g[4] = v_fma(v_set1(0.0625f), s3, v_fma(v_set1(16.0f), s2, v_add(s1, s[7])));
}

/* G of F(4, 5), row by row: the powers of a point over the product of its distances from the others. */
static const double winograd_g5[8][5] = {
    {-1, 0, 0, 0, 0},
    {-1 / 4.5, -1 / 4.5, -1 / 4.5, -1 / 4.5, -1 / 4.5},
    {-1 / 4.5, 1 / 4.5, -1 / 4.5, 1 / 4.5, -1 / 4.5},
    {1 / 90.0, 2 / 90.0, 4 / 90.0, 8 / 90.0, 16 / 90.0},
    {1 / 90.0, -2 / 90.0, 4 / 90.0, -8 / 90.0, 16 / 90.0},
    {32 / 45.0, 16 / 45.0, 8 / 45.0, 4 / 45.0, 2 / 45.0},
    {32 / 45.0, -16 / 45.0, 8 / 45.0, -4 / 45.0, 2 / 45.0},
    {0, 0, 0, 0, 1},
};

/* Four columns of a vector of tiles. from (16 / n, 4, n); 0 from from[floats] on, where nothing is read. */
SPECIALIZE void load_columns(const int n, const float *from, ptrdiff_t floats, v16 column[W_OUT])
{
    v16 r[4];
    if (floats >= 4 * W_LANES)
        for (int i = 0; i < 4; i++)
            r[i] = v_load(from + i * W_LANES);
    else
        for (int i = 0; i < 4; i++)
            r[i] = v_load_part(from + i * W_LANES, (int)maximum(minimum(floats - i * W_LANES, W_LANES), 0));
    v16 even[2] = {v_even(r[0], r[1], n), v_even(r[2], r[3], n)};
    v16 odd[2] = {v_odd(r[0], r[1], n), v_odd(r[2], r[3], n)};
    column[0] = v_even(even[0], even[1], n);
    column[1] = v_even(odd[0], odd[1], n);
    column[2] = v_odd(even[0], even[1], n);
    column[3] = v_odd(odd[0], odd[1], n);
}

/* The reverse; nothing is written behind to[floats-1]. */
SPECIALIZE void store_columns(const int n, const v16 column[W_OUT], float *to, ptrdiff_t floats)
{
    v16 even[2], odd[2], r[4];
    v_zip(column[0], column[2], n, even);
    v_zip(column[1], column[3], n, odd);
    v_zip(even[0], odd[0], n, r);
    v_zip(even[1], odd[1], n, r + 2);
    if (floats >= 4 * W_LANES)
        for (int i = 0; i < 4; i++)
            v_store(to + i * W_LANES, r[i]);
    else
        for (int i = 0; i * W_LANES < floats; i++)
            v_store_part(to + i * W_LANES, r[i], (int)minimum(floats - i * W_LANES, W_LANES));
}

/* Where a row can be read from column `left` on: in place, or, if that is outside, as a copy of `floats` in
   `window`. Sets `floats` to as many of them as there are. from (width, n) */
SPECIALIZE const float *tile_row(const float *from, ptrdiff_t width, ptrdiff_t n, ptrdiff_t left,
                                 ptrdiff_t *floats, float *window)
{
    if (left >= 0 && left < width) {
        *floats = minimum(*floats, (width - left) * n);
        return from + left * n;
    }
    const correlation q = {
        .n = n, .x = {.in = width}, .sorted = 1, .sorted_by = 1, .slots = *floats / n, .left = left};
    copy_row(&q, from, window);
    return window;
}

/* Transforms `count` vectors of tiles of one row of the input. from (floats): (count, 16 / n, 4, n), and the
   columns behind that the last tile reads -> u (points, `point` floats apart; count vectors) */
SPECIALIZE void transform_row(const int n, const int points, const float *from, ptrdiff_t floats,
                              ptrdiff_t count, float *u, ptrdiff_t point)
{
    for (ptrdiff_t k = 0; k < count; k++, u += W_LANES) {
        ptrdiff_t at = k * W_OUT * W_LANES;
        v16 d[2 * W_OUT], t[MAX_POINTS];
        load_columns(n, from + at, floats - at, d);
        load_columns(n, from + at + W_OUT * n, floats - at - W_OUT * n, d + W_OUT);
        input_points(points, d, t);
        FOR_UNROLLED(8, p, points)
            v_store(u + p * point, t[p]);
    }
}

/* Calls f(n, points, ...) with the first two as constants. */
#define N_CASE_(f, n, ...) \
    case n: f(n, __VA_ARGS__); break;
#define N_CALL_(f, n, ...)          \
    switch (n) {                    \
        N_CASE_(f, 1, __VA_ARGS__)  \
        N_CASE_(f, 2, __VA_ARGS__)  \
        N_CASE_(f, 4, __VA_ARGS__)  \
        N_CASE_(f, 8, __VA_ARGS__)  \
        N_CASE_(f, 16, __VA_ARGS__) \
    }
#define POINTS_CALL(f, n, points, ...)             \
    {                                              \
        if (points == W_IN)                        \
            N_CALL_(f, n, W_IN, __VA_ARGS__)       \
        else                                       \
            N_CALL_(f, n, MAX_POINTS, __VA_ARGS__) \
    }

#endif
