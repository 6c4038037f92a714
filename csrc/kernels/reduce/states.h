/* What is known of a result while its elements are gone through: two numbers, whose meaning the reduction
   decides, and how those of two parts become those of both. */
#ifndef LG_REDUCE_STATES_H
#define LG_REDUCE_STATES_H

#include "simd/v16.h"
#include "walk.h"

#include <string.h>

typedef union {
    double d[LANES + 16]; /* of floats; whole vectors are read from any lane on */
    int64_t i[LANES + 16];
} numbers;

/* Of each lane: sums a and b; or a product a, and b the number of its zeros; or the largest a, and b its
   place or how many there are. The least are the largest of the negated: of whole numbers, of the bitwise
   complements. */
typedef struct {
    numbers a, b;
} state;

/* Whether b is a sum, too. */
SPECIALIZE int has_second_sum(int op)
{
    return op == LG_REDUCE_VAR || op == LG_REDUCE_NAN_MEAN || op == LG_REDUCE_PROD;
}

/* One way through the elements of a row of results. */
typedef struct {
    const lg_reduce *p;
    int op;                     /* maybe a step of p's */
    int extreme, least;         /* what that is: of extremes; of the least; */
    int product, whole;         /* of factors; of whole numbers */
    ptrdiff_t row_y, c, lane_y; /* how much places differ from row to row, and every c lanes */
    double *given;              /* (LANES): what the elements in each lane are taken around, */
    double *extreme_of;         /* (LANES): and what another way has found */
} pass;

SPECIALIZE pass new_pass(const lg_reduce *p, const walk *w, int op, double given[2][LANES])
{
    pass s = {.p = p, .op = op, .row_y = w->g * w->run.y, .c = w->c, .lane_y = w->run.y};
    s.given = given[0], s.extreme_of = given[1];
    s.least = op == LG_REDUCE_LEAST || op == LG_REDUCE_ABS_LEAST;
    s.extreme = s.least || op == LG_REDUCE_LARGEST || op == LG_REDUCE_ABS_LARGEST;
    s.product = op == LG_REDUCE_PROD || op == LG_REDUCE_FACTORS;
    s.whole = p->x_type == LG_INT64 || p->x_type == LG_UINT8;
    return s;
}

/* No place, beyond all others, a double too. */
#define NOWHERE ((int64_t)1 << 62)

SPECIALIZE void clear_state(const pass *p, state *to)
{
    const int places = p->extreme && p->p->keep == LG_KEEP_PLACES;
    for (int l = 0; l < LANES && p->whole; l++) {
        to->a.i[l] = p->extreme ? INT64_MIN : p->product;
        to->b.i[l] = places ? NOWHERE : 0;
    }
    for (int l = 0; l < LANES && !p->whole; l += 16) {
        d_store(to->a.d + l, d_set1(p->extreme ? -INFINITY : (double)p->product));
        d_store(to->b.d + l, d_set1(places ? (double)NOWHERE : 0.0));
    }
}

/* Whole numbers wrap around. */
SPECIALIZE int64_t times(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
SPECIALIZE int64_t plus(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

/* `count` lanes of whole numbers at a and b become those of both. */
SPECIALIZE void join_wholes(const pass *p, int64_t *a, int64_t *b, const int64_t *from_a,
                            const int64_t *from_b, int count)
{
    for (int l = 0; l < count; l++)
        if (p->extreme) {
            const int more = (from_a[l] > a[l]) | ((from_a[l] == a[l]) & (from_b[l] < b[l]));
            a[l] = more ? from_a[l] : a[l], b[l] = more ? from_b[l] : b[l];
        } else {
            a[l] = p->product ? times(a[l], from_a[l]) : plus(a[l], from_a[l]);
        }
}

/* Sixteen lanes of floats at a and b become those of both. Of two extremes the first, NaN being the largest,
   or the one with the smaller place; or how many both are. */
SPECIALIZE void join_floats(const pass *p, double *a, double *b, const double *from_a, const double *from_b,
                            int count)
{
    const m16 used = m_first(count);
    const d16 x = d_load(a), y = d_load(b), other = d_load(from_a), beside = d_load(from_b);
    d16 new_a = d_add(x, other), new_b = d_add(y, beside);
    if (p->product) {
        new_a = d_mul(x, other);
    } else if (p->extreme) {
        const v16 best = d_hi(x), v = d_hi(other);
        const m16 number = v_eq(best, best), same = m_or(v_eq(v, best), m_not(m_or(number, v_eq(v, v))));
        m16 more = m_and(number, m_not(v_le(v, best)));
        if (p->p->keep == LG_KEEP_PLACES)
            more = m_or(more, m_and(same, v_lt(d_hi(d_sub(beside, y)), v_zero())));
        new_a = d_select(more, other, x);
        if (p->p->keep == LG_KEEP_PLACES)
            new_b = d_select(more, beside, y);
        else
            new_b = d_select(more, beside, d_select(same, new_b, y));
    }
    d_store(a, d_select(used, new_a, x));
    d_store(b, d_select(used, new_b, y));
}

/* `count` lanes of `to` become those of both, with the lanes of `from` from the first on. */
V_CALL void join(const pass *p, state *to, const state *from, int first, int count)
{
    if (p->whole)
        join_wholes(p, to->a.i, to->b.i, from->a.i + first, from->b.i + first, count);
    for (int l = 0; l < count && !p->whole; l += 16)
        join_floats(p, to->a.d + l, to->b.d + l, from->a.d + first + l, from->b.d + first + l,
                    count - l < 16 ? count - l : 16);
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

V_CALL void take_part(const pass *p, tree *t)
{
    t->height++;
    for (ptrdiff_t n = ++t->count; n % 2 == 0; n /= 2, t->height--)
        join(p, t->of + t->height - 2, t->of + t->height - 1, 0, LANES);
}

/* The state of all. */
V_CALL state *whole_tree(const pass *p, tree *t)
{
    for (; t->height > 1; t->height--)
        join(p, t->of + t->height - 2, t->of + t->height - 1, 0, LANES);
    return t->of;
}

#endif
