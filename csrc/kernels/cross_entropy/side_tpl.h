/* Cross-entropy of rows side by side: in memory, or brought there. */
#ifndef LG_CROSS_ENTROPY_SIDE_TPL_H
#define LG_CROSS_ENTROPY_SIDE_TPL_H

#include "group.h"
#include "kernels/rows/lanes.h"
#include "kernels/rows/ways.h"

static void largest_classes(job *p, ptrdiff_t first, int count)
{
    for (int r = 0; r < count && p->argmax; r++) {
        ptrdiff_t row = row_offset(p->logits_at, p->rows.inner, first + r);
        p->argmax[first + r] = first_largest(p->logits + row, p->logits_at.cls, p->rows.C);
    }
}

/* Losses, and what the gradients are made of, from the exponentials y (C, 16) and their sums. */
V_CALL void finish_side(job *p, int kind, int cap, v16 m, const sums *s, double weights, ptrdiff_t first,
                        int count, const float *y, group *g)
{
    start_group(p, first, count, g);
    for (int r = 0; r < 16; r++)
        g->exp_at_label[r] = y[16 * g->label[r] + r];
    finish_group(p, kind, cap, m, s, weights, g);
    largest_classes(p, first, count);
}

/* What the gradient has at the labels of rows `first` and following, `values`, and in rows that are
   ignored. */
static void grad_at_labels(job *p, ptrdiff_t first, int count, const float *values, float *grad,
                           ptrdiff_t step)
{
    for (int r = 0; p->labels && r < count; r++) {
        const ptrdiff_t label = label_of(p->labels, first + r, p->rows.C, p->ignore_index);
        if (label < 0)
            for (ptrdiff_t c = 0; c < p->rows.C; c++)
                grad[c * step + r] = 0.0f;
        else
            grad[label * step + r] = values[r];
    }
}

/* The scores and the maxima m are of the rows from `first` on. grad and probs_grad: (C, 16) or strided, with
   a step from class to class, or NULL. */
SPECIALIZE void side_by_side(job *p, int kind, int cap, double weights, ptrdiff_t first, int count, v16 m,
                             const scores *in, float *grad, ptrdiff_t grad_stride, float *probs_grad,
                             ptrdiff_t probs_grad_stride)
{
    group g;
    d16 top = largest_score(p, cap, m);
    exp_reference ref = refer_to(cap ? d_hi(top) : m);
    sums s = sum_scores(p, kind, cap, 1, 0, in, &ref, top);
    finish_side(p, kind, cap, m, &s, weights, first, count, in->y, &g);
    if (probs_grad)
        write_probs_gradient(p, 1, in, d_load(g.share), top, d_load(g.log_total), probs_grad,
                             probs_grad_stride);
    if (!grad)
        return;
    write_gradient(p, kind, cap, 1, in, d_load(g.factor), d_load(g.share), grad, grad_stride);
    grad_at_labels(p, first, count, g.grad_at_label, grad, grad_stride);
}

typedef void side_function(job *p, double weights, ptrdiff_t first, int count, v16 m, const scores *in,
                           float *grad, ptrdiff_t grad_stride, float *probs_grad,
                           ptrdiff_t probs_grad_stride);

/* A tile of rows that stand side by side in memory. y (groups, C, 16), and where there are several groups, so
   many floats for their logits. */
static void tile_in_lanes(job *p, side_function *side, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t inner = p->rows.inner, C = p->rows.C, step = p->logits_at.cls, size = 16 * C;
    const float *x = p->logits + row_offset(p->logits_at, inner, first);
    float *grad = p->grad ? p->grad + row_offset(p->grad_at, inner, first) : NULL;
    const int groups = ceil_div(count, 16), last = count - 16 * (groups - 1), direct = groups == 1;
    float *copy = y + groups * size;
    v16 m[TILE_GROUPS];
    if (direct)
        m[0] = max_of_scores(x, step, C, count, 1);
    else
        gather_lanes(x, step, C, count, copy, m);
    for (int i = 0; i < groups; i++) {
        ptrdiff_t row = first + 16 * i;
        scores in = {.x = direct ? x : copy + i * size,
                     .x_stride = direct ? step : 16,
                     .w = p->weight,
                     .t = p->probs ? p->probs + row_offset(p->probs_at, inner, row) : NULL,
                     .t_stride = p->probs_at.cls,
                     .y = y + i * size,
                     .count = C,
                     .part = i < groups - 1 ? 16 : last};
        side(p, weights, row, in.part, m[i], &in, !grad || direct ? grad : in.y, direct ? p->grad_at.cls : 16,
             p->probs_grad ? p->probs_grad + row_offset(p->probs_grad_at, inner, row) : NULL,
             p->probs_grad_at.cls);
    }
    if (grad && !direct)
        scatter_lanes(y, C, count, grad, p->grad_at.cls);
}

/* A group of rows of few classes, which are brought side by side first. */
static void packed_group(job *p, side_function *side, double weights, ptrdiff_t first, int count, float *y)
{
    _Alignas(64) float x[16 * FEW_CLASSES], t[16 * FEW_CLASSES], probs_grad[16 * FEW_CLASSES];
    scores in = {.x = x,
                 .x_stride = 16,
                 .t = t,
                 .t_stride = 16,
                 .w = p->weight,
                 .y = y,
                 .count = p->rows.C,
                 .part = 16};
    v16 m = load_rows(p->logits, p->logits_at, &p->rows, first, count, x);
    if (p->probs)
        load_rows(p->probs, p->probs_at, &p->rows, first, count, t);
    if (p->grad)
        will_write(p->grad, p->grad_at, &p->rows, first, count);
    side(p, weights, first, count, m, &in, p->grad ? y : NULL, 16, p->probs_grad ? probs_grad : NULL, 16);
    if (p->probs_grad)
        store_rows(probs_grad, p->probs_grad_at, &p->rows, first, count, p->probs_grad);
    if (p->grad)
        store_rows(y, p->grad_at, &p->rows, first, count, p->grad);
}

#endif
