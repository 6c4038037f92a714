/* Sine and cosine over v16, written once, and on top of doubles for large angles. */
#ifndef LG_SIMD_ANGLES_H
#define LG_SIMD_ANGLES_H

#include "doubles.h"

/* From here on multiples of pi / 2 would not be exact enough. */
#define V_LARGE_ANGLE 0x1p13f

/* x - *n pi / 2, with *n a whole number: |x| < V_LARGE_ANGLE */
SPECIALIZE v16 angle_reduce(v16 x, v16 *n)
{
    const v16 magic = v_set1(0x1.8p23f);
    *n = v_sub(v_fma(x, v_set1(0x1.45f306p-1f), magic), magic);
    v16 r = v_fnma(*n, v_set1(0x1.921fb6p+0f), x);
    r = v_fnma(*n, v_set1(-0x1.777a5cp-25f), r);
    return v_fnma(*n, v_set1(-0x1.ee59dap-50f), r);
}

/* The sine of the angle that is r beyond n quarters of a turn, within 1 ulp. */
SPECIALIZE v16 sine_in(v16 n, v16 r)
{
    const v16 magic = v_set1(0x1.8p23f);
    v16 half = v_mul(n, v_set1(0.5f)), down = v_sub(half, v_set1(0.25f));
    v16 pairs = v_sub(v_add(down, magic), magic); /* half, rounded down to a whole number */
    m16 odd = v_ne(half, pairs);
    v16 twos = v_mul(pairs, v_set1(0.5f));
    v16 turns = v_sub(v_add(v_sub(twos, v_set1(0.25f)), magic), magic);
    m16 below = v_ne(twos, turns);
    v16 u = v_mul(r, r);
    v16 s = v_fma(v_set1(0x1.6db8acp-19f), u, v_set1(-0x1.a01396p-13f));
    s = v_fma(v_fma(s, u, v_set1(0x1.11110ep-7f)), u, v_set1(-0x1.555556p-3f));
    s = v_fma(v_mul(r, u), s, r);
    v16 c = v_fma(v_set1(0x1.9bd314p-16f), u, v_set1(-0x1.6c12c8p-10f));
    c = v_fma(v_fma(c, u, v_set1(0x1.555554p-5f)), u, v_set1(-0.5f));
    c = v_fma(c, u, v_set1(1.0f));
    v16 y = v_select(odd, c, s);
    return v_select(below, v_neg(y), y);
}

/* Of the lanes with large angles, or none: sin(x), or cos(x). */
V_CALL v16 sine_of_large(v16 x, v16 y, int cosine)
{
    float angles[16], found[16];
    v_store(angles, x);
    v_store(found, y);
    for (int i = 0; i < 16; i++) {
        const double a = angles[i];
        if (f_abs(a) > F_LARGE_ANGLE || a != a)
            found[i] = (float)(cosine ? cos(a) : sin(a));
        else if (f_abs(a) >= V_LARGE_ANGLE)
            found[i] = (float)(cosine ? f_cos(a) : f_sin(a));
    }
    return v_load(found);
}

SPECIALIZE v16 v_sin(v16 x)
{
    v16 n, r = angle_reduce(x, &n), y = v_select(v_eq(x, v_zero()), x, sine_in(n, r));
    if (m_any(m_not(v_lt(v_abs(x), v_set1(V_LARGE_ANGLE)))))
        y = sine_of_large(x, y, 0);
    return y;
}

SPECIALIZE v16 v_cos(v16 x)
{
    v16 n, r = angle_reduce(x, &n), y = sine_in(v_add(n, v_set1(1.0f)), r);
    if (m_any(m_not(v_lt(v_abs(x), v_set1(V_LARGE_ANGLE)))))
        y = sine_of_large(x, y, 1);
    return y;
}

#endif
