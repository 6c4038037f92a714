/* Loops over chunks of floats, one for each step of float_steps.def. */
#ifndef LG_MAP_FLOAT_STEPS_H
#define LG_MAP_FLOAT_STEPS_H

#include "simd/special.h"
#include "steps.h"

V_INLINE v16 truth(m16 m) { return v_mask(m, v_set1(1.0f)); }

#define FLOAT_STEP(name, value)                                                                      \
    V_CALL void float_##name(void *to, const void *a, const void *b, const void *c, ptrdiff_t count) \
    {                                                                                                \
        for (ptrdiff_t i = 0; i < count; i += 16) {                                                  \
            const v16 x = v_load((const float *)a + i), y = v_load((const float *)b + i);            \
            const v16 z = v_load((const float *)c + i);                                              \
            (void)y, (void)z;                                                                        \
            v_store((float *)to + i, value);                                                         \
        }                                                                                            \
    }
#include "float_steps.def"
#undef FLOAT_STEP

/* By the numbers of steps; NULL for those that are of doubles alone. */
static lg_step_loop *const float_loops[LG_STEP_COUNT] = {
#define FLOAT_STEP(name, value) [LG_STEP_##name] = float_##name,
#include "float_steps.def"
#undef FLOAT_STEP
};

static lg_step_loop *float_loop(int step) { return float_loops[step]; }

/* One row. x, to (count) */
static void load_float_row(int type, const uint8_t *x, ptrdiff_t stride, ptrdiff_t count, float *to)
{
    const float *from = (const float *)(const void *)x;
    int64_t whole[LG_TOGETHER];
    if (type == LG_FLOAT32) {
        const float one = *from;
        if (stride == sizeof(float))
            memcpy(to, x, (size_t)count * sizeof(float));
        else if (stride == 0)
            VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = one;
        else
            VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] =
                from[i * (stride / (ptrdiff_t)sizeof(float))];
    } else if (type == LG_BOOL && stride == 1) {
        VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = x[i];
    } else {
        for (ptrdiff_t i = 0; i < count; i += LG_TOGETHER) {
            const ptrdiff_t k = minimum(LG_TOGETHER, count - i);
            load_whole[type](whole, x + i * stride, stride, k);
            for (ptrdiff_t j = 0; j < k; j++)
                to[i + j] = (float)whole[j];
        }
    }
}

static void load_float_rows(int step, int type, const uint8_t *x, const lg_run *r, void *to)
{
    float *at = to;
    (void)step;
    if (r->count == 16 && r->inner == sizeof(float) && type == LG_FLOAT32) /* as images in lanes have it */
        for (ptrdiff_t row = 0; row < r->rows; row++, at += 16, x += r->outer)
            v_store(at, v_load((const float *)(const void *)x));
    else
        for (ptrdiff_t row = 0; row < r->rows; row++, at += r->count, x += r->outer)
            load_float_row(type, x, r->inner, r->count, at);
}

/* from, y (count) */
static void store_float_row(const float *from, ptrdiff_t stride, int type, ptrdiff_t count, uint8_t *y)
{
    if (type == LG_BOOL && stride == 1)
        VECTORS for (ptrdiff_t i = 0; i < count; i++) y[i] = from[i] != 0;
    else if (type == LG_BOOL)
        VECTORS for (ptrdiff_t i = 0; i < count; i++) y[i * stride] = from[i] != 0;
    else if (stride == sizeof(float))
        memcpy(y, from, (size_t)count * sizeof(float));
    else
        VECTORS for (ptrdiff_t i = 0; i < count; i++) * (float *)(void *)(y + i * stride) = from[i];
}

static void store_float_rows(int step, int type, const void *from, const lg_run *r, uint8_t *y)
{
    const float *at = from;
    (void)step;
    for (ptrdiff_t row = 0; row < r->rows; row++, at += r->count, y += r->outer)
        store_float_row(at, r->inner, type, r->count, y);
}

static void fill_floats(int step, double number, ptrdiff_t count, void *to)
{
    (void)step;
    for (ptrdiff_t i = 0; i < count; i++)
        ((float *)to)[i] = (float)number;
}

static const lg_kind of_floats = {4,          LG_MAP_LOAD,     LG_MAP_STORE,     LG_FLOAT32,
                                  float_loop, load_float_rows, store_float_rows, fill_floats};

#endif
