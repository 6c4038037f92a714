/* Rows of classes, for softmax and the losses. Sums and maxima run over the classes of a row, and the
   vectors either along it (sixteen classes of one row: "along") or across (one class of sixteen rows:
   "lanes"). A block is the `count` vectors of one row or of sixteen; they are `step` floats apart, and the
   same code treats both. Along a row the last vector may have fewer than sixteen floats (`part`); in lanes
   every vector has `part` rows. */
#ifndef LG_ROWS_H
#define LG_ROWS_H

#include "kernels.h"
#include "parallel.h"
#include "simd/math.h"

#include <string.h>

/* Runs what follows for each vector of a block: i is its number, k how many floats it has. */
#define FOR_BLOCK(i, k, lanes, count, part, ...)        \
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

/* Likewise for what is written to `y`: along a row of `size` floats the pieces but the first begin where
   lines of 64 bytes do, since a store to two lines takes twice as long. i is the number of a piece's first
   float, or in lanes the vector's. */
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

/* Whether sixteen rows stand side by side in an array. */
SPECIALIZE int stand_in_lanes(const lg_rows *rows, lg_strides at)
{
    return rows->inner >= 16 && at.inner == 1;
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

SPECIALIZE v16 block_max(const float *x, ptrdiff_t step, ptrdiff_t count, int part, int lanes)
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
    FOR_BLOCK(i, k, lanes, count, part, { m = v_max(m, load_scores(x + i * step, k, lanes)); });
    return lanes ? m : v_set1(v_hmax(m));
}

/* --- exponentials ------------------------------------------------------------------------------

   The exponentials of a row whose maximum is m are taken of x - base, where base is 0, or m where
   |m| > 266: then x - base is exact for all x whose exponential is not 0 (for x near m, since x >=
   m / 2 and no bits are lost), and nothing has to be carried from a rounded subtraction. They are scaled by
   a power of two, so that the maximum's lies near 2^64 and small ones do not become subnormal.

   Where the maximum is not known yet, base and scale are guessed. A maximum between LEAST_GUESSED and
   MOST_GUESSED then has an exponential of 2^40 to 2^106: room enough for small ones below it, and for sums
   above. */

#define LEAST_GUESSED -11.0f
#define MOST_GUESSED 34.0f

typedef struct exp_reference {
    v16 base, floor, magic;
} exp_reference;

/* That of y = 2^(64 - n) exp(x - base). */
SPECIALIZE exp_reference reference_of(v16 base, v16 n)
{
    return (exp_reference){.base = base,
                           .magic = v_fnma(n, v_set1(16.0f), v_set1(V_SIXTEENTHS + 16 * 64)),
                           .floor = v_mul(v_sub(n, v_set1(191.0f)), v_set1(0x1.62e430p-1f))};
}

SPECIALIZE exp_reference guess_reference(void) { return reference_of(v_zero(), v_set1(8.0f)); }

/* Whether the guess was right for rows with these maxima, none of them NaN. */
SPECIALIZE int as_guessed(v16 m)
{
    return !m_any(m_not(m_and(v_le(v_set1(LEAST_GUESSED), m), v_le(m, v_set1(MOST_GUESSED)))));
}

/* The whole number next to x / ln 2. */
SPECIALIZE v16 exponent_of(v16 x)
{
    return v_sub(v_fma(x, v_set1(0x1.715476p+0f), v_set1(V_POW2)), v_set1(V_POW2));
}

/* The reference that suits rows with maxima m. */
SPECIALIZE exp_reference refer_to(v16 m)
{
    v16 base = v_mask(v_lt(v_set1(266.0f), v_abs(m)), m);
    return reference_of(base, exponent_of(v_sub(m, base)));
}

/* 2^(64 - n) exp(x + lo - base), where lo is 0 but with a softcap. Where that is less than 2^-126 it is 0, or
   smaller than it should be. */
SPECIALIZE v16 exp_of(const exp_reference *ref, v16 x, v16 lo, int cap)
{
    x = v_max(ref->floor, v_sub(x, ref->base));
    return cap ? v_exp_scaled2(x, lo, ref->magic, NULL) : v_exp_scaled(x, ref->magic);
}

/* The same of a maximum, with what rounding it has lost. */
SPECIALIZE v16 exponential_of_max(const exp_reference *ref, v16 m, v16 m_lo, v16 *lost)
{
    return v_exp_scaled2(v_sub(m, ref->base), m_lo, ref->magic, lost);
}

/* The same of a maximum given in doubles, within 2^-40: as exp_finish, with more terms. */
SPECIALIZE d16 exact_exponential_of_max(const exp_reference *ref, d16 m)
{
    d16 x = d_sub(m, d_from(ref->base));
    v16 t = v_fma(d_hi(x), v_set1(0x1.715476p+4f), ref->magic);
    d16 r = d_sub(x, d_mul(d_from(v_sub(t, ref->magic)), d_set1(0x1.62e42fefa39efp-5)));
    d16 r2 = d_mul(r, r), odd = d_add(d_set1(1.0 / 6), d_mul(r2, d_set1(1.0 / 120)));
    d16 p = d_add(d_add(d_set1(0.5), d_mul(r2, d_set1(1.0 / 24))), d_mul(r, odd));
    d16 root = d_from(root_of(t));
    d16 q = d_add(d_add(r, d_from(v_sixteenth(roots_lo, t))), d_mul(r2, p));
    return d_add(root, d_mul(root, q));
}

/* The sum of a block's exponentials y (count vectors) but the maximum's, `top`, where it is tiny: no other
   equals the maximum's then, and with that left out no digits of the rest are lost. */
V_CALL d16 tiny_rest(const float *y, ptrdiff_t count, int part, int lanes, v16 top)
{
    d16 sum = d_zero();
    for (ptrdiff_t i = 0; i < count; i++) {
        v16 v = v_load_part(y + 16 * i, lanes || i < count - 1 ? 16 : part);
        sum = d_add_v(sum, v_select(v_eq(v, top), v_zero(), v)); /* NaN stays */
    }
    return sum_across(sum, lanes);
}

/* Where a sum of `count` exponentials less the maximum's is too small to be accurate: taking that away again
   leaves an error of 2^-53 for each addition to it. */
SPECIALIZE m16 is_tiny(d16 rest, v16 top, ptrdiff_t count)
{
    return v_lt(d_hi(rest), v_mul(top, v_set1(0x1p-26f * (float)count)));
}

/* The sum of a block's exponentials but the maximum's, from the sum of all. */
SPECIALIZE d16 rest_of(d16 total, int lanes, const float *y, ptrdiff_t count, int part, v16 top)
{
    d16 rest = d_sub(total, d_from(top));
    m16 tiny = is_tiny(rest, top, count);
    if (m_any(tiny))
        rest = d_select(tiny, tiny_rest(y, count, part, lanes, top), rest);
    return rest;
}

/* log(1 + rest), in doubles, since a tiny rest may be subnormal or rounded as a float. */
V_CALL d16 log_of_total(d16 rest)
{
    v16 hi, lo;
    d_split(rest, &hi, &lo);
    m16 small = v_le(hi, v_set1(0x1p-12f));
    hi = v_log1p2(hi, lo, &lo);
    d16 log = d_add(d_from(hi), d_from(lo));
    if (!m_any(small))
        return log;
    d16 series = d_sub(d_set1(1.0 / 3.0), d_mul(d_set1(0.25), rest));
    series = d_sub(d_set1(0.5), d_mul(rest, series));
    return d_select(small, d_sub(rest, d_mul(d_mul(rest, rest), series)), log);
}

/* y * (hi + lo), rounded once and a little. */
SPECIALIZE v16 scaled_by(v16 y, v16 hi, v16 lo) { return v_fma(y, hi, v_mul(y, lo)); }

/* --- sixteen rows into the lanes and back ------------------------------------------------------ */

/* Sixteen rows x, `pitch` floats apart, of C floats each: y (C, 16). The last four columns may overlap the
   ones before. Gives the maximum of each row, while it has the floats in registers. */
SPECIALIZE v16 rows_to_lanes(const float *x, ptrdiff_t pitch, ptrdiff_t C, float *y)
{
    v16 m = v_set1(-INFINITY);
    for (ptrdiff_t i = 0; i < C; i += 4) {
        ptrdiff_t c = i + 4 <= C ? i : C - 4;
        v16 v[4];
        v_load_t4(x + c, pitch, v);
        for (int j = 0; j < 4; j++)
            v_store(y + 16 * (c + j), v[j]);
        m = v_max(m, v_max(v_max(v[0], v[1]), v_max(v[2], v[3])));
    }
    return m;
}

SPECIALIZE void lanes_to_rows(const float *x, ptrdiff_t pitch, ptrdiff_t C, float *y)
{
    for (ptrdiff_t i = 0; i < C; i += 4) {
        ptrdiff_t c = i + 4 <= C ? i : C - 4;
        v16 v[4];
        for (int j = 0; j < 4; j++)
            v[j] = v_load(x + 16 * (c + j));
        v_store_t4(y + c, pitch, v);
    }
}

/* `count` rows that stand side by side: x (C, count), strided -> y (groups of sixteen rows; C, 16), with
   zeros in the lanes that are left; max gets the maxima of each group. */
SPECIALIZE void gather_lanes(const float *x, ptrdiff_t step, ptrdiff_t C, int count, float *y, v16 *max)
{
    const int groups = ceil_div(count, 16), last = count - 16 * (groups - 1);
    for (int i = 0; i < groups; i++)
        max[i] = v_set1(-INFINITY);
    for (ptrdiff_t c = 0; c < C; c++)
        for (int i = 0; i < groups; i++) {
            v16 v = v_load_part(x + c * step + 16 * i, i < groups - 1 ? 16 : last);
            v_store(y + 16 * (i * C + c), v);
            max[i] = v_max(max[i], v);
        }
}

SPECIALIZE void scatter_lanes(const float *x, ptrdiff_t C, int count, float *y, ptrdiff_t step)
{
    const int groups = ceil_div(count, 16), last = count - 16 * (groups - 1);
    for (ptrdiff_t c = 0; c < C; c++)
        for (int i = 0; i < groups; i++)
            v_store_part(y + c * step + 16 * i, v_load(x + 16 * (i * C + c)), i < groups - 1 ? 16 : last);
}

/* Whether sixteen rows can be transposed in registers; *pitch gets their distance. */
SPECIALIZE int can_transpose(lg_strides at, const lg_rows *rows, int count, ptrdiff_t *pitch)
{
    *pitch = rows->inner == 1 ? at.outer : at.inner;
    return count == 16 && rows->C >= 4 && at.cls == 1 &&
           (rows->inner == 1 || rows->outer == 1 || at.outer == rows->inner * at.inner);
}

enum { NEAR = 1 << 18 }; /* floats that the second-level cache may hold */

/* Rows first ... first + count - 1 of x, `count` at most 16, into the lanes: y (C, 16), with zeros in the
   lanes that are left; gives the maximum of each. */
SPECIALIZE v16 load_rows(const float *x, lg_strides at, const lg_rows *rows, ptrdiff_t first, int count,
                         float *y)
{
    ptrdiff_t pitch;
    if (can_transpose(at, rows, count, &pitch)) {
        const float *from = x + row_offset(at, rows->inner, first);
        /* The next rows, where they may be far: four floats of each are read at a time, which no cache
         * foresees. */
        if (rows->C > 16 && rows->outer * rows->inner * rows->C > NEAR)
            for (ptrdiff_t i = 0; i < 16 * rows->C; i += 16)
                __builtin_prefetch(from + 16 * pitch + i, 0, 2);
        return rows_to_lanes(from, pitch, rows->C, y);
    }
    memset(y, 0, sizeof(float) * (size_t)(16 * rows->C));
    for (int r = 0; r < count; r++) {
        const float *row = x + row_offset(at, rows->inner, first + r);
        for (ptrdiff_t c = 0; c < rows->C; c++)
            y[16 * c + r] = row[c * at.cls];
    }
    return block_max(y, 16, rows->C, 16, 1);
}

SPECIALIZE void store_rows(const float *x, lg_strides at, const lg_rows *rows, ptrdiff_t first, int count,
                           float *y)
{
    ptrdiff_t pitch;
    if (can_transpose(at, rows, count, &pitch)) {
        lanes_to_rows(x, pitch, rows->C, y + row_offset(at, rows->inner, first));
        return;
    }
    for (int r = 0; r < count; r++) {
        float *row = y + row_offset(at, rows->inner, first + r);
        for (ptrdiff_t c = 0; c < rows->C; c++)
            row[c * at.cls] = x[16 * c + r];
    }
}

/* Fetches memory that will be written soon: stores of four floats to each of sixteen rows would wait. */
SPECIALIZE void will_write(float *y, lg_strides at, const lg_rows *rows, ptrdiff_t first, int count)
{
    ptrdiff_t pitch;
    if (!can_transpose(at, rows, count, &pitch) || pitch != rows->C)
        return;
    y += row_offset(at, rows->inner, first);
    for (ptrdiff_t i = 0; i < 16 * rows->C; i += 16)
        __builtin_prefetch(y + i, 1);
}

#endif
