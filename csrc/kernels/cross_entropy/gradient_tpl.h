/* Cross-entropy's gradients of logits and probabilities, from the exponentials that sum_scores has left. The
   same constants as in scores_tpl.h. */
#ifndef LG_CROSS_ENTROPY_GRADIENT_TPL_H
#define LG_CROSS_ENTROPY_GRADIENT_TPL_H

#include "scores_tpl.h"

/* Where a factor's smaller part may be subnormal, and products with it. */
SPECIALIZE m16 is_small(d16 factor)
{
    v16 size = v_abs(d_hi(factor));
    return m_and(v_lt(size, v_set1(0x1p-115f)), v_ne(size, v_zero()));
}

/* Exponentials times such a factor, or another: where it is such a one, all is 2^24 times as large at
   first. */
SPECIALIZE v16 carefully(v16 y, d16 factor)
{
    v16 hi, lo, big_hi, big_lo;
    d_split(factor, &hi, &lo);
    d_split(d_mul(factor, d_set1(0x1p24)), &big_hi, &big_lo);
    v16 big = v_mul(scaled_by(y, big_hi, big_lo), v_set1(0x1p-24f));
    return v_select(is_small(factor), big, scaled_by(y, hi, lo));
}

/* write_gradient where there is no softcap, nor weights of classes with SOFT; `careful` as in carefully. */
SPECIALIZE void write_float_gradient(int kind, int lanes, int careful, const scores *given, d16 factor,
                                     d16 t_factor, d16 constant, float *grad, ptrdiff_t step)
{
    const scores own = *given, *in = &own;
    const ptrdiff_t y_stride = lanes ? 16 : 1, t_stride = lanes ? in->t_stride : 1,
                    g_stride = lanes ? step : 1;
    const ptrdiff_t size = lanes ? in->count : 16 * (in->count - 1) + in->part;
    const m16 small = is_small(factor);
    v16 hi, lo, big_hi, big_lo, t_hi, t_lo, every, every_lo;
    d_split(factor, &hi, &lo);
    d_split(d_mul(factor, d_set1(0x1p24)), &big_hi, &big_lo);
    d_split(t_factor, &t_hi, &t_lo);
    d_split(constant, &every, &every_lo);
    FOR_LINES(i, k, lanes, grad, size, in->part, {
        v16 y = v_load_part(in->y + i * y_stride, lanes ? 16 : k), t = v_zero(), c = v_zero(), g, t_part = c;
        if (kind == SMOOTH)
            c = in->w ? v_mul(lanes ? v_set1(in->w[i]) : v_load_part(in->w + i, k), every) : every;
        if (kind == SOFT) {
            t = v_load_part(in->t + i * t_stride, k);
            t_part = v_fma(t, t_lo, every_lo);
        }
        if (kind == HARD)
            g = v_mul(y, lo);
        else if (kind == SMOOTH)
            g = v_fma(y, lo, c);
        else /* the small parts first */
            g = v_fma(t, t_hi, v_add(every, v_fma(y, lo, t_part)));
        g = v_fma(y, hi, g);
        if (careful && kind == SOFT)
            c = v_fma(t, t_hi, v_add(every, t_part));
        if (careful)
            g = v_select(small, v_fma(scaled_by(y, big_hi, big_lo), v_set1(0x1p-24f), c), g);
        v_store_part(grad + i * g_stride, g, k);
    });
}

/* The gradient, grad (count vectors, `step` apart): exponentials times `factor`, less `share` times the
   q[j] that `sums` tells of. */
SPECIALIZE void write_gradient(job *p, int kind, int cap, int lanes, const scores *in, d16 factor, d16 share,
                               float *grad, ptrdiff_t step)
{
    const double smoothing = p->label_smoothing;
    const d16 t_factor = d_mul(share, d_set1(smoothing - 1.0));
    const d16 constant = d_mul(share, d_set1(-smoothing / (double)p->rows.C));
    const int exact = cap || (kind == SOFT && in->w); /* one more factor: in doubles */
    if (!exact && m_any(is_small(factor)))
        write_float_gradient(kind, lanes, 1, in, factor, t_factor, constant, grad, step);
    else if (!exact)
        write_float_gradient(kind, lanes, 0, in, factor, t_factor, constant, grad, step);
    else
        FOR_SCORES(i, k, lanes, in->count, in->part, {
            d16 slope = d_set1(1.0), d = d_mul(factor, d_from(v_load_part(in->y + 16 * i, lanes ? 16 : k)));
            if (cap)
                softcap_of(v_load_part(in->x + i * in->x_stride, k), p->softcap, &slope);
            if (kind != HARD) {
                d16 q = constant;
                if (kind == SOFT)
                    q = d_add(q, d_mul(t_factor, d_from(v_load_part(in->t + i * in->t_stride, k))));
                d = d_add(d, d_mul(d_from(load_weight(in, i, k, lanes)), q));
            }
            v_store_part(grad + i * step, d_hi(d_mul(d, slope)), k);
        });
}

/* The gradient of the probabilities: share * w[j] * ((m - x[j]) + log_total), with the maximum m. */
static void write_probs_gradient(job *p, int lanes, const scores *in, d16 share, d16 top, d16 log_total,
                                 float *grad, ptrdiff_t step)
{
    share = d_mul(share, d_set1(1.0 - p->label_smoothing));
    FOR_SCORES(i, k, lanes, in->count, in->part, {
        v16 lo, x = v_load_part(in->x + i * in->x_stride, k);
        d16 exact = capped(&x, p->softcap, p->softcap != 0.0, &lo);
        d16 away = d_add(d_sub(top, exact), log_total);
        d16 w = d_from(load_weight(in, i, k, lanes));
        v_store_part(grad + i * step, d_hi(d_mul(d_mul(share, w), away)), k);
    });
}

#endif
