/* Matrix products on plain row-major arrays, and the sum of an array's rows. */
#include "parallel.h"
#include "register_tile_tpl.h"

#include <string.h>

/* The first of `total` things in part `part` of `parts` nearly equal ones. */
static inline ptrdiff_t part_begin(ptrdiff_t total, ptrdiff_t part, ptrdiff_t parts)
{
    return total * part / parts;
}

/* panel (K, width) = b (K, columns), its rows b_row apart; what is behind the columns is 0. */
static void pack_rows(const float *b, ptrdiff_t b_row, ptrdiff_t columns, ptrdiff_t K, ptrdiff_t width,
                      float *panel)
{
    for (ptrdiff_t k = 0; k < K; k++)
        for (ptrdiff_t j = 0; j < width; j += 16)
            v_store(panel + k * width + j, v_load_part(b + k * b_row + j, (int)minimum(16, columns - j)));
}

/* panel (K, width) = the transpose of b (columns, K), its rows b_row apart; what is behind the columns
   is 0. */
static void pack_transposed(const float *b, ptrdiff_t b_row, ptrdiff_t columns, ptrdiff_t K, ptrdiff_t width,
                            float *panel)
{
    enum { PIECE = 64, PITCH = PIECE + 4 };
    float copy[16 * PITCH];
    v16 x[4];
    for (ptrdiff_t j = 0; j < width; j += 16) {
        ptrdiff_t count = minimum(16, columns - j);
        const float *from = b + j * b_row;
        float *to = panel + j;
        if (count == 16 && K >= 4 && !matmul_rows_collide(b_row)) {
            for (ptrdiff_t k = 0; k < K; k += 4) { /* the last may overlap the one before */
                ptrdiff_t at = minimum(k, K - 4);
                v_load_t4(from + at, b_row, x);
                for (int c = 0; c < 4; c++)
                    v_store(to + (at + c) * width, x[c]);
            }
            continue;
        }
        memset(copy, 0, sizeof copy);
        for (ptrdiff_t k = 0; k < K; k += PIECE) {
            ptrdiff_t terms = minimum(PIECE, K - k);
            for (ptrdiff_t r = 0; r < count; r++)
                memcpy(copy + r * PITCH, from + r * b_row + k, (size_t)terms * sizeof(float));
            for (ptrdiff_t i = 0; i < terms; i += 4) {
                v_load_t4(copy + i, PITCH, x);
                for (int c = 0; c < minimum(4, terms - i); c++)
                    v_store(to + (k + i + c) * width, x[c]);
            }
        }
    }
}

/* packed = what the tile rows [n, n_end) take of a, stored as (K, M): for each tile (K, rows). A few
   terms at a time, so that lines of memory are read once, though tiles share them. */
static void pack_a(const float *a, ptrdiff_t M, ptrdiff_t tile_rows, ptrdiff_t n, ptrdiff_t n_end,
                   ptrdiff_t K, float *packed)
{
    enum { TERMS = 8 };
    for (ptrdiff_t k = 0; k < K; k += TERMS)
        for (ptrdiff_t m = n; m < n_end; m++) {
            ptrdiff_t i = part_begin(M, m, tile_rows), rows = part_begin(M, m + 1, tile_rows) - i;
            ptrdiff_t terms = minimum(TERMS, K - k);
            const float *from = a + k * M + i;
            float *to = packed + (m - n) * matmul_packed_tile(K) + k * rows;
            int count = (int)minimum(16, M - i);
            for (; terms > 0; terms--, from += M, to += rows)
                v_store(to, v_load_part(from, count)); /* what is too much is overwritten by the next */
        }
}

/* One matrix product of a batch, and what its parts have in common. */
typedef struct {
    const lg_matmul *p;
    matmul_shape s;
    const float *a, *b, *bias; /* bias (N,) or NULL */
    float *c;
    float *scratch;
} product;

/* Adds terms [k, k + depth) to the tiles of tile rows [n, n_end) and panel q. What these take of a in
   these terms is packed in `packed`, unless that is NULL. */
static void multiply_panel(const product *o, ptrdiff_t q, ptrdiff_t n, ptrdiff_t n_end, ptrdiff_t k,
                           ptrdiff_t depth, const float *packed)
{
    const lg_matmul *p = o->p;
    const matmul_shape *s = &o->s;
    ptrdiff_t M = p->M, N = p->N, K = p->K, vectors = ceil_div(N, 16);
    ptrdiff_t left = part_begin(vectors, q, s->panels), j = 16 * left;
    vectors = part_begin(vectors, q + 1, s->panels) - left;
    ptrdiff_t columns = minimum(N - j, 16 * vectors), width = 16 * vectors;
    float panel[MATMUL_PANEL] __attribute__((aligned(64)));
    matmul_tile t = {.K = depth, .c_row = N, .c_last = (int)(columns - 16 * (vectors - 1))};
    t.relu = p->relu && k + depth == K;

    int turning = s->turning && columns == 16 && depth >= 4;
    t.b = p->transpose_b ? o->b + j * K + k : o->b + k * N + j;
    t.b_row = p->transpose_b ? K : N;
    t.b_vector = 16;
    t.b_last = t.c_last;
    if (p->packed_b) {
        t.b = o->b + j * K + 16 * k;
        t.b_row = 16;
        t.b_vector = 16 * K;
        t.b_last = 16;
    }
    if (s->pack_b && !turning) {
        if (p->transpose_b)
            pack_transposed(t.b, K, columns, depth, width, panel);
        else
            pack_rows(t.b, N, columns, depth, width, panel);
        t.b = panel;
        t.b_row = width;
        t.b_last = 16;
    }
    for (ptrdiff_t first = n; n < n_end; n++) {
        ptrdiff_t i = part_begin(M, n, s->tile_rows), rows = part_begin(M, n + 1, s->tile_rows) - i;
        t.a_row = p->transpose_a ? 1 : K;
        t.a_col = p->transpose_a ? M : 1;
        t.a = o->a + i * t.a_row + k * t.a_col;
        if (packed) {
            t.a = packed + (n - first) * matmul_packed_tile(depth);
            t.a_col = rows;
        }
        t.c = o->c + i * N + j;
        if (k > 0 || p->accumulate) {
            t.start = t.c;
            t.start_row = N;
        } else if (o->bias) {
            t.start = o->bias + j;
        }
        (turning ? turning_tiles[rows - 1] : tiles[rows - 1][vectors - 1])(&t);
    }
}

/* Part `part` of each product's groups x spans. */
static void multiply_part(const void *work, ptrdiff_t part)
{
    const product *all = work;
    const lg_matmul *p = all->p;
    const matmul_shape *s = &all->s;
    ptrdiff_t parts = s->groups * s->spans, matrix = part / parts;
    ptrdiff_t span = part % parts / s->groups, group = part % s->groups;
    const product o = {p,
                       *s,
                       all->a + matrix * p->a_batch,
                       all->b + matrix * p->b_batch,
                       all->bias,
                       all->c + matrix * p->M * p->N,
                       NULL};
    ptrdiff_t n = part_begin(s->tile_rows, group, s->groups);
    ptrdiff_t n_end = part_begin(s->tile_rows, group + 1, s->groups);
    ptrdiff_t q_end = part_begin(s->panels, span + 1, s->spans), k = 0;
    float *packed = s->pack_a ? all->scratch + lg_thread() * matmul_packed_group(p) : NULL;
    do { /* once also where K is 0: c is the bias then */
        ptrdiff_t depth = minimum(p->K - k, s->depth);
        if (packed)
            pack_a(o.a + k * p->M, p->M, s->tile_rows, n, n_end, depth, packed);
        for (ptrdiff_t q = part_begin(s->panels, span, s->spans); q < q_end; q++)
            multiply_panel(&o, q, n, n_end, k, depth, packed);
        k += depth;
    } while (k < p->K);
}

/* b (N, K) -> packed (ceil(N / 16), K, 16): for products with its transpose, any number of them, that have
   packed_b set. */
void K(matmul_pack)(const float *b, ptrdiff_t N, ptrdiff_t K, float *packed)
{
    for (ptrdiff_t j = 0; j < N; j += 16)
        pack_transposed(b + j * K, K, minimum(16, N - j), K, 16, packed + j * K);
}

/* c (batch, M, N) = a @ b + bias (N,) or nothing, for batch matrices a (M, K) and b (K, N), stored as p
   says; scratch: lg_matmul_scratch floats. */
void K(matmul)(const lg_matmul *p, const float *a, const float *b, const float *bias, float *scratch,
               float *c)
{
    int team = lg_team(2.0 * (double)(p->batch * p->M) * (double)p->N * (double)p->K);
    const product all = {p, shape_of_matmul(p, MATMUL_SUMS, team), a, b, bias, c, scratch};
    lg_share_out(team, p->batch * all.s.groups * all.s.spans, multiply_part, &all);
}

/* sums (N) = the sum of the rows of a (M, N), N < 64, in four sums of every fourth row each, so that
   additions need not wait for one another. */
static void sum_short_rows(const float *a, ptrdiff_t M, ptrdiff_t N, float *sums)
{
    for (ptrdiff_t j = 0; j < N; j += 16) {
        int k = (int)minimum(16, N - j);
        d16 total[4] = {d_zero(), d_zero(), d_zero(), d_zero()};
        ptrdiff_t i = 0;
        for (; i + 4 <= M; i += 4)
            for (int r = 0; r < 4; r++)
                total[r] = d_add_v(total[r], v_load_part(a + (i + r) * N + j, k));
        for (; i < M; i++)
            total[0] = d_add_v(total[0], v_load_part(a + i * N + j, k));
        v_store_part(sums + j, d_hi(d_add(d_add(total[0], total[1]), d_add(total[2], total[3]))), k);
    }
}

enum { STRIP = 256 }; /* columns that are added up together */

/* sums (width) = the sum of M rows of a, N floats apart; four rows at a time go into sums in memory, which
   reads each row in one long piece. */
static void sum_strip(const float *a, ptrdiff_t M, ptrdiff_t N, ptrdiff_t width, float *sums)
{
    double total[STRIP];
    for (ptrdiff_t j = 0; j < width; j += 16)
        d_store(total + j, d_zero());
    for (ptrdiff_t i = 0; i < M; i += 4, a += 4 * N) {
        ptrdiff_t rows = minimum(4, M - i);
        for (ptrdiff_t j = 0; j < width; j += 16) {
            int k = (int)minimum(16, width - j);
            d16 t = d_load(total + j);
            if (rows == 4 && k == 16)
                for (int r = 0; r < 4; r++)
                    t = d_add(t, d_load_floats(a + r * N + j));
            else
                for (ptrdiff_t r = 0; r < rows; r++)
                    t = d_add_v(t, v_load_part(a + r * N + j, k));
            d_store(total + j, t);
        }
    }
    for (ptrdiff_t j = 0; j < width; j += 16)
        v_store_part(sums + j, d_hi(d_load(total + j)), (int)minimum(16, width - j));
}

/* sums (N) = the sum of the rows of a (M, N), added in doubles. */
void K(sum_rows)(const float *a, ptrdiff_t M, ptrdiff_t N, float *sums)
{
    if (N < 64) {
        sum_short_rows(a, M, N, sums);
        return;
    }
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)M *(double)N)) schedule(guided)
    for (ptrdiff_t j = 0; j < N; j += STRIP)
        sum_strip(a + j, M, N, minimum(STRIP, N - j), sums + j);
}

/* *sum = x . y, both (size), in doubles, in which the products are exact; rounded once. */
void K(dot)(const float *x, const float *y, ptrdiff_t size, float *sum)
{
    d16 total[2] = {d_zero(), d_zero()};
    ptrdiff_t i = 0;
    for (; i + 32 <= size; i += 32)
        for (int j = 0; j < 2; j++)
            total[j] = d_add(total[j], d_mul(d_load_floats(x + i + 16 * j), d_load_floats(y + i + 16 * j)));
    for (; i < size; i += 16) {
        int k = (int)minimum(16, size - i);
        total[0] = d_add(total[0], d_mul(d_from(v_load_part(x + i, k)), d_from(v_load_part(y + i, k))));
    }
    *sum = (float)d_sum(d_add(total[0], total[1]));
}
