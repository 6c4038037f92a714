/* Rows of classes, for softmax and the losses. Sums and maxima run over the classes of a row, and the
   vectors either along it (sixteen classes of one row: "along") or across (one class of sixteen rows:
   "lanes"). The scores of one row, or of sixteen, are `count` vectors, `step` floats apart, and the same code
   treats both. Along a row the last vector may have fewer than sixteen floats (`part`); in lanes every vector
   has `part` rows. */
#ifndef LG_ROWS_ROWS_H
#define LG_ROWS_ROWS_H

#include "kernels.h"
#include "simd/math.h"

/* Runs what follows for each vector of scores: i is its number, k how many floats it has. */
#define FOR_SCORES(i, k, lanes, count, part, ...)       \
    do {                                                \
        ptrdiff_t i = 0;                                \
        if (lanes) {                                    \
            const int k = part;                         \
            for (; i < (count); i++) {                  \
                __VA_ARGS__                             \
            }                                           \
        } else {                                        \
            for (; i < (count) - ((part) != 16); i++) { \
                enum { k = 16 };                        \
                __VA_ARGS__                             \
            }                                           \
            if ((part) != 16) {                         \
                const int k = part;                     \
                __VA_ARGS__                             \
            }                                           \
        }                                               \
    } while (0)

/* Likewise for what is written to `y`: along a row of `size` floats the vectors but the first begin where
   lines of 64 bytes do, since a store to two lines takes twice as long. i is the number of a vector's first
   float, or in lanes the vector's own. */
#define FOR_LINES(i, k, lanes, y, size, part, ...)                                    \
    do {                                                                              \
        ptrdiff_t i = 0;                                                              \
        if (lanes) {                                                                  \
            const int k = part;                                                       \
            for (; i < (size); i++) {                                                 \
                __VA_ARGS__                                                           \
            }                                                                         \
        } else {                                                                      \
            const ptrdiff_t head = (ptrdiff_t)(-(uintptr_t)(y) % 64 / sizeof(float)); \
            if (head) {                                                               \
                const int k = head < (size) ? (int)head : (int)(size);                \
                __VA_ARGS__                                                           \
                i = k;                                                                \
            }                                                                         \
            for (; i + 16 <= (size); i += 16) {                                       \
                enum { k = 16 };                                                      \
                __VA_ARGS__                                                           \
            }                                                                         \
            if (i < (size)) {                                                         \
                const int k = (int)((size) - i);                                      \
                __VA_ARGS__                                                           \
            }                                                                         \
        }                                                                             \
    } while (0)

/* Vectors of a row of C floats, and floats of the last. */
SPECIALIZE ptrdiff_t vectors_of(ptrdiff_t C) { return ceil_div(C, 16); }
SPECIALIZE int last_of(ptrdiff_t C) { return (int)(C - 16 * ((C - 1) / 16)); }

SPECIALIZE ptrdiff_t row_offset(lg_strides at, ptrdiff_t inner, ptrdiff_t r)
{
    return inner == 1 ? r * at.outer : r / inner * at.outer + r % inner * at.inner;
}

/* The class of row r, or -1 for a row that is ignored. Labels have been checked, but another thread may
   change them at any time: so each is read once, and one that is no class counts as ignored. */
static inline ptrdiff_t label_of(const int64_t *labels, ptrdiff_t r, ptrdiff_t C, int64_t ignore_index)
{
    const int64_t t = ((const volatile int64_t *)labels)[r];
    return t != ignore_index && t >= 0 && t < C ? (ptrdiff_t)t : -1;
}

/* k scores; behind them -inf along a row, 0 in lanes. */
SPECIALIZE v16 load_scores(const float *x, int k, int lanes)
{
    if (k == 16)
        return v_load(x);
    v16 v = v_load_part(x, k);
    return lanes ? v : v_select(m_first(k), v, v_set1(-INFINITY));
}

/* The sum over a row of what its vectors have summed up. */
SPECIALIZE d16 sum_across(d16 sum, int lanes) { return lanes ? sum : d_set1(d_sum(sum)); }

SPECIALIZE v16 max_of_scores(const float *x, ptrdiff_t step, ptrdiff_t count, int part, int lanes)
{
    v16 m = v_set1(-INFINITY);
    if (!lanes) { /* four at a time, since each waits for the one before */
        v16 m1 = m, m2 = m, m3 = m;
        for (; count > 4; count -= 4, x += 64) {
            m = v_max(m, v_load(x));
            m1 = v_max(m1, v_load(x + 16));
            m2 = v_max(m2, v_load(x + 32));
            m3 = v_max(m3, v_load(x + 48));
        }
        m = v_max(v_max(m, m1), v_max(m2, m3));
    }
    FOR_SCORES(i, k, lanes, count, part, { m = v_max(m, load_scores(x + i * step, k, lanes)); });
    return lanes ? m : v_set1(v_hmax(m));
}

#endif
