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
    LG_EACH_VECTOR(size, {
        d16 d = d_sub(d_from(v_load_part(x + i, k)), d_from(m));
        v_store_part(y + i, d_hi(d_sub(d, log_total)), k);
    });
}

/* gx = y * (gy - sum(gy * y)) */
static void softmax_backward_block(const float *gy, const float *y, ptrdiff_t size, int lanes,
                                   float *gx)
{
    d16 dot = d_zero();
    LG_EACH_VECTOR(size, {
        d16 g = d_from(v_load_part(gy + i, k));
        dot = d_add(dot, d_mul(g, d_from(v_load_part(y + i, k))));
    });
    dot = lg_across(dot, lanes);
    LG_EACH_VECTOR(size, {
        v16 g = d_hi(d_sub(d_from(v_load_part(gy + i, k)), dot));
        v_store_part(gx + i, v_mul(v_load_part(y + i, k), g), k);
    });
}

/* gx = gy - exp(y) * sum(gy) */
static void log_softmax_backward_block(const float *gy, const float *y, ptrdiff_t size, int lanes,
                                       float *gx)
{
    d16 sum = d_zero();
    LG_EACH_VECTOR(size, { sum = d_add_v(sum, v_load_part(gy + i, k)); });
    v16 total = d_hi(lg_across(sum, lanes));
    LG_EACH_VECTOR(size, {
        v16 p = v_exp(v_load_part(y + i, k));
        v_store_part(gx + i, v_fnma(p, total, v_load_part(gy + i, k)), k);
    });
}

/* a, y (N, C); b (N, C), or NULL for a function of one input. `cost` is operations a float. */
static void each_block(block_function *block, const float *a, const float *b, ptrdiff_t N,
                       ptrdiff_t C, float *y, double cost)
{
    int team = lg_team(cost * (double)N * (double)C);
    (void)team; /* without OpenMP */
    if (C > LG_FEW) {
#pragma omp parallel for num_threads(team) schedule(guided)
        for (ptrdiff_t r = 0; r < N; r++)
            block(a + r * C, b ? b + r * C : a + (r + 1) * C, C, 0, y + r * C);
        return;
    }
#pragma omp parallel for num_threads(team) schedule(guided)
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
