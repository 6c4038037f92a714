/* Registers of doubles or of whole numbers, in the same place: a loop for each step of steps.def, and those
   that fill registers and empty them. */
#ifndef LG_MAP_STEPS_H
#define LG_MAP_STEPS_H

#include "registers.h"
#include "simd/doubles.h"

enum { LG_STEP = 8 }; /* elements that are done at once */

typedef double F_number;
typedef int64_t W_number;

/* FIX: some at a time. */
#define FIX(when, exact)                   \
    for (int j = 0; j < LG_STEP; j++) {    \
        __typeof__(*r) x = u[j], y = v[j]; \
        (void)y;                           \
        if (when)                          \
            r[j] = exact;                  \
    }
#define NO_FIX
#define STEP(name, operands, type, value, fix)                                                        \
    V_CALL void step_##name(void *to, const void *a, const void *b, const void *c, ptrdiff_t count)   \
    {                                                                                                 \
        for (ptrdiff_t i = 0; i < count; i += LG_STEP) {                                              \
            type##_number r[LG_STEP];                                                                 \
            const type##_number *u = (const type##_number *)a + i, *v = (const type##_number *)b + i; \
            const type##_number *w = (const type##_number *)c + i;                                    \
            _Pragma("omp simd")                                                                       \
            for (int j = 0; j < LG_STEP; j++) {                                                       \
                const type##_number x = u[j], y = v[j], z = w[j];                                     \
                (void)y, (void)z;                                                                     \
                r[j] = value;                                                                         \
            }                                                                                         \
            fix memcpy((type##_number *)to + i, r, sizeof r);                                         \
        }                                                                                             \
    }
#include "steps.def"
#undef STEP

static lg_step_loop *const step_loops[] = {
#define STEP(name, operands, type, value, fix) step_##name,
#include "steps.def"
#undef STEP
};

V_CALL void floats_to_whole(void *to, const void *a, const void *b, const void *c, ptrdiff_t count)
{
    (void)b, (void)c;
    VECTORS for (ptrdiff_t i = 0; i < count; i++)((int64_t *)to)[i] = ((const double *)a)[i] != 0;
}

V_CALL void whole_to_floats(void *to, const void *a, const void *b, const void *c, ptrdiff_t count)
{
    (void)b, (void)c;
    VECTORS for (ptrdiff_t i = 0; i < count; i++)((double *)to)[i] = (float)((const int64_t *)a)[i];
}

static lg_step_loop *eight_byte_loop(int step)
{
    if (step == LG_MAP_TO_WHOLE)
        return floats_to_whole;
    return step == LG_MAP_TO_FLOAT ? whole_to_floats : step_loops[step];
}

/* --- elements of memory, in registers and back ---------------------------------------------------------- */

/* `count` elements that are `stride` bytes apart. A whole number in a register of doubles is rounded to
   float, as what it meets there is. */
#define LOAD(name, source, type, value)                                                                      \
    V_CALL void load_##name##_##type(type##_number *to, const uint8_t *x, ptrdiff_t stride, ptrdiff_t count) \
    {                                                                                                        \
        if (stride == sizeof(source)) {                                                                      \
            const source *from = (const source *)(const void *)x;                                            \
            _Pragma("omp simd")                                                                              \
            for (ptrdiff_t i = 0; i < count; i++) {                                                          \
                const source e = from[i];                                                                    \
                to[i] = value;                                                                               \
            }                                                                                                \
        } else {                                                                                             \
            for (ptrdiff_t i = 0; i < count; i++) {                                                          \
                const source e = *(const source *)(const void *)(x + i * stride);                            \
                to[i] = value;                                                                               \
            }                                                                                                \
        }                                                                                                    \
    }
#define STORE(name, target, type, value)                                                       \
    V_CALL void store_##name##_##type(const type##_number *from, uint8_t *y, ptrdiff_t stride, \
                                      ptrdiff_t count)                                         \
    {                                                                                          \
        if (stride == sizeof(target)) {                                                        \
            target *to = (target *)(void *)y;                                                  \
            _Pragma("omp simd")                                                                \
            for (ptrdiff_t i = 0; i < count; i++) {                                            \
                const type##_number e = from[i];                                               \
                to[i] = value;                                                                 \
            }                                                                                  \
        } else {                                                                               \
            for (ptrdiff_t i = 0; i < count; i++) {                                            \
                const type##_number e = from[i];                                               \
                *(target *)(void *)(y + i * stride) = value;                                   \
            }                                                                                  \
        }                                                                                      \
    }

LOAD(float32, float, F, e)
STORE(float32, float, F, (float)e)
LOAD(float32, float, W, (e >= -0x1p63f && e < 0x1p63f) ? (int64_t)e : INT64_MIN)
STORE(float32, float, W, (float)e)
LOAD(bool, uint8_t, F, e)
STORE(bool, uint8_t, F, e != 0)
LOAD(bool, uint8_t, W, e)
STORE(bool, uint8_t, W, e != 0)
#define WHOLE(name, integer)         \
    LOAD(name, integer, F, (float)e) \
    LOAD(name, integer, W, e)        \
    STORE(name, integer, W, (integer)e)
WHOLE(int64, int64_t)
WHOLE(int32, int32_t)
WHOLE(int16, int16_t)
WHOLE(int8, int8_t)
WHOLE(uint8, uint8_t)
#undef WHOLE
#undef LOAD
#undef STORE

typedef void lg_load_floats(double *to, const uint8_t *x, ptrdiff_t stride, ptrdiff_t count);
typedef void lg_load_whole(int64_t *to, const uint8_t *x, ptrdiff_t stride, ptrdiff_t count);
typedef void lg_store_floats(const double *from, uint8_t *y, ptrdiff_t stride, ptrdiff_t count);
typedef void lg_store_whole(const int64_t *from, uint8_t *y, ptrdiff_t stride, ptrdiff_t count);

/* By LG_FLOAT32 and so on. */
static lg_load_floats *const load_floats[] = {load_float32_F, load_bool_F, load_int64_F, load_int32_F,
                                              load_int16_F,   load_int8_F, load_uint8_F};
static lg_load_whole *const load_whole[] = {load_float32_W, load_bool_W, load_int64_W, load_int32_W,
                                            load_int16_W,   load_int8_W, load_uint8_W};
static lg_store_floats *const store_floats[] = {store_float32_F, store_bool_F};
static lg_store_whole *const store_whole[] = {store_float32_W, store_bool_W, store_int64_W, store_int32_W,
                                              store_int16_W,   store_int8_W, store_uint8_W};

static void load_eight_bytes(int step, int type, const uint8_t *x, const lg_run *r, void *to)
{
    for (ptrdiff_t row = 0, at = 0; row < r->rows; row++, at += r->count, x += r->outer)
        if (step == LG_MAP_LOAD)
            load_floats[type]((double *)to + at, x, r->inner, r->count);
        else
            load_whole[type]((int64_t *)to + at, x, r->inner, r->count);
}

static void store_eight_bytes(int step, int type, const void *from, const lg_run *r, uint8_t *y)
{
    for (ptrdiff_t row = 0, at = 0; row < r->rows; row++, at += r->count, y += r->outer)
        if (step == LG_MAP_STORE)
            store_floats[type]((const double *)from + at, y, r->inner, r->count);
        else
            store_whole[type]((const int64_t *)from + at, y, r->inner, r->count);
}

static void fill_eight_bytes(int step, double number, ptrdiff_t count, void *to)
{
    if (step == LG_MAP_NUMBER)
        for (ptrdiff_t i = 0; i < count; i++)
            ((double *)to)[i] = number;
    else
        for (ptrdiff_t i = 0; i < count; i++)
            ((int64_t *)to)[i] = (int64_t)number;
}

static const lg_kind of_eight_bytes = {8,
                                       LG_MAP_LOAD_WHOLE,
                                       LG_MAP_STORE_WHOLE,
                                       LG_INT64,
                                       eight_byte_loop,
                                       load_eight_bytes,
                                       store_eight_bytes,
                                       fill_eight_bytes};

#endif
