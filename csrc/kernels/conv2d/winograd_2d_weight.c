/* 3 x 3 convolution with Winograd's algorithm: the gradient with respect to the weight.

   It is the transpose of the forward pass: g = G^T [sum over tiles of (A gy A^T) * (B^T d B)] G. For each of
   the 36 points, the sum over tiles and images is a product of matrices, gradients (out, pixels) times
   inputs (pixels, in). With the input planes brought into the lanes, nothing is summed across lanes. */
#include "register_tile_tpl.h"
#include "winograd_2d_transforms.h"

/* Transforms a chunk of one plane of the gradient: the vectors m, m0 <= m < m1. `next` as in transform_plane.
   gy (y.out, x.out, n) -> v (36 points, `point` floats apart; vectors). */
static void transform_gradient(const correlation *q, const tiling *t, ptrdiff_t m0, ptrdiff_t m1,
                               const float *gy, const float *next, float *window, float *v, ptrdiff_t point)
{
    for (ptrdiff_t m = m0; m < m1;) {
        ptrdiff_t row = m / t->vectors, first = m % t->vectors, count = minimum(t->vectors - first, m1 - m);
        ptrdiff_t slots = count * W_LANES / q->n, residue_floats = count * W_LANES;
        ptrdiff_t top = row * W_OUT, left = first * W_LANES / q->n * W_OUT;
        copy_window(q->y.out, q->x.out, q->n, W_OUT, top, left, slots, gy, window);
        if (next)
            fetch_window(q->y.out, q->x.out, q->n, W_OUT, top, left, slots, next, 0);
        for (ptrdiff_t k = 0; k < count; k++, m++, v += W_LANES) {
            v16 half[W_OUT * W_IN];
            FOR_UNROLLED(4, i, W_OUT) {
                v16 y[W_OUT];
                FOR_UNROLLED(4, j, W_OUT)
                    y[j] = v_load(window + (i * W_OUT + j) * residue_floats + k * W_LANES);
                gradient_transform(y, 1, half + i * W_IN);
            }
            FOR_UNROLLED(6, j, W_IN) {
                v16 out[W_IN];
                gradient_transform(half + j, W_IN, out);
                FOR_UNROLLED(6, i, W_IN)
                    v_store(v + (i * W_IN + j) * point, out[i]);
            }
        }
    }
}

/* One register tile: sums (rows, V_TILE vectors; `planes` floats apart) += v (rows, `apart` floats apart;
   pixels) times u (pixels, planes). */
SPECIALIZE void sum_tile(int rows, int vectors, int last, const float *v, ptrdiff_t apart, const float *u,
                         ptrdiff_t pixels, ptrdiff_t planes, float *sums)
{
    v16 acc[TILE_ROWS][TILE_WIDE];
    FOR_UNROLLED(6, i, rows)
        FOR_UNROLLED(4, j, vectors)
            acc[i][j] = v_load(sums + i * planes + j * W_LANES);
    for (ptrdiff_t k = 0; k < pixels; k++)
        tile_step(rows, vectors, last, v + k, apart, u + k * planes, 16, acc);
    tile_store(rows, vectors, last, acc, sums, planes, 16);
}

/* Transforms the sums of one output plane back. sums (36 points, `point` floats apart; in) -> g (3, in, 3) */
static void write_kernels(const float *sums, ptrdiff_t point, ptrdiff_t in, float *g)
{
    for (ptrdiff_t c = 0; c < in; c += W_LANES) {
        v16 half[3 * W_IN];
        for (int j = 0; j < W_IN; j++) {
            v16 s[W_IN], out[3];
            for (int i = 0; i < W_IN; i++)
                s[i] = v_load(sums + (i * W_IN + j) * point + c);
            kernel_transform(s, 1, out);
            for (int i = 0; i < 3; i++)
                half[i * W_IN + j] = out[i];
        }
        for (int i = 0; i < 3; i++) {
            v16 out[3];
            kernel_transform(half + i * W_IN, 1, out);
            for (int j = 0; j < 3; j++) {
                float lanes[W_LANES];
                v_store(lanes, out[j]);
                for (ptrdiff_t k = 0; k < minimum(in - c, W_LANES); k++)
                    g[(i * in + c + k) * 3 + j] = lanes[k];
            }
        }
    }
}

/* One block: the sums of the output planes from o0 up to o1 of a group.
   gy (out, y.out, x.out, n), x (in, y.in, x.in, n) -> partial (out, 3, in, 3).
   scratch: winograd_weight_floats. */
void K(winograd_weight)(const correlation *q, ptrdiff_t o0, ptrdiff_t o1, const float *gy, const float *x,
                        float *scratch, float *partial)
{
    const tiling t = new_tiling(q);
    const ptrdiff_t planes = round_up(q->in, W_LANES), apart = t.chunk * W_LANES;
    const ptrdiff_t u_point = point_floats(&t, planes), v_point = point_floats(&t, q->out);
    const ptrdiff_t all = t.rows * t.vectors, outs = o1 - o0, tiles = ceil_div(outs, TILE_ROWS);
    const ptrdiff_t x_plane = q->y.in * q->x.in * q->n, y_plane = q->y.out * q->x.out * q->n;
    const int fetch = worth_fetching(q);
    float *u = scratch, *v = u + W_POINTS * u_point, *sums = v + W_POINTS * v_point;
    float *across = sums + W_POINTS * q->out * planes, *window = across + apart * planes;
    memset(sums, 0, (size_t)(W_POINTS * outs * planes) * sizeof(float));
    if (planes > q->in) /* those that fill the last vector */
        memset(u, 0, (size_t)(W_POINTS * u_point) * sizeof(float));
    for (ptrdiff_t m = 0; m < all; m += t.chunk) {
        ptrdiff_t end = minimum(m + t.chunk, all), pixels = (end - m) * W_LANES;
        const float *x_of = x, *gy_of = gy + o0 * y_plane;
        for (ptrdiff_t c = 0; c < q->in; c++, x_of += x_plane)
            transform_plane(q, &t, m, end, x_of, fetch && c + 1 < q->in ? x_of + x_plane : NULL, window,
                            u + c * apart, u_point);
        for (ptrdiff_t o = 0; o < outs; o++, gy_of += y_plane)
            transform_gradient(q, &t, m, end, gy_of, fetch && o + 1 < outs ? gy_of + y_plane : NULL, window,
                               v + o * apart, v_point);
        for (ptrdiff_t p = 0; p < W_POINTS; p++) {
            for (ptrdiff_t c = 0; c < planes; c += W_LANES)
                for (ptrdiff_t k = 0; k < pixels; k += 4) {
                    v16 turned[4];
                    v_load_t4(u + p * u_point + c * apart + k, apart, turned);
                    for (int i = 0; i < 4; i++)
                        v_store(across + (k + i) * planes + c, turned[i]);
                }
            for (ptrdiff_t tile = 0; tile < tiles; tile++) {
                ptrdiff_t o = outs * tile / tiles, rows = outs * (tile + 1) / tiles - o;
                for (ptrdiff_t c = 0; c < planes; c += V_TILE * W_LANES)
                    TILE_CALL(sum_tile, rows, minimum(V_TILE, (planes - c) / W_LANES), 16,
                              v + p * v_point + o * apart, apart, across + c, pixels, planes,
                              sums + (p * outs + o) * planes + c)
            }
        }
    }
    for (ptrdiff_t o = 0; o < outs; o++)
        write_kernels(sums + o * planes, outs * planes, q->in, partial + (o0 + o) * 9 * q->in);
}
