/* Rows into the lanes, and back. */
#ifndef LG_ROWS_LANES_H
#define LG_ROWS_LANES_H

#include "rows.h"

#include <string.h>

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
    return max_of_scores(y, 16, rows->C, 16, 1);
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
