/* Programs in floats: registers are rows of memory where those are as they have to be, and else copies. */
#ifndef LG_MAP_FLOATS_H
#define LG_MAP_FLOATS_H

#include "float_steps.h"
#include "index.h"

#include <string.h>

enum { LG_FLOAT_CHUNK = 512 };
#define VECTORS _Pragma("omp simd")

typedef struct lg_float_registers {
    float room[LG_MAP_REGISTERS][LG_FLOAT_CHUNK];
    const float *at[LG_MAP_REGISTERS];
} lg_float_registers;

/* Whether the program can be run in floats: its rule allows it, and inputs are floats and bools. */
static int in_floats(const lg_map *p)
{
    int yes = p->floats;
    for (int i = 0; i < p->inputs; i++)
        yes = yes && (p->type[i] == LG_FLOAT32 || p->type[i] == LG_BOOL);
    return yes;
}

static void load_row(const uint8_t *x, ptrdiff_t stride, int type, ptrdiff_t count, float *to)
{
    const float *from = (const float *)(const void *)x;
    const float one = type == LG_FLOAT32 ? *from : 0;
    if (type == LG_BOOL && stride == 1)
        VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = x[i];
    else if (type == LG_BOOL)
        VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = x[i * stride];
    else if (stride == sizeof(float))
        memcpy(to, x, (size_t)count * sizeof(float));
    else if (stride == 0)
        VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = one;
    else
        VECTORS for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * (stride / (ptrdiff_t)sizeof(float))];
}

/* The next `count` elements of an input; those behind them, to a whole vector, are 0. */
static void load_floats_of(const lg_map *p, lg_index index, int input, ptrdiff_t count, lg_float_registers *r,
                           int to)
{
    const ptrdiff_t *stride = p->x_stride + input * LG_MAP_AXES, inner = stride[p->axes - 1];
    const uint8_t *x = p->x[input] + place_of(p, &index, stride);
    const int one_row = left_in_row(p, &index) >= count;
    if (one_row && inner == sizeof(float) && p->type[input] == LG_FLOAT32 && count % 16 == 0) {
        r->at[to] = (const float *)(const void *)x;
        return;
    }
    r->at[to] = r->room[to];
    FOR_ROWS(p, at, run, count, index, {
        load_row(p->x[input] + place_of(p, &index, stride), inner, p->type[input], run, r->room[to] + at);
    })
    for (ptrdiff_t i = count; i % 16; i++)
        r->room[to][i] = 0;
}

static void store_row(const float *from, ptrdiff_t stride, int type, ptrdiff_t count, uint8_t *y)
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

static void store_floats_of(const lg_map *p, lg_index index, ptrdiff_t count, const float *from)
{
    const ptrdiff_t inner = p->y_stride[p->axes - 1];
    const uint8_t *y = p->y + place_of(p, &index, p->y_stride);
    if (y == (const uint8_t *)from) /* the last step has written there */
        return;
    FOR_ROWS(p, at, run, count, index, {
        store_row(from + at, inner, p->type[LG_MAP_INPUTS], run, p->y + place_of(p, &index, p->y_stride));
    })
}

/* Where the step before the last may write: where the result is to be, if that is as it has to be, or a
   register. */
static float *last_room(const lg_map *p, const lg_index *index, ptrdiff_t count, lg_float_registers *r,
                        int to)
{
    const int fits = p->y_stride[p->axes - 1] == sizeof(float) && p->type[LG_MAP_INPUTS] == LG_FLOAT32;
    if (fits && count % 16 == 0 && left_in_row(p, index) >= count)
        return (float *)(void *)(p->y + place_of(p, index, p->y_stride));
    return r->room[to];
}

static void run_floats(const lg_map *p, ptrdiff_t first, ptrdiff_t end)
{
    lg_float_registers r;
    for (ptrdiff_t element = first; element < end; element += LG_FLOAT_CHUNK) {
        const lg_index index = index_of(p, element);
        const ptrdiff_t count = minimum(end - element, LG_FLOAT_CHUNK), whole = (count + 15) / 16 * 16;
        for (int i = 0; i < p->steps; i++) {
            const uint8_t *step = p->step + i * LG_MAP_STEP;
            const int to = step[1];
            float *room = r.room[to];
            if (step[0] == LG_MAP_LOAD) {
                load_floats_of(p, index, step[2], count, &r, to);
            } else if (step[0] == LG_MAP_STORE) {
                store_floats_of(p, index, count, r.at[to]);
            } else if (step[0] == LG_STEP_single && step[2] == to) {
                continue;
            } else if (step[0] == LG_STEP_same) {
                r.at[to] = r.at[step[2]]; /* which is not written again: see record/fuse_maps.h */
            } else if (step[0] == LG_MAP_NUMBER && element > first && p->steady) {
                continue;
            } else if (step[0] == LG_MAP_NUMBER) {
                VECTORS for (ptrdiff_t k = 0; k < whole; k++) room[k] = (float)p->number[step[2]];
                r.at[to] = room;
            } else {
                if (i == p->steps - 2)
                    room = last_room(p, &index, count, &r, to);
                float_loops[step[0]](room, r.at[step[2]], r.at[step[3]], r.at[step[4]], whole);
                r.at[to] = room;
            }
        }
    }
}

#endif
