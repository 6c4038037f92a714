/* Rows of floats, added to the states of their lanes. */
#ifndef LG_REDUCE_FLOATS_H
#define LG_REDUCE_FLOATS_H

#include "simd/power.h"
#include "states.h"

/* Sums of sixteen lanes, or products and the number of their zeros. */
typedef struct {
    d16 a, b;
} sums;

/* What stands for a zero among factors: 1, with its sign. */
SPECIALIZE v16 unit_of(v16 zero)
{
    const v16 one = v_set1(1.0f);
    return v_select(v_lt(v_div(one, zero), v_zero()), v_neg(one), one);
}

/* With sixteen elements. `given`: of VAR an element, of EXPONENTIALS the largest, of NORM_P the logarithm of
   the largest, or for p < 0 of the least. */
SPECIALIZE sums with_terms(const int op, sums s, const float *x, d16 given, double number)
{
    const v16 one = v_set1(1.0f);
    d16 d;
    v16 v = v_load(x), hi, lo, back;
    switch (op) {
    case LG_REDUCE_NAN_MEAN: s.b = d_add(s.b, d_from(v_mask(v_eq(v, v), one))); /* fall through */
    case LG_REDUCE_NAN_SUM: d = d_from(v_mask(v_eq(v, v), v)); break;
    case LG_REDUCE_FACTORS: s.a = d_mul(s.a, d_load_floats(x)); return s;
    case LG_REDUCE_PROD:
        if (m_any(v_eq(v, v_zero()))) {
            s.b = d_add(s.b, d_from(v_mask(v_eq(v, v_zero()), one)));
            v = v_select(v_eq(v, v_zero()), unit_of(v), v);
        }
        s.a = d_mul(s.a, d_from(v));
        return s;
    case LG_REDUCE_VAR:
        d = d_sub(d_load_floats(x), given);
        s.a = d_add(s.a, d);
        s.b = d_add(s.b, d_mul(d, d));
        return s;
    case LG_REDUCE_EXPONENTIALS:
        lo = d_hi(given);
        hi = v_sub(v, lo);
        back = v_sub(hi, v); /* what rounding the difference takes away comes back with lo */
        lo = v_sub(v_sub(v, v_sub(hi, back)), v_add(lo, back));
        lo = v_mask(v_lt(v_abs(hi), v_set1(INFINITY)), lo);
        d = d_from(v_exp_scaled2(v_max(v_set1(-87.0f), hi), lo, v_set1(V_SIXTEENTHS), NULL));
        s.a = d_add(s.a, d);
        return s;
    case LG_REDUCE_COUNT: d = d_from(v_mask(v_ne(v, v_zero()), one)); break;
    case LG_REDUCE_NORM_1: d = d_from(v_abs(v)); break;
    case LG_REDUCE_NORM_2:
        d = d_load_floats(x);
        d = d_mul(d, d);
        break;
    case LG_REDUCE_NORM_P: d = power_below_one(v_abs(v), given, number); break;
    default: d = d_load_floats(x);
    }
    s.a = d_add(s.a, d);
    return s;
}

/* `count` rows, `step` floats apart. */
SPECIALIZE void add_rows(const int op, const pass *p, state *to, const float *x, ptrdiff_t step,
                         ptrdiff_t count)
{
    sums low = {d_load(to->a.d), d_load(to->b.d)}, high = {d_load(to->a.d + 16), d_load(to->b.d + 16)};
    const d16 given = d_load(p->given), also = d_load(p->given + 16);
    const double number = p->p->number;
    for (; count > 0; count--, x += step) {
        low = with_terms(op, low, x, given, number);
        high = with_terms(op, high, x + 16, also, number);
    }
    d_store(to->a.d, low.a), d_store(to->b.d, low.b);
    d_store(to->a.d + 16, high.a), d_store(to->b.d + 16, high.b);
}

/* Sixteen of the largest, and their rows, or how many each is. */
typedef struct {
    v16 best, beside;
    m16 nan;
} largest;

SPECIALIZE largest with_larger(const int keep, largest s, v16 x, v16 row)
{
    const v16 one = v_set1(1.0f);
    if (keep == LG_KEEP_NOTHING) {
        s.best = v_max(x, s.best);
        s.nan = m_or(s.nan, v_unordered(x, x));
        return s;
    }
    const m16 number = v_eq(s.best, s.best), more = m_and(m_not(v_le(x, s.best)), number);
    if (keep == LG_KEEP_SLOPES) {
        const m16 same = m_or(v_eq(x, s.best), m_not(m_or(number, v_eq(x, x))));
        row = v_select(more, one, v_add(s.beside, v_mask(same, one)));
        s.beside = row;
    } else {
        s.beside = v_select(more, row, s.beside);
    }
    s.best = v_select(more, x, s.best);
    return s;
}

SPECIALIZE largest load_largest(const int keep, const double *a, const double *b)
{
    const v16 nowhere = v_set1(-1.0f);
    return (largest){d_hi(d_load(a)), keep == LG_KEEP_SLOPES ? d_hi(d_load(b)) : nowhere, m_first(0)};
}

SPECIALIZE void store_largest(const int keep, const pass *p, largest s, int64_t place, int lane, double *a,
                              double *b)
{
    float beside[16];
    d_store(a, d_from(v_select(s.nan, v_set1(NAN), s.best)));
    if (keep == LG_KEEP_SLOPES)
        d_store(b, d_from(s.beside));
    v_store(beside, s.beside);
    for (int l = 0; l < 16 && keep == LG_KEEP_PLACES; l++)
        if (beside[l] >= 0.0f)
            b[l] = (double)(place + (int64_t)beside[l] * p->row_y + (lane + l) / p->c * p->lane_y);
}

SPECIALIZE void take_larger(const int keep, const pass *p, state *to, const float *x, ptrdiff_t step,
                            ptrdiff_t count, int64_t place)
{
    const int absolute = p->op == LG_REDUCE_ABS_LARGEST || p->op == LG_REDUCE_ABS_LEAST;
    const v16 sign = v_set1(p->least ? -1.0f : 1.0f);
    largest low = load_largest(keep, to->a.d, to->b.d), high = load_largest(keep, to->a.d + 16, to->b.d + 16);
    for (ptrdiff_t r = 0; r < count; r++, x += step) {
        const v16 v = v_load(x), w = v_load(x + 16), row = v_set1((float)r);
        low = with_larger(keep, low, v_mul(sign, absolute ? v_abs(v) : v), row);
        high = with_larger(keep, high, v_mul(sign, absolute ? v_abs(w) : w), row);
    }
    store_largest(keep, p, low, place, 0, to->a.d, to->b.d);
    store_largest(keep, p, high, place, 16, to->a.d + 16, to->b.d + 16);
}

V_CALL void float_rows(const pass *p, state *to, const float *x, ptrdiff_t step, ptrdiff_t count,
                       int64_t place)
{
#define CASE(op) \
    case op: add_rows(op, p, to, x, step, count); return;
    switch (p->op) {
        CASE(LG_REDUCE_NAN_SUM)
        CASE(LG_REDUCE_NAN_MEAN)
        CASE(LG_REDUCE_FACTORS)
        CASE(LG_REDUCE_PROD)
        CASE(LG_REDUCE_VAR)
        CASE(LG_REDUCE_EXPONENTIALS)
        CASE(LG_REDUCE_COUNT)
        CASE(LG_REDUCE_NORM_1)
        CASE(LG_REDUCE_NORM_2)
        CASE(LG_REDUCE_NORM_P)
        CASE(LG_REDUCE_SUM)
    }
#undef CASE
    if (p->p->keep == LG_KEEP_NOTHING)
        take_larger(LG_KEEP_NOTHING, p, to, x, step, count, place);
    else if (p->p->keep == LG_KEEP_PLACES)
        take_larger(LG_KEEP_PLACES, p, to, x, step, count, place);
    else
        take_larger(LG_KEEP_SLOPES, p, to, x, step, count, place);
}

/* What fills a lane without an element: it changes nothing that is looked at. */
SPECIALIZE v16 neutral_floats(const pass *p, int lane)
{
    switch (p->op) {
    case LG_REDUCE_NAN_MEAN:
    case LG_REDUCE_NAN_SUM: return v_set1(NAN);
    case LG_REDUCE_FACTORS:
    case LG_REDUCE_PROD: return v_set1(1.0f);
    case LG_REDUCE_VAR: return d_hi(d_load(p->given + lane));
    case LG_REDUCE_EXPONENTIALS:
    case LG_REDUCE_LARGEST: return v_set1(-INFINITY);
    case LG_REDUCE_LEAST:
    case LG_REDUCE_ABS_LEAST: return v_set1(INFINITY);
    case LG_REDUCE_NORM_P: return v_set1(p->p->number < 0.0 ? INFINITY : 0.0f);
    default: return v_zero(); /* of ABS_LARGEST too */
    }
}

#endif
