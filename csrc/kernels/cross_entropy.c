/* Cross-entropy of rows of logits, and its gradient. With the row's maximum m and rest = sum of
   exp(x - m) over all classes but the maximum's, a row that puts the mass q[j] on class j costs

       loss = sum of q[j] * (lse - x[j]),  lse - x[j] = (m - x[j]) + log1p(rest)
       gradient[j] = Q * exp(x[j] - m) / (1 + rest) - q[j],  Q = sum of q

   and z_loss * lse^2. For a class index q is the weight at the label, w, and with smoothing a little on all
   classes; the gradient at the label is -w * (sum of the others) / (1 + rest) and what the smoothing adds.
   Nothing is taken from 1 and sums are of numbers of one sign, so that a confident, correct row keeps its
   tiny loss and gradient.

   Rows are worked on in groups of up to sixteen. What is computed once for each row is computed for the
   group, in lanes, whichever way the vectors of exponentials run. */
#include "cross_entropy_block.h"

enum {
    MAX_GROUPS = 4,       /* of a panel: see lg_panel */
    TILE_ROWS_ASIDE = 1024 /* see tile_aside */
};

typedef struct group {
    ptrdiff_t first; /* row */
    int count;       /* rows, at most 16 */
    int used[16];    /* not ignored */
    ptrdiff_t label[16];
    float weight[16], sample_weight[16];
    float at_label[16], exp_at_label[16]; /* logit and exponential */
    /* of the gradient: see grad_block; then the values at the labels */
    double factor[16], share[16], log_total[16];
    float grad_at_label[16];
} group;

static void start_group(job *p, ptrdiff_t first, int count, group *g)
{
    g->first = first, g->count = count;
    for (int r = 0; r < 16; r++) {
        ptrdiff_t row = first + (r < count ? r : 0);
        g->used[r] = r < count && !(p->labels && p->labels[row] == p->ignore_index);
        g->label[r] = p->labels && g->used[r] ? (ptrdiff_t)p->labels[row] : 0;
        g->weight[r] = p->labels && p->weight ? p->weight[g->label[r]] : 1.0f;
        g->sample_weight[r] = p->sample_weight ? p->sample_weight[row] : 1.0f;
        g->exp_at_label[r] = 0.0f;
        g->at_label[r] = p->logits[lg_row(p->logits_at, p->rows.inner, row) + g->label[r] * p->logits_at.cls];
    }
}

/* The largest score of rows whose largest logits are m, exact. */
V_INLINE d16 largest_score(job *p, int cap, v16 m)
{
    d16 slope;
    return cap ? lg_softcap(m, p->softcap, &slope) : d_from(m);
}

/* What a row's gradient beyond its label's is made of, from the sum of its exponentials. */
V_INLINE void set_factor(job *p, int kind, double weights, double mass, double total, group *g, int r)
{
    double row = g->sample_weight[r], Q = mass;
    if (kind != SOFT)
        Q = (1.0 - p->label_smoothing) * g->weight[r] + p->label_smoothing / (double)p->rows.C * weights;
    g->factor[r] = p->scale * row * Q / total;
    g->share[r] = p->scale * row;
}

/* From the sums to losses and what gradients are made of. m are the largest logits, `weights` the sum of all
   classes' weights. */
V_CALL void finish_group(job *p, int kind, int cap, const lg_reference *ref, v16 m, const sums *s,
                         double weights, group *g)
{
    v16 x_label = v_load(g->at_label);
    d16 top = largest_score(p, cap, m), peak = lg_peak(ref, top);
    d16 log_total = lg_log_total(d_div(s->rest, peak)), lse = d_add(top, log_total);
    d16 row = d_from(v_load(g->sample_weight)), own = d_zero(), spread = d_zero();
    d16 loss, Q, slope = d_set1(1.0);
    if (kind == SOFT) {
        Q = d_mul(row, s->mass);
        loss = d_add(d_mul(row, s->dot), d_mul(Q, log_total));
    } else {
        d16 label = cap ? lg_softcap(x_label, p->softcap, &slope) : d_from(x_label);
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
    d16 total = d_add(peak, s->rest), scale = d_set1(p->scale);
    d_store(g->factor, d_div(d_mul(scale, Q), total));
    d_store(g->share, d_mul(scale, row));
    d_store(g->log_total, log_total);
    if (kind == SOFT || !p->grad)
        return;
    m16 leads = v_eq(x_label, m);
    d16 term = d_select(leads, peak, d_from(v_load(g->exp_at_label)));
    d16 others = d_select(leads, s->rest, d_sub(total, term));
    d16 grad = d_div(d_sub(d_mul(d_sub(Q, own), term), d_mul(own, others)), total);
    if (kind == SMOOTH)
        grad = d_sub(grad, d_mul(spread, d_from(v_load(g->weight))));
    v_store(g->grad_at_label, d_hi(d_mul(d_mul(scale, slope), grad)));
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
    LG_EACH_VECTOR(0, lg_vectors(C), lg_last(C), {
        v16 v = v_load_part(x + 16 * i, k);
        nan = m_or(nan, v_ne(v, v));
    });
    for (ptrdiff_t c = 0; c + 16 < C && !m_any(nan); c += 16)
        if (m_any(v_eq(v_load(x + c), v_set1(m))))
            return c + first_largest(x + c, 1, 16);
    return first_largest(x, 1, C);
}

/* --- a group of rows, each along its vectors --- */

static block block_of_row(job *p, ptrdiff_t row, float *y)
{
    const ptrdiff_t C = p->rows.C, inner = p->rows.inner;
    return (block){.x = p->logits + lg_row(p->logits_at, inner, row), .x_step = 16,
                   .t = p->probs ? p->probs + lg_row(p->probs_at, inner, row) : NULL, .t_step = 16,
                   .w = p->weight, .y = y, .count = lg_vectors(C), .part = lg_last(C)};
}

/* One row's exponentials and sums; *m gets its largest logit. *guess is whether to guess that before it is
   known. It tells how, not what: a row's bits must not depend on the rows before it. */
V_INLINE sums sum_row(job *p, int kind, int cap, const block *b, int *guess, lg_reference *ref, v16 *m)
{
    const int may = may_guess(p, kind, cap);
    if (!may || !*guess)
        *m = lg_block_max(b->x, 16, b->count, b->part, 0);
    if (may && (*guess || lg_guessed(*m))) {
        *ref = lg_guess();
        sums s = sum_block(p, kind, cap, 0, 1, b, ref, d_zero());
        *m = s.max;
        if (lg_guessed(s.max))
            return s;
        *guess = 0;
    }
    d16 top = largest_score(p, cap, *m);
    *ref = lg_refer(cap ? d_hi(top) : *m);
    return sum_block(p, kind, cap, 0, 0, b, ref, top);
}

/* The gradients of row r of a group but at its label. */
V_INLINE void grad_row(job *p, int kind, int cap, const block *b, const group *g, int r, v16 m)
{
    const ptrdiff_t row = g->first + r, inner = p->rows.inner;
    float *grad = p->grad ? p->grad + lg_row(p->grad_at, inner, row) : NULL;
    if (p->probs_grad)
        probs_grad_block(p, 0, b, d_set1(g->share[r]), largest_score(p, cap, m), d_set1(g->log_total[r]),
                         p->probs_grad + lg_row(p->probs_grad_at, inner, row), 16);
    if (grad && g->used[r])
        grad_block(p, kind, cap, 0, b, d_set1(g->factor[r]), d_set1(g->share[r]), grad, 16);
    else if (grad)
        memset(grad, 0, sizeof(float) * (size_t)p->rows.C);
}

/* y (count, C rounded up to whole vectors). */
V_INLINE void along(job *p, int kind, int cap, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t C = p->rows.C, pitch = 16 * lg_vectors(C);
    /* A row's gradient follows the next row's exponentials, while it has its own in the first-level cache;
       where it depends on more than the sum of those, it waits for the group. */
    const int soon = p->grad && !cap && p->z_loss == 0.0 && !p->probs_grad;
    float m[16] = {0}, base[16] = {0}, n[16] = {0};
    double rest[16] = {0}, dot[16] = {0}, mass[16] = {0}, all[16];
    int guess = 1;
    block b[16];
    group g;
    start_group(p, first, count, &g);
    for (int r = 0; r < count; r++) {
        const ptrdiff_t row = first + r;
        b[r] = block_of_row(p, row, y + (soon ? r % 2 : r) * pitch);
        b[r].next = b[r].x + count * p->logits_at.outer;
        b[r].result = !p->grad ? b[r].next : p->grad + lg_row(p->grad_at, p->rows.inner, row);
        if (g.used[r] || p->logsumexp) {
            lg_reference ref;
            v16 top;
            sums s = sum_row(p, kind, cap, &b[r], &guess, &ref, &top);
            v_store_part(m + r, top, 1), v_store_part(base + r, ref.base, 1), v_store_part(n + r, ref.n, 1);
            d_store(all, s.rest), rest[r] = all[0];
            if (kind != HARD)
                d_store(all, s.dot), dot[r] = all[0];
            if (kind == SOFT)
                d_store(all, s.mass), mass[r] = all[0];
            d_store(all, s.total);
            g.exp_at_label[r] = b[r].y[g.label[r]];
            set_factor(p, kind, weights, mass[r], all[0], &g, r);
        }
        if (p->argmax)
            p->argmax[row] = first_largest_along(b[r].x, C, m[r]);
        if (soon && r > 0)
            grad_row(p, kind, cap, &b[r - 1], &g, r - 1, v_set1(m[r - 1]));
    }
    if (soon)
        grad_row(p, kind, cap, &b[count - 1], &g, count - 1, v_set1(m[count - 1]));
    lg_reference ref = lg_reference_of(v_load(base), v_load(n));
    sums s = {.rest = d_load(rest), .dot = d_load(dot), .mass = d_load(mass)};
    finish_group(p, kind, cap, &ref, v_load(m), &s, weights, &g);
    for (int r = 0; r < count && (p->grad || p->probs_grad); r++) {
        if (!soon)
            grad_row(p, kind, cap, &b[r], &g, r, v_set1(m[r]));
        if (p->grad && kind != SOFT && g.used[r])
            p->grad[lg_row(p->grad_at, p->rows.inner, first + r) + g.label[r]] = g.grad_at_label[r];
    }
}

/* --- a group of rows side by side --- */

static void largest_classes(job *p, ptrdiff_t first, int count)
{
    for (int r = 0; r < count && p->argmax; r++) {
        ptrdiff_t row = lg_row(p->logits_at, p->rows.inner, first + r);
        p->argmax[first + r] = first_largest(p->logits + row, p->logits_at.cls, p->rows.C);
    }
}

/* Losses, and what the gradients are made of, from the exponentials y (C, 16) and their sums. */
V_CALL void finish_side(job *p, int kind, int cap, const lg_reference *ref, v16 m, const sums *s,
                        double weights, ptrdiff_t first, int count, const float *y, group *g)
{
    start_group(p, first, count, g);
    for (int r = 0; r < 16; r++)
        g->exp_at_label[r] = y[16 * g->label[r] + r];
    finish_group(p, kind, cap, ref, m, s, weights, g);
    largest_classes(p, first, count);
}

/* What the gradient has at labels, and in rows that are ignored. */
static void grad_at_labels(job *p, const group *g, float *grad, ptrdiff_t step)
{
    for (int r = 0; r < g->count; r++)
        if (!g->used[r])
            for (ptrdiff_t c = 0; c < p->rows.C; c++)
                grad[c * step + r] = 0.0f;
        else if (p->labels)
            grad[g->label[r] * step + r] = g->grad_at_label[r];
}

/* b and the maxima m are of the rows from `first` on. grad and probs_grad: (C, 16) or strided, with a step
   from class to class, or NULL. */
V_INLINE void side_by_side(job *p, int kind, int cap, double weights, ptrdiff_t first, int count, v16 m,
                           const block *b, float *grad, ptrdiff_t grad_step, float *probs_grad,
                           ptrdiff_t probs_grad_step)
{
    group g;
    d16 top = largest_score(p, cap, m);
    lg_reference ref = lg_refer(cap ? d_hi(top) : m);
    sums s = sum_block(p, kind, cap, 1, 0, b, &ref, top);
    finish_side(p, kind, cap, &ref, m, &s, weights, first, count, b->y, &g);
    if (probs_grad)
        probs_grad_block(p, 1, b, d_load(g.share), top, d_load(g.log_total), probs_grad, probs_grad_step);
    if (!grad)
        return;
    grad_block(p, kind, cap, 1, b, d_load(g.factor), d_load(g.share), grad, grad_step);
    grad_at_labels(p, &g, grad, grad_step);
}

typedef void group_function(job *p, double weights, ptrdiff_t first, int count, v16 m, const block *b,
                            float *grad, ptrdiff_t grad_step, float *probs_grad,
                            ptrdiff_t probs_grad_step);

/* The sum of a group's exponentials but the maximum's, from strided logits x (C, 16): see lg_tiny_rest. */
V_CALL d16 tiny_rest_of(job *p, const lg_reference *ref, const float *x, int part, v16 top)
{
    d16 sum = d_zero();
    for (ptrdiff_t c = 0; c < p->rows.C; c++) {
        v16 y = lg_exponential(ref, v_load_part(x + c * p->logits_at.cls, part), v_zero(), 0);
        sum = d_add_v(sum, v_select(v_eq(y, top), v_zero(), y));
    }
    return sum;
}

/* Up to TILE_ROWS_ASIDE rows that stand side by side in memory, x and grad (C, count), strided, grad not over x
   or NULL; class by class, in long pieces, as memory wants it: first the exponentials, into the gradient, then
   their products with the rows' factors. The maxima are guessed (HARD, no softcap); 0 where that was wrong. */
static int tile_aside(job *p, double weights, ptrdiff_t first, int count, const float *x, float *grad)
{
    const ptrdiff_t C = p->rows.C, x_step = p->logits_at.cls, step = p->grad_at.cls;
    const int groups = (count + 15) / 16, last = count - 16 * (groups - 1);
    const lg_reference ref = lg_guess();
    float m[TILE_ROWS_ASIDE], hi[TILE_ROWS_ASIDE], lo[TILE_ROWS_ASIDE];
    double sum[TILE_ROWS_ASIDE];
    group g[TILE_ROWS_ASIDE / 16];
    m16 small = m_first(0);
    for (int i = 0; i < groups; i++) {
        v_store(m + 16 * i, v_set1(-INFINITY));
        d_store(sum + 16 * i, d_zero());
    }
    for (ptrdiff_t c = 0; c < C; c += 2) /* two at a time, for less to do with sums */
        for (int i = 0; i < groups; i++) {
            const int k = i < groups - 1 ? 16 : last;
            const float *from = x + c * x_step + 16 * i;
            __builtin_prefetch(from + 2 * x_step, 0, 2);
            __builtin_prefetch(from + 3 * x_step, 0, 2);
            if (grad) {
                __builtin_prefetch(grad + (c + 2) * step + 16 * i, 1, 2);
                __builtin_prefetch(grad + (c + 3) * step + 16 * i, 1, 2);
            }
            d16 s = d_load(sum + 16 * i);
            v16 a = v_load_part(from, k), b = c + 1 < C ? v_load_part(from + x_step, k) : a;
            v_store(m + 16 * i, v_max(v_max(v_load(m + 16 * i), a), b));
            a = lg_exponential(&ref, a, v_zero(), 0), s = d_add_v(s, a);
            if (grad)
                v_store_part(grad + c * step + 16 * i, a, k);
            if (c + 1 < C) {
                b = lg_exponential(&ref, b, v_zero(), 0), s = d_add_v(s, b);
                if (grad)
                    v_store_part(grad + (c + 1) * step + 16 * i, b, k);
            }
            d_store(sum + 16 * i, s);
        }
    for (int i = 0; i < groups; i++)
        if (!lg_guessed(v_load(m + 16 * i)))
            return 0;
    for (int i = 0; i < groups; i++) {
        const int k = i < groups - 1 ? 16 : last;
        v16 hi_i, lo_i, max = v_load(m + 16 * i), top = lg_top(&ref, max, v_zero(), NULL);
        d16 rest = d_sub(d_load(sum + 16 * i), d_from(top));
        m16 tiny = lg_is_tiny(rest, top, C);
        if (m_any(tiny))
            rest = d_select(tiny, tiny_rest_of(p, &ref, x + 16 * i, k, top), rest);
        sums all = {.rest = rest};
        start_group(p, first + 16 * i, k, &g[i]);
        v_store(g[i].exp_at_label, lg_exponential(&ref, v_load(g[i].at_label), v_zero(), 0));
        finish_group(p, HARD, 0, &ref, max, &all, weights, &g[i]);
        largest_classes(p, first + 16 * i, k);
        d_split(d_load(g[i].factor), &hi_i, &lo_i);
        v_store(hi + 16 * i, hi_i);
        v_store(lo + 16 * i, lo_i);
        small = m_or(small, lg_small(d_load(g[i].factor)));
    }
    for (ptrdiff_t c = 0; grad && c < C; c++)
        for (int i = 0; i < groups; i++) {
            const int k = i < groups - 1 ? 16 : last;
            v16 y = v_load_part(grad + c * step + 16 * i, k);
            y = m_any(small) ? lg_careful(y, d_load(g[i].factor))
                             : lg_scaled(y, v_load(hi + 16 * i), v_load(lo + 16 * i));
            v_store_part(grad + c * step + 16 * i, y, k);
        }
    for (int i = 0; grad && i < groups; i++)
        grad_at_labels(p, &g[i], grad + 16 * i, step);
    return 1;
}

/* y (groups, C, 16), and where there are several groups, so many floats for their logits. */
static void lanes(job *p, group_function *group, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t inner = p->rows.inner, C = p->rows.C, step = p->logits_at.cls, size = 16 * C;
    const float *x = p->logits + lg_row(p->logits_at, inner, first);
    float *grad = p->grad ? p->grad + lg_row(p->grad_at, inner, first) : NULL;
    const int groups = (count + 15) / 16, last = count - 16 * (groups - 1), direct = groups == 1;
    float *copy = y + groups * size;
    v16 m[MAX_GROUPS];
    if (direct)
        m[0] = lg_block_max(x, step, C, count, 1);
    else
        m[0] = m[1] = m[2] = m[3] = v_set1(-INFINITY);
    for (ptrdiff_t c = 0; !direct && c < C; c++)
        for (int i = 0; i < groups; i++) {
            v16 v = v_load_part(x + c * step + 16 * i, i < groups - 1 ? 16 : last);
            v_store(copy + i * size + 16 * c, v);
            m[i] = v_max(m[i], v);
        }
    for (int i = 0; i < groups; i++) {
        ptrdiff_t row = first + 16 * i;
        block b = {.x = direct ? x : copy + i * size, .x_step = direct ? step : 16, .w = p->weight,
                   .t = p->probs ? p->probs + lg_row(p->probs_at, inner, row) : NULL,
                   .t_step = p->probs_at.cls, .y = y + i * size, .count = C,
                   .part = i < groups - 1 ? 16 : last};
        group(p, weights, row, b.part, m[i], &b, !grad || direct ? grad : b.y,
              direct ? p->grad_at.cls : 16,
              p->probs_grad ? p->probs_grad + lg_row(p->probs_grad_at, inner, row) : NULL,
              p->probs_grad_at.cls);
    }
    for (ptrdiff_t c = 0; grad && !direct && c < C; c++)
        for (int i = 0; i < groups; i++)
            v_store_part(grad + c * p->grad_at.cls + 16 * i, v_load(y + i * size + 16 * c),
                         i < groups - 1 ? 16 : last);
}

/* Where they are brought side by side first. */
static void packed(job *p, group_function *group, double weights, ptrdiff_t first, int count, float *y)
{
    _Alignas(64) float x[16 * LG_FEW], t[16 * LG_FEW], probs_grad[16 * LG_FEW];
    block b = {.x = x, .x_step = 16, .t = t, .t_step = 16, .w = p->weight, .y = y, .count = p->rows.C, .part = 16};
    v16 m = lg_load_rows(p->logits, p->logits_at, &p->rows, first, count, x);
    if (p->probs)
        lg_load_rows(p->probs, p->probs_at, &p->rows, first, count, t);
    if (p->grad)
        lg_will_write(p->grad, p->grad_at, &p->rows, first, count);
    group(p, weights, first, count, m, &b, p->grad ? y : NULL, 16, p->probs_grad ? probs_grad : NULL, 16);
    if (p->probs_grad)
        lg_store_rows(probs_grad, p->probs_grad_at, &p->rows, first, count, p->probs_grad);
    if (p->grad)
        lg_store_rows(y, p->grad_at, &p->rows, first, count, p->grad);
}

/* --- the kernel --- */

typedef void row_function(job *p, double weights, ptrdiff_t first, int count, float *y);

#define CASE(kind, cap)                                                                              \
    static void along_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, float *y)   \
    {                                                                                                \
        along(p, kind, cap, weights, first, count, y);                                               \
    }                                                                                                \
    static void side_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, v16 m,       \
                                    const block *b, float *grad, ptrdiff_t grad_step,                \
                                    float *probs_grad, ptrdiff_t probs_grad_step)                    \
    {                                                                                                \
        side_by_side(p, kind, cap, weights, first, count, m, b, grad, grad_step, probs_grad,         \
                     probs_grad_step);                                                               \
    }
CASE(HARD, 0) CASE(SMOOTH, 0) CASE(SOFT, 0) CASE(HARD, 1) CASE(SMOOTH, 1) CASE(SOFT, 1)

#define CASES(form)                        \
    {{form##_HARD_0, form##_HARD_1},       \
     {form##_SMOOTH_0, form##_SMOOTH_1},   \
     {form##_SOFT_0, form##_SOFT_1}}
static row_function *const along_functions[3][2] = CASES(along);
static group_function *const side_functions[3][2] = CASES(side);

void K(cross_entropy)(const lg_cross_entropy *given)
{
    lg_cross_entropy own = *given;
    const lg_cross_entropy *p = &own;
    if (own.totals) { /* the z term is not weighted by class, nor is its mean */
        own.scale /= own.totals[0];
        own.z_loss *= own.totals[1] != 0.0 ? own.totals[0] / own.totals[1] : 1.0;
    }
    const ptrdiff_t outer = p->rows.outer, C = p->rows.C, inner = p->rows.inner, N = outer * inner;
    const int kind = !p->labels ? SOFT : p->label_smoothing != 0.0 ? SMOOTH : HARD;
    const int cap = p->softcap != 0.0;
    const int by_lanes = (C > LG_FEW && p->logits_at.cls != 1) ||
                         (lg_in_lanes(&p->rows, p->logits_at) &&
                          (!p->grad || lg_in_lanes(&p->rows, p->grad_at)) &&
                          (!p->probs || lg_in_lanes(&p->rows, p->probs_at)) &&
                          (!p->probs_grad || lg_in_lanes(&p->rows, p->probs_grad_at)));
    /* Groups, `tiles` of them in each of `spans` sequences of `span` rows. */
    const ptrdiff_t spans = by_lanes ? outer : 1, span = by_lanes ? inner : N;
    const ptrdiff_t fit = LG_ON_STACK / (16 * lg_vectors(C));
    const int aside = by_lanes && C > LG_FEW && kind == HARD && !cap && p->grad != p->logits;
    const ptrdiff_t panel = 16 * lg_panel(C);
    ptrdiff_t rows = 16;
    if (aside)
        rows = TILE_ROWS_ASIDE;
    else if (by_lanes)
        rows = panel;
    else if (C > LG_FEW && fit < 16)
        rows = fit > 1 ? fit : 1;
    const size_t each = lg_rows_scratch(&p->rows);
    double weights = p->weight ? 0.0 : (double)C;
    for (ptrdiff_t c = 0; kind == SMOOTH && p->weight && c < C; c++)
        weights += p->weight[c];
    int team = lg_team(50.0 * (double)N * (double)C);
    if (each && team > p->threads)
        team = p->threads;
    while (aside && rows > 64 && spans * (span / rows) < team) /* a row's bits do not depend on its tile */
        rows /= 2;
    const ptrdiff_t tiles = (span + rows - 1) / rows;
#pragma omp parallel for collapse(2) num_threads(team) schedule(guided)
    for (ptrdiff_t o = 0; o < spans; o++)
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
            _Alignas(64) float on_stack[LG_ON_STACK];
            float *y = each ? p->scratch + each * (size_t)lg_thread() : on_stack;
            ptrdiff_t first = o * span + tile * rows, left = span - tile * rows;
            int count = (int)(left < rows ? left : rows);
            if (aside && tile_aside(p, weights, first, count, p->logits + lg_row(p->logits_at, inner, first),
                                    p->grad ? p->grad + lg_row(p->grad_at, inner, first) : NULL))
                continue;
            if (by_lanes)
                for (ptrdiff_t r = 0; r < count; r += panel)
                    lanes(p, side_functions[kind][cap], weights, first + r,
                          (int)(count - r < panel ? count - r : panel), y);
            else if (C > LG_FEW)
                along_functions[kind][cap](p, weights, first, count, y);
            else
                packed(p, side_functions[kind][cap], weights, first, count, y);
        }
}
