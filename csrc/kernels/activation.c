/* Activations and their gradients, over flat arrays. A gradient needs the result y where that tells enough,
   and else the input x. */
#include "simd/special.h"
#include "vectors.h"

/* gx = gy * slope, of a function of one element; `a` is x or y. gy, a, gx (size) */
#define BACKWARD(name, cost, a, gradient)                                                  \
    void K(name##_backward)(const float *gy, const float *a##_, ptrdiff_t size, float *gx) \
    {                                                                                      \
        FOR_EACH_VECTOR(i, k, size, (cost) * LG_MOVE, {                                    \
            v16 a = v_load_part(a##_ + i, k), g = v_load_part(gy + i, k);                  \
            v_store_part(gx + i, gradient, k);                                             \
        })                                                                                 \
    }

/* x > 0 ? x : 0; NaN stays NaN */
FUNCTION_OF_ONE(relu, 1.0, v_max(v_zero(), x))
BACKWARD(relu, 1.5, y, v_select(v_le(y, v_zero()), v_zero(), g))

FUNCTION_OF_ONE(sigmoid, 4.0, v_sigmoid(x))
BACKWARD(sigmoid, 1.5, y, v_mul(g, v_mul(y, v_sub(v_set1(1.0f), y))))

FUNCTION_OF_ONE(tanh, 4.0, v_tanh(x))
BACKWARD(tanh, 1.5, y, v_mul(g, v_fnma(y, y, v_set1(1.0f))))

FUNCTION_OF_ONE(silu, 4.0, v_silu(x))
BACKWARD(silu, 4.0, x, v_mul(g, v_silu_slope(x)))

FUNCTION_OF_ONE(gelu, 6.0, v_gelu(x))
BACKWARD(gelu, 5.0, x, v_mul(g, v_gelu_slope(x)))

FUNCTION_OF_ONE(gelu_tanh, 5.0, v_gelu_tanh(x))
BACKWARD(gelu_tanh, 5.0, x, v_mul(g, v_gelu_tanh_slope(x)))

/* y = x > 0 ? x : slope * x. x, y (size) */
void K(leaky_relu)(const float *x, double slope, ptrdiff_t size, float *y)
{
    const v16 factor = v_set1((float)slope);
    FOR_EACH_VECTOR(i, k, size, LG_MOVE, {
        v16 a = v_load_part(x + i, k);
        v_store_part(y + i, v_select(v_lt(v_zero(), a), a, v_mul(factor, a)), k);
    })
}

/* gx = a > 0 ? gy : slope * gy, for `a` the input, or with a slope that is not negative the result.
   gy, a, gx (size) */
void K(leaky_relu_backward)(const float *gy, const float *a, double slope, ptrdiff_t size, float *gx)
{
    const v16 factor = v_set1((float)slope);
    FOR_EACH_VECTOR(i, k, size, 1.5 * LG_MOVE, {
        v16 g = v_load_part(gy + i, k);
        m16 on = v_lt(v_zero(), v_load_part(a + i, k));
        v_store_part(gx + i, v_select(on, g, v_mul(factor, g)), k);
    })
}
