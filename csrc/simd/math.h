/* exp, log and log1p over v16, written once: the same operations, and so the same bits,
   everywhere. Polynomials are minimax fits, their coefficients rounded one after the other with
   the rest refitted. */
#ifndef LG_SIMD_MATH_H
#define LG_SIMD_MATH_H

#include "v16.h"

/* exp(x + lo) = y * 2^n, y in [0.7, 1.42], for |x| < 600 and lo within an ulp of x; `magic` is
   V_POW2 and a whole number more, *t gets magic + n, with n = round(x / ln 2). What is left of x is
   r + r_lo, |r| < 0.35: r is exact, since x and ln 2's leading 21 bits lie on a grid of 2^-25 or
   coarser, and r_lo carries the rest. exp(r) = 1 + r + r^2 P(r); what 1 + r rounds away goes into
   the small sum, so that only the last addition rounds at full size: y is within 0.66 ulp. What that addition
   rounds away goes to *y_lo: with it, y is within 2^-28. */
V_INLINE v16 lg_exp_pair(v16 x, v16 lo, v16 magic, v16 *t, v16 *y_lo)
{
    const v16 one = v_set1(1.0f);
    *t = v_fma(x, v_set1(0x1.715476p+0f), magic);
    v16 n = v_sub(*t, magic);
    v16 r = v_fnma(n, v_set1(0x1.62e430p-1f), x);
    v16 r_lo = v_fnma(n, v_set1(-0x1.05c610p-29f), lo);
    v16 r2 = v_mul(r, r);
    v16 p01 = v_fma(v_set1(0x1.5554a2p-3f), r, v_set1(0.5f));
    v16 p23 = v_fma(v_set1(0x1.12304cp-7f), r, v_set1(0x1.55567ap-5f));
    v16 p = v_fma(r2, v_fma(r2, v_set1(0x1.6b7d46p-10f), p23), p01);
    v16 s = v_add(one, r);
    v16 e = v_fma(r2, p, v_sub(r, v_sub(s, one)));
    e = v_fma(r_lo, v_add(s, e), e);
    v16 y = v_add(s, e);
    *y_lo = v_sub(e, v_sub(y, s));
    return y;
}

/* The same without *y_lo. */
V_INLINE v16 lg_exp_parts(v16 x, v16 lo, v16 magic, v16 *t)
{
    v16 y_lo;
    return lg_exp_pair(x, lo, magic, t, &y_lo);
}

/* y * 2^n for t = V_POW2 + n, n from -252 to 254. In two steps: 2^n alone would overflow at n = 128 and lose
   bits below 2^-126. */
V_INLINE v16 lg_scale(v16 y, v16 t)
{
    const v16 magic = v_set1(V_POW2);
    v16 half = v_fma(v_sub(t, magic), v_set1(0.5f), magic);
    return v_mul(v_mul(y, v_pow2(half)), v_pow2(v_sub(t, v_sub(half, magic))));
}

/* exp(x), within 0.66 ulp where it is normal, 0.8 where it is subnormal. */
V_INLINE v16 v_exp(v16 x)
{
    /* Beyond these limits the result is 0 or infinite, and so it is at them. NaN passes. */
    x = v_min(v_set1(89.0f), v_max(v_set1(-104.0f), x));
    v16 t, y = lg_exp_parts(x, v_zero(), v_set1(V_POW2), &t);
    return lg_scale(y, t);
}

/* exp(x + lo) * 2^k for magic = V_POW2 + k, as lg_exp_parts, for a result that is normal, or for
   n + k = -127: then it is 0. */
V_INLINE v16 v_exp_scaled(v16 x, v16 lo, v16 magic)
{
    v16 t, y = lg_exp_parts(x, lo, magic, &t);
    return v_mul(y, v_pow2(t));
}

/* exp(r) for |r| < 0.35, within 2^-40: Taylor's series. */
V_INLINE d16 d_exp_small(d16 r)
{
    static const double inverse[] = {1.0, 1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6,
                                     1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10};
    d16 sum = d_set1(1.0);
    for (int k = 9; k >= 0; k--)
        sum = d_add(d_set1(1.0), d_mul(d_mul(r, d_set1(inverse[k])), sum));
    return sum;
}

/* exp(x) for x in [-87, 0], within 2^-40. */
V_INLINE d16 d_exp(d16 x)
{
    const v16 magic = v_set1(V_POW2);
    v16 t = v_fma(d_hi(x), v_set1(0x1.715476p+0f), magic);
    d16 r = d_sub(x, d_mul(d_from(v_sub(t, magic)), d_set1(0x1.62e42fefa39efp-1)));
    return d_mul(d_exp_small(r), d_from(v_pow2(t)));
}

/* log(x) + c for a small correction c, as a sum of which *lo gets the smaller part. x = m * 2^n;
   with f = m - 1 (exact), log(x) = n ln 2 + f - f^2 / 2 + f^3 P(f). n times the leading part of
   ln 2 is exact, and what its sum with f rounds away goes into the smaller part. */
V_INLINE v16 lg_log_parts(v16 x, v16 c, v16 *lo)
{
    const v16 infinity = v_set1(INFINITY);
    m16 tiny = v_lt(x, v_set1(0x1p-126f));
    v16 n, m = v_split(v_select(tiny, v_mul(x, v_set1(0x1p24f)), x), &n);
    n = v_select(tiny, v_sub(n, v_set1(24.0f)), n);
    v16 f = v_sub(m, v_set1(1.0f));
    v16 f2 = v_mul(f, f);
    v16 p = v_set1(0x1.147382p-4f);
    p = v_fma(p, f, v_set1(-0x1.de0204p-4f));
    p = v_fma(p, f, v_set1(0x1.e6c00ap-4f));
    p = v_fma(p, f, v_set1(-0x1.fc28c8p-4f));
    p = v_fma(p, f, v_set1(0x1.233ba2p-3f));
    p = v_fma(p, f, v_set1(-0x1.555c44p-3f));
    p = v_fma(p, f, v_set1(0x1.99a476p-3f));
    p = v_fma(p, f, v_set1(-0x1.000006p-2f));
    p = v_fma(p, f, v_set1(0x1.555548p-2f));
    p = v_fma(p, f, v_set1(-0.5f));
    v16 big = v_mul(n, v_set1(0x1.62e400p-1f));
    v16 s = v_add(big, f);
    v16 e = v_sub(f, v_sub(s, big)); /* exact: big is 0 or the larger */
    e = v_add(v_fma(n, v_set1(0x1.7f7d1cp-20f), e), c);
    *lo = v_fma(f2, p, e);
    s = v_select(v_eq(x, infinity), infinity, s);
    s = v_select(v_eq(x, v_zero()), v_set1(-INFINITY), s);
    return v_select(v_le(v_zero(), x), s, v_set1(NAN));
}

/* log(x), within 0.85 ulp; -inf for 0, NaN below it. */
V_INLINE v16 v_log(v16 x)
{
    v16 lo, hi = lg_log_parts(x, v_zero(), &lo);
    return v_add(hi, lo);
}

/* log(1 + hi + lo) as a sum of which *log_lo gets the smaller part, for hi > -1/2 and |lo| <=
   ulp(hi): within 0.35 ulp for hi >= 2^-12, 1.2 below. log(u + e) = log(u) + log1p(e / u), where
   u + e is 1 + hi + lo and u is rounded. */
V_INLINE v16 v_log1p2(v16 hi, v16 lo, v16 *log_lo)
{
    const v16 one = v_set1(1.0f);
    v16 u = v_add(one, hi), back = v_sub(u, one);
    v16 e = v_add(v_add(v_sub(one, v_sub(u, back)), v_sub(hi, back)), lo);
    v16 q = v_div(e, u);
    q = v_fnma(v_mul(v_set1(0.5f), q), q, q);
    q = v_mask(v_lt(v_abs(q), one), q); /* hi infinite or -1: log knows the answer */
    return lg_log_parts(u, q, log_lo);
}

/* log(1 + x), within 0.85 ulp for x > -1/2; -inf for -1, NaN below it. */
V_INLINE v16 v_log1p(v16 x)
{
    v16 lo, hi = v_log1p2(x, v_zero(), &lo);
    return v_select(v_eq(x, v_zero()), x, v_add(hi, lo));
}

#endif
