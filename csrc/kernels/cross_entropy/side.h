/* Cross-entropy of rows side by side: in memory, or brought there. */
#ifndef LG_CROSS_ENTROPY_SIDE_H
#define LG_CROSS_ENTROPY_SIDE_H

#include "group.h"

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

/* What the gradient has at the labels of rows `first` and following, `values`, and in rows that are ignored.
 */
static void grad_at_labels(job *p, ptrdiff_t first, int count, const float *values, float *grad,
                           ptrdiff_t step)
{
    for (int r = 0; p->labels && r < count; r++) {
        const int64_t label = p->labels[first + r];
        if (label == p->ignore_index)
            for (ptrdiff_t c = 0; c < p->rows.C; c++)
                grad[c * step + r] = 0.0f;
        else
            grad[label * step + r] = values[r];
    }
}

/* b and the maxima m are of the rows from `first` on. grad and probs_grad: (C, 16) or strided, with a step
   from class to class, or NULL. */
SPECIALIZE void side_by_side(job *p, int kind, int cap, double weights, ptrdiff_t first, int count, v16 m,
                             const block *b, float *grad, ptrdiff_t grad_step, float *probs_grad,
                             ptrdiff_t probs_grad_step)
{
    group g;
    d16 top = largest_score(p, cap, m);
    exp_reference ref = refer_to(cap ? d_hi(top) : m);
    sums s = sum_block(p, kind, cap, 1, 0, b, &ref, top);
    finish_side(p, kind, cap, m, &s, weights, first, count, b->y, &g);
    if (probs_grad)
        probs_grad_block(p, 1, b, d_load(g.share), top, d_load(g.log_total), probs_grad, probs_grad_step);
    if (!grad)
        return;
    grad_block(p, kind, cap, 1, b, d_load(g.factor), d_load(g.share), grad, grad_step);
    grad_at_labels(p, first, count, g.grad_at_label, grad, grad_step);
}

typedef void group_function(job *p, double weights, ptrdiff_t first, int count, v16 m, const block *b,
                            float *grad, ptrdiff_t grad_step, float *probs_grad, ptrdiff_t probs_grad_step);

/* Where the rows stand side by side in memory: up to panel_groups(C) times sixteen. y (groups, C, 16), and
   where there are several groups, so many floats for their logits. */
static void lanes(job *p, group_function *group, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t inner = p->rows.inner, C = p->rows.C, step = p->logits_at.cls, size = 16 * C;
    const float *x = p->logits + row_offset(p->logits_at, inner, first);
    float *grad = p->grad ? p->grad + row_offset(p->grad_at, inner, first) : NULL;
    const int groups = ceil_div(count, 16), last = count - 16 * (groups - 1), direct = groups == 1;
    float *copy = y + groups * size;
    v16 m[LG_MAX_PANEL];
    if (direct)
        m[0] = block_max(x, step, C, count, 1);
    else
        gather_lanes(x, step, C, count, copy, m);
    for (int i = 0; i < groups; i++) {
        ptrdiff_t row = first + 16 * i;
        block b = {.x = direct ? x : copy + i * size,
                   .x_step = direct ? step : 16,
                   .w = p->weight,
                   .t = p->probs ? p->probs + row_offset(p->probs_at, inner, row) : NULL,
                   .t_step = p->probs_at.cls,
                   .y = y + i * size,
                   .count = C,
                   .part = i < groups - 1 ? 16 : last};
        group(p, weights, row, b.part, m[i], &b, !grad || direct ? grad : b.y, direct ? p->grad_at.cls : 16,
              p->probs_grad ? p->probs_grad + row_offset(p->probs_grad_at, inner, row) : NULL,
              p->probs_grad_at.cls);
    }
    if (grad && !direct)
        scatter_lanes(y, C, count, grad, p->grad_at.cls);
}

/* Where they are brought side by side first. */
static void packed(job *p, group_function *group, double weights, ptrdiff_t first, int count, float *y)
{
    _Alignas(64) float x[16 * LG_FEW], t[16 * LG_FEW], probs_grad[16 * LG_FEW];
    block b = {
        .x = x, .x_step = 16, .t = t, .t_step = 16, .w = p->weight, .y = y, .count = p->rows.C, .part = 16};
    v16 m = load_rows(p->logits, p->logits_at, &p->rows, first, count, x);
    if (p->probs)
        load_rows(p->probs, p->probs_at, &p->rows, first, count, t);
    if (p->grad)
        will_write(p->grad, p->grad_at, &p->rows, first, count);
    group(p, weights, first, count, m, &b, p->grad ? y : NULL, 16, p->probs_grad ? probs_grad : NULL, 16);
    if (p->probs_grad)
        store_rows(probs_grad, p->probs_grad_at, &p->rows, first, count, p->probs_grad);
    if (p->grad)
        store_rows(y, p->grad_at, &p->rows, first, count, p->grad);
}

#endif
