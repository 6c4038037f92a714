/* One logical vector of sixteen floats (v16), its mask (m16) and sixteen doubles (d16). A header
   per instruction set implements the same functions with the same bits: IEEE operations and fused
   multiply-adds only, no approximate reciprocals, no helpers that one set alone has. What a NaN
   carries beside being one may differ.

   memory      v_load(p), v_store(p, v)      any alignment
               v_load_part(p, k)             lanes >= k are 0; nothing is read behind p[k-1]
               v_store_part(p, v, k)         nothing is written behind p[k-1]
               v_held(v)                     v, loaded once: GCC may load it anew for each of its uses
               v_load_t4(p, stride, out[4])  rows of four floats: out[c][r] = p[r * stride + c]
               v_store_t4(p, stride, in[4])  the reverse
               v_stream(p, v)                past the caches, if V_STREAMS; p starts a line of 64 bytes;
                                             then v_stream_end()
   arithmetic  v_set1(x), v_zero(), v_add, v_sub, v_mul, v_div, v_sqrt, v_abs, v_neg
               v_rint(x), v_floor(x)         to whole numbers, halves to even ones
               v_fma(a, b, c) = a * b + c, v_fnma(a, b, c) = c - a * b, both rounded once
               v_max(a, b) = a > b ? a : b, v_min(a, b) = a < b ? a : b: b where either is NaN
   exponents   v_pow2(t)                     2^n for t = V_POW2 + n, n in -126..127; 0 for n = -127
               v_sixteenth(table, t)         table[j] for t = V_SIXTEENTHS + 16 n + j, j in 0..15
               v_raise(x, t)                 x with 16 n + j, for the same t, added to its bits from 2^19 up
               v_split(x, &n)                x = m * 2^n, m in [sqrt(1/2), sqrt(2)); x positive,
                                             normal
   masks       v_lt, v_le, v_eq, v_ne(a, b)  v_ne is true on NaN, the others are not
               v_unordered(a, b)             where either is NaN
               m_and, m_or, m_not, m_any(m), m_first(k): lanes < k
               v_select(m, a, b) = m ? a : b, v_mask(m, a) = m ? a : 0
   across      v_sum(v), v_hmax(v)           one fixed tree: lanes i and i+8, then 4, 2, 1 apart
               v_even(a, b, n)               of the groups of n lanes of a, then b: those with even numbers
               v_odd(a, b, n)                those with odd numbers
               v_zip(a, b, n, out[2])        the reverse: out[0], out[1] have the groups of a and b in turn;
                                             n is 1, 2, 4, 8 or 16, a constant
   doubles     d_set1(x), d_zero(), d_from(v), d_add, d_sub, d_mul, d_div, d_add_v(d, v) = d + v
               d_load(p), d_store(p, d)      sixteen doubles, any alignment
               d_load_floats(p)              d_from(v_load(p))
               d_select(m, a, b) = m ? a : b
               d_sum(d)                      the same tree
               d_hi(d)                       rounded to float
               d_split(d, &hi, &lo)          hi = d_hi(d), lo = d - hi rounded; 0 where hi is not
                                             finite
   totals      t_zero(), t_add(t, p)         sums in sixteen doubles (t16) of floats in memory,
               t_add_product(t, p, q)        and of their products, which are exact as doubles
               t_total(t)                    the sums, as a d16
   V_TILE      v16 a row of a register tile: six rows of V_TILE accumulators fit the registers

   A count k is in 0..16. */
#ifndef LG_SIMD_V16_H
#define LG_SIMD_V16_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* 1.5 * 2^23 + 127: a sum with it is rounded to a whole number and has n + 127, the exponent of
   2^n, at the low end of its bits. */
#define V_POW2 (0x1.8p23f + 127)
/* 1.5 * 2^23: a sum with it is rounded to a whole number and has that at the low end of its bits. */
#define V_SIXTEENTHS 0x1.8p23f

#ifndef V_INLINE
#define V_INLINE static inline __attribute__((always_inline))
#endif
/* Of larger functions, which constants among their arguments make another one of at each call. Not so where
   the build is to be small and short instead. */
#ifdef LG_SMALL
#define SPECIALIZE static __attribute__((unused))
#else
#define SPECIALIZE V_INLINE
#endif
/* For what is large, and seldom called or from many places. */
#define V_CALL static __attribute__((noinline, unused))

/* A loop over 0 <= i < count, at most `most` times: unrolled, where the count is a constant. */
#define V_PRAGMA_(text) _Pragma(#text)
#define FOR_UNROLLED(most, i, count) V_PRAGMA_(GCC unroll most) for (int i = 0; i < (count); i++)

#if defined(LG_ISA_avx512)
#include "avx512.h"
#elif defined(LG_ISA_avx2)
#include "avx2.h"
#elif defined(LG_ISA_neon)
#include "neon.h"
#else
#include "portable.h"
#endif

/* What follows from the functions above in the same way everywhere. */

#ifdef LG_PLAIN_MEMORY
V_INLINE v16 v_load_part(const float *p, int k)
{
    if (k == 16)
        return v_load(p);
    float all[16] = {0};
    for (int i = 0; i < k; i++)
        all[i] = p[i];
    return v_load(all);
}

V_INLINE void v_store_part(float *p, v16 a, int k)
{
    if (k == 16) {
        v_store(p, a);
        return;
    }
    float all[16];
    v_store(all, a);
    for (int i = 0; i < k; i++)
        p[i] = all[i];
}

V_INLINE d16 d_load_floats(const float *p) { return d_from(v_load(p)); }
#endif

#ifndef V_STREAMS
#define V_STREAMS 0
V_INLINE void v_stream(float *p, v16 a) { v_store(p, a); }
V_INLINE void v_stream_end(void) {}
#endif

V_INLINE v16 v_floor(v16 x)
{
    v16 r = v_rint(x);
    return v_select(v_lt(x, r), v_sub(r, v_set1(1.0f)), r);
}

V_INLINE v16 v_zero(void) { return v_set1(0.0f); }
V_INLINE d16 d_zero(void) { return d_set1(0.0); }

#ifndef LG_TOTALS
typedef d16 t16;
V_INLINE t16 t_zero(void) { return d_zero(); }
V_INLINE t16 t_add(t16 t, const float *p) { return d_add(t, d_load_floats(p)); }
V_INLINE t16 t_add_product(t16 t, const float *p, const float *q)
{
    return d_add(t, d_mul(d_load_floats(p), d_load_floats(q)));
}
V_INLINE d16 t_total(t16 t) { return t; }
#endif

V_INLINE d16 d_add_v(d16 d, v16 v) { return d_add(d, d_from(v)); }

V_INLINE void d_split(d16 d, v16 *hi, v16 *lo)
{
    *hi = d_hi(d);
    *lo = v_mask(v_lt(v_abs(*hi), v_set1(INFINITY)), d_hi(d_sub(d, d_from(*hi))));
}

#endif
