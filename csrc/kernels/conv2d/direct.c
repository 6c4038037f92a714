/* 2-D convolution on lanes: forward, and the gradient with respect to the input. Both are the same
   correlation (correlation.h), with other weights; what algorithm.h says is left to Winograd's.

   The weights are packed once, for any number of calls. A call works through bands of rows: it copies the
   rows of the input that a band meets, where need be; register tiles compute them, of neighbours in a row
   where these meet the same taps of the kernel, of pixels one above the other at the left and right edge. */
#include "kernels.h"
#include "algorithm.h"
#include "pieces.h"
#include "register_tile_tpl.h"

/* What one residue of the rows and one of the columns make together. */
typedef struct {
    residue y, x;
    range whole_y, whole_x;   /* the turns that meet all y.taps, the vectors of a row that meet all x.taps */
    const float *weights;     /* for each tile of planes (y.taps, in*x.taps, planes of the tile) */
    const ptrdiff_t *offsets; /* (in*x.taps): from the start of a row of the first plane, in floats */
} residue_pair;

/* The first of the planes that tile `tile` of `tiles` computes. */
SPECIALIZE ptrdiff_t tile_begin(ptrdiff_t planes, ptrdiff_t tile, ptrdiff_t tiles)
{
    return planes * tile / tiles;
}

/* Vectors that meet the same taps: neighbours in an output row, or one of each of several rows. */
typedef struct {
    range ty, tx;                 /* the taps */
    ptrdiff_t x_row;              /* floats from what a tap meets to what the tap of the next row meets */
    ptrdiff_t x_stride, y_stride; /* floats from a vector to the next, in the input and in the output */
    ptrdiff_t y_plane;            /* floats from an output plane to the next */
    int relu;
} vector_run;

/* One tile: `rows` output planes of some vectors, the last of `last` floats.
   w (y.taps, in*x.taps, rows); x where the first vector meets tap row ty.begin; y at the first vector. */
SPECIALIZE void correlate_tile(int rows, int vectors, int last, const vector_run *a, const residue_pair *p,
                               ptrdiff_t taps, const float *w, const float *x, const float *bias, float *y)
{
    v16 acc[TILE_ROWS][TILE_WIDE];
    tile_start(rows, vectors, bias, acc);
    w += a->ty.begin * taps * rows;
    for (ptrdiff_t t = a->ty.begin; t < a->ty.end; t++, w += taps * rows, x += a->x_row)
        for (ptrdiff_t c = 0; c < taps; c += p->x.taps)
            for (ptrdiff_t k = c + a->tx.begin; k < c + a->tx.end; k++)
                tile_step(rows, vectors, last, w + k * rows, 1, x + p->offsets[k], a->x_stride, acc);
    if (a->relu)
        tile_relu(rows, vectors, acc);
    tile_store(rows, vectors, last, acc, y, a->y_plane, a->y_stride);
}

/* Every `apart`-th pixel of `to` becomes one of from (floats / n, n). */
static void spread(const float *from, ptrdiff_t floats, ptrdiff_t n, ptrdiff_t apart, float *to)
{
    for (ptrdiff_t j = 0; j < floats; j += n, to += apart * n)
        memcpy(to, from + j, (size_t)n * sizeof(float));
}

/* `floats` floats of `rows` planes, in tiles of nearly equal size. */
static void correlate_vectors(const correlation *q, const residue_pair *p, vector_run a, ptrdiff_t rows,
                              ptrdiff_t floats, const float *w, const float *x, const float *bias, float *y)
{
    const ptrdiff_t taps = q->in * p->x.taps, most = TILE_VECTORS(rows);
    const ptrdiff_t apart = residues(&q->x), plane = a.y_plane;
    const int spaced =
        apart > 1 && q->n < 16; /* pixels of one vector stand apart: computed elsewhere first */
    float room[TILE_ROWS * TILE_WIDE * 16];
    ptrdiff_t y_stride = a.y_stride;
    if (spaced)
        a.y_plane = TILE_WIDE * 16, a.y_stride = 16;
    for (ptrdiff_t left = ceil_div(floats, 16), vectors; left > 0; left -= vectors, floats -= 16 * vectors) {
        vectors = left;
        if (left > most) {
            ptrdiff_t tiles = ceil_div(left, most);
            vectors = ceil_div(left, tiles);
        }
        ptrdiff_t width = minimum(floats, 16 * vectors), last = width - 16 * (vectors - 1);
        float *to = spaced ? room : y;
        TILE_CALL_WIDE(correlate_tile, rows, vectors, (int)last, &a, p, taps, w, x, bias, to)
        for (ptrdiff_t r = 0; spaced && r < rows; r++)
            spread(room + r * a.y_plane, width, q->n, apart, y + r * plane);
        x += vectors * a.x_stride, y += vectors * y_stride;
    }
}

/* `rows` planes for what a pair of residues computes of `count` turns that meet the same taps of rows, a.ty.
   x: where the first pixel meets the first of them; y at the first pixel. */
static void correlate_rows(const correlation *q, const residue_pair *p, vector_run a, ptrdiff_t count,
                           ptrdiff_t rows, const float *w, const float *x, const float *bias, float *y)
{
    const ptrdiff_t floats = p->x.count * q->n, vectors = ceil_div(floats, 16);
    const ptrdiff_t x_pixel = 16 * q->apart, y_pixel = 16 * residues(&q->x);
    const ptrdiff_t x_row = p->y.mul * row_stride(q, q->in), y_row = residues(&q->y) * q->x.out * q->n;
    const range whole = p->whole_x;
    a.tx = (range){0, p->x.taps}, a.x_stride = x_pixel, a.y_stride = y_pixel;
    for (ptrdiff_t r = 0; r < count; r++)
        correlate_vectors(q, p, a, rows, minimum(16 * whole.end, floats) - 16 * whole.begin, w,
                          x + whole.begin * x_pixel + r * x_row, bias, y + whole.begin * y_pixel + r * y_row);
    a.x_stride = x_row, a.y_stride = y_row;
    for (ptrdiff_t v = 0; v < vectors; v++) {
        if (v >= whole.begin && v < whole.end)
            continue;
        a.tx = taps_inside(&p->x, q->x.in, v);
        correlate_vectors(q, p, a, rows, 16 * count, w, x + v * x_pixel, bias, y + v * y_pixel);
    }
}

/* What one pair computes of the turns from `begin` up to `end`, of all planes of a group.
   x: readable rows, the first is row `low`; y (out, y.out, x.out, n). */
static void correlate_pair(const correlation *q, const residue_pair *p, ptrdiff_t begin, ptrdiff_t end,
                           const float *x, ptrdiff_t low, const float *bias, int relu, float *y)
{
    const ptrdiff_t row = q->x.out * q->n, x_row = row_stride(q, q->in), tiles = ceil_div(q->out, TILE_ROWS);
    vector_run a = {.x_row = p->y.at_stride * x_row, .y_plane = q->y.out * row, .relu = relu};
    y += p->y.first * row + p->x.first * q->n;
    for (ptrdiff_t i = begin, count; i < end; i += count) {
        int whole = i >= p->whole_y.begin && i < p->whole_y.end;
        count = whole ? minimum(minimum(end, p->whole_y.end) - i, TILE_WIDE) : 1;
        a.ty = taps_inside(&p->y, q->y.in, i);
        const float *from = x;
        if (a.ty.begin < a.ty.end)
            from += (p->y.at + i * p->y.mul + a.ty.begin * p->y.at_stride - low) * x_row;
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = tile_begin(q->out, tile, tiles), rows = tile_begin(q->out, tile + 1, tiles) - o;
            correlate_rows(q, p, a, count, rows, p->weights + o * q->in * p->x.taps * p->y.taps, from,
                           bias ? bias + o : NULL, y + o * a.y_plane + i * residues(&q->y) * row);
        }
    }
}

/* Group g of one block for the steps from `begin` up to `end`.
   x (in, y.in, x.in, n), y (out, y.out, x.out, n); copy: room for the rows met. */
static void correlate_band(const correlation *q, ptrdiff_t g, ptrdiff_t begin, ptrdiff_t end, const float *x,
                           const float *packed, const float *bias, int relu, float *copy, float *y)
{
    ptrdiff_t low, high, taps = q->in * q->x.K;
    reach(&q->y, begin, end, &low, &high);
    low = minimum(maximum(low, 0), q->y.in);
    high = maximum(minimum(high, q->y.in), low);
    const float *rows = readable_rows(q, q->in, low, high, x, copy);
    const ptrdiff_t *offsets = (const ptrdiff_t *)(const void *)packed;
    const float *weights = (const float *)(const void *)(offsets + taps) + g * q->out * taps * q->y.K;
    for (ptrdiff_t fy = 0; fy < residues(&q->y); fy++) {
        residue_pair p = {.y = residue_of(&q->y, fy), .offsets = offsets};
        p.whole_y = all_inside(&p.y, q->y.in, (range){0, p.y.count});
        for (ptrdiff_t fx = 0; fx < residues(&q->x); fx++) {
            p.x = residue_of(&q->x, fx);
            p.whole_x = (range){0, ceil_div(p.x.count * q->n, 16)};
            if (q->n == 16)
                p.whole_x = all_inside(&p.x, q->x.in, p.whole_x);
            p.weights = weights;
            correlate_pair(q, &p, begin, minimum(end, p.y.count), rows, low, bias, relu, y);
            weights += q->out * q->in * p.x.taps * p.y.taps;
            p.offsets += q->in * p.x.taps;
        }
    }
}

static void correlate_piece(const void *work, ptrdiff_t i)
{
    const correlation_work *w = work;
    const correlation_piece p = correlation_piece_of(w, i);
    correlate_band(w->q, p.group, p.k * w->size, minimum((p.k + 1) * w->size, w->all), p.x, w->packed, p.bias,
                   w->relu, p.scratch, p.y);
}

/* x (B, groups*in, y.in, x.in, n) -> y (B, groups*out, y.out, x.out, n); bias (groups*out) or NULL. */
static void correlate(const correlation *q, ptrdiff_t B, const float *x, const float *packed,
                      const float *bias, int relu, float *scratch, float *y)
{
    const ptrdiff_t all = turns(&q->y), band = band_rows(q, B), bands = ceil_div(all, band);
    const double in = (double)(q->in * q->y.in * q->x.in * q->n),
                 out = (double)(q->out * q->y.out * q->x.out * q->n);
    const int team = lg_team((double)(B * q->groups) *
                             (2.0 * out * (double)(q->in * q->y.K * q->x.K) + LG_MOVE * (in + out)));
    const correlation_work work = {.q = q,
                                   .x = x,
                                   .packed = packed,
                                   .bias = bias,
                                   .relu = relu,
                                   .scratch = scratch,
                                   .y = y,
                                   .room = band_floats(q, B),
                                   .pieces = bands,
                                   .size = band,
                                   .all = all};
    lg_share_out(team, B * q->groups * bands, correlate_piece, &work);
}

/* packed: offsets, and for each group and pair of residues its weights, as `residue_pair` has them.
   The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (KH, KW). */
static void pack(const correlation *q, const float *weight, ptrdiff_t w_group, ptrdiff_t w_out,
                 ptrdiff_t w_in, float *packed)
{
    const ptrdiff_t taps = q->in * q->x.K, tiles = ceil_div(q->out, TILE_ROWS);
    ptrdiff_t *offsets = (ptrdiff_t *)(void *)packed;
    float *weights = (float *)(void *)(offsets + taps);
    for (ptrdiff_t fx = 0; fx < residues(&q->x); fx++) {
        residue x = residue_of(&q->x, fx);
        for (ptrdiff_t c = 0; c < q->in; c++)
            for (ptrdiff_t t = 0; t < x.taps; t++)
                *offsets++ = c * plane_stride(q) + tap_slot(q, &x, t) * q->n;
    }
    int team = lg_team(LG_MOVE * (double)(q->groups * q->out * taps * q->y.K));
    (void)team;
#pragma omp parallel for num_threads(team) collapse(2)
    for (ptrdiff_t g = 0; g < q->groups; g++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            ptrdiff_t o = tile_begin(q->out, tile, tiles), rows = tile_begin(q->out, tile + 1, tiles) - o;
            const float *from = weight + g * w_group + o * w_out;
            float *passes = weights + g * q->out * taps * q->y.K;
            for (ptrdiff_t fy = 0; fy < residues(&q->y); fy++)
                for (ptrdiff_t fx = 0; fx < residues(&q->x); fx++) {
                    residue y = residue_of(&q->y, fy), x = residue_of(&q->x, fx);
                    float *to = passes + o * q->in * y.taps * x.taps;
                    for (ptrdiff_t ty = 0; ty < y.taps; ty++)
                        for (ptrdiff_t c = 0; c < q->in; c++)
                            for (ptrdiff_t tx = 0; tx < x.taps; tx++)
                                for (ptrdiff_t i = 0; i < rows; i++)
                                    *to++ = from[i * w_out + c * w_in + (y.k0 + ty * y.k_stride) * q->x.K +
                                                 x.k0 + tx * x.k_stride];
                    passes += q->out * q->in * y.taps * x.taps;
                }
        }
}

/* The weight of output plane o and input plane c is weight[o*w_out + c*w_in] (KH, KW). */
static void pack_for(const lg_conv2d *p, const correlation *q, const float *weight, ptrdiff_t w_out,
                     ptrdiff_t w_in, float *packed)
{
    const ptrdiff_t w_group = p->O * p->C * p->KH * p->KW;
    switch (correlation_algorithm(p, q)) {
    case DIRECT: pack(q, weight, w_group, w_out, w_in, packed); break;
    case WINOGRAD: K(winograd_pack)(q, weight, w_group, w_out, w_in, packed); break;
    case WINOGRAD_ROWS: K(winograd_rows_pack)(q, weight, w_group, w_out, w_in, packed); break;
    }
}

static void correlate_by(const lg_conv2d *p, const correlation *q, const float *x, const float *packed,
                         const float *bias, int relu, float *scratch, float *y)
{
    switch (correlation_algorithm(p, q)) {
    case DIRECT: correlate(q, p->B, x, packed, bias, relu, scratch, y); break;
    case WINOGRAD: K(winograd)(q, p->B, x, packed, bias, relu, scratch, y); break;
    case WINOGRAD_ROWS: K(winograd_rows)(q, p->B, x, packed, bias, relu, scratch, y); break;
    }
}

/* weight (groups*O, C, KH, KW) -> packed: lg_conv2d_packed floats, for conv2d with the same p but for B. */
void K(conv2d_pack)(const lg_conv2d *p, const float *weight, float *packed)
{
    const correlation q = forward_correlation(p);
    pack_for(p, &q, weight, p->C * p->KH * p->KW, p->KH * p->KW, packed);
}

/* weight (groups*O, C, KH, KW) -> packed: lg_conv2d_packed floats, for conv2d_backward_input. */
void K(conv2d_backward_input_pack)(const lg_conv2d *p, const float *weight, float *packed)
{
    const correlation q = input_gradient_correlation(p);
    pack_for(p, &q, weight, p->KH * p->KW, p->C * p->KH * p->KW, packed);
}

/* x (B, groups*C, H, W, n), packed by conv2d_pack, bias (groups*O) or NULL -> y (B, groups*O, OH, OW, n).
   scratch: lg_conv2d_scratch floats. */
void K(conv2d)(const lg_conv2d *p, const float *x, const float *packed, const float *bias, float *scratch,
               float *y)
{
    const correlation q = forward_correlation(p);
    correlate_by(p, &q, x, packed, bias, p->relu, scratch, y);
}

/* gy (B, groups*O, OH, OW, n), packed by conv2d_backward_input_pack -> gx (B, groups*C, H, W, n), with
   bias (groups*C) or NULL added where this is a transposed convolution's forward pass.
   scratch: lg_conv2d_backward_input_scratch floats. */
void K(conv2d_backward_input)(const lg_conv2d *p, const float *gy, const float *packed, const float *bias,
                              float *scratch, float *gx)
{
    const correlation q = input_gradient_correlation(p);
    correlate_by(p, &q, gy, packed, bias, p->relu, scratch, gx);
}
