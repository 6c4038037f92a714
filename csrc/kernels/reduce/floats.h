/* Rows of floats, added to the states of their lanes. */
#ifndef LG_REDUCE_FLOATS_H
#define LG_REDUCE_FLOATS_H

#include "simd/v16.h"
#include "states.h"

/* What an element adds to the sum. */
SPECIALIZE d16 term(const int op, v16 x)
{
    switch (op) {
    case LG_REDUCE_COUNT: return d_from(v_mask(v_ne(x, v_zero()), v_set1(1.0f)));
    default: return d_from(x);
    }
}

SPECIALIZE d16 with_term(const int op, d16 sum, v16 x)
{
    return op == LG_REDUCE_PROD ? d_mul(sum, d_from(x)) : d_add(sum, term(op, x));
}

/* `count` rows of `width` floats, `step` apart. */
SPECIALIZE void add_rows(const int op, state *to, const float *x, ptrdiff_t step, ptrdiff_t count, int width)
{
    d16 low = d_load(to->a.d), high = d_load(to->a.d + 16);
    if (width == LANES) {
        for (; count > 0; count--, x += step) {
            low = with_term(op, low, v_load(x));
            high = with_term(op, high, v_load(x + 16));
        }
    } else {
        const int k = (int)minimum(width, 16), more = width - k;
        const m16 used = m_first(k), also = m_first(more);
        for (; count > 0; count--, x += step) {
            low = d_select(used, with_term(op, low, v_load_part(x, k)), low);
            if (more)
                high = d_select(also, with_term(op, high, v_load_part(x + 16, more)), high);
        }
    }
    d_store(to->a.d, low);
    d_store(to->a.d + 16, high);
}

V_CALL void float_rows(int op, state *to, const float *x, ptrdiff_t step, ptrdiff_t count, int width)
{
    switch (op) {
    case LG_REDUCE_SUM: add_rows(LG_REDUCE_SUM, to, x, step, count, width); break;
    case LG_REDUCE_COUNT: add_rows(LG_REDUCE_COUNT, to, x, step, count, width); break;
    default: add_rows(LG_REDUCE_PROD, to, x, step, count, width); break;
    }
}

#endif
