/* What is known of a result while its elements are gone through: two numbers, whose meaning the reduction
   decides, and how those of two parts become those of both. */
#ifndef LG_REDUCE_STATES_H
#define LG_REDUCE_STATES_H

#include "walk.h"

#include <string.h>

typedef union {
    double d[LANES]; /* of floats */
    int64_t i[LANES];
} numbers;

/* Of each lane: sums a and b; or a product a, and b a sum. */
typedef struct {
    numbers a, b;
} state;

SPECIALIZE void clear(const lg_reduce *p, state *s)
{
    memset(s, 0, sizeof *s);
    for (int l = 0; l < LANES && p->op == LG_REDUCE_PROD; l++)
        if (p->x_type == LG_FLOATS)
            s->a.d[l] = 1.0;
        else
            s->a.i[l] = 1;
}

/* Products of whole numbers wrap around. */
SPECIALIZE int64_t times(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
SPECIALIZE int64_t plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

/* `count` lanes of `to` become those of both, with lanes of `from` behind them. */
SPECIALIZE void join(const lg_reduce *p, state *to, const state *from, int first, int count)
{
    const int whole = p->x_type == LG_INTS || p->x_type == LG_BOOLS, product = p->op == LG_REDUCE_PROD;
    for (int l = 0, m = first; l < count; l++, m++)
        if (whole) {
            to->a.i[l] = product ? times(to->a.i[l], from->a.i[m]) : plus(to->a.i[l], from->a.i[m]);
        } else {
            to->a.d[l] = product ? to->a.d[l] * from->a.d[m] : to->a.d[l] + from->a.d[m];
            to->b.d[l] += from->b.d[m];
        }
}

/* The states of parts, taken in one after the other, become one along a balanced tree: that of RFC 6962,
   whose left side has the largest power of two of parts that leaves some for the right. */
enum { MOST_LEVELS = 40 };
typedef struct {
    ptrdiff_t count;
    int height;
    state of[MOST_LEVELS];
} tree;

/* Where the next part's state is to be put. */
SPECIALIZE state *next_part(tree *t) { return t->of + t->height; }

SPECIALIZE void take_part(const lg_reduce *p, tree *t)
{
    t->height++;
    for (ptrdiff_t n = ++t->count; n % 2 == 0; n /= 2, t->height--)
        join(p, t->of + t->height - 2, t->of + t->height - 1, 0, LANES);
}

/* The state of all. */
SPECIALIZE state *whole_tree(const lg_reduce *p, tree *t)
{
    for (; t->height > 1; t->height--)
        join(p, t->of + t->height - 2, t->of + t->height - 1, 0, LANES);
    return t->of;
}

#endif
