/* Rows of whole numbers and of doubles, added to the states of their lanes. */
#ifndef LG_REDUCE_WHOLES_H
#define LG_REDUCE_WHOLES_H

#include "states.h"

/* One row after the other, `step` apart; the loop over the lanes is the compiler's to make vectors of. */
#define FOR_ROWS(...)                                \
    for (ptrdiff_t r = 0; r < count; r++, x += step) \
        for (int l = 0; l < LANES; l++) {            \
            __VA_ARGS__                              \
        }

#define WHOLE_ROWS(name, type)                                                                 \
    V_CALL void name(const pass *p, state *to, const type *x, ptrdiff_t step, ptrdiff_t count, \
                     int64_t place)                                                            \
    {                                                                                          \
        const int64_t flip = -(int64_t)p->least;                                               \
        int64_t *a = to->a.i, *b = to->b.i;                                                    \
        if (p->op == LG_REDUCE_SUM)                                                            \
            FOR_ROWS(a[l] = plus(a[l], (int64_t)x[l]);)                                        \
        else if (p->op == LG_REDUCE_COUNT)                                                     \
            FOR_ROWS(a[l] += x[l] != 0;)                                                       \
        else if (p->op == LG_REDUCE_PROD)                                                      \
            FOR_ROWS(a[l] = times(a[l], (int64_t)x[l]);)                                       \
        else if (p->p->keep == LG_KEEP_NOTHING)                                                \
            FOR_ROWS(const int64_t v = (int64_t)x[l] ^ flip; a[l] = v > a[l] ? v : a[l];)      \
        else                                                                                   \
            FOR_ROWS(const int64_t v = (int64_t)x[l] ^ flip, at = place + r * p->row_y;        \
                     const int more = v > a[l]; a[l] = more ? v : a[l];                        \
                     b[l] = more ? at + l / p->c * p->lane_y : b[l];)                          \
    }
WHOLE_ROWS(int_rows, int64_t)
WHOLE_ROWS(byte_rows, uint8_t)

/* The sums of blocks of images. */
V_CALL void double_rows(state *to, const double *x, ptrdiff_t step, ptrdiff_t count)
{
    FOR_ROWS(to->a.d[l] += x[l];)
}

/* What fills a lane without an element. */
SPECIALIZE int64_t neutral_whole(const pass *p)
{
    const int64_t least = p->p->x_type == LG_BYTES ? 0 : INT64_MIN;
    return p->op == LG_REDUCE_PROD ? 1 : !p->extreme ? 0 : p->least ? ~least : least;
}

#endif
