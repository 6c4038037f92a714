/* Cross-entropy of a group of rows, each along its vectors. */
#ifndef LG_CROSS_ENTROPY_ALONG_TPL_H
#define LG_CROSS_ENTROPY_ALONG_TPL_H

#include "group.h"
#include "kernels/rows/ways.h"

#include <string.h>

enum { SOON = 2048 }; /* floats ahead, of what will be read and, in a long row, written */

static scores scores_of_row(job *p, ptrdiff_t row, float *y)
{
    const ptrdiff_t C = p->rows.C, inner = p->rows.inner;
    return (scores){.x = p->logits + row_offset(p->logits_at, inner, row),
                    .x_stride = 16,
                    .t = p->probs ? p->probs + row_offset(p->probs_at, inner, row) : NULL,
                    .t_stride = 16,
                    .w = p->weight,
                    .y = y,
                    .count = vectors_of(C),
                    .part = last_of(C)};
}

/* One row's exponentials and sums; *m gets its largest logit. *guess is whether to guess that before it is
   known. It tells how, not what: a row's bits must not depend on the rows before it. */
SPECIALIZE sums sum_row(job *p, int kind, int cap, const scores *in, int *guess, v16 *m)
{
    const int may = may_guess(p, kind, cap);
    if (!may || !*guess)
        *m = max_of_scores(in->x, 16, in->count, in->part, 0);
    if (may && (*guess || as_guessed(*m))) {
        exp_reference ref = guess_reference();
        sums s = sum_scores(p, kind, cap, 0, 1, in, &ref, d_zero());
        *m = s.max;
        if (as_guessed(s.max))
            return s;
        *guess = 0;
    }
    d16 top = largest_score(p, cap, *m);
    exp_reference ref = refer_to(cap ? d_hi(top) : *m);
    return sum_scores(p, kind, cap, 0, 0, in, &ref, top);
}

/* The gradients of row r of a group but at its label. */
SPECIALIZE void grad_row(job *p, int kind, int cap, const scores *in, const group *g, int r, v16 m)
{
    const ptrdiff_t row = g->first + r, inner = p->rows.inner;
    float *grad = p->grad ? p->grad + row_offset(p->grad_at, inner, row) : NULL;
    if (p->probs_grad)
        write_probs_gradient(p, 0, in, d_set1(g->share[r]), largest_score(p, cap, m), d_set1(g->log_total[r]),
                             p->probs_grad + row_offset(p->probs_grad_at, inner, row), 16);
    if (grad && g->used[r])
        write_gradient(p, kind, cap, 0, in, d_set1(g->factor[r]), d_set1(g->share[r]), grad, 16);
    else if (grad)
        memset(grad, 0, sizeof(float) * (size_t)p->rows.C);
}

/* y (count, C rounded up to whole vectors). */
SPECIALIZE void along(job *p, int kind, int cap, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t C = p->rows.C, pitch = 16 * vectors_of(C);
    /* A row's gradient follows the next row's exponentials, while it has its own in the first-level cache;
       where it depends on more than the sum of those, it waits for the group. */
    const int soon = p->grad && !cap && p->z_loss == 0.0 && !p->probs_grad;
    /* A row that leaves no room for others in a cache has its exponentials in the gradient's place, unless
       the logits are there, which may be needed again. */
    const int in_place = soon && C > ON_STACK && p->grad != p->logits;
    const ptrdiff_t ahead =
        2 * SOON / C + 1; /* rows, few: what another thread writes in place is not to be fetched */
    float m[16] = {0};
    double rest[16] = {0}, total[16] = {0}, dot[16] = {0}, mass[16] = {0}, all[16];
    int guess = 1;
    scores in[16];
    group g;
    start_group(p, first, count, &g);
    for (int r = 0; r < count; r++) {
        const ptrdiff_t row = first + r;
        float *grad = p->grad ? p->grad + row_offset(p->grad_at, p->rows.inner, row) : NULL;
        in[r] = scores_of_row(p, row, in_place ? grad : y + (soon ? r % 2 : r) * pitch);
        in[r].next = in[r].x + ahead * p->logits_at.outer;
        in[r].next_t = p->probs ? in[r].t + ahead * p->probs_at.outer : NULL;
        in[r].result = grad ? grad : in[r].next;
        if (in_place)
            in[r].next = in[r].x + SOON, in[r].next_t = in[r].t + SOON, in[r].result = grad + SOON;
        if (g.used[r] || p->logsumexp) {
            v16 top;
            sums s = sum_row(p, kind, cap, &in[r], &guess, &top);
            v_store_part(m + r, top, 1);
            d_store(all, s.rest), rest[r] = all[0];
            if (kind != HARD)
                d_store(all, s.dot), dot[r] = all[0];
            if (kind == SOFT)
                d_store(all, s.mass), mass[r] = all[0];
            d_store(all, s.total), total[r] = all[0];
            g.exp_at_label[r] = in[r].y[g.label[r]];
            set_factor(p, kind, weights, mass[r], total[r], &g, r);
        }
        if (p->argmax)
            p->argmax[row] = first_largest_along(in[r].x, C, m[r]);
        if (soon && r > 0)
            grad_row(p, kind, cap, &in[r - 1], &g, r - 1, v_set1(m[r - 1]));
    }
    if (soon)
        grad_row(p, kind, cap, &in[count - 1], &g, count - 1, v_set1(m[count - 1]));
    sums s = {.rest = d_load(rest), .total = d_load(total), .dot = d_load(dot), .mass = d_load(mass)};
    finish_group(p, kind, cap, v_load(m), &s, weights, &g);
    for (int r = 0; r < count && (p->grad || p->probs_grad); r++) {
        if (!soon)
            grad_row(p, kind, cap, &in[r], &g, r, v_set1(m[r]));
        if (p->grad && kind != SOFT && g.used[r])
            p->grad[row_offset(p->grad_at, p->rows.inner, first + r) + g.label[r]] = g.grad_at_label[r];
    }
}

#endif
