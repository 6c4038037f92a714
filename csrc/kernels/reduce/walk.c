/* The walk of a reduction: the same on every instruction set. Compiled with baseline flags only. */
#include "walk.h"

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

/* How many partial sums a run goes to: as many as fill the lanes with the `beside` results that stand inside
   it. Short runs of single elements are better beside one another. */
static int partial_sums(const lg_reduce *p, ptrdiff_t run)
{
    if (p->chain || p->beside > LANES / 2 || (p->beside < 2 && run < LONG))
        return 1;
    return (int)(LANES / maximum(p->beside, 1));
}

/* Chooses what stands in the lanes: elements of one result, side by side or at least many; or results. */
static void choose_lanes(walk *w, const lg_reduce *p)
{
    const int sums = partial_sums(p, w->run.size);
    int i = 0;
    w->lane = (axis){1, 0, 0}, w->c = 1, w->g = w->turns = 1, w->half = LANES / 2 * w->itemsize;
    while (i < w->kept.count && w->kept.of[i].x != w->itemsize)
        i++;
    const ptrdiff_t beside = i < w->kept.count ? w->kept.of[i].size : 0;
    const int full = w->run.x == beside * w->itemsize; /* what stands beside and the run have no gaps */
    if (sums == LANES && (w->run.x == w->itemsize || (beside < LANES / 2 && !full))) {
        w->g = LANES, w->gathered = w->run.x != w->itemsize;
        return;
    }
    if (i == w->kept.count) {
        w->gathered = 1;
        i = 0; /* the longest will do */
        for (int j = 1; j < w->kept.count; j++)
            i = w->kept.of[j].size > w->kept.of[i].size ? j : i;
    }
    w->lane = take_axis(&w->kept, i);
    w->c = (int)maximum(minimum(w->lane.size, LANES), 1);
    /* Some of the sums in the lanes, the others in turns: the same tree if all halve evenly. */
    const int each = LANES / w->c, halved = (sums & (sums - 1)) == 0 && sums >= each;
    if (full && (beside == p->beside || halved))
        w->g = minimum(sums, each);
    else
        w->half = LANES / 2 * w->lane.x;
    w->turns = sums / w->g;
}

/* Sixteen floats side by side fill the lanes together with the next sixteen results. */
static void choose_halves(walk *w, const lg_reduce *p)
{
    const axis last = w->kept.count ? w->kept.of[w->kept.count - 1] : (axis){0, 0, 0};
    if (p->x_type != LG_FLOAT32 || w->gathered || w->g > 1 || w->lane.size != LANES / 2 ||
        last.y != w->lane.size * w->lane.y)
        return;
    lg_take_last_axis(&w->kept);
    w->half = last.x, w->lane.size *= last.size, w->c = LANES;
}

/* The walk through x that *p says. */
void lg_reduce_walk(const lg_reduce *p, walk *to)
{
    walk w = {.itemsize = p->x_type == LG_UINT8 ? 1 : p->x_type == LG_FLOAT32 ? 4 : 8};
    axes run = {0};
    for (int i = 0; i < p->axes; i++)
        lg_add_axis(i < p->kept               ? &w.kept
                    : i < p->axes - p->inside ? &w.reduced
                                              : &run,
                    (axis){p->size[i], p->x_stride[i], p->y_stride[i]});
    w.run = lg_size_of_axes(&run) ? lg_take_last_axis(&run) : (axis){0, 0, 0};
    choose_lanes(&w, p);
    choose_halves(&w, p);
    if (w.lane.size > w.c)
        w.next = (axis){ceil_div(w.lane.size, w.c), 2 * w.half, w.lane.y * w.c};
    else
        w.next = w.lane.size ? lg_take_last_axis(&w.kept) : w.lane;
    w.runs = lg_size_of_axes(&w.reduced);
    w.count = w.runs * w.run.size;
    w.chunks = w.run.size ? ceil_div(w.run.size, PIECE) : 1;
    w.runs_together = w.chunks > 1 || !w.run.size ? 1 : PIECE / w.run.size;
    w.pieces = maximum(w.chunks > 1 ? w.runs * w.chunks : ceil_div(w.runs, w.runs_together), 1);
    *to = w;
}
