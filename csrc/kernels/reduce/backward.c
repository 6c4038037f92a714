/* Gradients of reductions: for each element its result's gradient times a slope. */
#include "parallel.h"
#include "simd/power.h"
#include "walk.h"

/* `k` elements that stand `step` apart: one, for all, if that is 0. */
SPECIALIZE v16 load_floats(const float *x, ptrdiff_t step, int k)
{
    float all[16] = {0};
    if (step == 0)
        return v_set1(*x);
    if (step == 1)
        return v_load_part(x, k);
    for (int i = 0; i < k; i++)
        all[i] = x[i * step];
    return v_load(all);
}

enum { CHUNK = 1 << 12 }; /* elements that a thread does at a time, about */

typedef struct {
    const lg_reduce *p;
    axes outer;
    axis rows, row;                  /* the two innermost axes: x in bytes, y in elements of g */
    ptrdiff_t rows_each, row_each;   /* so much of them is a chunk: */
    ptrdiff_t rows_parts, row_parts; /* of so many */
    const float *g;
    const uint8_t *x;
    const double *saved;
    float *gx;
} job;

/* Numbers a (first = 0) or b (1) of results that stand `step` apart. */
SPECIALIZE d16 load_saved(const double *saved, ptrdiff_t step, int first, int k)
{
    double all[16] = {0};
    if (saved == NULL)
        return d_zero();
    if (step == 0)
        return d_set1(saved[first]);
    for (int i = 0; i < k; i++)
        all[i] = saved[2 * i * step + first];
    return d_load(all);
}

SPECIALIZE v16 sign_of(v16 x)
{
    const v16 one = v_set1(1.0f);
    return v_select(v_lt(x, v_zero()), v_neg(one), v_select(v_lt(v_zero(), x), one, x));
}

/* |x / e^a|^(p - 1), but 0 where x is, and has no slope for p < 1. */
V_CALL d16 power_slope(v16 x, d16 a, double p)
{
    const v16 size = v_abs(x);
    d16 y = power_below_one(size, a, p < 0.0 ? p - 1.0 : fabs(p - 1.0));
    if (p > 0.0 && p < 1.0)
        y = d_div(d_set1(1.0), y);
    return d_select(v_eq(size, v_zero()), d_zero(), y);
}

/* The gradients of sixteen elements x from those of their results. */
V_CALL v16 gradient_of(const lg_reduce *p, v16 g, v16 x, d16 a, d16 b)
{
    const v16 zero = v_zero(), nan = v_set1(NAN);
    const d16 up = d_from(g), scaled = d_mul(up, b);
    const v16 share = d_hi(scaled), value = d_hi(a);
    v16 hi, lo;
    switch (p->op) {
    case LG_REDUCE_NAN_SUM: return v_mask(v_eq(x, x), g);
    case LG_REDUCE_NAN_MEAN: return v_mask(v_eq(x, x), share);
    case LG_REDUCE_PROD: /* b: zeros among the factors */
        hi = v_select(v_eq(x, zero), v_set1(1.0f), x);
        hi = d_hi(d_div(d_mul(up, a), d_from(hi)));
        lo = d_hi(b);
        return v_mask(m_or(v_eq(lo, zero), m_and(v_eq(lo, v_set1(1.0f)), v_eq(x, zero))), hi);
    case LG_REDUCE_LARGEST:
    case LG_REDUCE_LEAST: /* with a number, NaNs are equal */
        if (p->number > 0.0)
            return v_mask(m_or(v_eq(x, value), m_and(v_unordered(x, x), v_unordered(value, value))), share);
        return v_select(v_eq(value, value), v_mask(v_eq(x, value), share), nan);
    case LG_REDUCE_ABS_LARGEST:
    case LG_REDUCE_ABS_LEAST:
        return v_select(v_eq(value, value), v_mask(v_eq(v_abs(x), value), v_mul(sign_of(x), share)), nan);
    case LG_REDUCE_VAR:
    case LG_REDUCE_STD: return d_hi(d_mul(d_sub(d_from(x), a), scaled));
    case LG_REDUCE_LOGSUMEXP:
        a = d_select(v_lt(v_abs(value), v_set1(INFINITY)), a, d_zero());
        d_split(d_sub(d_from(x), a), &hi, &lo);
        hi = v_exp(hi);
        return v_mul(g, v_add(hi, v_mask(v_lt(hi, v_set1(INFINITY)), v_mul(hi, lo))));
    case LG_REDUCE_NORM_1: return v_mul(sign_of(x), g);
    case LG_REDUCE_NORM_2: return d_hi(d_mul(d_from(x), scaled));
    case LG_REDUCE_NORM_P: return v_mul(sign_of(x), d_hi(d_mul(scaled, power_slope(x, a, p->number))));
    default: return d_hi(d_mul(up, d_set1(1.0 / p->number)));
    }
}

/* Part of a row of gx. */
static void spread_row(const job *j, const float *g, const uint8_t *x, const double *saved, ptrdiff_t size,
                       float *gx)
{
    const float *from = (const float *)(const void *)x;
    const ptrdiff_t step = j->row.y, x_step = j->row.x / (ptrdiff_t)sizeof(float);
    for (ptrdiff_t i = 0; i < size; i += 16) {
        const int k = (int)minimum(16, size - i);
        const v16 up = load_floats(g + i * step, step, k);
        const v16 v = from ? load_floats(from + i * x_step, x_step, k) : up;
        const double *numbers = saved ? saved + 2 * i * step : NULL;
        const d16 a = load_saved(numbers, step, 0, k), b = load_saved(numbers, step, 1, k);
        v_store_part(gx + i, gradient_of(j->p, up, v, a, b), k);
    }
}

static void spread_chunk(const void *job_, ptrdiff_t number)
{
    const job *j = job_;
    const ptrdiff_t column = number % j->row_parts * j->row_each, all = number / j->row_parts;
    const ptrdiff_t first = all % j->rows_parts * j->rows_each, outer = all / j->rows_parts;
    const ptrdiff_t end = minimum(first + j->rows_each, j->rows.size);
    ptrdiff_t y, x = place_in(&j->outer, outer, &y);
    float *gx = j->gx + outer * j->rows.size * j->row.size + column;
    x += column * j->row.x, y += column * j->row.y;
    for (ptrdiff_t r = first; r < end; r++) {
        const ptrdiff_t at = y + r * j->rows.y;
        spread_row(j, j->g + at, j->x ? j->x + x + r * j->rows.x : NULL, j->saved ? j->saved + 2 * at : NULL,
                   minimum(j->row_each, j->row.size - column), gx + r * j->row.size);
    }
}

/* g -> gx (size), in the order of its axes, where the elements of g and of what was saved, two numbers each,
   stand y_stride apart: 0 along reduced axes. x is the reduction's input, or NULL where slopes do not
   depend on it, as those of sums. */
void K(reduce_backward)(const lg_reduce *p, const float *g, const uint8_t *x, const double *saved, float *gx)
{
    job j = {.p = p, .g = g, .x = x, .saved = saved, .gx = gx};
    for (int i = 0; i < p->axes; i++)
        lg_add_axis(&j.outer, (axis){p->size[i], p->x_stride[i], p->y_stride[i]});
    j.row = lg_take_last_axis(&j.outer);
    j.rows = lg_take_last_axis(&j.outer);
    const ptrdiff_t outer = lg_size_of_axes(&j.outer), size = outer * j.rows.size * j.row.size;
    if (size == 0)
        return;
    j.row_each = minimum(j.row.size, CHUNK), j.rows_each = minimum(j.rows.size, ceil_div(CHUNK, j.row_each));
    j.row_parts = ceil_div(j.row.size, j.row_each), j.rows_parts = ceil_div(j.rows.size, j.rows_each);
    lg_share_out(lg_team(LG_MOVE * (double)size), outer * j.rows_parts * j.row_parts, spread_chunk, &j);
}
