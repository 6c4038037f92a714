/* softmax and log_softmax along the rows of (N, C) arrays, and their gradients. */
#include "../kernels.h"
#include "rows.h"

/* One block (see rows.h): input a (size,), result y (size,); b is the second input (size,), or, for
   a function of one, the input's next block. */
typedef void block_function(const float *a, const float *b, ptrdiff_t size, int lanes, float *y);

static void softmax_block(const float *x, const float *next, ptrdiff_t size, int lanes, float *y)
{
    v16 m = lg_block_max(x, size, lanes);
    d16 total = d_add(d_set1(1.0), lg_exp_rest(x, size, lanes, m, y, next));
    lg_block_scale(y, size, d_div(d_set1(1.0), total));
}

static void log_softmax_block(const float *x, const float *next, ptrdiff_t size, int lanes,
                              float *y)
{
    v16 m = lg_block_max(x, size, lanes);
    d16 log_total = lg_log_total(lg_exp_rest(x, size, lanes, m, NULL, next));
    for (ptrdiff_t i = 0; i < size; i += 16) {
        d16 d = d_sub(d_from(lg_block_load(x, i, size, 0.0f)), d_from(m));
        lg_block_store(y, i, size, d_hi(d_sub(d, log_total)));
    }
}

/* gx = y * (gy - sum(gy * y)) */
static void softmax_backward_block(const float *gy, const float *y, ptrdiff_t size, int lanes,
                                   float *gx)
{
    d16 dot = d_zero();
    for (ptrdiff_t i = 0; i < size; i += 16)
        dot = d_add(dot, d_mul(d_from(lg_block_load(gy, i, size, 0.0f)),
                               d_from(lg_block_load(y, i, size, 0.0f))));
    dot = lg_across(dot, lanes);
    for (ptrdiff_t i = 0; i < size; i += 16) {
        v16 g = d_hi(d_sub(d_from(lg_block_load(gy, i, size, 0.0f)), dot));
        lg_block_store(gx, i, size, v_mul(lg_block_load(y, i, size, 0.0f), g));
    }
}

/* gx = gy - exp(y) * sum(gy) */
static void log_softmax_backward_block(const float *gy, const float *y, ptrdiff_t size, int lanes,
                                       float *gx)
{
    d16 sum = d_zero();
    for (ptrdiff_t i = 0; i < size; i += 16)
        sum = d_add_v(sum, lg_block_load(gy, i, size, 0.0f));
    v16 total = d_hi(lg_across(sum, lanes));
    for (ptrdiff_t i = 0; i < size; i += 16) {
        v16 p = v_exp(lg_block_load(y, i, size, 0.0f));
        lg_block_store(gx, i, size, v_fnma(p, total, lg_block_load(gy, i, size, 0.0f)));
    }
}

/* a, y (N, C); b (N, C), or NULL for a function of one input. `cost` is operations a float. */
static void each_block(block_function *block, const float *a, const float *b, ptrdiff_t N,
                       ptrdiff_t C, float *y, double cost)
{
    int team = lg_team(cost * (double)N * (double)C);
    (void)team; /* without OpenMP */
    if (C > LG_FEW) {
#pragma omp parallel for num_threads(team) schedule(static)
        for (ptrdiff_t r = 0; r < N; r++)
            block(a + r * C, b ? b + r * C : a + (r + 1) * C, C, 0, y + r * C);
        return;
    }
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < N; r += 16) {
        _Alignas(64) float in[2][16 * LG_FEW], out[16 * LG_FEW];
        lg_load_rows(a, r, N, C, in[0]);
        if (b)
            lg_load_rows(b, r, N, C, in[1]);
        lg_will_write(y + r * C, (r + 16 < N ? 16 : N - r) * C);
        block(in[0], b ? in[1] : a + (r + 16) * C, 16 * C, 1, out);
        lg_store_rows(out, r, N, C, y);
    }
}

/* x, y (N, C) */
void K(softmax)(const float *x, ptrdiff_t N, ptrdiff_t C, float *y)
{
    each_block(softmax_block, x, NULL, N, C, y, 50.0);
}

void K(log_softmax)(const float *x, ptrdiff_t N, ptrdiff_t C, float *y)
{
    each_block(log_softmax_block, x, NULL, N, C, y, 50.0);
}

/* gy, y, gx (N, C) */
void K(softmax_backward)(const float *gy, const float *y, ptrdiff_t N, ptrdiff_t C, float *gx)
{
    each_block(softmax_backward_block, gy, y, N, C, gx, 20.0);
}

void K(log_softmax_backward)(const float *gy, const float *y, ptrdiff_t N, ptrdiff_t C, float *gx)
{
    each_block(log_softmax_backward_block, gy, y, N, C, gx, 40.0);
}
