/* Elementwise ops of arrays of any strides: a program of steps, run chunk by chunk. */
#include "kernels.h"

#include "byte_steps.h"
#include "float_steps.h"
#include "parallel.h"
#include "steps.h"

/* A byte of a step: the register that gets its result, and those that it takes. */
enum { TO = 1, A, B, C };

/* The next `count` elements of an input, where they are or in `room`, which has those behind them be 0 to a
   multiple of LG_TOGETHER. */
static const uint8_t *load(const lg_map *p, const lg_kind *kind, lg_index index, const uint8_t *step,
                           ptrdiff_t count, uint8_t *room)
{
    const int input = step[A], type = p->type[input];
    const ptrdiff_t *stride = p->x_stride + input * LG_MAP_AXES;
    for (ptrdiff_t at = 0; at < count;) {
        const uint8_t *x = p->x[input] + place_of(p, &index, stride);
        const lg_run r = rows_at(p, &index, count - at, stride);
        if (r.count == count && r.inner == kind->width && step[0] == kind->load && type == kind->type &&
            count % LG_TOGETHER == 0)
            return x;
        kind->load_rows(step[0], type, x, &r, room + at * kind->width);
        at += r.rows * r.count;
        if (at < count)
            pass(p, &index, r.rows * r.count);
    }
    if (count % LG_TOGETHER)
        memset(room + count * kind->width, 0, (size_t)((LG_TOGETHER - count % LG_TOGETHER) * kind->width));
    return room;
}

static void store(const lg_map *p, const lg_kind *kind, lg_index index, int step, ptrdiff_t count,
                  const uint8_t *from)
{
    for (ptrdiff_t at = 0; at < count;) {
        uint8_t *y = p->y + place_of(p, &index, p->y_stride);
        const lg_run r = rows_at(p, &index, count - at, p->y_stride);
        if (y == from) /* the last step has written there */
            return;
        kind->store_rows(step, p->type[LG_MAP_INPUTS], from + at * kind->width, &r, y);
        at += r.rows * r.count;
        if (at < count)
            pass(p, &index, r.rows * r.count);
    }
}

/* Where the step before the last may write: where the result is to be, if that is as it has to be, or a
   register. */
static uint8_t *last_room(const lg_map *p, const lg_kind *kind, const lg_index *index, ptrdiff_t count,
                          uint8_t *room)
{
    const int store = p->step[(p->steps - 1) * LG_MAP_STEP];
    const int fits = p->y_stride[p->axes - 1] == kind->width && store == kind->store &&
                     p->type[LG_MAP_INPUTS] == kind->type;
    if (fits && count % LG_TOGETHER == 0 && left_in_row(p, index) >= count)
        return p->y + place_of(p, index, p->y_stride);
    return room;
}

static void run(const lg_map *p, const lg_kind *kind, ptrdiff_t first, ptrdiff_t end)
{
    _Alignas(64) uint8_t rooms[LG_MAP_REGISTERS][LG_ROOM];
    const uint8_t *at[LG_MAP_REGISTERS];
    const ptrdiff_t chunk = LG_ROOM / kind->width;
    lg_index index = index_of(p, first);
    for (ptrdiff_t element = first, count; element < end; element += count) {
        count = minimum(end - element, chunk);
        const ptrdiff_t whole = (count + LG_TOGETHER - 1) / LG_TOGETHER * LG_TOGETHER;
        for (int i = 0; i < p->steps; i++) {
            const uint8_t *step = p->step + i * LG_MAP_STEP;
            const int to = step[TO];
            uint8_t *room = rooms[to];
            switch (step[0]) {
            case LG_MAP_LOAD:
            case LG_MAP_LOAD_WHOLE: at[to] = load(p, kind, index, step, count, room); break;
            case LG_MAP_STORE:
            case LG_MAP_STORE_WHOLE: store(p, kind, index, step[0], count, at[to]); break;
            case LG_MAP_NUMBER:
            case LG_MAP_NUMBER_WHOLE:
                if (element == first || !p->steady)
                    kind->fill(step[0], p->number[step[A]], chunk, room);
                at[to] = room;
                break;
            case LG_STEP_same:
            case LG_STEP_same_whole: at[to] = at[step[A]]; break; /* not written again: see fuse_maps.h */
            default:
                if (i == p->steps - 2)
                    room = last_room(p, kind, &index, count, room);
                kind->loop(step[0])(room, at[step[A]], at[step[B]], at[step[C]], whole);
                at[to] = room;
            }
        }
        if (element + count < end)
            pass(p, &index, count);
    }
}

static const lg_kind *kind_of(const lg_map *p)
{
    return p->floats ? &of_floats : are_truths(p) ? &of_bytes : &of_eight_bytes;
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
    const lg_kind *kind = kind_of(p);
    ptrdiff_t elements = 1;
    for (int i = 0; i < p->axes; i++)
        elements *= p->size[i];
    const int team = lg_team((double)p->steps * (double)kind->width / 8 * LG_MOVE * (double)elements);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t piece = 0; piece < elements; piece += LG_PIECE)
        run(p, kind, piece, minimum(piece + LG_PIECE, elements));
    if (p->lanes > 0 && p->last < p->lanes)
        clear_lanes(p, elements);
}
