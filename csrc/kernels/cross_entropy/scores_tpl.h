/* Cross-entropy's sums over the scores of one row, or of sixteen in the lanes (see rows.h). `kind` says what
   a target is, `cap` whether there is a softcap; both are constants where these functions are inlined, as
   `lanes` is. */
#ifndef LG_CROSS_ENTROPY_SCORES_TPL_H
#define LG_CROSS_ENTROPY_SCORES_TPL_H

#include "kernels/rows/exponentials.h"
#include "softcap.h"

typedef const lg_cross_entropy job; /* the arguments of a call */

enum { HARD, SMOOTH, SOFT }; /* a class index; one with label smoothing; probabilities */

enum { LAG = 8 }; /* vectors between an exponential and its addition */

/* Of one row, or of sixteen in the lanes. */
typedef struct scores {
    const float *x, *t, *w;       /* scores; with SOFT, probabilities; the classes' weights, or NULL */
    ptrdiff_t x_stride, t_stride; /* from vector to vector */
    float *y;                     /* exponentials: (count, 16), along a row without room beyond its end */
    const float *next, *next_t, *result; /* along a row: what will be read and written soon, of x's size */
    ptrdiff_t count;                     /* vectors */
    int part;                            /* along a row: floats of the last; in the lanes: rows */
} scores;

typedef struct sums {
    v16 max;   /* the largest score m, after softcap where there is one */
    d16 rest;  /* exponentials but the maximum's */
    d16 total; /* and with that, unrounded */
    d16 dot;   /* q[j] * (m - x[j]), of the q[j] that a row has beside its label's; not for HARD */
    d16 mass;  /* those q[j]; for SOFT */
} sums;

/* The weights of vector i's classes. */
SPECIALIZE v16 load_weight(const scores *in, ptrdiff_t i, int k, int lanes)
{
    if (!in->w)
        return v_set1(1.0f);
    return lanes ? v_set1(in->w[i]) : v_load_part(in->w + 16 * i, k);
}

/* Scores after softcap, where there is one: exact, and rounded with what that loses in *lo. */
SPECIALIZE d16 capped(v16 *x, double softcap, int cap, v16 *lo)
{
    d16 slope;
    *lo = v_zero();
    if (!cap)
        return d_from(*x);
    d16 exact = softcap_of(*x, softcap, &slope);
    d_split(exact, x, lo);
    return exact;
}

/* Whether the maxima may be guessed: not where q[j] has a class's weight as well, since sums of products of
   three floats are not exact enough for a difference. */
SPECIALIZE int may_guess(job *p, int kind, int cap) { return !cap && (kind == HARD || !p->weight); }

/* Sums over a row's targets: see `sums`. */
typedef struct target_sums {
    d16 dot, mass;
    m16 good;
    int smooth;
    d16 keep, spread; /* q[j] = keep * t[j] + spread, beside weights */
} target_sums;

SPECIALIZE target_sums no_targets(job *p)
{
    return (target_sums){.dot = d_zero(),
                         .mass = d_zero(),
                         .good = m_first(16),
                         .smooth = p->label_smoothing != 0.0,
                         .keep = d_set1(1.0 - p->label_smoothing),
                         .spread = d_set1(p->label_smoothing / (double)p->rows.C)};
}

/* Adds vector i of k scores, `exact`, of rows with maximum `top`. */
SPECIALIZE void add_targets(int kind, int lanes, const scores *in, ptrdiff_t i, int k, d16 exact, d16 top,
                            target_sums *s)
{
    d16 away = d_sub(top, exact), q = d_set1(1.0);
    if (kind == SOFT) {
        v16 t = v_load_part(in->t + i * in->t_stride, k);
        s->good = m_and(s->good, v_le(v_zero(), t));
        q = d_from(t);
        if (s->smooth)
            q = d_add(d_mul(q, s->keep), s->spread);
    }
    if (in->w)
        q = d_mul(q, d_from(load_weight(in, i, k, lanes)));
    if (!lanes && k != 16) {
        away = d_select(m_first(k), away, d_zero());
        q = d_select(m_first(k), q, d_zero());
    }
    if (kind == SOFT)
        s->mass = d_add(s->mass, q);
    if (kind == SOFT || in->w)
        away = d_mul(q, away);
    s->dot = d_add(s->dot, away);
}

/* Where a sum of numbers that are not negative has none that is infinite or NaN: finite floats, and
   products of a few, do not add up to infinity in doubles. One look at a sum costs less than one at each
   probability. */
SPECIALIZE m16 all_finite(d16 sum)
{
    v16 nothing = d_hi(d_sub(sum, sum)); /* or NaN */
    return v_eq(nothing, nothing);
}

SPECIALIZE void set_targets(job *p, int kind, int lanes, const target_sums *t, sums *s)
{
    if (kind == SOFT && m_any(m_not(m_and(t->good, all_finite(t->mass)))))
        *p->bad_probs = 1;
    s->dot = sum_across(t->dot, lanes);
    s->mass = sum_across(t->mass, lanes);
}

/* The same where the maximum is not known yet: sums of x[j], of t[j] x[j] and of t[j]. */
typedef struct guessed_sums {
    t16 x, tx, t;
    v16 least; /* t[j], where none is NaN */
} guessed_sums;

SPECIALIZE void add_guessed(int kind, int smooth, const float *x, const float *t, guessed_sums *s)
{
    if (kind == SMOOTH || smooth)
        s->x = t_add(s->x, x);
    if (kind == SMOOTH)
        return;
    s->least = v_min(v_load(t), s->least);
    s->tx = t_add_product(s->tx, t, x);
    s->t = t_add(s->t, t);
}

V_CALL void recompute_targets(job *p, const scores *in, d16 top, sums *s)
{
    target_sums t = no_targets(p);
    FOR_SCORES(i, k, 0, in->count, in->part,
               { add_targets(SOFT, 0, in, i, k, d_from(v_load_part(in->x + 16 * i, k)), top, &t); });
    set_targets(p, SOFT, 0, &t, s);
}

/* The sums of targets of one row, with all others known. Rounding in a difference of sums must not be seen in
   a loss: where it might, or with a probability that is none, they are computed anew. */
SPECIALIZE void set_guessed(job *p, int kind, const scores *in, const guessed_sums *g, sums *s)
{
    const double C = (double)p->rows.C, smoothing = p->label_smoothing;
    const d16 m = d_from(s->max);
    const d16 all = d_sub(d_mul(d_set1(C), m), sum_across(t_total(g->x), 0));
    if (kind == SMOOTH) {
        s->dot = all;
        return;
    }
    d16 t = sum_across(t_total(g->t), 0), dot = d_sub(d_mul(m, t), sum_across(t_total(g->tx), 0));
    d16 least = d_add(dot, d_mul(t, d_div(s->rest, s->total)));
    d16 rounding = d_mul(d_mul(t, d_from(v_abs(s->max))), d_set1((double)(in->count + 8) * 0x1p-25));
    m16 good = m_and(v_le(v_zero(), g->least), all_finite(t));
    if (m_any(m_not(m_and(good, v_le(d_hi(rounding), d_hi(least)))))) {
        recompute_targets(p, in, m, s);
        return;
    }
    s->dot = d_add(d_mul(d_set1(1.0 - smoothing), dot), d_mul(d_set1(smoothing / C), all));
    s->mass = d_add(d_mul(d_set1(1.0 - smoothing), t), d_set1(smoothing));
}

/* Writes the exponentials and gives the sums; `top` is the maximum, exact, or 0 where it is `guessed`. */
SPECIALIZE sums sum_scores(job *p, int kind, int cap, int lanes, int guessed, const scores *given,
                           const exp_reference *reference, d16 top)
{
    const scores own = *given, *in = &own; /* stores to memory cannot change these */
    const exp_reference at = *reference, *ref = &at;
    const ptrdiff_t step = lanes ? in->x_stride : 16;
    t16 sum = t_zero();
    target_sums targets = no_targets(p);
    guessed_sums apart = {t_zero(), t_zero(), t_zero(), v_zero()};
    v16 m = v_set1(-INFINITY);
    ptrdiff_t added = 0;
    FOR_SCORES(i, k, lanes, in->count, in->part, {
        if (!lanes) { /* into L2: maxima and gradients would else wait for memory */
            __builtin_prefetch(in->next + 16 * i, 0, 2);
            __builtin_prefetch(in->result + 16 * i, 1, 2);
            if (kind == SOFT)
                __builtin_prefetch(in->next_t + 16 * i, 0, 2);
        }
        v16 lo, x = load_scores(in->x + i * step, k, lanes);
        if (guessed)
            m = v_max(m, x);
        d16 exact = capped(&x, p->softcap, cap, &lo);
        if (cap && !lanes && k != 16)
            x = v_select(m_first(k), x, v_set1(-INFINITY));
        v_store_part(in->y + 16 * i, exp_of(ref, x, lo, cap), lanes ? 16 : k);
        if (i >= LAG) /* not at once: doubles are made of floats as they are loaded */
            sum = t_add(sum, in->y + 16 * added++);
        if (kind != HARD && guessed && k == 16) {
            add_guessed(kind, targets.smooth, in->x + 16 * i, in->t + 16 * i, &apart);
        } else if (kind != HARD && guessed) {
            float last_x[16], last_t[16];
            v_store(last_x, v_load_part(in->x + 16 * i, k));
            v_store(last_t, kind == SOFT ? v_load_part(in->t + 16 * i, k) : v_zero());
            add_guessed(kind, targets.smooth, last_x, last_t, &apart);
        }
        if (kind != HARD && !guessed)
            add_targets(kind, lanes, in, i, k, exact, top, &targets);
    });
    for (; added < in->count - 1; added++)
        sum = t_add(sum, in->y + 16 * added);
    const d16 all = d_add_v(t_total(sum), v_load_part(in->y + 16 * added, lanes ? 16 : in->part));
    sums s = {.max = v_zero()};
    v16 lo = v_zero(), lost;
    if (!guessed) {
        d_split(top, &s.max, &lo);
    } else {
        s.max = lanes ? m : v_set1(v_hmax(m));
        if (!as_guessed(s.max))
            return s;
    }
    v16 top_y = exponential_of_max(ref, s.max, lo, &lost);
    s.rest = rest_of(sum_across(all, lanes), lanes, in->y, in->count, in->part, top_y);
    s.total = d_add(s.rest, d_add(d_from(top_y), d_from(lost)));
    if (kind != HARD && guessed)
        set_guessed(p, kind, in, &apart, &s);
    else if (kind != HARD)
        set_targets(p, kind, lanes, &targets, &s);
    return s;
}

#endif
