/* softmax and log_softmax of rows, and their gradients. */
#include "rows.h"

/* One block (see rows.h): input a, result y; b is a gradient's second input. scratch (count, 16). */
typedef void block_function(const float *a, ptrdiff_t a_step, const float *b, ptrdiff_t b_step,
                            ptrdiff_t count, int part, float *scratch, float *y, ptrdiff_t y_step);

/* The exponentials, to `scratch`, and the sum of all but the maximum's. */
V_INLINE d16 exponentials(int lanes, const float *x, ptrdiff_t step, ptrdiff_t count, int part,
                          v16 m, const lg_reference *ref, float *scratch)
{
    d16 sum = d_zero();
    LG_EACH_VECTOR(lanes, count, part, {
        v16 y = lg_exponential(ref, lg_load_scores(x + i * step, k, lanes), v_zero(), 0);
        v_store(scratch + 16 * i, y);
    });
    for (ptrdiff_t i = 0; i < count; i++)
        sum = d_add(sum, d_load_floats(scratch + 16 * i));
    return lg_rest(lg_across(sum, lanes), lanes, scratch, count, 16, lg_top(ref, m, v_zero(), NULL));
}

V_INLINE void softmax_block(int lanes, const float *x, ptrdiff_t x_step, const float *b, ptrdiff_t b_step,
                            ptrdiff_t count, int part, float *scratch, float *y, ptrdiff_t y_step)
{
    (void)b, (void)b_step;
    v16 hi, lo, m = lg_block_max(x, x_step, count, part, lanes);
    lg_reference ref = lg_refer(m);
    d16 rest = exponentials(lanes, x, x_step, count, part, m, &ref, scratch);
    d_split(d_div(d_set1(0x1p24), d_add(lg_peak(&ref, d_from(m)), rest)), &hi, &lo);
    LG_EACH_VECTOR(lanes, count, part, {
        v16 p = v_mul(lg_scaled(v_load(scratch + 16 * i), hi, lo), v_set1(0x1p-24f));
        v_store_part(y + i * y_step, p, k);
    });
}

V_INLINE void log_softmax_block(int lanes, const float *x, ptrdiff_t x_step, const float *b,
                                ptrdiff_t b_step, ptrdiff_t count, int part, float *scratch, float *y,
                                ptrdiff_t y_step)
{
    (void)b, (void)b_step;
    v16 m = lg_block_max(x, x_step, count, part, lanes);
    lg_reference ref = lg_refer(m);
    d16 rest = exponentials(lanes, x, x_step, count, part, m, &ref, scratch), top = d_from(m);
    d16 log_total = lg_log_total(d_div(rest, lg_peak(&ref, top)));
    LG_EACH_VECTOR(lanes, count, part, {
        d16 d = d_sub(d_from(v_load_part(x + i * x_step, k)), top);
        v_store_part(y + i * y_step, d_hi(d_sub(d, log_total)), k);
    });
}

/* gx = y * (gy - sum(gy * y)) */
V_INLINE void softmax_backward_block(int lanes, const float *gy, ptrdiff_t g_step, const float *y,
                                     ptrdiff_t y_step, ptrdiff_t count, int part, float *scratch,
                                     float *gx, ptrdiff_t x_step)
{
    (void)scratch;
    d16 dot = d_zero();
    LG_EACH_VECTOR(lanes, count, part, {
        d16 g = d_from(v_load_part(gy + i * g_step, k));
        dot = d_add(dot, d_mul(g, d_from(v_load_part(y + i * y_step, k))));
    });
    dot = lg_across(dot, lanes);
    LG_EACH_VECTOR(lanes, count, part, {
        v16 g = d_hi(d_sub(d_from(v_load_part(gy + i * g_step, k)), dot));
        v_store_part(gx + i * x_step, v_mul(v_load_part(y + i * y_step, k), g), k);
    });
}

/* gx = gy - exp(y) * sum(gy) */
V_INLINE void log_softmax_backward_block(int lanes, const float *gy, ptrdiff_t g_step, const float *y,
                                         ptrdiff_t y_step, ptrdiff_t count, int part, float *scratch,
                                         float *gx, ptrdiff_t x_step)
{
    (void)scratch;
    d16 sum = d_zero();
    LG_EACH_VECTOR(lanes, count, part, { sum = d_add_v(sum, v_load_part(gy + i * g_step, k)); });
    v16 total = d_hi(lg_across(sum, lanes));
    LG_EACH_VECTOR(lanes, count, part, {
        v16 p = v_exp(v_load_part(y + i * y_step, k));
        v_store_part(gx + i * x_step, v_fnma(p, total, v_load_part(gy + i * g_step, k)), k);
    });
}

/* Calls the two forms of one function for all groups of rows. `cost` is operations a float. */
V_INLINE void each_block(const lg_softmax *p, block_function *along, block_function *lanes, double cost)
{
    const lg_rows *rows = &p->rows;
    const ptrdiff_t N = rows->outer * rows->inner, C = rows->C;
    const int by_lanes = (C > LG_FEW && p->a_at.cls != 1) ||
                         (lg_in_lanes(rows, p->a_at) && lg_in_lanes(rows, p->y_at) &&
                          (!p->b || lg_in_lanes(rows, p->b_at)));
    const ptrdiff_t spans = by_lanes ? rows->outer : 1, span = by_lanes ? rows->inner : N;
    const ptrdiff_t step = by_lanes || C <= LG_FEW ? 16 : 1, tiles = (span + step - 1) / step;
    const size_t each = lg_rows_scratch(rows);
    int team = lg_team(cost * (double)N * (double)C);
    if (each && team > p->threads)
        team = p->threads;
#pragma omp parallel for collapse(2) num_threads(team) schedule(guided)
    for (ptrdiff_t o = 0; o < spans; o++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            _Alignas(64) float on_stack[LG_ON_STACK], in[2][16 * LG_FEW];
            float *scratch = each ? p->scratch + each * (size_t)lg_thread() : on_stack;
            ptrdiff_t first = o * span + tile * step, left = span - tile * step;
            int count = (int)(left < step ? left : step);
            const float *a = p->a + lg_row(p->a_at, rows->inner, first);
            const float *b = p->b ? p->b + lg_row(p->b_at, rows->inner, first) : NULL;
            float *y = p->y + lg_row(p->y_at, rows->inner, first);
            if (by_lanes) {
                lanes(a, p->a_at.cls, b, p->b_at.cls, C, count, scratch, y, p->y_at.cls);
            } else if (C > LG_FEW) {
                along(a, 16, b, 16, lg_vectors(C), lg_last(C), scratch, y, 16);
            } else {
                lg_load_rows(p->a, p->a_at, rows, first, count, in[0]);
                if (b)
                    lg_load_rows(p->b, p->b_at, rows, first, count, in[1]);
                lg_will_write(p->y, p->y_at, rows, first, count);
                lanes(in[0], 16, in[1], 16, C, 16, scratch, in[0], 16);
                lg_store_rows(in[0], p->y_at, rows, first, count, p->y);
            }
        }
}

/* Each function in its two forms. */
#define FORM(name, form, lanes)                                                                        \
    static void name##_##form(const float *a, ptrdiff_t a_step, const float *b, ptrdiff_t b_step,      \
                              ptrdiff_t count, int part, float *scratch, float *y, ptrdiff_t y_step)   \
    {                                                                                                  \
        name##_block(lanes, a, a_step, b, b_step, count, part, scratch, y, y_step);                    \
    }
#define KERNEL(name, cost)                                                                             \
    FORM(name, along, 0)                                                                               \
    FORM(name, lanes, 1)                                                                               \
    void K(name)(const lg_softmax *p) { each_block(p, name##_along, name##_lanes, cost); }

KERNEL(softmax, 50.0)
KERNEL(log_softmax, 50.0)
KERNEL(softmax_backward, 20.0)
KERNEL(log_softmax_backward, 40.0)
