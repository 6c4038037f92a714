/* Convolution with Winograd's algorithm along the columns: forward, and the input gradient.

   Each row of the input is transformed once, and kept until the kernel has passed it. */
#include "pieces.h"
#include "register_tile_tpl.h"
#include "winograd_rows_transforms.h"

/* packed: for each group and tile of output planes (points, KH, in, planes of the tile), the kernels' rows,
   transformed. The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (KH, KW). */
void K(winograd_rows_pack)(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                           ptrdiff_t w_in, float *packed)
{
    const ptrdiff_t tiles = ceil_div(q->out, TILE_ROWS), KH = q->y.K, KW = q->x.K;
    const ptrdiff_t points = KW + W_OUT - 1;
    int team = lg_team(4.0 * (double)winograd_rows_packed_floats(q));
    (void)team;
    double g_t[ROW_TAPS][MAX_POINTS] = {0};
    for (ptrdiff_t p = 0; p < points; p++)
        for (ptrdiff_t k = 0; k < KW; k++)
            g_t[q->x.backward ? KW - 1 - k : k][p] = KW == 3 ? winograd_g[p][k] : winograd_g5[p][k];
#pragma omp parallel for num_threads(team) collapse(3)
    for (ptrdiff_t g = 0; g < q->groups; g++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++)
            for (ptrdiff_t ky = 0; ky < KH; ky++) {
                ptrdiff_t o = q->out * tile / tiles, rows = q->out * (tile + 1) / tiles - o;
                /* The input gradient meets the taps from last to first. */
                const float *from = weight + g * w_group + o * w_out;
                from += (q->y.backward ? KH - 1 - ky : ky) * KW;
                float *to = packed + (g * q->out + o) * points * KH * q->in + ky * q->in * rows;
                for (ptrdiff_t c = 0; c < q->in; c++)
                    for (ptrdiff_t r = 0; r < rows; r++) {
                        const float *w = from + r * w_out + c * w_in;
                        double sum[MAX_POINTS] = {0};
                        for (ptrdiff_t k = 0; k < KW; k++)
                            for (int p = 0; p < MAX_POINTS; p++)
                                sum[p] += g_t[k][p] * w[k];
                        for (ptrdiff_t p = 0; p < points; p++)
                            to[(p * KH * q->in + c) * rows + r] = (float)sum[p];
                    }
            }
}

/* One register tile of products, for one point of `taps` rows of the kernel:
   m (rows, V_TILE vectors) = w (taps, in, rows) times u, a ring of `ring` rows `row` floats apart, from its
   row `at` on, each (in, `apart` floats apart). */
SPECIALIZE void row_tile(int rows, int vectors, int last, const float *w, const float *u, ptrdiff_t at,
                         ptrdiff_t taps, ptrdiff_t ring, ptrdiff_t row, ptrdiff_t in, ptrdiff_t apart,
                         float *m)
{
    v16 acc[TILE_ROWS][TILE_WIDE];
    tile_start(rows, vectors, NULL, acc);
    for (ptrdiff_t t = 0; t < taps; t++) {
        const float *ut = u + at * row;
        for (ptrdiff_t c = 0; c < in; c++, w += rows, ut += apart)
            tile_step(rows, vectors, last, w, 1, ut, 16, acc);
        at = at + 1 == ring ? 0 : at + 1;
    }
    tile_store(rows, vectors, last, acc, m, V_TILE * W_LANES, 16);
}

/* Transforms `count` vectors of tiles of one output row back and writes them.
   m (points, `apart` floats apart; count vectors) -> y (floats) */
SPECIALIZE void write_row(const int n, const int points, const float *m, ptrdiff_t apart, ptrdiff_t count,
                          float bias, int relu, float *y, ptrdiff_t floats)
{
    for (ptrdiff_t k = 0; k < count; k++, m += W_LANES) {
        v16 in[MAX_POINTS], out[W_OUT];
        FOR_UNROLLED(8, p, points)
            in[p] = v_load(m + p * apart);
        output_points(points, in, out);
        FOR_UNROLLED(4, j, W_OUT) {
            out[j] = v_add(out[j], v_set1(bias));
            if (relu)
                out[j] = v_max(v_zero(), out[j]);
        }
        store_columns(n, out, y + k * W_OUT * W_LANES, floats - k * W_OUT * W_LANES);
    }
}

/* One group of one block: the output rows from `begin` up to `end`, the vectors of tiles from v0 up to v1.
   x (in, y.in, x.in, n), packed as by winograd_rows_pack, y (out, y.out, x.out, n). */
static void rows_chunk(const correlation *q, const row_tiling *t, ptrdiff_t begin, ptrdiff_t end,
                       ptrdiff_t v0, ptrdiff_t v1, const float *x, const float *packed, const float *bias,
                       int relu, float *scratch, float *y)
{
    const ptrdiff_t KH = q->y.K, n = q->n, points = t->points, apart = t->chunk * W_LANES;
    const ptrdiff_t point = row_point_floats(t, q->in), row = points * point, count = v1 - v0;
    const ptrdiff_t tiles = ceil_div(q->out, TILE_ROWS), pixels = W_OUT * W_LANES;
    const ptrdiff_t y_row = q->x.out * n, y_plane = q->y.out * y_row, weights = KH * q->in;
    const ptrdiff_t m_row = V_TILE * W_LANES;
    float *u = scratch, *m = u + KH * row, *window = m + points * 6 * 4 * W_LANES;
    ptrdiff_t next = maximum(begin + t->top, 0); /* row of the input to be transformed */
    for (ptrdiff_t i = begin; i < end; i++) {
        ptrdiff_t from = maximum(i + t->top, 0), to = minimum(i + t->top + KH, q->y.in);
        for (; next < to; next++)
            for (ptrdiff_t c = 0; c < q->in; c++) {
                ptrdiff_t floats = count * pixels + W_OUT * n;
                const float *d = tile_row(x + (c * q->y.in + next) * q->x.in * n, q->x.in, n,
                                          v0 * pixels / n + t->left, &floats, window);
                POINTS_CALL(transform_row, n, points, d, floats, count, u + next % KH * row + c * apart,
                            point)
            }
        ptrdiff_t taps = maximum(to - from, 0), skipped = from - (i + t->top);
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = q->out * tile / tiles, rows = q->out * (tile + 1) / tiles - o;
            const float *w = packed + (o * points * KH + skipped * rows) * q->in;
            for (ptrdiff_t v = 0; v < count; v += V_TILE) {
                ptrdiff_t vectors = minimum(V_TILE, count - v), at = (v0 + v) * pixels;
                for (ptrdiff_t p = 0; p < points; p++)
                    TILE_CALL(row_tile, rows, vectors, 16, w + p * rows * weights,
                              u + p * point + v * W_LANES, from % KH, taps, KH, row, q->in, apart,
                              m + p * rows * m_row)
                for (ptrdiff_t r = 0; r < rows; r++)
                    POINTS_CALL(write_row, n, points, m + r * m_row, rows * m_row, vectors,
                                bias ? bias[o + r] : 0.0f, relu, y + (o + r) * y_plane + i * y_row + at,
                                y_row - at)
            }
        }
    }
}

static void rows_piece(const void *work, ptrdiff_t i)
{
    const correlation_work *w = work;
    const correlation *q = w->q;
    const row_tiling *t = w->tiling;
    const correlation_piece p = correlation_piece_of(w, i);
    const ptrdiff_t bands = w->size, band = p.k % bands, v = p.k / bands * t->chunk;
    rows_chunk(q, t, q->y.out * band / bands, q->y.out * (band + 1) / bands, v,
               minimum(v + t->chunk, t->vectors), p.x,
               w->packed + p.group * t->points * q->out * q->y.K * q->in, p.bias, w->relu, p.scratch, p.y);
}

/* x (B, groups*in, y.in, x.in, n) -> y (B, groups*out, y.out, x.out, n); bias (groups*out) or NULL.
   scratch: winograd_rows_floats for each thread. */
void K(winograd_rows)(const correlation *q, ptrdiff_t B, const float *x, const float *packed,
                      const float *bias, int relu, float *scratch, float *y)
{
    const row_tiling t = new_row_tiling(q);
    const ptrdiff_t groups = B * q->groups, chunks = ceil_div(t.vectors, t.chunk);
    const ptrdiff_t tasks = maximum(1, groups * chunks);
    const double out = (double)(q->out * q->y.out * q->x.out * q->n);
    const int team = lg_team(0.5 * (double)(t.points * groups) * out * (double)(q->in * q->y.K));
    /* Where there are few blocks, threads take bands of rows; each transforms the inputs that it meets. */
    const ptrdiff_t bands = team == 1 ? 1 : minimum(ceil_div(2 * team, tasks), q->y.out);
    const correlation_work work = {.q = q,
                                   .x = x,
                                   .packed = packed,
                                   .bias = bias,
                                   .relu = relu,
                                   .scratch = scratch,
                                   .y = y,
                                   .room = winograd_rows_floats(q),
                                   .pieces = chunks * bands,
                                   .size = bands,
                                   .tiling = &t};
    lg_share_out(team, groups * work.pieces, rows_piece, &work);
}
