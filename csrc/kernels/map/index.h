/* Where the elements of a program's operands are. */
#ifndef LG_MAP_INDEX_H
#define LG_MAP_INDEX_H

#include "kernels.h"

/* Index of an element along each axis. */
typedef struct lg_index {
    ptrdiff_t at[LG_MAP_AXES];
} lg_index;

static lg_index index_of(const lg_map *p, ptrdiff_t element)
{
    lg_index index;
    for (int i = p->axes - 1; i > 0; i--) {
        index.at[i] = element % p->size[i];
        element /= p->size[i];
    }
    index.at[0] = element;
    return index;
}

/* Where an element is, in bytes. stride (axes) */
static ptrdiff_t place_of(const lg_map *p, const lg_index *index, const ptrdiff_t *stride)
{
    ptrdiff_t at = 0;
    for (int i = 0; i < p->axes; i++)
        at += index->at[i] * stride[i];
    return at;
}

/* How many elements are left in the row of this index. */
static ptrdiff_t left_in_row(const lg_map *p, const lg_index *index)
{
    return p->size[p->axes - 1] - index->at[p->axes - 1];
}

/* The next `count` elements are passed. */
static void pass(const lg_map *p, lg_index *index, ptrdiff_t count)
{
    index->at[p->axes - 1] += count;
    for (int i = p->axes - 1; i > 0 && index->at[i] >= p->size[i]; i--) {
        const ptrdiff_t rows = index->at[i] / p->size[i];
        index->at[i] -= rows * p->size[i];
        index->at[i - 1] += rows;
    }
}

/* Rows of one operand, whole ones of the same distance or a part of one. */
typedef struct lg_run {
    ptrdiff_t rows, count;  /* rows of so many elements */
    ptrdiff_t inner, outer; /* bytes from an element to the next, and from a row to the next */
} lg_run;

/* The first of the next `most` elements that are such rows. stride (axes) */
static lg_run rows_at(const lg_map *p, const lg_index *index, ptrdiff_t most, const ptrdiff_t *stride)
{
    const int last = p->axes - 1;
    lg_run r = {1, minimum(left_in_row(p, index), most), stride[last], 0};
    if (last > 0 && r.count == p->size[last]) {
        r.rows = minimum(most / r.count, p->size[last - 1] - index->at[last - 1]);
        r.outer = stride[last - 1];
    }
    return r;
}

#endif
