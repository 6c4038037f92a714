/* Powers and roots with exponents that need not be whole, for sums that neither overflow nor vanish. */
#ifndef LG_SIMD_POWER_H
#define LG_SIMD_POWER_H

#include "math.h"

/* The logarithm, within 2^-28. */
SPECIALIZE d16 d_log(v16 x)
{
    v16 lo, hi = log_parts(x, v_zero(), &lo);
    return d_add_v(d_from(hi), lo);
}

/* (x / base)^p, at most 1, as exp(p (log x - log base)), within 2^-28 / p; 0 stays near enough to it. */
V_CALL d16 power_below_one(v16 x, d16 log_base, double p)
{
    d16 a = d_mul(d_set1(p), d_sub(d_log(x), log_base));
    a = d_select(v_lt(d_hi(a), v_set1(-87.0f)), d_set1(-87.0), a);
    return d_exp(d_select(v_lt(v_zero(), d_hi(a)), d_zero(), a));
}

/* exp(x) for x in [-700, 0], in steps that do not leave d_exp's range before the result leaves a float's. */
SPECIALIZE d16 d_exp_far(d16 x)
{
    d16 y = d_mul(d_set1(0.125), x);
    y = d_exp(d_select(v_lt(d_hi(y), v_set1(-87.0f)), d_set1(-87.0), y));
    y = d_mul(y, y), y = d_mul(y, y);
    return d_mul(y, y);
}

#endif
