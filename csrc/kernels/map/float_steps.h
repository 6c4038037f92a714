/* Loops over chunks of floats, one for each step of float_steps.def. */
#ifndef LG_MAP_FLOAT_STEPS_H
#define LG_MAP_FLOAT_STEPS_H

#include "numbers.h"
#include "simd/v16.h"

V_INLINE v16 truth(m16 m) { return v_mask(m, v_set1(1.0f)); }

V_INLINE v16 v_rint(v16 x)
{
    const v16 large = v_set1(0x1p23f);
    v16 a = v_abs(x), r = v_sub(v_add(a, large), large);
    r = v_select(v_lt(x, v_zero()), v_neg(r), r);
    return v_select(m_and(v_lt(a, large), v_ne(x, r)), r, x); /* x itself: -0, too large, NaN */
}

V_INLINE v16 v_floor(v16 x)
{
    v16 r = v_rint(x);
    return v_select(v_lt(x, r), v_sub(r, v_set1(1.0f)), r);
}

/* to, a, b, c (count), count a multiple of 16 */
typedef void lg_float_loop(float *to, const float *a, const float *b, const float *c, ptrdiff_t count);

#define FLOAT_STEP(name, value)                                                                          \
    V_CALL void float_##name(float *to, const float *a, const float *b, const float *c, ptrdiff_t count) \
    {                                                                                                    \
        for (ptrdiff_t i = 0; i < count; i += 16) {                                                      \
            const v16 x = v_load(a + i), y = v_load(b + i), z = v_load(c + i);                           \
            (void)y, (void)z;                                                                            \
            v_store(to + i, value);                                                                      \
        }                                                                                                \
    }
#include "float_steps.def"
#undef FLOAT_STEP

/* By the numbers of steps; NULL for those that are of doubles alone. */
static lg_float_loop *const float_loops[LG_STEP_COUNT] = {
#define FLOAT_STEP(name, value) [LG_STEP_##name] = float_##name,
#include "float_steps.def"
#undef FLOAT_STEP
};

#endif
