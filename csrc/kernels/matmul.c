/* Matrix product on plain row-major arrays, and the sum of an array's rows. */
#include "../kernels.h"
#include "../parallel.h"
#include "tile.h"

#define PANEL (16 * V_TILE) /* columns of one tile */

/* One tile of C: rows x (columns) of it, K steps. a (rows, K) with any strides; b (K, columns) with row
   stride b_row, or a packed panel, whose rows are whole vectors; bias (columns,), or NULL; c row-major, to
   which the product is added where `accumulate` says so: its sums then go on where they had stopped, with
   the same bits as if there had been no stop. */
INLINE void matmul_tile(int rows, int vectors, int last, int packed, ptrdiff_t K, const float *a,
                        ptrdiff_t a_row, ptrdiff_t a_col, const float *b, ptrdiff_t b_row,
                        const float *bias, int accumulate, float *c, ptrdiff_t c_row)
{
    v16 acc[TILE_ROWS][V_TILE];
    tile_start(rows, vectors, NULL, acc);
    if (accumulate || bias) {
        const float *start = accumulate ? c : bias;
        ptrdiff_t start_row = accumulate ? c_row : 0;
        for (int j = 0; j < vectors; j++)
            for (int i = 0; i < rows; i++)
                acc[i][j] = v_load_part(start + i * start_row + 16 * j, j == vectors - 1 ? last : 16);
    }
    for (ptrdiff_t t = 0; t < K; t++)
        tile_step(rows, vectors, packed ? 16 : last, a + t * a_col, a_row, b + t * b_row, acc);
    tile_store(rows, vectors, last, acc, c, c_row);
}

/* panel (K, PANEL) = the transpose of b's rows [0, columns), each K long, b_row apart; missing columns
   are 0. */
static void pack_panel(const float *b, ptrdiff_t b_row, ptrdiff_t columns, ptrdiff_t K, float *panel)
{
    for (ptrdiff_t j = 0; j < PANEL; j += 16) {
        ptrdiff_t k = 0;
        if (j + 16 <= columns)
            for (; k + 4 <= K; k += 4) {
                v16 t[4];
                v_load_t4(b + j * b_row + k, b_row, t);
                for (int c = 0; c < 4; c++)
                    v_store(panel + (k + c) * PANEL + j, t[c]);
            }
        for (; k < K; k++)
            for (ptrdiff_t r = 0; r < 16; r++)
                panel[k * PANEL + j + r] = j + r < columns ? b[(j + r) * b_row + k] : 0.0f;
    }
}

static inline ptrdiff_t least(ptrdiff_t x, ptrdiff_t y)
{
    return x < y ? x : y;
}

/* c (M, N) = a (M, K) @ b (K, N) + bias (N,) or nothing, or c += a @ b with `accumulate`. Element (i, k) of
   a stands at a[i*a_row + k*a_col]. With transpose_b, b is stored as (N, K) and turned panel by panel in
   scratch (lg_matmul_scratch floats): all of it first where it is small, else by each thread when it needs
   a panel.

   A part of the work is a panel of b by some rows of a. A panel longer than LG_DEPTH is taken in pieces that
   stay in a core's cache while those rows, not too few for it, pass over them. */
void K(matmul)(const float *a, ptrdiff_t a_row, ptrdiff_t a_col, const float *b,
               ptrdiff_t transpose_b, const float *bias, ptrdiff_t accumulate, ptrdiff_t M, ptrdiff_t N,
               ptrdiff_t K, float *scratch, float *c)
{
    int at_first = transpose_b && lg_matmul_packs_at_first(N, K), late = transpose_b && !at_first;
    ptrdiff_t panels = (N + PANEL - 1) / PANEL, blocks = (M + TILE_ROWS - 1) / TILE_ROWS;
    ptrdiff_t groups = late || K > LG_DEPTH ? (blocks + 31) / 32 : blocks;
    /* What c has more of, rows or columns, is gone through once: the memory of that is the larger one. */
    int tall = M > N;
    int team = lg_team(2.0 * (double)M * (double)N * (double)K);
    (void)team;
#pragma omp parallel num_threads(team)
    {
        if (at_first) {
#pragma omp for schedule(guided)
            for (ptrdiff_t p = 0; p < panels; p++)
                pack_panel(b + p * PANEL * K, K, least(N - p * PANEL, PANEL), K, scratch + p * PANEL * K);
        }
#pragma omp for schedule(dynamic, 1 + panels * groups / 64) nowait
        for (ptrdiff_t t = 0; t < panels * groups; t++) {
            ptrdiff_t p = tall ? t % panels : t / groups, group = tall ? t / panels : t % groups;
            ptrdiff_t j = p * PANEL, columns = least(N - j, PANEL), vectors = (columns + 15) / 16;
            int last = (int)(columns - 16 * (vectors - 1));
            const float *bias_j = bias ? bias + j : NULL;
            ptrdiff_t k = 0;
            do { /* once also where K is 0: c is the bias then */
                ptrdiff_t depth = least(K - k, LG_DEPTH);
                const float *panel = at_first ? scratch + j * K + k * PANEL : b + k * N + j;
                if (late) {
                    float *own = scratch + lg_thread() * lg_matmul_panel(K);
                    pack_panel(b + j * K + k, K, columns, depth, own);
                    panel = own;
                }
                int add = accumulate || k > 0;
                for (ptrdiff_t n = blocks * group / groups; n < blocks * (group + 1) / groups; n++) {
                    ptrdiff_t i = M * n / blocks, rows = M * (n + 1) / blocks - i;
                    const float *ai = a + i * a_row + k * a_col;
                    if (transpose_b)
                        TILE_CALL(matmul_tile, rows, vectors, last, 1, depth, ai, a_row, a_col, panel,
                                  PANEL, bias_j, add, c + i * N + j, N)
                    else
                        TILE_CALL(matmul_tile, rows, vectors, last, 0, depth, ai, a_row, a_col, panel, N,
                                  bias_j, add, c + i * N + j, N)
                }
                k += depth;
            } while (k < K);
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
