/* Registers of truths, a byte each: a loop for each step of byte_steps.def. */
#ifndef LG_MAP_BYTE_STEPS_H
#define LG_MAP_BYTE_STEPS_H

#include "registers.h"

#define BYTE_STEP(name, value)                                                                      \
    V_CALL void byte_##name(void *to, const void *a, const void *b, const void *c, ptrdiff_t count) \
    {                                                                                               \
        const uint8_t *u = a, *v = b, *w = c;                                                       \
        uint8_t *r = to;                                                                            \
        VECTORS for (ptrdiff_t i = 0; i < count; i++)                                               \
        {                                                                                           \
            const uint8_t x = u[i], y = v[i], z = w[i];                                             \
            (void)y, (void)z;                                                                       \
            r[i] = value;                                                                           \
        }                                                                                           \
    }
BYTE_STEP(truth, x != 0) /* of whatever memory has */
#include "byte_steps.def"
#undef BYTE_STEP

/* By the numbers of steps; NULL for those that are of other kinds alone. */
static lg_step_loop *const byte_loops[LG_STEP_COUNT] = {
#define BYTE_STEP(name, value) [LG_STEP_##name] = byte_##name,
#include "byte_steps.def"
#undef BYTE_STEP
};

static lg_step_loop *byte_loop(int step) { return step == LG_MAP_TO_WHOLE ? byte_truth : byte_loops[step]; }

/* Whether a step is one of truths alone. */
static int is_of_truths(const lg_map *p, const uint8_t *step)
{
    switch (step[0]) {
    case LG_MAP_LOAD:
    case LG_MAP_LOAD_WHOLE:
    case LG_MAP_STORE_WHOLE:
    case LG_MAP_TO_WHOLE: return 1;
    case LG_MAP_NUMBER_WHOLE: return p->number[step[2]] == 0 || p->number[step[2]] == 1;
    default: return step[0] < LG_STEP_COUNT && byte_loops[step[0]] != NULL;
    }
}

/* Whether a program is. */
static int are_truths(const lg_map *p)
{
    int yes = p->type[LG_MAP_INPUTS] == LG_BOOL;
    for (int i = 0; i < p->inputs; i++)
        yes = yes && p->type[i] == LG_BOOL;
    for (int i = 0; yes && i < p->steps; i++)
        yes = is_of_truths(p, p->step + i * LG_MAP_STEP);
    return yes;
}

static void load_byte_rows(int step, int type, const uint8_t *x, const lg_run *r, void *to)
{
    uint8_t *at = to;
    (void)step, (void)type;
    for (ptrdiff_t row = 0; row < r->rows; row++, at += r->count, x += r->outer)
        if (r->inner == 1)
            memcpy(at, x, (size_t)r->count);
        else
            for (ptrdiff_t i = 0; i < r->count; i++)
                at[i] = x[i * r->inner];
}

static void store_byte_rows(int step, int type, const void *from, const lg_run *r, uint8_t *y)
{
    const uint8_t *at = from;
    (void)step, (void)type;
    for (ptrdiff_t row = 0; row < r->rows; row++, at += r->count, y += r->outer)
        for (ptrdiff_t i = 0; i < r->count; i++)
            y[i * r->inner] = at[i];
}

static void fill_bytes(int step, double number, ptrdiff_t count, void *to)
{
    (void)step;
    memset(to, number != 0, (size_t)count);
}

static const lg_kind of_bytes = {1,         LG_MAP_LOAD,    LG_MAP_STORE_WHOLE, LG_BOOL,
                                 byte_loop, load_byte_rows, store_byte_rows,    fill_bytes};

#endif
