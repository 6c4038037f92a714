/* Two elementwise programs made one, where the second reads the result of the first. Included by fuse.h.

   What the first would have stored, the second finds in a register, rounded as it would have been: the bits
   are the same. A step is LG_MAP_STEP bytes: see lg_map. */

#include "kernels/map/numbers.h"

enum { STEP_TO = 1, STEP_FROM };

/* Spreads a program over one row out over the axes of another of as many elements. */
static int spread_over(lg_map *p, const lg_map *q)
{
    ptrdiff_t elements = 1;
    for (int i = 0; i < q->axes; i++)
        elements *= q->size[i];
    if (p->axes != 1 || p->size[0] != elements)
        return 0;
    for (int i = 0; i <= p->inputs; i++) {
        ptrdiff_t *stride = i < p->inputs ? p->x_stride + i * LG_MAP_AXES : p->y_stride, step = stride[0];
        for (int axis = q->axes - 1; axis >= 0; axis--) {
            stride[axis] = q->size[axis] == 1 ? 0 : step;
            step *= q->size[axis];
        }
    }
    p->axes = q->axes;
    memcpy(p->size, q->size, sizeof p->size);
    return 1;
}

static int same_axes(lg_map *p, lg_map *q)
{
    if (p->axes == q->axes && memcmp(p->size, q->size, (size_t)p->axes * sizeof *p->size) == 0)
        return 1;
    return spread_over(p, q) || spread_over(q, p);
}

/* How many numbers a program has, and how many registers. */
static int numbers_of(const lg_map *p)
{
    int most = 0;
    for (int i = 0; i < p->steps; i++) {
        const uint8_t *step = p->step + i * LG_MAP_STEP;
        if (step[0] == LG_MAP_NUMBER || step[0] == LG_MAP_NUMBER_WHOLE)
            most = (int)maximum(most, step[STEP_FROM] + 1);
    }
    return most;
}

static int registers_of(const lg_map *p)
{
    int most = 0;
    for (int i = 0; i < p->steps; i++)
        most = (int)maximum(most, p->step[i * LG_MAP_STEP + STEP_TO] + 1);
    return most;
}

static void add_step(lg_map *p, int step, int to, int from)
{
    uint8_t *at = p->step + p->steps++ * LG_MAP_STEP;
    at[0] = (uint8_t)step, at[STEP_TO] = (uint8_t)to;
    memset(at + STEP_FROM, from, LG_MAP_STEP - STEP_FROM);
}

/* Which input of q is what p stores, if one alone is, as p stores it; else -1. */
static int input_from(const lg_map *p, const lg_map *q)
{
    int found = -1;
    for (int i = 0; i < q->inputs; i++) {
        if (q->x[i] != p->y)
            continue;
        const ptrdiff_t *stride = q->x_stride + i * LG_MAP_AXES;
        if (found >= 0 || memcmp(stride, p->y_stride, (size_t)p->axes * sizeof *stride) != 0)
            return -1;
        found = i;
    }
    return found;
}

/* Numbers of inputs of p and q in one program: where those of q go, and of `from` nowhere; 0 if they are too
   many. */
static int joined_inputs(lg_map *p, const lg_map *q, int from, int *place)
{
    for (int i = 0; i < q->inputs; i++) {
        const ptrdiff_t *stride = q->x_stride + i * LG_MAP_AXES;
        int at = i == from ? -1 : 0;
        for (; at >= 0 && at < p->inputs; at++)
            if (p->x[at] == q->x[i] && p->type[at] == q->type[i] &&
                memcmp(p->x_stride + at * LG_MAP_AXES, stride, (size_t)q->axes * sizeof *stride) == 0)
                break;
        if (at == LG_MAP_INPUTS)
            return 0;
        if (at == p->inputs) {
            p->x[at] = q->x[i], p->type[at] = q->type[i];
            memcpy(p->x_stride + at * LG_MAP_AXES, stride, sizeof p->size);
            p->inputs++;
        }
        place[i] = at;
    }
    return 1;
}

/* The step that makes, of what p stores as this type, what q loads; 0 for none. `single` does for floats. */
static int handing_over(int store, int type, int load)
{
    if (type == LG_FLOAT32)
        return store == LG_MAP_STORE && load == LG_MAP_LOAD ? LG_STEP_single : -1;
    if (type == LG_BOOL && store == LG_MAP_STORE)
        return load == LG_MAP_LOAD ? LG_STEP_truth : LG_MAP_TO_WHOLE;
    if (type == LG_BOOL || type == LG_INT64)
        return load == LG_MAP_LOAD ? LG_MAP_TO_FLOAT : LG_STEP_same_whole;
    return -1;
}

/* A sum as a program, of the form of another. */
static lg_map map_of_add(const args_add *add, const lg_map *like)
{
    lg_map p = {.axes = 1, .inputs = 2, .floats = LG_IN_EITHER};
    p.size[0] = add->size;
    p.x_stride[0] = p.x_stride[LG_MAP_AXES] = p.y_stride[0] = sizeof(float);
    p.x[0] = (const uint8_t *)add->a, p.x[1] = (const uint8_t *)add->b, p.y = (uint8_t *)add->y;
    p.blocks = like->blocks, p.lanes = like->lanes, p.last = like->last;
    add_step(&p, LG_MAP_LOAD, 0, 0);
    add_step(&p, LG_MAP_LOAD, 1, 1);
    add_step(&p, LG_STEP_add, 2, 1);
    p.step[2 * LG_MAP_STEP + STEP_FROM] = 0;
    add_step(&p, LG_MAP_STORE, 2, 2);
    return p;
}

static int join_maps(lg_map *first, const lg_map *second, int *moved)
{
    lg_map p = *first, q = *second;
    int place[LG_MAP_INPUTS], numbers = numbers_of(&p), kept = registers_of(&q);
    if (p.floats != q.floats && p.floats != LG_IN_EITHER && q.floats != LG_IN_EITHER)
        return 0;
    if (p.lanes != q.lanes || p.blocks != q.blocks || p.last != q.last || !same_axes(&p, &q))
        return 0;
    const int from = input_from(&p, &q), type = p.type[LG_MAP_TYPES - 1];
    const uint8_t *store = p.step + (p.steps - 1) * LG_MAP_STEP;
    if (from < 0 || p.steps < 2 || store[STEP_TO] != store[STEP_TO - LG_MAP_STEP] ||
        !joined_inputs(&p, &q, from, place) || numbers + numbers_of(&q) > LG_MAP_NUMBERS ||
        kept >= LG_MAP_REGISTERS || (p.steps + q.steps) * LG_MAP_STEP > LG_MAP_BYTES)
        return 0;
    int load = -1;
    for (int i = 0; i < q.steps; i++)
        if (q.step[i * LG_MAP_STEP] <= LG_MAP_LOAD_WHOLE && q.step[i * LG_MAP_STEP] >= LG_MAP_LOAD &&
            q.step[i * LG_MAP_STEP + STEP_FROM] == from)
            load = q.step[i * LG_MAP_STEP];
    const int hand = load < 0 ? -1 : handing_over(store[0], type, load);
    if (hand < 0)
        return 0;
    p.steps--;
    p.step[(p.steps - 1) * LG_MAP_STEP + STEP_TO] = (uint8_t)kept; /* what made the result */
    p.floats = p.floats == LG_IN_EITHER ? q.floats : p.floats;
    p.steady = 0;
    add_step(&p, hand, kept, kept); /* in floats too: doubles may come to it */
    for (int i = 0; i < q.steps; i++) {
        uint8_t *step = q.step + i * LG_MAP_STEP;
        if (step[0] == LG_MAP_NUMBER || step[0] == LG_MAP_NUMBER_WHOLE)
            step[STEP_FROM] = (uint8_t)(step[STEP_FROM] + numbers);
        if (step[0] == load && step[STEP_FROM] == from)
            add_step(&p, load == LG_MAP_LOAD ? LG_STEP_same : LG_STEP_same_whole, step[STEP_TO], kept);
        else {
            if (step[0] == LG_MAP_LOAD || step[0] == LG_MAP_LOAD_WHOLE)
                step[STEP_FROM] = (uint8_t)place[step[STEP_FROM]];
            memcpy(p.step + p.steps++ * LG_MAP_STEP, step, LG_MAP_STEP);
        }
    }
    for (int i = 0; i < LG_MAP_NUMBERS - numbers; i++)
        moved[i] = i + numbers;
    p.type[LG_MAP_TYPES - 1] = q.type[LG_MAP_TYPES - 1];
    p.y = q.y;
    memcpy(p.y_stride, q.y_stride, sizeof p.y_stride);
    *first = p;
    return 1;
}
