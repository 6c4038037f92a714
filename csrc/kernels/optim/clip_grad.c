/* Clipping of gradients: all of them in one call, by their norm or by value. */
#include "simd/power.h"
#include "params.h"

/* Of a piece: the sum of |x|^p for p of 1 and 2; for others that of (|x| / largest)^p, which neither
   overflows nor vanishes. */
static double sum_of_powers(const lg_param *grads, ptrdiff_t count, ptrdiff_t piece, double p_,
                            double log_largest)
{
    d16 sum = d_zero();
    FOR_PARTS(grads, count, piece, {
        FOR_VECTORS(i, k, from, to, {
            v16 x = v_abs(v_load_part(p->grad + i, k));
            d16 d = d_from(x);
            if (p_ == 2.0)
                d = d_mul(d, d);
            else if (p_ != 1.0)
                d = d_select(m_first(k), power_below_one(x, d_set1(log_largest), p_), d_zero());
            sum = d_add(sum, d);
        })
    })
    return d_sum(sum);
}

/* Of a piece: the largest |x|; NaN where there is one. */
static double largest_of(const lg_param *grads, ptrdiff_t count, ptrdiff_t piece)
{
    v16 largest = v_zero(), nan = v_zero();
    FOR_PARTS(grads, count, piece, {
        FOR_VECTORS(i, k, from, to, {
            v16 x = v_abs(v_load_part(p->grad + i, k));
            largest = v_max(x, largest);
            nan = v_select(v_ne(x, x), x, nan);
        })
    })
    return m_any(v_ne(nan, nan)) ? NAN : v_hmax(largest);
}

/* The first of sixteen doubles. */
static double first_of(d16 x)
{
    double all[16];
    d_store(all, x);
    return all[0];
}

/* The p-norm of all gradients, taken as one vector, and then, where it is more than max_norm, the gradients
   times max_norm / (norm + 1e-6). With finite_only nothing is done to them where the norm is not finite.
   p is positive, maybe infinite.  partial (pieces_of_size of all), total_norm (1) */
void K(clip_grad_norm)(const lg_param *grads, ptrdiff_t count, double max_norm, double norm_type,
                       int finite_only, double *partial, float *total_norm)
{
    const int plain = norm_type == 1.0 || norm_type == 2.0;
    const ptrdiff_t row = params_end(grads, count), pieces = pieces_of_size(row);
    double norm = 0.0, log_largest = 0.0;
    if (!plain) {
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)row)) schedule(guided)
        for (ptrdiff_t j = 0; j < pieces; j++)
            partial[j] = largest_of(grads, count, j * LG_PIECE);
        for (ptrdiff_t j = 0; j < pieces; j++)
            norm = norm >= partial[j] || isnan(norm) ? norm : partial[j];
    }
    if (plain || (norm_type < INFINITY && norm > 0.0 && norm < INFINITY)) {
        if (!plain)
            log_largest = first_of(d_log(v_set1((float)norm)));
#pragma omp parallel for num_threads(lg_team((plain ? 1.0 : 8.0) * LG_MOVE * (double)row)) schedule(guided)
        for (ptrdiff_t j = 0; j < pieces; j++)
            partial[j] = sum_of_powers(grads, count, j * LG_PIECE, norm_type, log_largest);
        double sum = 0.0;
        for (ptrdiff_t j = 0; j < pieces; j++)
            sum += partial[j];
        if (plain) {
            norm = norm_type == 2.0 ? sqrt(sum) : sum;
        } else {
            d16 log = d_log(v_set1((float)sum));
            norm /= first_of(d_exp_far(d_mul(d_set1(-1.0 / norm_type), log)));
        }
    }
    *total_norm = (float)norm;
    float factor = (float)max_norm / (*total_norm + 1e-6f);
    if (factor >= 1.0f || (finite_only && !isfinite(*total_norm)))
        return;
    FOR_ALL_PARTS(grads, count, LG_MOVE, {
        FOR_VECTORS(i, k, from, to, {
            v16 x = v_load_part(p->grad + i, k);
            v_store_part(p->grad + i, v_mul(v_set1(factor), x), k);
        })
    })
}

/* Gradients below -limit become -limit, and those above limit, limit; NaN stays. */
void K(clip_grad_value)(const lg_param *grads, ptrdiff_t count, double limit)
{
    const v16 high = v_set1((float)limit), low = v_neg(high);
    FOR_ALL_PARTS(grads, count, LG_MOVE, {
        FOR_VECTORS(i, k, from, to, {
            v16 x = v_load_part(p->grad + i, k);
            v_store_part(p->grad + i, v_min(high, v_max(low, x)), k);
        })
    })
}
