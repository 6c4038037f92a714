/* Cross-entropy: what is computed once for each row, for a group of up to sixteen of them, in lanes. */
#ifndef LG_CROSS_ENTROPY_GROUP_H
#define LG_CROSS_ENTROPY_GROUP_H

#include "gradient_tpl.h"

typedef struct group {
    ptrdiff_t first; /* row */
    int count;       /* rows, at most 16 */
    int used[16];    /* not ignored */
    ptrdiff_t label[16];
    float weight[16], sample_weight[16];
    float at_label[16], exp_at_label[16]; /* logit and exponential */
    /* of the gradient: see write_gradient; then the values at the labels */
    double factor[16], share[16], log_total[16];
    float grad_at_label[16];
} group;

static void start_group(job *p, ptrdiff_t first, int count, group *g)
{
    const ptrdiff_t inner = p->rows.inner, cls = p->logits_at.cls;
    const ptrdiff_t step = inner == 1 ? p->logits_at.outer : p->logits_at.inner;
    const float *x = p->logits + row_offset(p->logits_at, inner, first);
    ptrdiff_t i = first % inner;
    g->first = first, g->count = count;
    for (int r = 0; r < count; r++) {
        const ptrdiff_t row = first + r;
        const ptrdiff_t label = p->labels ? label_of(p->labels, row, p->rows.C, p->ignore_index) : 0;
        g->used[r] = label >= 0;
        g->label[r] = maximum(label, 0);
        g->weight[r] = p->labels && p->weight ? p->weight[g->label[r]] : 1.0f;
        g->sample_weight[r] = p->sample_weight ? p->sample_weight[row] : 1.0f;
        g->at_label[r] = x[g->label[r] * cls];
        x += step;
        if (inner > 1 && ++i == inner)
            i = 0, x = p->logits + row_offset(p->logits_at, inner, row + 1);
    }
    for (int r = count; r < 16; r++) {
        g->used[r] = 0, g->label[r] = 0, g->at_label[r] = 0.0f;
        g->weight[r] = g->sample_weight[r] = 1.0f;
    }
    v_store(g->exp_at_label, v_zero());
}

/* The largest score of rows whose largest logits are m, exact. */
SPECIALIZE d16 largest_score(job *p, int cap, v16 m)
{
    d16 slope;
    return cap ? softcap_of(m, p->softcap, &slope) : d_from(m);
}

/* What a row's gradient beyond its label's is made of, from the sum of its exponentials. */
SPECIALIZE void set_factor(job *p, int kind, double weights, double mass, double total, group *g, int r)
{
    double row = g->sample_weight[r], Q = mass;
    if (kind != SOFT)
        Q = (1.0 - p->label_smoothing) * g->weight[r] + p->label_smoothing / (double)p->rows.C * weights;
    g->factor[r] = p->scale * row * Q / total;
    g->share[r] = p->scale * row;
}

/* From the sums to losses and what gradients are made of. m are the largest logits, `weights` the sum of all
   classes' weights. */
V_CALL void finish_group(job *p, int kind, int cap, v16 m, const sums *s, double weights, group *g)
{
    v16 x_label = v_load(g->at_label);
    d16 top = largest_score(p, cap, m), total = s->total, peak = d_sub(total, s->rest);
    d16 log_total = log_of_total(d_div(s->rest, peak)), lse = d_add(top, log_total);
    d16 row = d_from(v_load(g->sample_weight)), own = d_zero(), spread = d_zero();
    d16 loss, Q, slope = d_set1(1.0);
    if (kind == SOFT) {
        Q = d_mul(row, s->mass);
        loss = d_add(d_mul(row, s->dot), d_mul(Q, log_total));
    } else {
        d16 label = cap ? softcap_of(x_label, p->softcap, &slope) : d_from(x_label);
        own = d_mul(d_mul(row, d_set1(1.0 - p->label_smoothing)), d_from(v_load(g->weight)));
        loss = d_mul(own, d_add(d_sub(top, label), log_total));
        Q = own;
    }
    if (kind == SMOOTH) {
        spread = d_mul(row, d_set1(p->label_smoothing / (double)p->rows.C));
        loss = d_add(loss, d_mul(spread, d_add(s->dot, d_mul(d_set1(weights), log_total))));
        Q = d_add(own, d_mul(spread, d_set1(weights)));
    }
    if (p->z_loss != 0.0) {
        d16 z = d_mul(d_mul(row, d_set1(p->z_loss)), lse);
        loss = d_add(loss, d_mul(z, lse));
        Q = d_add(Q, d_add(z, z));
    }
    double losses[16];
    d_store(losses, loss);
    for (int r = 0; r < g->count; r++) {
        double used = g->used[r] ? losses[r] : 0.0;
        if (p->loss)
            p->loss[g->first + r] = (float)used;
        else
            p->exact_loss[g->first + r] = used;
    }
    if (p->logsumexp)
        v_store_part(p->logsumexp + g->first, d_hi(lse), g->count);
    d16 scale = d_set1(p->scale), share = d_div(scale, total);
    d_store(g->factor, d_mul(share, Q));
    d_store(g->share, d_mul(scale, row));
    d_store(g->log_total, log_total);
    if (kind == SOFT || !p->grad)
        return;
    m16 leads = v_eq(x_label, m);
    d16 term = d_select(leads, peak, d_from(v_load(g->exp_at_label)));
    d16 others = d_select(leads, s->rest, d_sub(total, term));
    d16 grad = d_mul(share, d_sub(d_mul(d_sub(Q, own), term), d_mul(own, others)));
    if (kind == SMOOTH)
        grad = d_sub(grad, d_mul(d_mul(scale, spread), d_from(v_load(g->weight))));
    v_store(g->grad_at_label, d_hi(d_mul(slope, grad)));
}

/* The first class with the largest logit of a row, or the first with NaN. */
static ptrdiff_t first_largest(const float *x, ptrdiff_t step, ptrdiff_t C)
{
    ptrdiff_t best = 0;
    for (ptrdiff_t c = 1; c < C && x[best * step] == x[best * step]; c++)
        if (!(x[c * step] <= x[best * step]))
            best = c;
    return best;
}

/* The same for a row in one piece whose maximum is m, unless there is a NaN. */
static ptrdiff_t first_largest_along(const float *x, ptrdiff_t C, float m)
{
    m16 nan = m_first(0);
    FOR_SCORES(i, k, 0, vectors_of(C), last_of(C), {
        v16 v = v_load_part(x + 16 * i, k);
        nan = m_or(nan, v_ne(v, v));
    });
    for (ptrdiff_t c = 0; c + 16 < C && !m_any(nan); c += 16)
        if (m_any(v_eq(v_load(x + c), v_set1(m))))
            return c + first_largest(x + c, 1, 16);
    return first_largest(x, 1, C);
}

#endif
