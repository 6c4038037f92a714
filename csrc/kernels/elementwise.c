/* Functions of one element, over flat arrays: the layout of the array does not matter here. */
#include "simd/angles.h"
#include "simd/special.h"
#include "vectors.h"

/* y = a + b, but 0 where mask <= 0. a, b, y (size), mask (size) or NULL; y may be a */
void K(add)(const float *a, const float *b, const float *mask, ptrdiff_t size, float *y)
{
    FOR_EACH_VECTOR(i, k, size, 1.5 * LG_MOVE, {
        v16 sum = v_add(v_load_part(a + i, k), v_load_part(b + i, k));
        if (mask)
            sum = v_select(v_le(v_load_part(mask + i, k), v_zero()), v_zero(), sum);
        v_store_part(y + i, sum, k);
    })
}

/* y = factor * x, the factor rounded to float. x, y (size) */
void K(mul_scalar)(const float *x, double factor, ptrdiff_t size, float *y)
{
    const v16 f = v_set1((float)factor);
    FOR_EACH_VECTOR(i, k, size, LG_MOVE, { v_store_part(y + i, v_mul(f, v_load_part(x + i, k)), k); })
}

FUNCTION_OF_ONE(exp, 4.0, v_exp(x))
FUNCTION_OF_ONE(log, 4.0, v_log(x))
FUNCTION_OF_ONE(log1p, 5.0, v_log1p(x))
FUNCTION_OF_ONE(sin, 4.0, v_sin(x))
FUNCTION_OF_ONE(cos, 4.0, v_cos(x))
FUNCTION_OF_ONE(erf, 5.0, v_erf(x))
FUNCTION_OF_ONE(rsqrt, 3.0, v_div(v_set1(1.0f), v_sqrt(x)))
