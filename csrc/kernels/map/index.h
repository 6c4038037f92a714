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

/* The next `count` elements are passed, which are of one row. */
static void pass(const lg_map *p, lg_index *index, ptrdiff_t count)
{
    index->at[p->axes - 1] += count;
    for (int i = p->axes - 1; i > 0 && index->at[i] == p->size[i]; i--) {
        index->at[i] = 0;
        index->at[i - 1]++;
    }
}

/* For each row of the next `count` elements: `at`, how many are before, and `run`, how many it has. */
#define FOR_ROWS(p, at, run, count, index, ...)                               \
    for (ptrdiff_t at = 0, run; at < (count); at += run) {                    \
        const ptrdiff_t left_ = left_in_row(p, &index), more_ = (count) - at; \
        run = minimum(left_, more_);                                          \
        __VA_ARGS__                                                           \
        pass(p, &index, run);                                                 \
    }

#endif
