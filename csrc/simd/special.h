/* What activations are made of: tanh, the logistic function, the normal distribution. Written once over v16,
   as math.h is, and on top of it. Where a result is to be right to the last bit or so, it is carried as a
   sum hi + lo, of which lo is what hi's rounding lost. */
#ifndef LG_SIMD_SPECIAL_H
#define LG_SIMD_SPECIAL_H

#include "math.h"

/* tanh(x), within 1.1 ulp: x + x^3 P(x^2) below 0.8, and 1 - 2 / (1 + exp(2 |x|)) from there on. */
SPECIALIZE v16 v_tanh(v16 x)
{
    const v16 one = v_set1(1.0f), two = v_set1(2.0f);
    v16 a = v_abs(x), x2 = v_mul(x, x);
    v16 p = v_set1(0x1.a008c0p-10f);
    p = v_fma(p, x2, v_set1(-0x1.e5e53ep-8f));
    p = v_fma(p, x2, v_set1(0x1.5d160ep-6f));
    p = v_fma(p, x2, v_set1(-0x1.b92b2ep-5f));
    p = v_fma(p, x2, v_set1(0x1.110b58p-3f));
    p = v_fma(p, x2, v_set1(-0x1.55553ep-2f));
    v16 near = v_fma(v_mul(x, x2), p, x);
    v16 e = v_exp_scaled(v_mul(two, v_min(v_set1(10.0f), a)), v_set1(V_SIXTEENTHS));
    v16 far = v_sub(one, v_div(two, v_add(one, e)));
    far = v_select(v_lt(x, v_zero()), v_neg(far), far);
    v16 y = v_select(v_lt(a, v_set1(0.8f)), near, far);
    return v_select(v_eq(x, v_zero()), x, y); /* -0 */
}

/* 1 / (1 + exp(-(x + lo))) = (y + *y_lo) * 2^n, with *t = V_POW2 + n, for lo within an ulp of x: within
   2^-26. With e = exp(-|x + lo|) it is 1 / (1 + e), or e / (1 + e) for negative x. */
SPECIALIZE v16 logistic_parts(v16 x, v16 lo, v16 *y_lo, v16 *t)
{
    const v16 one = v_set1(1.0f), magic = v_set1(V_POW2);
    m16 negative = v_lt(x, v_zero());
    v16 a = v_max(v_set1(-113.0f), v_neg(v_abs(x))); /* there the result is 0, even times -113 */
    v16 e_lo, e = exp_pair(a, v_select(negative, lo, v_neg(lo)), magic, t, &e_lo);
    v16 scale = v_pow2(v_max(v_set1(V_POW2 - 127), *t));
    v16 es = v_mul(e, scale), d = v_add(one, es);
    v16 d_lo = v_fma(e_lo, scale, v_sub(es, v_sub(d, one)));
    v16 top = v_select(negative, e, one), top_lo = v_mask(negative, e_lo);
    v16 r = v_div(one, d), y = v_mul(top, r);
    *y_lo = v_mul(r, v_add(v_fnma(y, d, top), v_fnma(y, d_lo, top_lo)));
    *t = v_select(negative, *t, magic);
    return y;
}

/* 1 / (1 + exp(-x)), within 0.6 ulp where it is normal, 1.1 where it is subnormal. */
SPECIALIZE v16 v_sigmoid(v16 x)
{
    v16 lo, t, y = logistic_parts(x, v_zero(), &lo, &t);
    return times_power(v_add(y, lo), t);
}

/* x / (1 + exp(-(u + lo))), where that is x for x > `same`. */
SPECIALIZE v16 times_logistic(v16 x, v16 u, v16 lo, v16 same)
{
    v16 s_lo, t, s = logistic_parts(u, lo, &s_lo, &t);
    v16 y = v_mul(x, s);
    v16 y_lo = v_fma(x, s_lo, v_fma(x, s, v_neg(y)));
    return v_select(v_lt(same, x), x, times_power(v_add(y, y_lo), t));
}

/* x / (1 + exp(-x)), with errors as those of v_sigmoid. */
SPECIALIZE v16 v_silu(v16 x)
{
    x = v_max(v_set1(-113.0f), x);
    return times_logistic(x, x, v_zero(), v_set1(113.0f));
}

/* sqrt(8 / pi) (x + 0.044715 x^3) = u + *lo for |x| < 12. */
SPECIALIZE v16 gelu_tanh_argument(v16 x, v16 *lo)
{
    const v16 c1 = v_set1(0x1.988454p+0f), c1_lo = v_set1(-0x1.857936p-25f);
    const v16 c3 = v_set1(0x1.2444f2p-4f), c3_lo = v_set1(0x1.49b16ap-29f);
    v16 x2 = v_mul(x, x), x2_lo = v_fma(x, x, v_neg(x2));
    v16 p = v_mul(c3, x2);
    v16 p_lo = v_add(v_fma(c3, x2, v_neg(p)), v_fma(c3, x2_lo, v_mul(c3_lo, x2)));
    v16 w = v_add(c1, p), back = v_sub(w, c1);
    v16 w_lo = v_add(v_sub(c1, v_sub(w, back)), v_sub(p, back));
    w_lo = v_add(w_lo, v_add(p_lo, c1_lo));
    v16 u = v_mul(x, w);
    *lo = v_fma(x, w_lo, v_fma(x, w, v_neg(u)));
    return u;
}

/* 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), within 0.7 ulp where it is normal. */
SPECIALIZE v16 v_gelu_tanh(v16 x)
{
    x = v_max(v_set1(-11.0f), x);
    v16 lo, u = gelu_tanh_argument(v_min(v_set1(11.0f), x), &lo);
    return times_logistic(x, u, lo, v_set1(11.0f));
}

/* The normal distribution's tail, Q(a) = P(z > a), for 0 <= a <= 15. With exp(-a^2 / 2) = e * 2^n, and
   *t = V_POW2 + n, Q = e * 2^n * d * p for d = 1 / (a + 4) and a polynomial p of it. Each comes with its
   small part. */
typedef struct tail_parts {
    v16 e, e_lo, d, d_lo, p, p_lo;
} tail_parts;

SPECIALIZE tail_parts normal_tail(v16 a, v16 *t)
{
    const v16 four = v_set1(4.0f), half = v_set1(-0.5f), p0 = v_set1(0x1.d04d7ep-1f);
    const v16 p1 = v_set1(0x1.9ba34ap+2f);
    tail_parts q;
    v16 h = v_mul(a, a), h_lo = v_fma(a, a, v_neg(h));
    q.e = exp_pair(v_mul(half, h), v_mul(half, h_lo), v_set1(V_POW2), t, &q.e_lo);
    v16 s = v_add(a, four), s_lo = v_sub(a, v_sub(s, four));
    q.d = v_div(v_set1(1.0f), s);
    q.d_lo = v_mul(q.d, v_sub(v_fnma(q.d, s, v_set1(1.0f)), v_mul(q.d, s_lo)));
    v16 far = v_sub(q.d, v_set1(0x1.3759f2p-3f)), u = v_add(far, q.d_lo), u_lo = v_sub(q.d_lo, v_sub(u, far));
    v16 p = v_set1(0x1.10651ep+14f);
    p = v_fma(p, u, v_set1(0x1.c65da4p+12f));
    p = v_fma(p, u, v_set1(-0x1.0f781cp+11f));
    p = v_fma(p, u, v_set1(-0x1.6afe00p+10f));
    p = v_fma(p, u, v_set1(0x1.9a223ap+5f));
    p = v_fma(p, u, v_set1(0x1.0c8372p+8f));
    p = v_fma(p, u, v_set1(0x1.ee81b4p+6f));
    p = v_fma(p, u, v_set1(0x1.0d2864p+5f));
    v16 tail = v_fma(p, u, p1), tail_lo = v_fma(p, u, v_sub(p1, tail));
    q.p = v_fma(tail, u, p0);
    q.p_lo = v_fma(tail_lo, u, v_fma(tail, u, v_sub(p0, q.p)));
    q.p_lo = v_fma(u_lo, v_fma(p, u, tail), q.p_lo);
    return q;
}

/* x P(z < x) for a normally distributed z, within 1.4 ulp where it is normal. For a = |x| it is -a Q(a), or
   a - a Q(a) for positive x. */
SPECIALIZE v16 v_gelu(v16 x)
{
    v16 t, a = v_min(v_set1(15.0f), v_abs(x));
    tail_parts q = normal_tail(a, &t);
    v16 w = v_mul(a, q.d), w_lo = v_fma(a, q.d_lo, v_fma(a, q.d, v_neg(w)));
    v16 s = v_mul(w, q.p), s_lo = v_fma(w, q.p_lo, v_fma(w_lo, q.p, v_fma(w, q.p, v_neg(s))));
    v16 y = v_mul(s, q.e), y_lo = v_fma(s, q.e_lo, v_fma(s_lo, q.e, v_fma(s, q.e, v_neg(y))));
    v16 below = v_neg(times_power(v_add(y, y_lo), t));
    v16 scale = v_pow2(v_max(v_set1(V_POW2 - 127), t));
    y = v_mul(y, scale);
    v16 z = v_sub(a, y), above = v_add(z, v_fnma(y_lo, scale, v_sub(v_sub(a, z), y)));
    above = v_select(v_lt(v_set1(15.0f), x), x, above);
    return v_select(v_lt(x, v_zero()), below, above);
}

/* The derivative of v_gelu, P(z < x) + x exp(-x^2 / 2) / sqrt(2 pi). */
SPECIALIZE v16 v_gelu_slope(v16 x)
{
    v16 t, a = v_min(v_set1(15.0f), v_abs(x));
    tail_parts q = normal_tail(a, &t);
    v16 y = v_fnma(a, v_set1(0x1.988454p-2f), v_mul(q.d, q.p));
    y = times_power(v_mul(y, v_add(q.e, q.e_lo)), t);
    return v_select(v_lt(x, v_zero()), y, v_sub(v_set1(1.0f), y));
}

/* erf(x), within 1.5 ulp: x P(x^2) below 1, and from there on 1 - exp(-x^2) P(t) / (x + 1) for
   t = (x - 3) / (x + 3). */
SPECIALIZE v16 v_erf(v16 x)
{
    static const float near_terms[] = {-0x1.d9c528p-17f, 0x1.f6e002p-14f, -0x1.c00516p-11f, 0x1.565a86p-8f,
                                       -0x1.b82cd8p-6f,  0x1.ce2f22p-4f,  -0x1.812746p-2f};
    static const float far_terms[] = {0x1.b137c2p-10f, -0x1.3f78c0p-7f, 0x1.67bc7ap-6f, -0x1.860172p-6f,
                                      -0x1.4f6492p-7f, 0x1.9596cap-4f,  -0x1.d8f06ep-3f};
    const v16 one = v_set1(1.0f), three = v_set1(3.0f);
    v16 a = v_min(v_set1(4.0f), v_abs(x)), u = v_mul(x, x), p = v_set1(0x1.2acbbep-20f);
    for (int i = 0; i < 7; i++)
        p = v_fma(p, u, v_set1(near_terms[i]));
    v16 near = v_fma(x, v_set1(0x1.06eba8p-3f), v_fma(v_mul(x, u), p, x)); /* 2 / sqrt(pi) is 1 and a rest */
    v16 t = v_div(v_sub(a, three), v_add(a, three));
    p = v_fma(v_set1(-0x1.dbe45ep-13f), t, v_set1(0x1.8e92eap-11f));
    for (int i = 0; i < 7; i++)
        p = v_fma(p, t, v_set1(far_terms[i]));
    p = v_fma(p, t, v_set1(0x1.6e9828p-1f));
    v16 e = v_exp_scaled(v_neg(v_mul(a, a)), v_set1(V_SIXTEENTHS));
    v16 far = v_fnma(e, v_div(p, v_add(a, one)), one);
    far = v_select(v_lt(x, v_zero()), v_neg(far), far);
    v16 y = v_select(v_lt(v_abs(x), one), near, far);
    return v_select(v_unordered(x, x), x, y);
}

/* e = exp(-|x + lo|) and r = 1 / (1 + e): then 1 / (1 + exp(-x)) is r, or e r for negative x. */
SPECIALIZE v16 plain_logistic(v16 x, v16 lo, v16 *e)
{
    v16 a = v_max(v_set1(-87.0f), v_neg(v_abs(x)));
    *e = v_exp_scaled2(a, v_select(v_lt(x, v_zero()), lo, v_neg(lo)), v_set1(V_SIXTEENTHS), NULL);
    return v_div(v_set1(1.0f), v_add(v_set1(1.0f), *e));
}

/* The derivative of x s(u) with s the logistic function and `slope` that of u: s + x slope s (1 - s). */
SPECIALIZE v16 times_logistic_slope(v16 x, v16 slope, v16 u, v16 lo)
{
    v16 e, r = plain_logistic(u, lo, &e), er = v_mul(e, r);
    v16 s = v_select(v_lt(u, v_zero()), er, r);
    return v_fma(v_mul(v_mul(x, slope), er), r, s);
}

/* The derivative of v_silu. */
SPECIALIZE v16 v_silu_slope(v16 x)
{
    v16 near = v_min(v_set1(87.0f), v_max(v_set1(-87.0f), x)); /* infinity times 0 is not to be */
    return times_logistic_slope(near, v_set1(1.0f), near, v_zero());
}

/* The derivative of v_gelu_tanh. */
SPECIALIZE v16 v_gelu_tanh_slope(v16 x)
{
    x = v_min(v_set1(11.0f), v_max(v_set1(-11.0f), x));
    v16 lo, u = gelu_tanh_argument(x, &lo);
    v16 slope = v_fma(v_mul(x, x), v_set1(0x1.b6676cp-3f), v_set1(0x1.988454p+0f));
    return times_logistic_slope(x, slope, u, lo);
}

#endif
