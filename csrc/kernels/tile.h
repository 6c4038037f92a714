/* The register tile that convolution and matrix product share: up to six rows of V_TILE vectors,
       acc[i][j] += w[i] * x[j]
   with w broadcast from memory. Six rows of one vector fill the registers of AVX2, six rows of four
   those of AVX-512. Each element has one accumulator and is summed in the order of the steps, so the
   size of the tile changes no bit of the result. */
#ifndef LG_TILE_H
#define LG_TILE_H

#include "../simd/v16.h"

#define TILE_ROWS 6
#define INLINE static inline __attribute__((always_inline))

/* How many rows the next tile takes of the `left` that remain: nearly equal parts, at most six. */
INLINE ptrdiff_t tile_rows(ptrdiff_t left)
{
    ptrdiff_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
    return (left + tiles - 1) / tiles;
}

/* `vectors` is the number of vectors of which the last holds `last` floats (16: all whole). */
INLINE void tile_start(int rows, int vectors, const float *start, v16 acc[TILE_ROWS][V_TILE])
{
    _Pragma("GCC unroll 6") for (int i = 0; i < rows; i++) {
        v16 s = start ? v_set1(start[i]) : v_zero();
        _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) acc[i][j] = s;
    }
}

INLINE void tile_step(int rows, int vectors, int last, const float *w, ptrdiff_t w_stride,
                      const float *x, v16 acc[TILE_ROWS][V_TILE])
{
    v16 xv[V_TILE];
    _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++)
        xv[j] = j == vectors - 1 && last != 16 ? v_load_part(x + 16 * j, last) : v_load(x + 16 * j);
    _Pragma("GCC unroll 6") for (int i = 0; i < rows; i++) {
        v16 wi = v_set1(w[i * w_stride]);
        _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++)
            acc[i][j] = v_fma(wi, xv[j], acc[i][j]);
    }
}

/* max(0, x); NaN stays NaN, as in relu. */
INLINE void tile_relu(int rows, int vectors, v16 acc[TILE_ROWS][V_TILE])
{
    _Pragma("GCC unroll 6") for (int i = 0; i < rows; i++)
        _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) acc[i][j] = v_max(v_zero(), acc[i][j]);
}

INLINE void tile_store(int rows, int vectors, int last, v16 acc[TILE_ROWS][V_TILE], float *y,
                       ptrdiff_t y_stride)
{
    _Pragma("GCC unroll 6") for (int i = 0; i < rows; i++)
        _Pragma("GCC unroll 4") for (int j = 0; j < vectors; j++) {
            float *to = y + i * y_stride + 16 * j;
            if (j == vectors - 1 && last != 16)
                v_store_part(to, acc[i][j], last);
            else
                v_store(to, acc[i][j]);
        }
}

/* Calls tile(rows, vectors, last, ...) with `rows` and `vectors` as constants, so that the
   accumulators of each combination live in registers. `last` is 16 unless the vectors end in a part
   of one. `tile` must be an always-inline function. */
#define TILE_CASE_(tile, rows, vectors, last, ...) \
    case rows:                                      \
        if ((last) == 16)                           \
            tile(rows, vectors, 16, __VA_ARGS__);   \
        else                                        \
            tile(rows, vectors, last, __VA_ARGS__); \
        break;
#define TILE_ROWS_(tile, rows, vectors, last, ...)      \
    switch (rows) {                                     \
        TILE_CASE_(tile, 1, vectors, last, __VA_ARGS__) \
        TILE_CASE_(tile, 2, vectors, last, __VA_ARGS__) \
        TILE_CASE_(tile, 3, vectors, last, __VA_ARGS__) \
        TILE_CASE_(tile, 4, vectors, last, __VA_ARGS__) \
        TILE_CASE_(tile, 5, vectors, last, __VA_ARGS__) \
        TILE_CASE_(tile, 6, vectors, last, __VA_ARGS__) \
    }
#if V_TILE == 1
#define TILE_CALL(tile, rows, vectors, last, ...) TILE_ROWS_(tile, rows, 1, last, __VA_ARGS__)
#else
#define TILE_CALL(tile, rows, vectors, last, ...)                           \
    switch (vectors) {                                                      \
    case 1: TILE_ROWS_(tile, rows, 1, last, __VA_ARGS__) break;             \
    case 2: TILE_ROWS_(tile, rows, 2, last, __VA_ARGS__) break;             \
    case 3: TILE_ROWS_(tile, rows, 3, last, __VA_ARGS__) break;             \
    case 4: TILE_ROWS_(tile, rows, 4, last, __VA_ARGS__) break;             \
    }
#endif

#endif
