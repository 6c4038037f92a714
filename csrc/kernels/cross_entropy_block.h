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
    float *y;                 /* exponentials: (count, 16), along a row without room beyond its end */
    const float *next, *result; /* along a row: what will be read and written soon, of x's size */
    ptrdiff_t count;
    int part;
} block;

typedef struct sums {
    v16 max;   /* the largest score m, after softcap where there is one */
    d16 rest;  /* exponentials but the maximum's */
    d16 total; /* and with that, unrounded */
    d16 dot;   /* q[j] * (m - x[j]), of the q[j] that a row has beside its label's; not for HARD */
    d16 mass;  /* those q[j]; for SOFT */
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

/* Whether the maxima may be guessed. With weights or probabilities, q[j] * (m - x[j]) has to be summed
   itself, since a difference of sums of q[j] * m and q[j] * x[j] might be nothing but rounding. */
V_INLINE int may_guess(job *p, int kind, int cap)
{
    return !cap && (kind == HARD || (kind == SMOOTH && !p->weight));
}

/* Writes the exponentials and gives the sums; `top` is the maximum, exact, or 0 where it is `guessed`. */
V_INLINE sums sum_block(job *p, int kind, int cap, int lanes, int guessed, const block *b,
                        const lg_reference *ref, d16 top)
{
    const d16 keep = d_set1(1.0 - p->label_smoothing);
    const d16 spread = d_set1(p->label_smoothing / (double)p->rows.C);
    d16 sum = d_zero(), dot = d_zero(), mass = d_zero();
    v16 m = v_set1(-INFINITY);
    m16 bad = m_first(0);
    ptrdiff_t added = 0;
    LG_EACH_VECTOR(lanes, b->count, b->part, {
        if (!lanes) { /* into L2: maxima and gradients would else wait for memory */
            __builtin_prefetch(b->next + 16 * i, 0, 2);
            __builtin_prefetch(b->result + 16 * i, 1, 2);
        }
        v16 lo, x = lg_load_scores(b->x + i * b->x_step, k, lanes);
        if (guessed)
            m = v_max(m, x);
        d16 exact = capped(&x, p->softcap, cap, &lo);
        if (cap && !lanes && k != 16)
            x = v_select(m_first(k), x, v_set1(-INFINITY));
        v_store_part(b->y + 16 * i, lg_exponential(ref, x, lo, cap), lanes ? 16 : k);
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
    for (; added < b->count - 1; added++)
        sum = d_add(sum, d_load_floats(b->y + 16 * added));
    sum = d_add_v(sum, v_load_part(b->y + 16 * added, lanes ? 16 : b->part));
    if (kind == SOFT && m_any(bad))
        *p->bad_probs = 1;
    sums s = {.dot = lg_across(dot, lanes), .mass = lg_across(mass, lanes)};
    v16 lo = v_zero(), lost;
    if (!guessed) {
        d_split(top, &s.max, &lo);
    } else {
        s.max = lanes ? m : v_set1(v_hmax(m));
        if (!lg_guessed(s.max))
            return s;
        s.dot = d_add(s.dot, d_mul(d_set1((double)p->rows.C), d_from(s.max)));
    }
    v16 top_y = lg_top(ref, s.max, lo, &lost);
    s.rest = lg_rest(lg_across(sum, lanes), lanes, b->y, b->count, b->part, top_y);
    s.total = d_add(s.rest, d_add(d_from(top_y), d_from(lost)));
    return s;
}

/* Where a factor's smaller part may be subnormal, and products with it. */
V_INLINE m16 lg_small(d16 factor)
{
    v16 size = v_abs(d_hi(factor));
    return m_and(v_lt(size, v_set1(0x1p-115f)), v_ne(size, v_zero()));
}

/* Exponentials times such a factor, or another: where it is such a one, all is 2^24 times as large at first. */
V_INLINE v16 lg_careful(v16 y, d16 factor)
{
    v16 hi, lo, big_hi, big_lo;
    d_split(factor, &hi, &lo);
    d_split(d_mul(factor, d_set1(0x1p24)), &big_hi, &big_lo);
    v16 big = v_mul(lg_scaled(y, big_hi, big_lo), v_set1(0x1p-24f));
    return v_select(lg_small(factor), big, lg_scaled(y, hi, lo));
}

/* The gradient, grad (count vectors, `step` apart): exponentials times `factor`, less `share` times the
   q[j] that `sums` tells of. */
V_INLINE void grad_block(job *p, int kind, int cap, int lanes, const block *b, d16 factor, d16 share,
                         float *grad, ptrdiff_t step)
{
    const double smoothing = p->label_smoothing;
    const int exact = cap || (kind == SOFT && b->w); /* one more factor: in doubles */
    v16 hi, lo, big_hi, big_lo, t_hi, t_lo, c_hi, c_lo;
    d16 t_factor = d_mul(share, d_set1(smoothing - 1.0));
    d16 constant = d_mul(share, d_set1(-smoothing / (double)p->rows.C));
    d_split(factor, &hi, &lo);
    d_split(d_mul(factor, d_set1(0x1p24)), &big_hi, &big_lo);
    d_split(t_factor, &t_hi, &t_lo);
    d_split(constant, &c_hi, &c_lo);
    const m16 small = lg_small(factor);
    const int any_small = m_any(small);
    LG_EACH_VECTOR(lanes, b->count, b->part, {
        v16 y = v_load_part(b->y + 16 * i, lanes ? 16 : k), t = v_zero(), w = v_set1(1.0f), c = v_zero(), g;
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
            if (kind != HARD)
                c = v_mul(w, v_fma(t, t_hi, v_fma(t, t_lo, c_hi)));
            g = v_fma(y, hi, kind == HARD ? v_mul(y, lo) : v_fma(y, lo, c));
            if (any_small) /* as in lg_careful */
                g = v_select(small, v_fma(lg_scaled(y, big_hi, big_lo), v_set1(0x1p-24f), c), g);
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
