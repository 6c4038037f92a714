/* Which ways through the elements a reduction takes, and what becomes of the last one's state. */
#ifndef LG_REDUCE_RESULTS_H
#define LG_REDUCE_RESULTS_H

#include "floats.h"

/* What is done on the first way, and on the second, whose terms depend on what the first finds; NONE: there
   is no second. */
enum { NONE = -1 };

SPECIALIZE int first_op(const lg_reduce *p)
{
    switch (p->op) {
    case LG_REDUCE_PROD:
        return p->x_type == LG_FLOAT32 && p->keep == LG_KEEP_NOTHING ? LG_REDUCE_FACTORS : p->op;
    case LG_REDUCE_ANY:
    case LG_REDUCE_ALL: return LG_REDUCE_COUNT;
    case LG_REDUCE_STD: return LG_REDUCE_VAR;
    case LG_REDUCE_LOGSUMEXP: return LG_REDUCE_LARGEST;
    case LG_REDUCE_NORM_P: return p->number < 0.0 ? LG_REDUCE_ABS_LEAST : LG_REDUCE_ABS_LARGEST;
    default: return p->op;
    }
}

SPECIALIZE int second_op(const lg_reduce *p)
{
    return p->op == LG_REDUCE_LOGSUMEXP ? LG_REDUCE_EXPONENTIALS
           : p->op == LG_REDUCE_NORM_P  ? LG_REDUCE_NORM_P
                                        : NONE;
}

/* The logarithm of what is positive and normal. */
SPECIALIZE d16 d_log_of(d16 x)
{
    v16 hi, lo, rest;
    d_split(x, &hi, &lo);
    hi = log_parts(hi, v_div(lo, hi), &rest);
    return d_add_v(d_from(hi), rest);
}

/* The pass of the second way, from the state of the first. */
V_CALL void second_pass(pass *p, const walk *w, const state *found)
{
    const int least = p->least;
    p->op = second_op(p->p), p->least = p->extreme = 0;
    for (int l = 0; l < LANES; l++)
        p->given[l] = p->extreme_of[l] = least ? -found->a.d[l % w->c] : found->a.d[l % w->c];
    for (int l = 0; l < LANES && p->op == LG_REDUCE_NORM_P; l += 16)
        d_store(p->given + l, d_log(d_hi(d_load(p->given + l))));
}

/* A result, and the two numbers that its slopes depend on. */
typedef struct {
    double y, slope[2];
} result;

/* Of lane l; logs are those of sums, where a logarithm is wanted, roots exp(-|log / p|). */
SPECIALIZE result result_of(const pass *p, const walk *w, const state *s, int l, const double *log,
                            const double *root)
{
    const double a = s->a.d[l], b = s->b.d[l], n = (double)w->count, number = p->p->number;
    const double e = p->extreme_of[l];
    double deviations;
    switch (p->p->op) {
    case LG_REDUCE_SUM: return (result){number == 1.0 ? a : a / number, {0.0, 0.0}};
    case LG_REDUCE_NAN_MEAN: return (result){a / b, {0.0, 1.0 / b}};
    case LG_REDUCE_COUNT: return (result){a, {0.0, 0.0}};
    case LG_REDUCE_ANY: return (result){a > 0.0, {0.0, 0.0}};
    case LG_REDUCE_ALL: return (result){a == n, {0.0, 0.0}};
    case LG_REDUCE_PROD: return (result){b > 0.0 ? 0.0 * a : a, {a, b}};
    case LG_REDUCE_LARGEST:
    case LG_REDUCE_LEAST:
    case LG_REDUCE_ABS_LARGEST:
    case LG_REDUCE_ABS_LEAST: /* the infinite that nothing exceeds is not counted */
        return (result){p->least ? -a : a, {p->least ? -a : a, 1.0 / (a == -INFINITY ? n : b)}};
    case LG_REDUCE_VAR:
    case LG_REDUCE_STD:
        deviations = b - a * (a / n);
        deviations = deviations < 0.0 ? 0.0 : deviations / number;
        if (p->p->op == LG_REDUCE_VAR)
            return (result){deviations, {p->given[l] + a / n, 2.0 / number}};
        deviations = sqrt(deviations);
        return (result){deviations,
                        {p->given[l] + a / n, deviations == 0.0 ? 0.0 : 1.0 / (number * deviations)}};
    case LG_REDUCE_LOGSUMEXP: /* infinite or not a number, where that is the largest */
        return (result){isfinite(e) ? e + log[l] : e, {isfinite(e) ? e + log[l] : e, 1.0}};
    case LG_REDUCE_NORM_2: return (result){sqrt(a), {0.0, a == 0.0 ? 0.0 : 1.0 / sqrt(a)}};
    case LG_REDUCE_NORM_P:
        if (!(e > 0.0 && e < INFINITY))
            return (result){e < 0.0 ? 0.0 : e, {p->given[l], e == 0.0 ? 0.0 : NAN}}; /* < 0: of no elements */
        return (result){number < 0.0 ? e * root[l] : e / root[l], {p->given[l] + log[l] / number, 1.0}};
    default: return (result){a, {0.0, 1.0}};
    }
}

SPECIALIZE int64_t whole_result_of(const pass *p, const walk *w, const state *s, int l)
{
    switch (p->p->op) {
    case LG_REDUCE_ANY: return s->a.i[l] > 0;
    case LG_REDUCE_ALL: return s->a.i[l] == w->count;
    default: return p->least ? ~s->a.i[l] : s->a.i[l];
    }
}

/* Where results go: of the type p says; places (as many), saved (as many, 2), or NULL. */
typedef struct {
    const lg_reduce *p;
    uint8_t *y;
    int64_t *places;
    double *saved;
} results;

SPECIALIZE void store_result(const results *to, ptrdiff_t at, double y)
{
    if (to->y == NULL)
        return;
    switch (to->p->y_type) {
    case LG_FLOAT32: ((float *)(void *)to->y)[at] = (float)y; break;
    case LG_INT64: ((int64_t *)(void *)to->y)[at] = (int64_t)y; break;
    case LG_UINT8: to->y[at] = (uint8_t)y; break;
    default: ((double *)(void *)to->y)[at] = y;
    }
}

/* Sixteen results at a time, where they are sums or extremes as they are, or divided by a number, and floats
   that stand side by side; whether that is so. */
SPECIALIZE int finish_floats(const results *to, const walk *w, const pass *p, const state *s, ptrdiff_t at,
                             int width)
{
    const int op = p->op, sum = op == LG_REDUCE_SUM;
    const double divisor = sum ? p->p->number : p->least ? -1.0 : 1.0;
    if (!(sum || p->extreme || op == LG_REDUCE_NAN_SUM || op == LG_REDUCE_FACTORS) || to->saved ||
        to->places || p->whole || to->p->y_type != LG_FLOAT32 || w->lane.y != 1 || width == 1)
        return 0;
    for (int l = 0; l < width; l += 16) {
        d16 y = d_load(s->a.d + l);
        y = divisor == 1.0 ? y : d_div(y, d_set1(divisor));
        v_store_part((float *)(void *)to->y + at + l, d_hi(y), width - l < 16 ? width - l : 16);
    }
    return 1;
}

/* `width` results, from number `at` on, from the state of all of their elements. */
V_CALL void finish(const results *to, const walk *w, const pass *p, const state *s, ptrdiff_t at, int width)
{
    double log[LANES], root[LANES];
    if (finish_floats(to, w, p, s, at, width))
        return;
    for (int l = 0; l < width && second_op(p->p) != NONE; l += 16) {
        const d16 of_sum = d_log_of(d_load(s->a.d + l));
        d_store(log + l, of_sum);
        d_store(root + l, d_exp_far(d_mul(of_sum, d_set1(-fabs(1.0 / p->p->number)))));
    }
    for (int l = 0; l < width; l++, at += w->lane.y) {
        if (p->whole) {
            const int64_t y = whole_result_of(p, w, s, l);
            if (to->y && to->p->y_type == LG_INT64)
                ((int64_t *)(void *)to->y)[at] = y;
            else if (to->y)
                to->y[at] = (uint8_t)y;
        } else {
            const result r = result_of(p, w, s, l, log, root);
            store_result(to, at, r.y);
            if (to->saved)
                to->saved[2 * at] = r.slope[0], to->saved[2 * at + 1] = r.slope[1];
        }
        if (to->places) { /* of nothing but the infinite the first one */
            const int64_t place = p->whole ? s->b.i[l] : (int64_t)s->b.d[l];
            to->places[at] = place == NOWHERE ? 0 : place;
        }
    }
}

#endif
