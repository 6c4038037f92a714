/* What cross-entropy does with one block of scores (see rows.h): sums of exponentials, and from them the
   gradient. `kind` says what a target is, `cap` whether there is a softcap; both are constants where these
   functions are inlined, as `lanes` is. */
#ifndef LG_CROSS_ENTROPY_BLOCK_H
#define LG_CROSS_ENTROPY_BLOCK_H

#include "rows.h"
#include "softcap.h"

typedef const lg_cross_entropy job;

enum { HARD, SMOOTH, SOFT }; /* a class index; one with label smoothing; probabilities */

enum { LAG = 4 }; /* vectors between an exponential and its addition */

typedef struct block {
    const float *x, *t, *w;   /* scores; with SOFT, probabilities; the classes' weights, or NULL */
    ptrdiff_t x_step, t_step; /* from vector to vector */
    float *y;                 /* (count, 16): exponentials */
    const float *next, *result; /* along a row: what will be read and written soon, of x's size */
    ptrdiff_t count;
    int part;
} block;

typedef struct sums {
    d16 rest; /* exponentials but the maximum's */
    d16 dot;  /* q[j] * (m - x[j]), of the q[j] that a row has beside its label's; not for HARD */
    d16 mass; /* those q[j]; for SOFT */
} sums;

/* The weights of vector i's classes. */
V_INLINE v16 load_weight(const block *b, ptrdiff_t i, int k, int lanes)
{
    if (!b->w)
        return v_set1(1.0f);
    return lanes ? v_set1(b->w[i]) : v_load_part(b->w + 16 * i, k);
}

/* Scores after softcap, where there is one: exact, and rounded with what that loses in *lo. */
V_INLINE d16 capped(v16 *x, double softcap, int cap, v16 *lo)
{
    d16 slope;
    *lo = v_zero();
    if (!cap)
        return d_from(*x);
    d16 exact = lg_softcap(*x, softcap, &slope);
    d_split(exact, x, lo);
    return exact;
}

/* Writes the exponentials and gives the sums; `top` is the maximum, exact. */
V_INLINE sums sum_block(job *p, int kind, int cap, int lanes, const block *b, const lg_reference *ref,
                        d16 top)
{
    const d16 keep = d_set1(1.0 - p->label_smoothing);
    const d16 spread = d_set1(p->label_smoothing / (double)p->rows.C);
    d16 sum = d_zero(), dot = d_zero(), mass = d_zero();
    m16 bad = m_first(0);
    ptrdiff_t added = 0;
    LG_EACH_VECTOR(lanes, b->count, b->part, {
        if (!lanes) { /* into L2: maxima and gradients would else wait for memory */
            __builtin_prefetch(b->next + 16 * i, 0, 2);
            __builtin_prefetch(b->result + 16 * i, 1, 2);
        }
        v16 lo, x = lg_load_scores(b->x + i * b->x_step, k, lanes);
        d16 exact = capped(&x, p->softcap, cap, &lo);
        if (cap && !lanes && k != 16)
            x = v_select(m_first(k), x, v_set1(-INFINITY));
        v_store(b->y + 16 * i, lg_exponential(ref, x, lo));
        if (i >= LAG) /* not at once: doubles are made of floats as they are loaded */
            sum = d_add(sum, d_load_floats(b->y + 16 * added++));
        if (kind != HARD) {
            d16 away = d_sub(top, exact), q = d_set1(1.0);
            if (kind == SOFT) {
                v16 t = v_load_part(b->t + i * b->t_step, k);
                bad = m_or(bad, m_not(v_le(v_zero(), t)));
                q = d_from(t);
                if (p->label_smoothing != 0.0)
                    q = d_add(d_mul(q, keep), spread);
            }
            if (b->w)
                q = d_mul(q, d_from(load_weight(b, i, k, lanes)));
            if (!lanes && k != 16) {
                away = d_select(m_first(k), away, d_zero());
                q = d_select(m_first(k), q, d_zero());
            }
            if (kind == SOFT)
                mass = d_add(mass, q);
            if (kind == SOFT || b->w)
                away = d_mul(q, away);
            dot = d_add(dot, away);
        }
    });
    for (; added < b->count; added++)
        sum = d_add(sum, d_load_floats(b->y + 16 * added));
    if (kind == SOFT && m_any(bad))
        *p->bad_probs = 1;
    d16 rest = lg_rest(sum, lanes, b->y, b->count, ref);
    return (sums){rest, lg_across(dot, lanes), lg_across(mass, lanes)};
}

/* The gradient, grad (count vectors, `step` apart): exponentials times `factor`, less `share` times the
   q[j] that `sums` tells of. */
V_INLINE void grad_block(job *p, int kind, int cap, int lanes, const block *b, d16 factor, d16 share,
                         float *grad, ptrdiff_t step)
{
    const double smoothing = p->label_smoothing;
    const int exact = cap || (kind == SOFT && b->w); /* one more factor: in doubles */
    /* So that y * lo is not subnormal, all is 2^24 times too large, where it has room. */
    m16 huge = v_le(v_set1(0x1p30f), v_abs(d_hi(factor)));
    const v16 unscale = v_select(huge, v_set1(1.0f), v_set1(0x1p-24f));
    v16 hi, lo, t_hi, t_lo, c_hi, c_lo;
    d16 t_factor = d_mul(share, d_set1(smoothing - 1.0));
    d16 constant = d_mul(share, d_set1(-smoothing / (double)p->rows.C));
    d_split(d_select(huge, factor, d_mul(factor, d_set1(0x1p24))), &hi, &lo);
    d_split(t_factor, &t_hi, &t_lo);
    d_split(constant, &c_hi, &c_lo);
    LG_EACH_VECTOR(lanes, b->count, b->part, {
        v16 y = v_load(b->y + 16 * i), t = v_zero(), w = v_set1(1.0f), g;
        if (kind == SOFT)
            t = v_load_part(b->t + i * b->t_step, k);
        if (kind != HARD)
            w = load_weight(b, i, k, lanes);
        if (exact) {
            d16 slope = d_set1(1.0), d = d_mul(factor, d_from(y));
            if (cap)
                lg_softcap(v_load_part(b->x + i * b->x_step, k), p->softcap, &slope);
            if (kind != HARD)
                d = d_add(d, d_mul(d_from(w), d_add(constant, d_mul(t_factor, d_from(t)))));
            g = d_hi(d_mul(d, slope));
        } else {
            g = lg_scaled(y, hi, lo);
            if (kind == HARD)
                g = v_mul(g, unscale);
            else
                g = v_fma(g, unscale, v_mul(w, v_fma(t, t_hi, v_fma(t, t_lo, c_hi))));
        }
        v_store_part(grad + i * step, g, k);
    });
}

/* The gradient of the probabilities: share * w[j] * ((m - x[j]) + log_total), with the maximum m. */
static void probs_grad_block(job *p, int lanes, const block *b, d16 share, d16 top, d16 log_total,
                             float *grad, ptrdiff_t step)
{
    share = d_mul(share, d_set1(1.0 - p->label_smoothing));
    LG_EACH_VECTOR(lanes, b->count, b->part, {
        v16 lo, x = v_load_part(b->x + i * b->x_step, k);
        d16 exact = capped(&x, p->softcap, p->softcap != 0.0, &lo);
        d16 away = d_add(d_sub(top, exact), log_total);
        d16 w = d_from(load_weight(b, i, k, lanes));
        v_store_part(grad + i * step, d_hi(d_mul(d_mul(share, w), away)), k);
    });
}

#endif
