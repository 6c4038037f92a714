/* Local response normalization: y = x / s ** beta, s = k + alpha * the mean square of the channels around.
   Images may be in lanes: what counts is where the next channel is. */
#include "simd/math.h"
#include "vectors.h"

/* Channels whose squares are in the sum of channel c: `before` and `after` it, within the C. */
typedef struct {
    ptrdiff_t begin, end;
} window;

SPECIALIZE window around(const lg_response_norm *p, ptrdiff_t c, ptrdiff_t before, ptrdiff_t after)
{
    return (window){maximum(c - before, 0), minimum(c + after + 1, p->C)};
}

/* s ** -beta */
V_CALL v16 power(const lg_response_norm *p, v16 s) { return v_exp(v_mul(v_log(s), v_set1((float)-p->beta))); }

/* x (B, C, inner) -> y alike, and the sums s */
void K(local_response_norm)(const lg_response_norm *p, const float *x, float *y, float *sums)
{
    const ptrdiff_t rows = p->B * p->C, inner = p->inner;
    const v16 mean = v_set1((float)(p->alpha / (double)p->size)), constant = v_set1((float)p->k);
#pragma omp parallel for num_threads(lg_team(8.0 * LG_MOVE * (double)(rows * inner))) schedule(static)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t c = row % p->C;
        const window w = around(p, c, p->size / 2, (p->size - 1) / 2);
        const float *from = x + row * inner, *first = from + (w.begin - c) * inner;
        FOR_EACH_PART(i, k, 0, inner, {
            v16 squares = v_zero();
            for (ptrdiff_t j = 0; j < w.end - w.begin; j++) {
                v16 v = v_load_part(first + j * inner + i, k);
                squares = v_fma(v, v, squares);
            }
            v16 s = v_fma(squares, mean, constant);
            v_store_part(sums + row * inner + i, s, k);
            v_store_part(y + row * inner + i, v_mul(v_load_part(from + i, k), power(p, s)), k);
        })
    }
}

/* gy, x, y, sums (B, C, inner) -> gx alike: gy / s ** beta, less what x had in the sums of others. */
void K(local_response_norm_backward)(const lg_response_norm *p, const float *gy, const float *x,
                                     const float *y, const float *sums, float *gx)
{
    const ptrdiff_t rows = p->B * p->C, inner = p->inner;
    const v16 slope = v_set1((float)(2.0 * p->alpha * p->beta / (double)p->size));
#pragma omp parallel for num_threads(lg_team(16.0 * LG_MOVE * (double)(rows * inner))) schedule(static)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const ptrdiff_t c = row % p->C, at = row * inner;
        const window w = around(p, c, (p->size - 1) / 2, p->size / 2);
        const ptrdiff_t first = at + (w.begin - c) * inner;
        FOR_EACH_PART(i, k, 0, inner, {
            v16 shares = v_zero();
            for (ptrdiff_t j = first + i; j < first + (w.end - w.begin) * inner; j += inner) {
                v16 product = v_mul(v_load_part(gy + j, k), v_load_part(y + j, k));
                v16 s = v_select(m_first(k), v_load_part(sums + j, k), v_set1(1.0f));
                shares = v_add(shares, v_div(product, s));
            }
            v16 s = v_load_part(sums + at + i, k), own = v_mul(v_load_part(gy + at + i, k), power(p, s));
            v16 less = v_mul(v_mul(slope, v_load_part(x + at + i, k)), shares);
            v_store_part(gx + at + i, v_sub(own, less), k);
        })
    }
}
