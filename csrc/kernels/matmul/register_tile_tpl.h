/* The register tiles of the matrix product: up to six rows by eight vectors, as many as the accumulators
   have registers for. Few rows get more vectors each, so that a multiply-add need not wait for the one
   before it, and memory is read in longer pieces. */
#ifndef LG_MATMUL_REGISTER_TILE_TPL_H
#define LG_MATMUL_REGISTER_TILE_TPL_H

#include "sizes.h"
#include "simd/v16.h"

enum { MATMUL_SUMS = MATMUL_ROWS * V_TILE }; /* vectors of accumulators */

/* c = start + a @ b, and then maybe relu of it. */
typedef struct {
    ptrdiff_t K;
    const float *a; /* (rows, K), its elements a_row and a_col apart */
    ptrdiff_t a_row, a_col;
    const float *b;            /* (K, columns), or (columns, K) for a turning tile; its rows b_row apart */
    ptrdiff_t b_row, b_vector; /* and its vectors b_vector apart, mostly 16 */
    int b_last;                /* floats of a row's last vector: 16 in a packed panel */
    const float *start;        /* (rows, columns) or, with start_row 0, (columns); or NULL, for 0 */
    ptrdiff_t start_row;
    int relu;
    float *c; /* (rows, columns), its rows c_row apart */
    ptrdiff_t c_row;
    int c_last;
} matmul_tile;

typedef void matmul_tile_function(const matmul_tile *t);

typedef v16 matmul_sums[MATMUL_ROWS][MATMUL_VECTORS];

SPECIALIZE void sums_begin(int rows, int vectors, const matmul_tile *t, matmul_sums acc)
{
    FOR_UNROLLED(6, i, rows)
        FOR_UNROLLED(8, j, vectors)
            acc[i][j] = v_zero();
    if (t->start)
        FOR_UNROLLED(6, i, rows)
            FOR_UNROLLED(8, j, vectors) {
                const float *start = t->start + i * t->start_row + 16 * j;
                acc[i][j] = v_load_part(start, j == vectors - 1 ? t->c_last : 16);
            }
}

/* x[j] (16) are a row of b, a a column of a. */
SPECIALIZE void sums_step(int rows, int vectors, const float *a, ptrdiff_t a_row, const v16 *x,
                          matmul_sums acc)
{
    FOR_UNROLLED(6, i, rows) {
        v16 w = v_set1(a[i * a_row]);
        FOR_UNROLLED(8, j, vectors)
            acc[i][j] = v_fma(w, x[j], acc[i][j]);
    }
}

SPECIALIZE void sums_end(int rows, int vectors, const matmul_tile *t, matmul_sums acc)
{
    if (t->relu)
        FOR_UNROLLED(6, i, rows)
            FOR_UNROLLED(8, j, vectors)
                acc[i][j] = v_max(v_zero(), acc[i][j]);
    FOR_UNROLLED(6, i, rows)
        FOR_UNROLLED(8, j, vectors)
            v_store_part(t->c + i * t->c_row + 16 * j, acc[i][j], j == vectors - 1 ? t->c_last : 16);
}

SPECIALIZE void multiply(int rows, int vectors, int last, const matmul_tile *t)
{
    matmul_sums acc;
    sums_begin(rows, vectors, t, acc);
    const float *a = t->a, *b = t->b;
    const ptrdiff_t next = t->b_vector;
    for (ptrdiff_t k = t->K; k > 0; k--, a += t->a_col, b += t->b_row) {
        v16 x[MATMUL_VECTORS];
        FOR_UNROLLED(8, j, vectors)
            x[j] = j == vectors - 1 && last != 16 ? v_load_part(b + next * j, last) : v_load(b + next * j);
        sums_step(rows, vectors, a, t->a_row, x, acc);
    }
    sums_end(rows, vectors, t, acc);
}

/* The same for sixteen whole columns and a transposed b, which is turned in registers; K >= 4. */
SPECIALIZE void multiply_turning(int rows, const matmul_tile *t)
{
    matmul_sums acc;
    sums_begin(rows, 1, t, acc);
    v16 x[4];
    ptrdiff_t k = 0;
    for (; k + 4 <= t->K; k += 4) {
        v_load_t4(t->b + k, t->b_row, x);
        FOR_UNROLLED(4, c, 4)
            sums_step(rows, 1, t->a + (k + c) * t->a_col, t->a_row, &x[c], acc);
    }
    if (k < t->K) {
        v_load_t4(t->b + t->K - 4, t->b_row, x);
        for (int c = 4 - (int)(t->K - k); c < 4; c++, k++)
            sums_step(rows, 1, t->a + k * t->a_col, t->a_row, &x[c], acc);
    }
    sums_end(rows, 1, t, acc);
}

#define TILE(rows, vectors)                                   \
    static void tile_##rows##_##vectors(const matmul_tile *t) \
    {                                                         \
        if (t->b_last == 16)                                  \
            multiply(rows, vectors, 16, t);                   \
        else                                                  \
            multiply(rows, vectors, t->b_last, t);            \
    }
#define TURNING(rows) \
    static void turning_##rows(const matmul_tile *t) { multiply_turning(rows, t); }
#define ROW4(rows, a, b, c, d) TILE(rows, a) TILE(rows, b) TILE(rows, c) TILE(rows, d)
#define NAMES4(rows, a, b, c, d) tile_##rows##_##a, tile_##rows##_##b, tile_##rows##_##c, tile_##rows##_##d

/* clang-format off */
TURNING(1) TURNING(2) TURNING(3) TURNING(4) TURNING(5) TURNING(6)
static matmul_tile_function *const turning_tiles[] = {turning_1, turning_2, turning_3,
                                                      turning_4, turning_5, turning_6};
#if V_TILE == 4
ROW4(1, 1, 2, 3, 4) ROW4(1, 5, 6, 7, 8)
ROW4(2, 1, 2, 3, 4) ROW4(2, 5, 6, 7, 8)
ROW4(3, 1, 2, 3, 4) ROW4(3, 5, 6, 7, 8)
ROW4(4, 1, 2, 3, 4) TILE(4, 5) TILE(4, 6)
ROW4(5, 1, 2, 3, 4)
ROW4(6, 1, 2, 3, 4)
static matmul_tile_function *const tiles[MATMUL_ROWS][MATMUL_VECTORS] = {
    {NAMES4(1, 1, 2, 3, 4), NAMES4(1, 5, 6, 7, 8)},
    {NAMES4(2, 1, 2, 3, 4), NAMES4(2, 5, 6, 7, 8)},
    {NAMES4(3, 1, 2, 3, 4), NAMES4(3, 5, 6, 7, 8)},
    {NAMES4(4, 1, 2, 3, 4), tile_4_5, tile_4_6},
    {NAMES4(5, 1, 2, 3, 4)},
    {NAMES4(6, 1, 2, 3, 4)},
};
#elif V_TILE == 1
ROW4(1, 1, 2, 3, 4) TILE(1, 5) TILE(1, 6)
TILE(2, 1) TILE(2, 2) TILE(2, 3)
TILE(3, 1) TILE(3, 2)
TILE(4, 1)
TILE(5, 1)
TILE(6, 1)
static matmul_tile_function *const tiles[MATMUL_ROWS][MATMUL_VECTORS] = {
    {NAMES4(1, 1, 2, 3, 4), tile_1_5, tile_1_6},
    {tile_2_1, tile_2_2, tile_2_3},
    {tile_3_1, tile_3_2},
    {tile_4_1},
    {tile_5_1},
    {tile_6_1},
};
/* clang-format on */
#else
#error "which tiles fit the registers?"
#endif

#endif
