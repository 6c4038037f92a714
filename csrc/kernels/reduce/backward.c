/* Gradients of reductions: for each element its result's gradient times a slope. */
#include "parallel.h"
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

/* Part of a row of gx. */
static void spread_row(const job *j, const float *g, const uint8_t *x, const double *saved, ptrdiff_t size,
                       float *gx)
{
    const d16 factor = d_set1(1.0 / j->p->number);
    (void)x, (void)saved;
    for (ptrdiff_t i = 0; i < size; i += 16) {
        const int k = (int)minimum(16, size - i);
        const v16 up = load_floats(g + i * j->row.y, j->row.y, k);
        v_store_part(gx + i, d_hi(d_mul(d_from(up), factor)), k);
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
    const axis none = {1, 0, 0};
    job j = {.p = p, .rows = none, .row = none, .g = g, .x = x, .saved = saved, .gx = gx};
    for (int i = 0; i < p->axes; i++)
        add_axis(&j.outer, (axis){p->size[i], p->x_stride[i], p->y_stride[i]});
    if (j.outer.count)
        j.row = take_axis(&j.outer, j.outer.count - 1);
    if (j.outer.count)
        j.rows = take_axis(&j.outer, j.outer.count - 1);
    const ptrdiff_t outer = size_of_axes(&j.outer), size = outer * j.rows.size * j.row.size;
    if (size == 0)
        return;
    j.row_each = minimum(j.row.size, CHUNK), j.rows_each = minimum(j.rows.size, ceil_div(CHUNK, j.row_each));
    j.row_parts = ceil_div(j.row.size, j.row_each), j.rows_parts = ceil_div(j.rows.size, j.rows_each);
    lg_share_out(lg_team(LG_MOVE * (double)size), outer * j.rows_parts * j.row_parts, spread_chunk, &j);
}
