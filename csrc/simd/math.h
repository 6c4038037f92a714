/* exp, log and log1p over v16, written once: the same operations, and so the same bits,
   everywhere. Polynomials are minimax fits, their coefficients rounded one after the other with
   the rest refitted. */
#ifndef LG_SIMD_MATH_H
#define LG_SIMD_MATH_H

#include "v16.h"

/* 2^(j/16), and what rounding that has lost, as a part of it. */
static const float roots[16] = {0x1.000000p+0f, 0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f,
                                0x1.306fe0p+0f, 0x1.3dea64p+0f, 0x1.4bfdaep+0f, 0x1.5ab07ep+0f,
                                0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f,
                                0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f};
static const float roots_lo[16] = {0.0f,
                                   0x1.8d96d4p-25f,
                                   -0x1.9c0c22p-27f,
                                   0x1.964904p-25f,
                                   0x1.125002p-25f,
                                   0x1.370be4p-25f,
                                   -0x1.0a3550p-25f,
                                   -0x1.00d8acp-27f,
                                   0x1.26055cp-26f,
                                   -0x1.05cb44p-25f,
                                   0x1.67a1cap-28f,
                                   0x1.a3b5e4p-28f,
                                   -0x1.f9c304p-27f,
                                   -0x1.6961b4p-28f,
                                   -0x1.a5217cp-28f,
                                   0x1.61428ep-28f};
/* The same roots with j 2^19 taken from their bits, which v_raise adds again. */
static const float roots_less[16] = {0x1.000000p+0f, 0x1.fb5586p-1f, 0x1.f72b84p-1f, 0x1.f387a6p-1f,
                                     0x1.f06fe0p-1f, 0x1.edea64p-1f, 0x1.ebfdaep-1f, 0x1.eab07ep-1f,
                                     0x1.ea09e6p-1f, 0x1.ea1148p-1f, 0x1.eace54p-1f, 0x1.ec4918p-1f,
                                     0x1.ee89fap-1f, 0x1.f199bep-1f, 0x1.f5818ep-1f, 0x1.fa4afap-1f};

/* r of x = n ln 2 / 16 + r, |r| < 0.022, for |x| < 600; *t gets magic + n. x less n times the leading 21
   bits of ln 2 / 16 is exact, since both lie on a grid of 2^-29 or coarser. */
SPECIALIZE v16 exp_reduce(v16 x, v16 magic, v16 *t)
{
    *t = v_fma(x, v_set1(0x1.715476p+4f), magic);
    v16 n = v_sub(*t, magic);
    v16 r = v_fnma(n, v_set1(0x1.62e430p-5f), x);
    return v_fma(n, v_set1(0x1.05c610p-33f), r);
}

/* 2^(n/16) exp(r), or that times a power of two, and with `lost` what rounding that has lost, within 2^-27.4
   of it. With j = n mod 16, root = 2^(j/16) rounded (times that power), and lo what rounding it has lost, it
   is root (1 + q), q = lo + exp(r) - 1. All errors but the last operation's are small. */
SPECIALIZE v16 exp_finish(v16 root, v16 r, v16 t, v16 *lost)
{
    v16 p = v_fma(v_set1(0x1.555762p-3f), r, v_set1(0x1.000220p-1f));
    v16 q = v_fma(v_fma(p, r, v_set1(1.0f)), r, v_sixteenth(roots_lo, t));
    v16 y = v_fma(root, q, root);
    if (lost)
        *lost = v_fma(root, q, v_sub(root, y));
    return y;
}

/* 2^(n/16), rounded, for t = V_SIXTEENTHS + n. */
SPECIALIZE v16 root_of(v16 t) { return v_raise(v_sixteenth(roots_less, t), t); }

/* exp(x) * 2^k for magic = V_SIXTEENTHS + 16 k and a result that is normal, within 0.57 ulp. It is 0 for the
   x that is nearest to -(127 + k) ln 2, and between 0 and right for the next ones, to -(126 + k) ln 2. */
SPECIALIZE v16 v_exp_scaled(v16 x, v16 magic)
{
    v16 t, r = exp_reduce(x, magic, &t);
    return exp_finish(root_of(t), r, t, NULL);
}

/* The same of x + lo, where lo is small; *lost gets what rounding the result has lost, unless it is NULL. */
SPECIALIZE v16 v_exp_scaled2(v16 x, v16 lo, v16 magic, v16 *lost)
{
    v16 t, r = exp_reduce(x, magic, &t);
    return exp_finish(root_of(t), v_add(r, lo), t, lost);
}

/* exp(x), within 0.57 ulp where it is normal, 0.78 where it is subnormal. */
SPECIALIZE v16 v_exp(v16 x)
{
    /* Beyond these limits the result is 0 or infinite, and so it is at them. NaN passes. */
    x = v_min(v_set1(89.0f), v_max(v_set1(-104.0f), x));
    /* 2^32 times too large or too small, where it would be subnormal or infinite. */
    m16 small = v_lt(x, v_zero());
    v16 magic = v_select(small, v_set1(V_SIXTEENTHS + 512), v_set1(V_SIXTEENTHS - 512));
    return v_mul(v_exp_scaled(x, magic), v_select(small, v_set1(0x1p-32f), v_set1(0x1p32f)));
}

/* exp(x) - 1, within 1.3 ulp. With root = 2^(n/16) it is (root - 1) + root (exp(r) - 1), where the difference
   is exact for x that are not large. */
SPECIALIZE v16 v_expm1(v16 x)
{
    const v16 one = v_set1(1.0f);
    v16 t, r = exp_reduce(v_min(one, v_max(v_set1(-20.0f), x)), v_set1(V_SIXTEENTHS), &t), root = root_of(t);
    v16 p = v_fma(v_set1(0x1.555556p-5f), r, v_set1(0x1.555556p-3f));
    p = v_fma(p, r, v_set1(0.5f));
    v16 q = v_add(v_fma(v_mul(r, r), p, r), v_sixteenth(roots_lo, t));
    v16 y = v_fma(root, q, v_sub(root, one));
    y = v_select(v_lt(one, x), v_sub(v_exp(x), one), y);
    return v_select(v_eq(x, v_zero()), x, y);
}

/* exp(x + lo) = (y + *y_lo) * 2^n, y in [0.97, 2), within 2^-27.4, for |x| < 600 and a small lo; *t gets
   magic + n, where magic is V_POW2 and maybe a whole number more. */
SPECIALIZE v16 exp_pair(v16 x, v16 lo, v16 magic, v16 *t, v16 *y_lo)
{
    const v16 sixteenths = v_set1(V_SIXTEENTHS);
    v16 t16, r = v_add(exp_reduce(x, sixteenths, &t16), lo);
    /* Half of fifteen less, and rounding to the nearest whole number rounds down. */
    *t = v_fma(v_sub(v_sub(t16, sixteenths), v_set1(7.5f)), v_set1(0.0625f), magic);
    return exp_finish(v_sixteenth(roots, t16), r, t16, y_lo);
}

/* y * 2^n for t = V_POW2 + n, n from -252 to 254. In two steps: 2^n alone would overflow at n = 128 and lose
   bits below 2^-126. */
SPECIALIZE v16 times_power(v16 y, v16 t)
{
    const v16 magic = v_set1(V_POW2);
    v16 half = v_fma(v_sub(t, magic), v_set1(0.5f), magic);
    return v_mul(v_mul(y, v_pow2(half)), v_pow2(v_sub(t, v_sub(half, magic))));
}

/* exp(r) for |r| < 0.35, within 2^-40: Taylor's series. */
SPECIALIZE d16 d_exp_small(d16 r)
{
    static const double inverse[] = {1.0,     1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5,
                                     1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10};
    d16 sum = d_set1(1.0);
    for (int k = 9; k >= 0; k--)
        sum = d_add(d_set1(1.0), d_mul(d_mul(r, d_set1(inverse[k])), sum));
    return sum;
}

/* exp(x) for x in [-87, 0], within 2^-40. */
SPECIALIZE d16 d_exp(d16 x)
{
    const v16 magic = v_set1(V_POW2);
    v16 t = v_fma(d_hi(x), v_set1(0x1.715476p+0f), magic);
    d16 r = d_sub(x, d_mul(d_from(v_sub(t, magic)), d_set1(0x1.62e42fefa39efp-1)));
    return d_mul(d_exp_small(r), d_from(v_pow2(t)));
}

/* log(x) + c for a small correction c, as a sum of which *lo gets the smaller part. x = m * 2^n;
   with f = m - 1 (exact), log(x) = n ln 2 + f - f^2 / 2 + f^3 P(f). n times the leading part of
   ln 2 is exact, and what its sum with f rounds away goes into the smaller part. */
SPECIALIZE v16 log_parts(v16 x, v16 c, v16 *lo)
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
SPECIALIZE v16 v_log(v16 x)
{
    v16 lo, hi = log_parts(x, v_zero(), &lo);
    return v_add(hi, lo);
}

/* log(1 + hi + lo) as a sum of which *log_lo gets the smaller part, for hi > -1/2 and |lo| <=
   ulp(hi): within 0.35 ulp for hi >= 2^-12, 1.2 below. log(u + e) = log(u) + log1p(e / u), where
   u + e is 1 + hi + lo and u is rounded. */
SPECIALIZE v16 v_log1p2(v16 hi, v16 lo, v16 *log_lo)
{
    const v16 one = v_set1(1.0f);
    v16 u = v_add(one, hi), back = v_sub(u, one);
    v16 e = v_add(v_add(v_sub(one, v_sub(u, back)), v_sub(hi, back)), lo);
    v16 q = v_div(e, u);
    q = v_fnma(v_mul(v_set1(0.5f), q), q, q);
    q = v_mask(v_lt(v_abs(q), one), q); /* hi infinite or -1: log knows the answer */
    return log_parts(u, q, log_lo);
}

/* log(1 + x), within 0.85 ulp for x > -1/2; -inf for -1, NaN below it. */
SPECIALIZE v16 v_log1p(v16 x)
{
    v16 lo, hi = v_log1p2(x, v_zero(), &lo);
    return v_select(v_eq(x, v_zero()), x, v_add(hi, lo));
}

#endif
