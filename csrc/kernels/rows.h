/* Rows of (N, C) arrays, for softmax and the losses. The same code treats both forms of a block:
   one row of C floats, or, where C is small, sixteen rows in the lanes: C vectors, class c's logits of
   rows 0..15 in vector c. Either way a block is `size` floats (C, or 16 * C) taken sixteen at a time;
   only a sum or maximum over the classes needs to know, since one row's goes across the lanes too. */
#ifndef LG_ROWS_H
#define LG_ROWS_H

#include "../parallel.h"
#include "../simd/math.h"

#include <string.h>

/* Up to so many classes sixteen rows go into the lanes. */
enum { LG_FEW = 64 };

/* Floats i..i+15 of a block; `pad` behind its end. */
V_INLINE v16 lg_block_load(const float *x, ptrdiff_t i, ptrdiff_t size, float pad)
{
    if (i + 16 <= size)
        return v_load(x + i);
    int k = (int)(size - i);
    return v_select(m_first(k), v_load_part(x + i, k), v_set1(pad));
}

V_INLINE void lg_block_store(float *y, ptrdiff_t i, ptrdiff_t size, v16 v)
{
    if (i + 16 <= size)
        v_store(y + i, v);
    else
        v_store_part(y + i, v, (int)(size - i));
}

V_INLINE d16 lg_across(d16 sum, int lanes) { return lanes ? sum : d_set1(d_sum(sum)); }

V_INLINE v16 lg_block_max(const float *x, ptrdiff_t size, int lanes)
{
    v16 m = v_set1(-INFINITY);
    for (ptrdiff_t i = 0; i < size; i += 16)
        m = v_max(m, lg_block_load(x, i, size, -INFINITY));
    return lanes ? m : v_set1(v_hmax(m));
}

/* x - m: *lo gets what its rounding loses; NaN where the difference is not finite. */
V_INLINE v16 lg_subtract(v16 x, v16 m, v16 *lo)
{
    v16 d = v_sub(x, m), back = v_sub(d, x);
    *lo = v_sub(v_sub(x, v_sub(d, back)), v_add(m, back));
    return d;
}

/* The sum of exp(x - m) over a block with maximum m. It is 1 and a rest: the other terms. The rest is
   what matters where it is tiny, so the terms of the maximum are counted, not added. */
typedef struct { d16 others; v16 ties; } lg_exp_sum;

/* Adds to the sum, and gives 2^64 exp(x - m). */
V_INLINE v16 lg_exp_add(lg_exp_sum *sum, v16 x, v16 m)
{
    v16 lo, d = lg_subtract(x, m, &lo);
    v16 p = v_exp64(d, lo);
    m16 tie = v_eq(d, v_zero()); /* false for NaN, which so gets into the sum */
    sum->ties = v_add(sum->ties, v_mask(tie, v_set1(1.0f)));
    sum->others = d_add_v(sum->others, v_mask(m_not(tie), p));
    return p;
}

V_INLINE d16 lg_exp_rest(lg_exp_sum sum, int lanes)
{
    d16 ties = lg_across(d_from(sum.ties), lanes), others = lg_across(sum.others, lanes);
    return d_add(d_sub(ties, d_set1(1.0)), d_mul(others, d_set1(0x1p-64)));
}

/* Sixteen rows x (16, C) into the lanes: y (C, 16), and back. The last four columns may overlap the
   ones before. */
V_INLINE void lg_rows_to_lanes(const float *x, ptrdiff_t C, float *y)
{
    if (C < 4) {
        for (ptrdiff_t c = 0; c < C; c++)
            for (ptrdiff_t r = 0; r < 16; r++)
                y[16 * c + r] = x[r * C + c];
        return;
    }
    for (ptrdiff_t i = 0; i < C; i += 4) {
        ptrdiff_t c = i + 4 <= C ? i : C - 4;
        v16 v[4];
        v_load_t4(x + c, C, v);
        for (int j = 0; j < 4; j++)
            v_store(y + 16 * (c + j), v[j]);
    }
}

V_INLINE void lg_lanes_to_rows(const float *x, ptrdiff_t C, float *y)
{
    if (C < 4) {
        for (ptrdiff_t c = 0; c < C; c++)
            for (ptrdiff_t r = 0; r < 16; r++)
                y[r * C + c] = x[16 * c + r];
        return;
    }
    for (ptrdiff_t i = 0; i < C; i += 4) {
        ptrdiff_t c = i + 4 <= C ? i : C - 4;
        v16 v[4];
        for (int j = 0; j < 4; j++)
            v[j] = v_load(x + 16 * (c + j));
        v_store_t4(y + c, C, v);
    }
}

/* Rows `first` to first + 15 of x (N, C), or those that there are and zeros behind, into the lanes. */
V_INLINE void lg_load_rows(const float *x, ptrdiff_t first, ptrdiff_t N, ptrdiff_t C, float *y)
{
    if (first + 16 <= N) {
        lg_rows_to_lanes(x + first * C, C, y);
        return;
    }
    float padded[16 * LG_FEW] = {0};
    memcpy(padded, x + first * C, (size_t)((N - first) * C) * sizeof(float));
    lg_rows_to_lanes(padded, C, y);
}

V_INLINE void lg_store_rows(const float *x, ptrdiff_t first, ptrdiff_t N, ptrdiff_t C, float *y)
{
    if (first + 16 <= N) {
        lg_lanes_to_rows(x, C, y + first * C);
        return;
    }
    float padded[16 * LG_FEW];
    lg_lanes_to_rows(x, C, padded);
    memcpy(y + first * C, padded, (size_t)((N - first) * C) * sizeof(float));
}

#endif
