/* The walk of a reduction: the same on every instruction set. Compiled with baseline flags only. */
#include "walk.h"

#include <stdlib.h>

/* Adds an axis inside the others: as one with the last where both arrays go on along it. */
void lg_add_axis(axes *to, axis new)
{
    axis *last = to->of + to->count - 1;
    if (new.size == 1)
        return;
    if (to->count && last->x == new.x * new.size && last->y == new.y * new.size)
        *last = (axis){last->size * new.size, new.x, new.y};
    else
        to->of[to->count++] = new;
}

/* Takes one out; if there is none, that of a single element. */
static axis take_axis(axes *from, int i)
{
    axis taken = {1, 0, 0};
    if (from->count == 0)
        return taken;
    taken = from->of[i];
    for (from->count--; i < from->count; i++)
        from->of[i] = from->of[i + 1];
    return taken;
}

axis lg_take_last_axis(axes *from) { return take_axis(from, from->count - 1); }

ptrdiff_t lg_size_of_axes(const axes *of)
{
    ptrdiff_t size = 1;
    for (int i = 0; i < of->count; i++)
        size *= of->of[i].size;
    return size;
}

/* From the axis with the largest stride on. */
static void sort_axes(axis *of, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && llabs(of[j].x) > llabs(of[j - 1].x); j--) {
            axis other = of[j];
            of[j] = of[j - 1], of[j - 1] = other;
        }
}

/* Chooses what stands in the lanes: elements of one result, side by side or at least many; or results. */
static void choose_lanes(walk *w)
{
    int i = 0;
    w->run = lg_take_last_axis(&w->reduced);
    w->lane = (axis){1, 0, 0}, w->c = 1, w->g = LANES;
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
    w->lane = take_axis(&w->kept, i);
    w->c = (int)maximum(minimum(w->lane.size, LANES), 1), w->g = 1;
    if (!w->gathered && w->lane.size <= LANES / 2 && w->run.x == w->c * w->itemsize)
        w->g = LANES / w->c;
}

/* The walk through x that *p says. */
void lg_reduce_walk(const lg_reduce *p, walk *to)
{
    walk w = {.itemsize = p->x_type == LG_UINT8 ? 1 : p->x_type == LG_FLOAT32 ? 4 : 8};
    axis reduced[LG_REDUCE_AXES];
    int count = 0;
    for (int i = 0; i < p->axes; i++) {
        axis a = {p->size[i], p->x_stride[i], p->y_stride[i]};
        if (i < p->kept)
            lg_add_axis(&w.kept, a);
        else
            reduced[count++] = a;
    }
    if (p->keep != LG_KEEP_PLACES) /* which count in order */
        sort_axes(reduced, count);
    for (int i = 0; i < count; i++)
        lg_add_axis(&w.reduced, reduced[i]);
    choose_lanes(&w);
    if (w.lane.size > w.c)
        w.next = (axis){ceil_div(w.lane.size, w.c), w.lane.x * w.c, w.lane.y * w.c};
    else
        w.next = w.lane.size ? lg_take_last_axis(&w.kept) : w.lane;
    w.runs = lg_size_of_axes(&w.reduced);
    w.count = w.runs * w.run.size;
    /* Blocks of images, whose sums are doubles, are pieces. */
    w.piece = p->x_type == LG_FLOAT64 ? 1 : PIECE;
    w.chunks = w.run.size ? ceil_div(w.run.size, w.piece) : 1;
    w.runs_together = w.chunks > 1 || !w.run.size ? 1 : w.piece / w.run.size;
    w.pieces = maximum(w.chunks > 1 ? w.runs * w.chunks : ceil_div(w.runs, w.runs_together), 1);
    *to = w;
}
