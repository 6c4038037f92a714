/* How a reduction goes through memory: which elements stand side by side in the lanes, and in which pieces
   the elements of each result are taken.

   A row is LANES elements side by side: `c` results, and `g` of the elements of each. Rows that follow
   one another along one reduced axis are a run. A piece is PIECE elements of each result, or a few runs; the
   order of sums follows from that, and from the strides, alone: results in other lanes make no difference,
   and so a batch can be cut anywhere. */
#ifndef LG_REDUCE_WALK_H
#define LG_REDUCE_WALK_H

#include "kernels.h"

enum {
    LANES = 32,
    LONG = 256,  /* a run of so many elements fills the lanes alone */
    PIECE = 4096 /* elements of one result */
};

typedef struct {
    ptrdiff_t size, x, y; /* x in bytes; y in elements of the result, or of a reduced axis in places */
} axis;

typedef struct {
    int count;
    axis of[LG_REDUCE_AXES];
} axes;

typedef struct {
    axes kept, reduced;      /* but for these: */
    axis next;               /* rows of results, one after the other */
    axis lane, run;          /* results side by side, elements of one result */
    int c, g;                /* in a row: so many results, and elements of each */
    int gathered;            /* rows do not stand in memory as they are: they are copied first */
    int itemsize;            /* of x */
    ptrdiff_t runs;          /* of each result */
    ptrdiff_t count;         /* elements of each result */
    ptrdiff_t piece;         /* elements of one result that are taken together, at most */
    ptrdiff_t chunks;        /* pieces of one run; or */
    ptrdiff_t runs_together; /* runs of one piece */
    ptrdiff_t pieces;
} walk;

/* Adds an axis inside the others: as one with the last where both arrays go on along it. */
void lg_add_axis(axes *to, axis new);
/* Takes out the last axis; if there is none, that of a single element. */
axis lg_take_last_axis(axes *from);
ptrdiff_t lg_size_of_axes(const axes *of);
/* The walk through x that *p says. */
void lg_reduce_walk(const lg_reduce *p, walk *w);

/* Where element number `number` of the axes is in x; *y gets where in the other array. */
static inline ptrdiff_t place_in(const axes *of, ptrdiff_t number, ptrdiff_t *y)
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

#endif
