/* The register tile of convolutions: up to six rows of vectors,
       acc[i][j] += w[i] * x[j]
   with w broadcast from memory. Six rows of V_TILE vectors fill the registers: one of AVX2, four of AVX-512.
   Fewer rows may have more vectors, up to TILE_VECTORS(rows), to keep as many sums going. Each element has
   one accumulator and is summed in the order of the steps, so the size of the tile changes no bit. */
#ifndef LG_CONV2D_REGISTER_TILE_TPL_H
#define LG_CONV2D_REGISTER_TILE_TPL_H

#include "simd/v16.h"

enum { TILE_ROWS = 6 };
#if V_TILE == 1
enum { TILE_WIDE = 6 };
#define TILE_VECTORS(rows) ((rows) == 1 ? 6 : (rows) == 2 ? 2 : 1)
#else
enum { TILE_WIDE = 8 };
#define TILE_VECTORS(rows) ((rows) <= 2 ? 8 : 10 - (rows))
#endif

/* `vectors` is the number of vectors of which the last holds `last` floats (16: all whole). */
SPECIALIZE void tile_start(int rows, int vectors, const float *start, v16 acc[TILE_ROWS][TILE_WIDE])
{
    FOR_UNROLLED(6, i, rows) {
        v16 s = start ? v_set1(start[i]) : v_zero();
        FOR_UNROLLED(8, j, vectors)
            acc[i][j] = s;
    }
}

/* x_stride: floats from a vector of x to the next. */
SPECIALIZE void tile_step(int rows, int vectors, int last, const float *w, ptrdiff_t w_stride, const float *x,
                          ptrdiff_t x_stride, v16 acc[TILE_ROWS][TILE_WIDE])
{
    v16 xv[TILE_WIDE];
    FOR_UNROLLED(8, j, vectors)
        xv[j] =
            j == vectors - 1 && last != 16 ? v_load_part(x + j * x_stride, last) : v_load(x + j * x_stride);
    FOR_UNROLLED(6, i, rows) {
        v16 wi = v_set1(w[i * w_stride]);
        FOR_UNROLLED(8, j, vectors)
            acc[i][j] = v_fma(wi, xv[j], acc[i][j]);
    }
}

/* max(0, x); NaN stays NaN, as in relu. */
SPECIALIZE void tile_relu(int rows, int vectors, v16 acc[TILE_ROWS][TILE_WIDE])
{
    FOR_UNROLLED(6, i, rows)
        FOR_UNROLLED(8, j, vectors)
            acc[i][j] = v_max(v_zero(), acc[i][j]);
}

/* y: rows `y_row` floats apart, their vectors `y_vector`. */
SPECIALIZE void tile_store(int rows, int vectors, int last, v16 acc[TILE_ROWS][TILE_WIDE], float *y,
                           ptrdiff_t y_row, ptrdiff_t y_vector)
{
    FOR_UNROLLED(6, i, rows)
        FOR_UNROLLED(8, j, vectors) {
            float *to = y + i * y_row + j * y_vector;
            if (j == vectors - 1 && last != 16)
                v_store_part(to, acc[i][j], last);
            else
                v_store(to, acc[i][j]);
        }
}

/* Calls tile(rows, vectors, last, ...) with `rows` and `vectors` as constants, so that the
   accumulators of each combination live in registers. `last` is 16 unless the vectors end in a part
   of one. `tile` must be an always-inline function. There are up to V_TILE vectors, or TILE_VECTORS(rows). */
#define TILE_CALL(tile, rows, vectors, last, ...) \
    TILE_CALL_(TILE_SAME_, tile, rows, vectors, last, __VA_ARGS__)
#define TILE_CALL_WIDE(tile, rows, vectors, last, ...) \
    TILE_CALL_(TILE_VECTORS, tile, rows, vectors, last, __VA_ARGS__)

#define TILE_SAME_(rows) V_TILE
#define TILE_CALL_(most, tile, rows, vectors, last, ...)     \
    switch (rows) {                                          \
        TILE_ROW_(most, tile, 1, vectors, last, __VA_ARGS__) \
        TILE_ROW_(most, tile, 2, vectors, last, __VA_ARGS__) \
        TILE_ROW_(most, tile, 3, vectors, last, __VA_ARGS__) \
        TILE_ROW_(most, tile, 4, vectors, last, __VA_ARGS__) \
        TILE_ROW_(most, tile, 5, vectors, last, __VA_ARGS__) \
        TILE_ROW_(most, tile, 6, vectors, last, __VA_ARGS__) \
    }
#define TILE_ROW_(most, tile, rows, vectors, last, ...)              \
    case rows:                                                       \
        switch (vectors) {                                           \
            TILE_CASE_(most(rows), tile, rows, 1, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 2, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 3, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 4, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 5, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 6, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 7, last, __VA_ARGS__) \
            TILE_CASE_(most(rows), tile, rows, 8, last, __VA_ARGS__) \
        }                                                            \
        break;
#define TILE_CASE_(most, tile, rows, vectors, last, ...) \
    case vectors:                                        \
        if (vectors > most)                              \
            break;                                       \
        if ((last) == 16)                                \
            tile(rows, vectors, 16, __VA_ARGS__);        \
        else                                             \
            tile(rows, vectors, last, __VA_ARGS__);      \
        break;

#endif
