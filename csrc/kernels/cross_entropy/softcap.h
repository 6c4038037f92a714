/* Soft-capped scores, cap * tanh(x / cap): with what rounding them to floats would lose, since a loss
   depends on differences of scores, and the slope of the cap. */
#ifndef LG_CROSS_ENTROPY_SOFTCAP_H
#define LG_CROSS_ENTROPY_SOFTCAP_H

#include "simd/math.h"

/* cap * tanh(x / cap) for cap > 0, and its derivative. With e = exp(-2 |x| / cap),
   tanh = (1 - e) / (1 + e) and the derivative is 4 e / (1 + e)^2, which is taken for 0 below 2^-245. */
V_CALL d16 softcap_of(v16 x, double cap, d16 *slope)
{
    const d16 one = d_set1(1.0);
    d16 a = d_div(d_from(v_abs(x)), d_set1(cap));
    m16 far = v_lt(v_set1(86.0f), d_hi(a));
    a = d_exp(d_sub(d_zero(), d_select(far, d_set1(86.0), a)));
    d16 e = d_mul(a, a), total = d_add(one, e);
    *slope = d_select(far, d_zero(), d_div(d_mul(d_set1(4.0), e), d_mul(total, total)));
    d16 y = d_div(d_mul(d_set1(cap), d_sub(one, e)), total);
    return d_select(v_lt(x, v_zero()), d_sub(d_zero(), y), y);
}

#endif
