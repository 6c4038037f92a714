/* Matrix product on plain row-major arrays, and the sum of an array's rows. */
#include "../kernels.h"
#include "../parallel.h"
#include "tile.h"

#define PANEL (16 * V_TILE) /* columns of one tile */

/* One tile of C: rows x (columns) of it, K steps. a (rows, K) with any strides; b (K, columns) with row
   stride b_row, or a packed panel, whose rows are whole vectors; c row-major. */
INLINE void matmul_tile(int rows, int vectors, int last, int packed, ptrdiff_t K, const float *a,
                        ptrdiff_t a_row, ptrdiff_t a_col, const float *b, ptrdiff_t b_row,
                        const float *bias, float *c, ptrdiff_t c_row)
{
    v16 acc[TILE_ROWS][V_TILE];
    tile_start(rows, vectors, NULL, acc);
    if (bias) {
        for (int j = 0; j < vectors; j++) {
            v16 bj = v_load_part(bias + 16 * j, j == vectors - 1 ? last : 16);
            for (int i = 0; i < rows; i++)
                acc[i][j] = bj;
        }
    }
    for (ptrdiff_t t = 0; t < K; t++)
        tile_step(rows, vectors, packed ? 16 : last, a + t * a_col, a_row, b + t * b_row, acc);
    tile_store(rows, vectors, last, acc, c, c_row);
}

/* panel (K, PANEL) = the transpose of b's rows [0, columns), each K long; missing columns are 0. */
static void pack_panel(const float *b, ptrdiff_t columns, ptrdiff_t K, float *panel)
{
    for (ptrdiff_t j = 0; j < PANEL; j += 16) {
        ptrdiff_t k = 0;
        if (j + 16 <= columns)
            for (; k + 4 <= K; k += 4) {
                v16 t[4];
                v_load_t4(b + j * K + k, K, t);
                for (int c = 0; c < 4; c++)
                    v_store(panel + (k + c) * PANEL + j, t[c]);
            }
        for (; k < K; k++)
            for (ptrdiff_t r = 0; r < 16; r++)
                panel[k * PANEL + j + r] = j + r < columns ? b[(j + r) * K + k] : 0.0f;
    }
}

/* c (M, N) = a (M, K) @ b (K, N) + bias (N) or nothing. Element (i, k) of a stands at
   a[i*a_row + k*a_col]. With transpose_b, b is stored as (N, K) and turned panel by panel in scratch
   (lg_matmul_scratch floats). */
void K(matmul)(const float *a, ptrdiff_t a_row, ptrdiff_t a_col, const float *b,
               ptrdiff_t transpose_b, const float *bias, ptrdiff_t M, ptrdiff_t N, ptrdiff_t K,
               float *scratch, float *c)
{
    ptrdiff_t panels = (N + PANEL - 1) / PANEL;
    ptrdiff_t blocks = (M + TILE_ROWS - 1) / TILE_ROWS;
    int team = lg_team(2.0 * (double)M * (double)N * (double)K);
    (void)team;
#pragma omp parallel num_threads(team)
    {
        if (transpose_b) {
#pragma omp for schedule(guided)
            for (ptrdiff_t p = 0; p < panels; p++) {
                ptrdiff_t columns = N - p * PANEL < PANEL ? N - p * PANEL : PANEL;
                pack_panel(b + p * PANEL * K, columns, K, scratch + p * PANEL * K);
            }
        }
#pragma omp for collapse(2) schedule(guided) nowait
        for (ptrdiff_t p = 0; p < panels; p++)
            for (ptrdiff_t block = 0; block < blocks; block++) {
                ptrdiff_t i = M * block / blocks, rows = M * (block + 1) / blocks - i;
                ptrdiff_t j = p * PANEL, columns = N - j < PANEL ? N - j : PANEL;
                ptrdiff_t vectors = (columns + 15) / 16;
                int last = (int)(columns - 16 * (vectors - 1));
                const float *bj = bias ? bias + j : NULL;
                if (transpose_b)
                    TILE_CALL(matmul_tile, rows, vectors, last, 1, K, a + i * a_row, a_row, a_col,
                              scratch + j * K, PANEL, bj, c + i * N + j, N)
                else
                    TILE_CALL(matmul_tile, rows, vectors, last, 0, K, a + i * a_row, a_row, a_col,
                              b + j, N, bj, c + i * N + j, N)
            }
    }
}

/* sums (N) = the sum of the rows of a (M, N), added in doubles from the first row to the last. */
void K(sum_rows)(const float *a, ptrdiff_t M, ptrdiff_t N, float *sums)
{
#pragma omp parallel for num_threads(lg_team(LG_MOVE * (double)M * (double)N)) schedule(guided)
    for (ptrdiff_t j = 0; j < N; j += 16) {
        int k = N - j < 16 ? (int)(N - j) : 16;
        d16 total = d_zero();
        for (ptrdiff_t i = 0; i < M; i++)
            total = d_add_v(total, v_load_part(a + i * N + j, k));
        v_store_part(sums + j, d_hi(total), k);
    }
}
