/* Elementwise ops of arrays of any strides: a program of steps, run chunk by chunk. */
#include "kernels.h"

#include "floats.h"
#include "index.h"
#include "parallel.h"
#include "steps.h"

/* A byte of a step: the register that gets its result, and those that it takes. */
enum { TO = 1, A, B, C };

static void load(const lg_map *p, lg_index index, int input, int whole, ptrdiff_t count, lg_register *to)
{
    const ptrdiff_t *stride = p->x_stride + input * LG_MAP_AXES, inner = stride[p->axes - 1];
    const int type = p->type[input];
    FOR_ROWS(p, at, run, count, index, {
        const uint8_t *x = p->x[input] + place_of(p, &index, stride);
        if (whole)
            load_whole[type](to->W + at, x, inner, run);
        else
            load_floats[type](to->F + at, x, inner, run);
    })
    for (ptrdiff_t i = count; i % 16; i++)
        to->W[i] = 0;
}

static void store(const lg_map *p, lg_index index, int whole, ptrdiff_t count, const lg_register *from)
{
    const ptrdiff_t inner = p->y_stride[p->axes - 1];
    const int type = p->type[LG_MAP_INPUTS];
    FOR_ROWS(p, at, run, count, index, {
        uint8_t *y = p->y + place_of(p, &index, p->y_stride);
        if (whole)
            store_whole[type](from->W + at, y, inner, run);
        else
            store_floats[type](from->F + at, y, inner, run);
    })
}

/* A step of the program for the next `count` elements, or one that fills or empties a register. */
static void run_step(const lg_map *p, const uint8_t *step, const lg_index *index, ptrdiff_t count,
                     lg_register *registers)
{
    lg_register *to = registers + step[TO];
    switch (step[0]) {
    case LG_MAP_LOAD: load(p, *index, step[A], 0, count, to); break;
    case LG_MAP_LOAD_WHOLE: load(p, *index, step[A], 1, count, to); break;
    case LG_MAP_STORE: store(p, *index, 0, count, to); break;
    case LG_MAP_STORE_WHOLE: store(p, *index, 1, count, to); break;
    case LG_MAP_NUMBER:
        for (int i = 0; i < LG_CHUNK; i++)
            to->F[i] = p->number[step[A]];
        break;
    case LG_MAP_NUMBER_WHOLE:
        for (int i = 0; i < LG_CHUNK; i++)
            to->W[i] = (int64_t)p->number[step[A]];
        break;
    case LG_MAP_TO_WHOLE:
        for (int i = 0; i < LG_CHUNK; i++)
            to->W[i] = registers[step[A]].F[i] != 0;
        break;
    case LG_MAP_TO_FLOAT:
        for (int i = 0; i < LG_CHUNK; i++)
            to->F[i] = (float)registers[step[A]].W[i];
        break;
    default:
        step_loops[step[0]](to, registers + step[A], registers + step[B], registers + step[C], (int)count);
    }
}

static int is_number(int step) { return step == LG_MAP_NUMBER || step == LG_MAP_NUMBER_WHOLE; }

static void run_program(const lg_map *p, ptrdiff_t first, ptrdiff_t end)
{
    lg_register registers[LG_MAP_REGISTERS];
    for (ptrdiff_t element = first; element < end; element += LG_CHUNK) {
        const lg_index index = index_of(p, element);
        const ptrdiff_t count = minimum(end - element, LG_CHUNK);
        for (int i = 0; i < p->steps; i++)
            if (!(element > first && p->steady && is_number(p->step[i * LG_MAP_STEP])))
                run_step(p, p->step + i * LG_MAP_STEP, &index, count, registers);
    }
}

/* Zeros in the lanes of the last block that hold no image. */
static void clear_lanes(const lg_map *p, ptrdiff_t elements)
{
    float *y = (float *)(void *)p->y;
    const ptrdiff_t each = elements / p->blocks;
    for (ptrdiff_t i = elements - each; i < elements; i += p->lanes)
        for (int l = p->last; l < p->lanes; l++)
            y[i + l] = 0;
}

/* y = what the program computes of the inputs, element by element: see lg_map */
void K(map)(const lg_map *p)
{
    const int floats = in_floats(p);
    ptrdiff_t elements = 1;
    for (int i = 0; i < p->axes; i++)
        elements *= p->size[i];
    const int team = lg_team((floats ? p->steps / 2.0 : p->steps) * LG_MOVE * (double)elements);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t piece = 0; piece < elements; piece += LG_PIECE)
        (floats ? run_floats : run_program)(p, piece, minimum(piece + LG_PIECE, elements));
    if (p->lanes > 0 && p->last < p->lanes)
        clear_lanes(p, elements);
}
