/* Rows of (N, C) arrays, for softmax and the losses. The same code treats both forms of a block:
   one row of C floats, or, where C is small, sixteen rows in the lanes: C vectors, class c's
   logits of rows 0..15 in vector c. Either way a block is `size` floats (C, or 16 * C) taken
   sixteen at a time; only a sum or maximum over the classes needs to know, since one row's goes
   across the lanes too. */
#ifndef LG_ROWS_H
#define LG_ROWS_H

#include "../parallel.h"
#include "../simd/math.h"

#include <string.h>

/* Up to so many classes sixteen rows go into the lanes. */
enum { LG_FEW = 128 };

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

/* exp(x - m) over a block with maximum m: their sum is 1 and a rest, the other terms; returns
   the rest. It is what matters where it is tiny, so terms that equal the maximum's are counted,
   not added. y (size,), maybe x itself, or NULL, gets 2^64 exp(x - m). Meanwhile the block at
   `next` (size,) is fetched into the cache. Two short loops leave more registers than one. */
static inline d16 lg_exp_rest(const float *x, ptrdiff_t size, int lanes, v16 m, float *y,
                              const float *next)
{
    enum { CHUNK = 512 };
    const v16 one = v_set1(1.0f), top = v_set1(0x1p64f);
    d16 below = d_zero();
    v16 count = v_zero();
    float scratch[CHUNK];
    for (ptrdiff_t start = 0; start < size; start += CHUNK) {
        ptrdiff_t n = size - start < CHUNK ? size - start : CHUNK;
        float *p = y ? y + start : scratch;
        for (ptrdiff_t i = 0; i < n; i += 16) {
            __builtin_prefetch(next + start + i);
            v16 lo, d = lg_subtract(lg_block_load(x + start, i, n, -INFINITY), m, &lo);
            lg_block_store(p, i, n, v_exp64(d, lo));
        }
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 q = lg_block_load(p, i, n, 0.0f);
            m16 is_below = v_ne(q, top); /* true for NaN, which so gets into the sum */
            count = v_add(count, v_mask(is_below, one));
            below = d_add_v(below, v_mask(is_below, q));
        }
    }
    d16 ties = lg_across(d_sub(d_set1((double)((size + 15) / 16)), d_from(count)), lanes);
    return d_add(d_sub(ties, d_set1(1.0)), d_mul(lg_across(below, lanes), d_set1(0x1p-64)));
}

/* log(1 + rest), in doubles, since a tiny rest may be subnormal or rounded as a float. */
static inline d16 lg_log_total(d16 rest)
{
    v16 hi, lo;
    d_split(rest, &hi, &lo);
    m16 large = v_ne(v_min(hi, v_set1(0x1p-12f)), hi); /* or NaN */
    hi = v_log1p2(hi, lo, &lo);
    d16 log_large = d_add(d_from(v_mask(large, hi)), d_from(v_mask(large, lo)));
    d16 r = d_mul(rest, d_from(v_select(large, v_zero(), v_set1(1.0f))));
    d16 series = d_sub(d_set1(1.0 / 3.0), d_mul(d_set1(0.25), r));
    series = d_sub(d_set1(0.5), d_mul(r, series));
    return d_add(log_large, d_sub(r, d_mul(d_mul(r, r), series)));
}

/* y * 2^-64 * factor over a block, in place: what lg_exp_rest has left there becomes a
   probability. */
static inline void lg_block_scale(float *y, ptrdiff_t size, d16 factor)
{
    v16 hi, lo;
    d_split(d_mul(factor, d_set1(0x1p-40)), &hi, &lo);
    for (ptrdiff_t i = 0; i < size; i += 16) {
        v16 p = lg_block_load(y, i, size, 0.0f);
        p = v_fma(p, hi, v_mul(p, lo)); /* 2^24 times too large, so that p * lo is not subnormal */
        lg_block_store(y, i, size, v_mul(p, v_set1(0x1p-24f)));
    }
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

/* Fetches memory that will be written soon: stores of four floats to each of sixteen rows would
   wait. */
V_INLINE void lg_will_write(float *y, ptrdiff_t size)
{
    for (ptrdiff_t i = 0; i < size; i += 16)
        __builtin_prefetch(y + i, 1);
}

/* Rows `first` to first + 15 of x (N, C), or those that there are and zeros behind, into the
   lanes. */
V_INLINE void lg_load_rows(const float *x, ptrdiff_t first, ptrdiff_t N, ptrdiff_t C, float *y)
{
    if (first + 16 <= N) {
        lg_rows_to_lanes(x + first * C, C, y);
        return;
    }
    float padded[16 * LG_FEW];
    size_t there = (size_t)((N - first) * C);
    memcpy(padded, x + first * C, there * sizeof(float));
    memset(padded + there, 0, ((size_t)(16 * C) - there) * sizeof(float));
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
