/* How a reduction goes through memory: which elements stand side by side in the lanes, and in which pieces
   the elements of each result are taken.

   A row is up to LANES elements side by side: `c` results, and `g` of the elements of each. Rows that follow
   one another along one reduced axis are a run. A piece is PIECE elements of each result, or a few runs; the
   order of sums follows from that, and from the strides, alone: results in other lanes make no difference,
   and so a batch can be cut anywhere. */
#ifndef LG_REDUCE_WALK_H
#define LG_REDUCE_WALK_H

#include "kernels.h"
#include "simd/v16.h"

#include <stdlib.h>

enum {
    LANES = 32,
    LONG = 256,  /* a run of so many elements side by side fills the lanes alone */
    PIECE = 4096 /* elements of one result */
};

typedef struct {
    ptrdiff_t size, x, y; /* x in bytes; y in elements of the result, or of a reduced axis in indices */
} axis;

typedef struct {
    int count;
    axis of[LG_REDUCE_AXES];
} axes;

typedef struct {
    axes kept, reduced;      /* but for these: */
    axis lane, run;          /* results side by side, elements of one result */
    int c, g;                /* in a row: so many results, and elements of each */
    int gathered;            /* rows do not stand in memory as they are: they are copied first */
    int itemsize;            /* of x */
    ptrdiff_t lane_groups;   /* rows of results along `lane` */
    ptrdiff_t groups;        /* of them in all */
    ptrdiff_t runs;          /* of each result */
    ptrdiff_t count;         /* elements of each result */
    ptrdiff_t piece;         /* elements of one result that are taken together, at most */
    ptrdiff_t chunks;        /* pieces of one run; or */
    ptrdiff_t runs_together; /* runs of one piece */
    ptrdiff_t pieces;
} walk;

/* Adds an axis inside the others: as one with the last where both arrays go on along it. */
SPECIALIZE void add_axis(axes *to, axis new)
{
    axis *last = to->of + to->count - 1;
    if (new.size == 1)
        return;
    if (to->count && last->x == new.x *new.size && last->y == new.y *new.size)
        *last = (axis){last->size * new.size, new.x, new.y};
    else
        to->of[to->count++] = new;
}

SPECIALIZE axis take_axis(axes *from, int i)
{
    axis taken = from->of[i];
    for (from->count--; i < from->count; i++)
        from->of[i] = from->of[i + 1];
    return taken;
}

SPECIALIZE ptrdiff_t size_of_axes(const axes *of)
{
    ptrdiff_t size = 1;
    for (int i = 0; i < of->count; i++)
        size *= of->of[i].size;
    return size;
}

/* Where element number `number` of the axes is in x; *y gets where in the other array. */
SPECIALIZE ptrdiff_t place_in(const axes *of, ptrdiff_t number, ptrdiff_t *y)
{
    ptrdiff_t x = 0;
    *y = 0;
    for (int i = of->count - 1; i >= 0 && number; i--) {
        const axis *a = of->of + i;
        ptrdiff_t left = number / a->size, at = number - left * a->size;
        x += at * a->x, *y += at * a->y;
        number = left;
    }
    return x;
}

/* Reduced axes from the one with the largest stride on, unless indices are wanted: those count in order. */
SPECIALIZE void sort_axes(axis *of, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && llabs(of[j].x) > llabs(of[j - 1].x); j--) {
            axis other = of[j];
            of[j] = of[j - 1], of[j - 1] = other;
        }
}

/* Chooses what stands in the lanes. */
SPECIALIZE void choose_lanes(walk *w)
{
    const axis none = {1, 0, 0};
    int i = 0;
    w->run = w->reduced.count ? take_axis(&w->reduced, w->reduced.count - 1) : none;
    w->lane = none, w->c = 1, w->g = LANES, w->gathered = 0;
    if (w->run.x == w->itemsize && w->run.size >= LONG)
        return;
    while (i < w->kept.count && w->kept.of[i].x != w->itemsize)
        i++;
    if (i == w->kept.count) {
        w->gathered = 1;
        if (w->run.size >= LONG)
            return;
        i = 0; /* the longest will do */
        for (int j = 1; j < w->kept.count; j++)
            i = w->kept.of[j].size > w->kept.of[i].size ? j : i;
    }
    if (w->kept.count)
        w->lane = take_axis(&w->kept, i);
    w->c = (int)maximum(minimum(w->lane.size, LANES), 1), w->g = 1;
    if (!w->gathered && w->lane.size <= LANES / 2 && w->run.x == w->c * w->itemsize)
        w->g = LANES / w->c;
}

/* The walk through x that *p says. */
V_CALL walk walk_of(const lg_reduce *p)
{
    walk w = {.itemsize = p->x_type == LG_BOOLS ? 1 : p->x_type == LG_FLOATS ? 4 : 8};
    axis reduced[LG_REDUCE_AXES];
    int count = 0;
    for (int i = 0; i < p->axes; i++) {
        axis a = {p->size[i], p->x_stride[i], p->y_stride[i]};
        if (i < p->kept)
            add_axis(&w.kept, a);
        else
            reduced[count++] = a;
    }
    if (!p->indices)
        sort_axes(reduced, count);
    for (int i = 0; i < count; i++)
        add_axis(&w.reduced, reduced[i]);
    choose_lanes(&w);
    w.lane_groups = ceil_div(w.lane.size, w.c);
    w.groups = size_of_axes(&w.kept) * w.lane_groups;
    w.runs = size_of_axes(&w.reduced);
    w.count = w.runs * w.run.size;
    /* Blocks of images, whose sums are doubles, are pieces. */
    w.piece = p->x_type == LG_DOUBLES ? 1 : PIECE;
    w.chunks = w.run.size ? ceil_div(w.run.size, w.piece) : 1;
    w.runs_together = w.chunks > 1 || !w.run.size ? 1 : w.piece / w.run.size;
    w.pieces = maximum(w.chunks > 1 ? w.runs * w.chunks : ceil_div(w.runs, w.runs_together), 1);
    return w;
}

#endif
