/* Reductions over any axes of arrays of any strides. Sums are in doubles, each piece's, and pieces are added
   along a balanced tree; what is on several threads is whole branches of it. */
#include <string.h>

#include "floats.h"
#include "parallel.h"
#include "wholes.h"

enum {
    BUFFER_ROWS = 64,
    MOST_PARTS = 64 /* of all results, where these are too few for the threads */
};

typedef struct {
    const lg_reduce *p;
    walk w;
    const uint8_t *x;
    uint8_t *y;
    int64_t *places;
    double *saved;
    ptrdiff_t parts, pieces_of_part; /* of each group of results */
    state *of_part;                  /* (groups, parts), or NULL where there is one part */
} job;

/* Copies elements to where they stand side by side: y (rows, LANES). */
#define GATHER(type)                     \
    for (ptrdiff_t r = 0; r < rows; r++) \
        for (int l = 0; l < width; l++)  \
            memcpy(y + (r * LANES + l) * (ptrdiff_t)sizeof(type), x + r * down + l * across, sizeof(type));

SPECIALIZE void gather_four(const uint8_t *x, ptrdiff_t across, ptrdiff_t rows, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i += 4) {
        const ptrdiff_t r = minimum(i, rows - 4);
        v16 v[4];
        v_load_t4((const float *)(const void *)x + r, across / (ptrdiff_t)sizeof(float), v);
        for (int j = 0; j < 4; j++)
            v_store(y + (r + j) * LANES, v[j]);
    }
}

V_CALL void gather(const uint8_t *x, ptrdiff_t across, ptrdiff_t down, ptrdiff_t rows, int width,
                   int itemsize, uint8_t *y)
{
    if (itemsize == 4 && down == 4 && width == LANES && rows >= 4) {
        gather_four(x, across, rows, (float *)(void *)y);
        gather_four(x + 16 * across, across, rows, (float *)(void *)y + 16);
    } else if (itemsize == 4) {
        GATHER(uint32_t)
    } else if (itemsize == 8) {
        GATHER(uint64_t)
    } else {
        GATHER(uint8_t)
    }
}

/* Rows that stand `step` bytes apart. */
static void take_rows(const job *j, state *to, const uint8_t *x, ptrdiff_t step, ptrdiff_t count, int width)
{
    const void *from = x;
    const int op = j->p->op;
    step /= j->w.itemsize;
    switch (j->p->x_type) {
    case LG_FLOATS: float_rows(op, to, from, step, count, width); break;
    case LG_INTS: int_rows(op, to, from, step, count, width); break;
    case LG_BOOLS: bool_rows(op, to, from, step, count, width); break;
    default: double_rows(to, from, step, count, width);
    }
}

/* `count` elements of a run, of each result of a row; `width` of these are there. */
static void take_run(const job *j, state *to, const uint8_t *x, ptrdiff_t count, int width)
{
    const walk *w = &j->w;
    const ptrdiff_t full = count / w->g, left = count % w->g;
    const int all = w->g == 1 ? width : w->g * w->c;
    _Alignas(64) uint8_t buffer[BUFFER_ROWS * LANES * sizeof(double)];
    if (!w->gathered) {
        take_rows(j, to, x, w->g * w->run.x, full, all);
        if (left)
            take_rows(j, to, x + full * w->g * w->run.x, 0, 1, (int)left * w->c);
        return;
    }
    const ptrdiff_t across = w->g == 1 ? w->lane.x : w->run.x, down = w->g * w->run.x;
    for (ptrdiff_t r = 0; r < full; r += BUFFER_ROWS) {
        const ptrdiff_t rows = minimum(BUFFER_ROWS, full - r);
        gather(x + r * down, across, down, rows, all, w->itemsize, buffer);
        take_rows(j, to, buffer, LANES * w->itemsize, rows, all);
    }
    if (left) {
        gather(x + full * down, across, down, 1, (int)left, w->itemsize, buffer);
        take_rows(j, to, buffer, 0, 1, (int)left);
    }
}

static void take_piece(const job *j, state *to, const uint8_t *x, ptrdiff_t piece, int width)
{
    const walk *w = &j->w;
    ptrdiff_t y;
    clear(j->p, to);
    if (w->chunks > 1) {
        const ptrdiff_t start = piece % w->chunks * w->piece;
        x += place_in(&w->reduced, piece / w->chunks, &y) + start * w->run.x;
        take_run(j, to, x, minimum(w->piece, w->run.size - start), width);
        return;
    }
    const ptrdiff_t end = minimum(w->runs, (piece + 1) * w->runs_together);
    for (ptrdiff_t run = piece * w->runs_together; run < end; run++)
        take_run(j, to, x + place_in(&w->reduced, run, &y), w->run.size, width);
}

/* A row of results: where it is, and how many it has. */
typedef struct {
    const uint8_t *x;
    ptrdiff_t y;
    int width;
} group;

SPECIALIZE group group_of(const job *j, ptrdiff_t number)
{
    const walk *w = &j->w;
    const ptrdiff_t at = number % w->lane_groups * w->c;
    group g = {.width = (int)minimum(w->c, w->lane.size - at)};
    g.x = j->x + at * w->lane.x + place_in(&w->kept, number / w->lane_groups, &g.y);
    g.y += at * w->lane.y;
    return g;
}

/* The results of a row of them, from the state of all of their elements. */
static void finish(const job *j, state *s, const group *g)
{
    const lg_reduce *p = j->p;
    const walk *w = &j->w;
    for (int n = w->g; n > 1; n -= n / 2) /* parts of one result in several lanes */
        join(p, s, s, (n - n / 2) * w->c, n / 2 * w->c);
    for (int l = 0; l < g->width; l++) {
        const ptrdiff_t at = g->y + l * w->lane.y;
        if (p->y_type == LG_FLOATS)
            ((float *)(void *)j->y)[at] = (float)(s->a.d[l] / p->number);
        else if (p->y_type == LG_DOUBLES)
            ((double *)(void *)j->y)[at] = s->a.d[l];
        else
            ((int64_t *)(void *)j->y)[at] = p->x_type == LG_FLOATS ? (int64_t)s->a.d[l] : s->a.i[l];
    }
}

/* Some pieces of a row of results; or all of them, to the end. */
static void take_part_of_group(const void *job_, ptrdiff_t i)
{
    const job *j = job_;
    const group g = group_of(j, i / j->parts);
    const ptrdiff_t first = i % j->parts * j->pieces_of_part;
    const ptrdiff_t end = minimum(first + j->pieces_of_part, j->w.pieces);
    tree t;
    t.count = t.height = 0;
    for (ptrdiff_t piece = first; piece < end; piece++) {
        take_piece(j, next_part(&t), g.x, piece, g.width);
        take_part(j->p, &t);
    }
    if (j->of_part)
        j->of_part[i] = *whole_tree(j->p, &t);
    else
        finish(j, whole_tree(j->p, &t), &g);
}

/* x -> y, as *p says; places and saved, of as many elements as y and twice as many, are NULL where they are
   not wanted */
void K(reduce)(const lg_reduce *p, const uint8_t *x, uint8_t *y, int64_t *places, double *saved)
{
    job j = {p, walk_of(p), x, y, places, saved, 1, 0, NULL};
    state of_part[MOST_PARTS];
    const int team = lg_team(LG_MOVE / 2 * (double)j.w.groups * (double)j.w.c * (double)j.w.count);
    j.pieces_of_part = j.w.pieces;
    if (team > 1 && j.w.groups > 0 && j.w.groups < 4 * team && j.w.groups <= MOST_PARTS / 2) {
        for (j.pieces_of_part = 1; ceil_div(j.w.pieces, j.pieces_of_part) > MOST_PARTS / j.w.groups;)
            j.pieces_of_part *= 2; /* a branch of the tree */
        j.parts = ceil_div(j.w.pieces, j.pieces_of_part);
        j.of_part = of_part;
    }
    lg_share_out(team, j.w.groups * j.parts, take_part_of_group, &j);
    for (ptrdiff_t i = 0; j.of_part && i < j.w.groups; i++) {
        const group g = group_of(&j, i);
        tree t;
        t.count = t.height = 0;
        for (ptrdiff_t part = 0; part < j.parts; part++) {
            *next_part(&t) = of_part[i * j.parts + part];
            take_part(p, &t);
        }
        finish(&j, whole_tree(p, &t), &g);
    }
}
