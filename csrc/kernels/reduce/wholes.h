/* Rows of whole numbers and of doubles, added to the states of their lanes. */
#ifndef LG_REDUCE_WHOLES_H
#define LG_REDUCE_WHOLES_H

#include "states.h"

/* One row after the other, `step` apart; the loop over the lanes is the compiler's to make vectors of. */
#define FOR_ROWS(...)                         \
    if (width == LANES)                       \
        for (; count > 0; count--, x += step) \
            for (int l = 0; l < LANES; l++) { \
                __VA_ARGS__                   \
            }                                 \
    else                                      \
        for (; count > 0; count--, x += step) \
            for (int l = 0; l < width; l++) { \
                __VA_ARGS__                   \
            }

#define WHOLE_ROWS(name, type)                                                                     \
    V_CALL void name(int op, state *to, const type *x, ptrdiff_t step, ptrdiff_t count, int width) \
    {                                                                                              \
        int64_t *a = to->a.i;                                                                      \
        switch (op) {                                                                              \
        case LG_REDUCE_SUM: FOR_ROWS(a[l] = plus(a[l], x[l]);) break;                              \
        case LG_REDUCE_COUNT: FOR_ROWS(a[l] += x[l] != 0;) break;                                  \
        default: FOR_ROWS(a[l] = times(a[l], x[l]);) break;                                        \
        }                                                                                          \
    }
WHOLE_ROWS(int_rows, int64_t)
WHOLE_ROWS(bool_rows, uint8_t)

/* The sums of blocks of images. */
V_CALL void double_rows(state *to, const double *x, ptrdiff_t step, ptrdiff_t count, int width)
{
    FOR_ROWS(to->a.d[l] += x[l];)
}

#endif
