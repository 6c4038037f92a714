/* 3 x 3 convolution with Winograd's algorithm: forward, and the gradient with respect to the input. */
#include "pieces.h"
#include "register_tile_tpl.h"
#include "winograd_2d_transforms.h"

enum { SIDE = 3, TAPS = SIDE * SIDE }; /* of a kernel */

/* a[0] * x[0] + a[1] * x[by] + a[2] * x[2 * by] */
SPECIALIZE d16 sum_of_three(const double *a, const d16 *x, int by)
{
    d16 sum = d_add(d_mul(d_set1(a[0]), x[0]), d_mul(d_set1(a[1]), x[by]));
    return d_add(sum, d_mul(d_set1(a[2]), x[2 * by]));
}

/* Transforms `count` kernels, taps (9, 16) -> points (36, `apart` floats apart). */
static void transform_kernels(const float *taps, int count, float *points, ptrdiff_t apart)
{
    d16 w[TAPS], half[W_IN][SIDE];
    for (int k = 0; k < TAPS; k++)
        w[k] = d_load_floats(taps + k * W_LANES);
    for (int i = 0; i < W_IN; i++)
        for (int k = 0; k < SIDE; k++)
            half[i][k] = sum_of_three(winograd_g[i], w + k, SIDE);
    for (int i = 0; i < W_IN; i++)
        for (int j = 0; j < W_IN; j++, points += apart)
            v_store_part(points, d_hi(sum_of_three(winograd_g[j], half[i], 1)), count);
}

/* packed: for each group and tile of output planes (36, in, planes of the tile), the kernels transformed.
   The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (3, 3). */
void K(winograd_pack)(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                      ptrdiff_t w_in, float *packed)
{
    const ptrdiff_t tiles = ceil_div(q->out, TILE_ROWS);
    int team = lg_team(400.0 * (double)(q->groups * q->out * q->in));
    (void)team;
#pragma omp parallel for num_threads(team) collapse(3)
    for (ptrdiff_t g = 0; g < q->groups; g++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++)
            for (ptrdiff_t at = 0; at < q->in * TILE_ROWS; at += W_LANES) {
                const ptrdiff_t o = q->out * tile / tiles, rows = q->out * (tile + 1) / tiles - o;
                const ptrdiff_t kernels = q->in * rows, count = minimum(W_LANES, kernels - at);
                const float *from = weight + g * w_group + o * w_out;
                float taps[TAPS * W_LANES] = {0};
                for (ptrdiff_t l = 0; l < count; l++) {
                    const float *w = from + (at + l) % rows * w_out + (at + l) / rows * w_in;
                    /* The input gradient meets the taps from last to first. */
                    for (int k = 0; k < TAPS; k++)
                        taps[k * W_LANES + l] = w[q->y.backward ? TAPS - 1 - k : k];
                }
                if (count > 0)
                    transform_kernels(taps, (int)count, packed + (g * q->out + o) * W_POINTS * q->in + at,
                                      kernels);
            }
}

/* Transforms one vector of tiles of one plane back and writes it.
   m (36, `apart` floats apart); y (y.out, x.out, n), the vector at row `row` of tiles. */
SPECIALIZE void write_tiles(const correlation *q, const float *m, ptrdiff_t apart, ptrdiff_t row,
                            ptrdiff_t vector, float bias, int relu, float *y)
{
    v16 half[W_OUT * W_IN];
    FOR_UNROLLED(6, j, W_IN) {
        v16 column[W_IN], out[W_OUT];
        FOR_UNROLLED(6, i, W_IN)
            column[i] = v_load(m + (i * W_IN + j) * apart);
        output_transform(column, 1, out);
        FOR_UNROLLED(4, i, W_OUT)
            half[i * W_IN + j] = out[i];
    }
    ptrdiff_t n = q->n, tile = vector * W_LANES / n;
    for (ptrdiff_t i = 0; i < W_OUT && row * W_OUT + i < q->y.out; i++) {
        v16 out[W_OUT];
        output_transform(half + i * W_IN, 1, out);
        float *to = y + ((row * W_OUT + i) * q->x.out + tile * W_OUT) * n;
        FOR_UNROLLED(4, j, W_OUT) {
            out[j] = v_add(out[j], v_set1(bias));
            if (relu)
                out[j] = v_max(v_zero(), out[j]);
            ptrdiff_t column = tile * W_OUT + j;
            if (n == W_LANES) {
                if (column < q->x.out)
                    v_store(to + j * W_LANES, out[j]);
            } else {
                float lanes[W_LANES];
                v_store(lanes, out[j]);
                for (ptrdiff_t k = 0; k * n < W_LANES && column + k * W_OUT < q->x.out; k++)
                    memcpy(to + (j + k * W_OUT) * n, lanes + k * n, (size_t)n * sizeof(float));
            }
        }
    }
}

/* Fetches where `count` vectors of tiles of one plane will be written, from number m on. */
SPECIALIZE void fetch_tiles(const correlation *q, const tiling *t, ptrdiff_t m, ptrdiff_t count,
                            const float *y)
{
    for (ptrdiff_t end = m + count; m < end; m++)
        fetch_window(q->y.out, q->x.out, q->n, W_OUT, m / t->vectors * W_OUT,
                     m % t->vectors * W_LANES / q->n * W_OUT, W_LANES / q->n, y, 1);
}

/* One register tile of products:
   m (rows, V_TILE vectors) = w (in, rows) times u (in, `apart` floats apart). */
SPECIALIZE void product_tile(int rows, int vectors, int last, const float *w, const float *u, ptrdiff_t in,
                             ptrdiff_t apart, float *m)
{
    v16 acc[TILE_ROWS][TILE_WIDE];
    tile_start(rows, vectors, NULL, acc);
    for (ptrdiff_t c = 0; c < in; c++, w += rows, u += apart)
        tile_step(rows, vectors, last, w, 1, u, 16, acc);
    tile_store(rows, vectors, last, acc, m, V_TILE * W_LANES, 16);
}

/* One group of one block, the vectors of tiles from m0 up to m1.
   x (in, y.in, x.in, n), packed as by winograd_pack, y (out, y.out, x.out, n). */
static void winograd_chunk(const correlation *q, const tiling *t, ptrdiff_t m0, ptrdiff_t m1, const float *x,
                           const float *packed, const float *bias, int relu, float *scratch, float *y)
{
    const ptrdiff_t point = point_floats(t, q->in), apart = t->chunk * W_LANES;
    const ptrdiff_t tiles = ceil_div(q->out, TILE_ROWS);
    float *u = scratch, *m = u + W_POINTS * point, *window = m + W_POINTS * 6 * 4 * W_LANES;
    const ptrdiff_t x_plane = q->y.in * q->x.in * q->n, y_plane = q->y.out * q->x.out * q->n;
    const int fetch = worth_fetching(q);
    for (ptrdiff_t c = 0; c < q->in; c++, x += x_plane)
        transform_plane(q, t, m0, m1, x, fetch && c + 1 < q->in ? x + x_plane : NULL, window, u + c * apart,
                        point);
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
        ptrdiff_t o = q->out * tile / tiles, rows = q->out * (tile + 1) / tiles - o;
        for (ptrdiff_t v = 0; v < m1 - m0; v += V_TILE) {
            ptrdiff_t vectors = minimum(V_TILE, m1 - m0 - v);
            for (ptrdiff_t p = 0; p < W_POINTS; p++) {
                if (fetch && p < rows)
                    fetch_tiles(q, t, m0 + v, vectors, y + (o + p) * y_plane);
                TILE_CALL(product_tile, rows, vectors, 16, packed + (o * W_POINTS + p * rows) * q->in,
                          u + p * point + v * W_LANES, q->in, apart, m + p * rows * V_TILE * W_LANES)
            }
            for (ptrdiff_t k = 0; k < vectors; k++)
                for (ptrdiff_t r = 0; r < rows; r++) {
                    ptrdiff_t at = m0 + v + k;
                    write_tiles(q, m + (r * V_TILE + k) * W_LANES, rows * V_TILE * W_LANES, at / t->vectors,
                                at % t->vectors, bias ? bias[o + r] : 0.0f, relu, y + (o + r) * y_plane);
                }
        }
    }
}

static void winograd_piece(const void *work, ptrdiff_t i)
{
    const correlation_work *w = work;
    const correlation_piece p = correlation_piece_of(w, i);
    winograd_chunk(w->q, w->tiling, p.k * w->size, minimum((p.k + 1) * w->size, w->all), p.x,
                   w->packed + p.group * W_POINTS * w->q->out * w->q->in, p.bias, w->relu, p.scratch, p.y);
}

/* x (B, groups*in, y.in, x.in, n) -> y (B, groups*out, y.out, x.out, n); bias (groups*out) or NULL.
   scratch: winograd_floats for each thread. */
void K(winograd)(const correlation *q, ptrdiff_t B, const float *x, const float *packed, const float *bias,
                 int relu, float *scratch, float *y)
{
    tiling t = new_tiling(q);
    const ptrdiff_t all = t.rows * t.vectors, groups = B * q->groups;
    const int team = lg_team(4.5 * (double)(groups * q->in * q->out) * (double)(q->y.out * q->x.out * q->n));
    while (t.chunk > 1 && groups * ceil_div(all, t.chunk) < team) /* no bit depends on it */
        t.chunk = (t.chunk + 1) / 2;
    const correlation_work work = {.q = q,
                                   .x = x,
                                   .packed = packed,
                                   .bias = bias,
                                   .relu = relu,
                                   .scratch = scratch,
                                   .y = y,
                                   .room = winograd_floats(q),
                                   .pieces = ceil_div(all, t.chunk),
                                   .size = t.chunk,
                                   .all = all,
                                   .tiling = &t};
    lg_share_out(team, groups * work.pieces, winograd_piece, &work);
}
