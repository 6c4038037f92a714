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

/* Runs what follows for each vector of a block: i is its first float, k how many it has, 16 but for the
   last. The whole ones have a loop of their own, without a test for the end. */
#define LG_EACH_VECTOR(size, ...)               \
    do {                                        \
        ptrdiff_t i = 0;                        \
        for (; i + 16 <= (size); i += 16) {     \
            enum { k = 16 };                    \
            __VA_ARGS__                         \
        }                                       \
        if (i < (size)) {                       \
            const int k = (int)((size) - i);    \
            __VA_ARGS__                         \
        }                                       \
    } while (0)

/* k floats, and `pad` behind them. */
V_INLINE v16 lg_load_padded(const float *x, int k, float pad)
{
    return k == 16 ? v_load(x) : v_select(m_first(k), v_load_part(x, k), v_set1(pad));
}

V_INLINE d16 lg_across(d16 sum, int lanes) { return lanes ? sum : d_set1(d_sum(sum)); }

V_INLINE v16 lg_block_max(const float *x, ptrdiff_t size, int lanes)
{
    v16 m = v_set1(-INFINITY);
    LG_EACH_VECTOR(size, { m = v_max(m, lg_load_padded(x + i, k, -INFINITY)); });
    return lanes ? m : v_set1(v_hmax(m));
}

/* x - m: *lo gets what its rounding loses; NaN where the difference is not finite. */
V_INLINE v16 lg_subtract(v16 x, v16 m, v16 *lo)
{
    v16 d = v_sub(x, m), back = v_sub(d, x);
    *lo = v_sub(v_sub(x, v_sub(d, back)), v_add(m, back));
    return d;
}

enum { LG_CHUNK = 512 };

/* y (n,) = 2^64 exp(x - m), x (n,) maybe y itself; meanwhile next (n,) is fetched into the cache. */
V_INLINE void lg_exponentials(const float *x, ptrdiff_t n, v16 m, float *y, const float *next)
{
    LG_EACH_VECTOR(n, {
        __builtin_prefetch(next + i);
        v16 lo, d = lg_subtract(lg_load_padded(x + i, k, -INFINITY), m, &lo);
        v_store_part(y + i, v_exp64(d, lo), k);
    });
}

/* The rest (see lg_exp_rest) where it is tiny: terms that equal the maximum's are counted, not added,
   so that it is exact however small. y (size,) as lg_exp_rest has left it, or NULL. */
static __attribute__((noinline)) d16 lg_tiny_rest(const float *x, ptrdiff_t size, int lanes, v16 m, const float *y)
{
    const v16 one = v_set1(1.0f), top = v_set1(0x1p64f);
    d16 below = d_zero(), ties = d_zero();
    float scratch[LG_CHUNK];
    for (ptrdiff_t start = 0; start < size; start += LG_CHUNK) {
        ptrdiff_t n = size - start < LG_CHUNK ? size - start : LG_CHUNK;
        const float *p = y ? y + start : scratch;
        if (!y)
            lg_exponentials(x + start, n, m, scratch, x + start);
        LG_EACH_VECTOR(n, {
            v16 q = v_load_part(p + i, k);
            m16 is_top = v_eq(q, top);
            ties = d_add_v(ties, v_mask(is_top, one));
            below = d_add_v(below, v_select(is_top, v_zero(), q)); /* NaN too */
        });
    }
    below = d_mul(lg_across(below, lanes), d_set1(0x1p-64));
    return d_add(d_sub(lg_across(ties, lanes), d_set1(1.0)), below);
}

/* exp(x - m) over a block with maximum m: their sum is 1 and a rest, the other terms; returns
   the rest, which is what matters where it is tiny. y (size,), maybe x itself, or NULL, gets
   2^64 exp(x - m). Meanwhile the block at `next` (size,) is fetched into the cache. Two short loops
   leave more registers than one. */
V_INLINE d16 lg_exp_rest(const float *x, ptrdiff_t size, int lanes, v16 m, float *y,
                              const float *next)
{
    d16 sum = d_zero();
    float scratch[LG_CHUNK];
    for (ptrdiff_t start = 0; start < size; start += LG_CHUNK) {
        ptrdiff_t n = size - start < LG_CHUNK ? size - start : LG_CHUNK;
        float *p = y ? y + start : scratch;
        lg_exponentials(x + start, n, m, p, next + start);
        LG_EACH_VECTOR(n, { sum = d_add_v(sum, v_load_part(p + i, k)); });
    }
    /* Taking the maximum's 1 away again leaves an error of 2^-53 per addition: below 2^-8 that would
       show, in the few rows that are so confident. */
    d16 rest = d_sub(d_mul(lg_across(sum, lanes), d_set1(0x1p-64)), d_set1(1.0));
    m16 tiny = v_lt(d_hi(rest), v_set1(0x1p-8f));
    if (!m_any(tiny))
        return rest;
    d16 take = d_from(v_mask(tiny, v_set1(1.0f))), keep = d_sub(d_set1(1.0), take);
    return d_add(d_mul(keep, rest), d_mul(take, lg_tiny_rest(x, size, lanes, m, y)));
}

/* log(1 + rest), in doubles, since a tiny rest may be subnormal or rounded as a float. */
V_INLINE d16 lg_log_total(d16 rest)
{
    v16 hi, lo;
    d_split(rest, &hi, &lo);
    m16 small = v_le(hi, v_set1(0x1p-12f));
    hi = v_log1p2(hi, lo, &lo);
    if (!m_any(small))
        return d_add(d_from(hi), d_from(lo));
    d16 log_large = d_add(d_from(v_select(small, v_zero(), hi)), d_from(v_select(small, v_zero(), lo)));
    d16 r = d_mul(rest, d_from(v_mask(small, v_set1(1.0f))));
    d16 series = d_sub(d_set1(1.0 / 3.0), d_mul(d_set1(0.25), r));
    series = d_sub(d_set1(0.5), d_mul(r, series));
    return d_add(log_large, d_sub(r, d_mul(d_mul(r, r), series)));
}

/* y * 2^-64 * factor over a block, in place: what lg_exp_rest has left there becomes a
   probability. */
V_INLINE void lg_block_scale(float *y, ptrdiff_t size, d16 factor)
{
    v16 hi, lo;
    d_split(d_mul(factor, d_set1(0x1p-40)), &hi, &lo);
    LG_EACH_VECTOR(size, {
        v16 p = v_load_part(y + i, k);
        p = v_fma(p, hi, v_mul(p, lo)); /* 2^24 times too large, so that p * lo is not subnormal */
        v_store_part(y + i, v_mul(p, v_set1(0x1p-24f)), k);
    });
}

/* Sixteen rows x (16, C) into the lanes: y (C, 16), and back. The last four columns may overlap the
   ones before. Gives the maximum of each row, while it has the floats in registers. */
V_INLINE v16 lg_rows_to_lanes(const float *x, ptrdiff_t C, float *y)
{
    v16 m = v_set1(-INFINITY);
    if (C < 4) {
        for (ptrdiff_t c = 0; c < C; c++) {
            for (ptrdiff_t r = 0; r < 16; r++)
                y[16 * c + r] = x[r * C + c];
            m = v_max(m, v_load(y + 16 * c));
        }
        return m;
    }
    for (ptrdiff_t i = 0; i < C; i += 4) {
        ptrdiff_t c = i + 4 <= C ? i : C - 4;
        v16 v[4];
        v_load_t4(x + c, C, v);
        for (int j = 0; j < 4; j++)
            v_store(y + 16 * (c + j), v[j]);
        m = v_max(m, v_max(v_max(v[0], v[1]), v_max(v[2], v[3])));
    }
    return m;
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
   lanes; gives the maximum of each. */
V_INLINE v16 lg_load_rows(const float *x, ptrdiff_t first, ptrdiff_t N, ptrdiff_t C, float *y)
{
    if (first + 16 <= N)
        return lg_rows_to_lanes(x + first * C, C, y);
    float padded[16 * LG_FEW];
    size_t there = (size_t)((N - first) * C);
    memcpy(padded, x + first * C, there * sizeof(float));
    memset(padded + there, 0, ((size_t)(16 * C) - there) * sizeof(float));
    return lg_rows_to_lanes(padded, C, y);
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
