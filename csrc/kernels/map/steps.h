/* Loops over chunks of registers, one for each step of steps.def, and those that fill registers and empty
   them. */
#ifndef LG_MAP_STEPS_H
#define LG_MAP_STEPS_H

#include "simd/doubles.h"

enum {
    LG_CHUNK = 256
}; /* elements that are computed together, such that registers stay in the first cache */

enum { LG_STEP = 8 }; /* of them that are done at once */

/* A register, or what a step reads and writes: doubles, or whole numbers in the same place. */
typedef double F_number;
typedef int64_t W_number;
typedef union lg_register {
    F_number F[LG_CHUNK];
    W_number W[LG_CHUNK];
} lg_register;

typedef void lg_step_loop(lg_register *to, const lg_register *a, const lg_register *b, const lg_register *c,
                          int count);

/* Some at a time: what is behind `count` is computed as well, and does not matter. */
#define FIX(when, exact)                \
    for (int j = 0; j < LG_STEP; j++) { \
        double x = u[j], y = v[j];      \
        (void)y;                        \
        if (when)                       \
            r[j] = exact;               \
    }
#define NO_FIX
#define STEP(name, operands, type, value, fix)                                           \
    V_CALL void step_##name(lg_register *to, const lg_register *a, const lg_register *b, \
                            const lg_register *c, int count)                             \
    {                                                                                    \
        for (int i = 0; i < count; i += LG_STEP) {                                       \
            type##_number r[LG_STEP];                                                    \
            const type##_number *u = a->type + i, *v = b->type + i, *w = c->type + i;    \
            _Pragma("omp simd")                                                          \
            for (int j = 0; j < LG_STEP; j++) {                                          \
                const type##_number x = u[j], y = v[j], z = w[j];                        \
                (void)y, (void)z;                                                        \
                r[j] = value;                                                            \
            }                                                                            \
            fix memcpy(to->type + i, r, sizeof r);                                       \
        }                                                                                \
    }
#include "steps.def"
#undef STEP

static lg_step_loop *const step_loops[] = {
#define STEP(name, operands, type, value, fix) step_##name,
#include "steps.def"
#undef STEP
};

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

#endif
