/* Every function of simd/v16.h, math.h and special.h as an elementwise kernel, so that tests can reach it on
   each instruction set. Nothing else uses this file. */
#include "kernels.h"

#ifdef LG_SMALL /* functions rather than copies of them */
#define V_INLINE static __attribute__((unused))
#endif
#include "simd/special.h"

/* V(name, value): a vector made of a, b, c (the sixteen floats at p, q, r) and k. */
#define PROBES                                                                                \
    V(v_load_part, v_load_part(p, k))                                                         \
    V(v_store_part, (v_store_part(y, b, k), v_load(y)))                                       \
    V(v_stream, (v_stream(line, b), v_stream_end(), v_load(line)))                            \
    V(v_held, v_held(a))                                                                      \
    V(v_set1, v_set1(*p))                                                                     \
    V(v_add, v_add(a, b))                                                                     \
    V(v_sub, v_sub(a, b))                                                                     \
    V(v_mul, v_mul(a, b))                                                                     \
    V(v_div, v_div(a, b))                                                                     \
    V(v_fma, v_fma(a, b, c))                                                                  \
    V(v_fnma, v_fnma(a, b, c))                                                                \
    V(v_sqrt, v_sqrt(a))                                                                      \
    V(v_rint, v_rint(a))                                                                      \
    V(v_floor, v_floor(a))                                                                    \
    V(v_abs, v_abs(a))                                                                        \
    V(v_neg, v_neg(a))                                                                        \
    V(v_max, v_max(a, b))                                                                     \
    V(v_min, v_min(a, b))                                                                     \
    V(v_pow2, v_pow2(v_add(a, v_set1(V_POW2))))                                               \
    V(v_sixteenth, v_sixteenth(p, v_add(b, v_set1(V_SIXTEENTHS))))                            \
    V(v_raise, v_raise(a, v_add(b, v_set1(V_SIXTEENTHS))))                                    \
    V(v_split, v_split(a, &b))                                                                \
    V(v_split_n, (v_split(a, &b), b))                                                         \
    V(v_lt, v_mask(v_lt(a, b), one))                                                          \
    V(v_le, v_mask(v_le(a, b), one))                                                          \
    V(v_eq, v_mask(v_eq(a, b), one))                                                          \
    V(v_ne, v_mask(v_ne(a, b), one))                                                          \
    V(v_unordered, v_mask(v_unordered(a, b), one))                                            \
    V(m_and, v_mask(m_and(v_lt(a, b), v_lt(b, c)), one))                                      \
    V(m_or, v_mask(m_or(v_lt(a, b), v_lt(b, c)), one))                                        \
    V(m_not, v_mask(m_not(v_lt(a, b)), one))                                                  \
    V(m_any, v_set1((float)m_any(v_lt(a, b))))                                                \
    V(m_first, v_mask(m_first(k), one))                                                       \
    V(v_select, v_select(v_lt(a, b), a, c))                                                   \
    V(v_mask, v_mask(v_lt(a, b), c))                                                          \
    V(v_sum, v_set1(v_sum(a)))                                                                \
    V(v_hmax, v_set1(v_hmax(a)))                                                              \
    T(v_load_t4, v_load_t4(p, 4, t); for (int i = 0; i < 4; i++) v_store(y + 16 * i, t[i]))   \
    T(v_store_t4, for (int i = 0; i < 4; i++) t[i] = v_load(p + 16 * i); v_store_t4(y, 4, t)) \
    V(v_even, BY_GROUPS(v_even, a, b))                                                        \
    V(v_odd, BY_GROUPS(v_odd, a, b))                                                          \
    V(v_zip, BY_GROUPS(zip_first, a, b))                                                      \
    V(v_zip_second, BY_GROUPS(zip_second, a, b))                                              \
    D(d_set1, d_set1(*p / 3.0))                                                               \
    D(d_from, d_from(a))                                                                      \
    D(d_add, d_add(d_from(a), d_from(b)))                                                     \
    D(d_sub, d_sub(d_from(a), d_from(b)))                                                     \
    D(d_mul, d_mul(d_from(a), d_from(b)))                                                     \
    D(d_div, d_div(d_from(a), d_from(b)))                                                     \
    D(d_add_v, d_add_v(d_div(d_from(a), d_from(b)), c))                                       \
    D(d_sum, d_set1(d_sum(d_div(d_from(a), d_from(b)))))                                      \
    D(d_load_floats, d_load_floats(p))                                                        \
    D(t_add, t_total(t_add(t_add(t_zero(), p), q)))                                           \
    D(t_add_product, t_total(t_add_product(t_add(t_zero(), r), p, q)))                        \
    D(d_store, (d_store(doubles, d_div(d_from(a), d_from(b))), d_load(doubles)))              \
    D(d_select, d_select(v_lt(a, b), d_div(d_from(a), d_from(b)), d_from(c)))                 \
    D(d_exp, d_exp(d_div(d_from(a), d_set1(3.0))))                                            \
    V(v_exp, v_exp(a))                                                                        \
    V(v_exp_scaled, v_exp_scaled(v_max(floor, a), v_set1(V_SIXTEENTHS + 16 * 64)))            \
    V(v_exp_scaled2, v_exp_scaled2(v_max(floor, a), b, v_set1(V_SIXTEENTHS + 16 * 64), NULL)) \
    V(v_log, v_log(a))                                                                        \
    V(v_log1p, v_log1p(a))                                                                    \
    V(v_log1p2, (a = v_log1p2(a, b, &c), v_add(a, c)))                                        \
    V(v_tanh, v_tanh(a))                                                                      \
    V(v_sigmoid, v_sigmoid(a))                                                                \
    V(v_silu, v_silu(a))                                                                      \
    V(v_gelu, v_gelu(a))                                                                      \
    V(v_gelu_tanh, v_gelu_tanh(a))                                                            \
    V(v_silu_slope, v_silu_slope(a))                                                          \
    V(v_gelu_slope, v_gelu_slope(a))                                                          \
    V(v_gelu_tanh_slope, v_gelu_tanh_slope(a))

/* By groups of k lanes, of one where k is no power of two. */
#define BY_GROUPS(f, a, b) \
    (k == 16 ? f(a, b, 16) : k == 8 ? f(a, b, 8) : k == 4 ? f(a, b, 4) : k == 2 ? f(a, b, 2) : f(a, b, 1))

SPECIALIZE v16 zip_first(v16 a, v16 b, const int n)
{
    v16 out[2];
    v_zip(a, b, n, out);
    return out[0];
}
SPECIALIZE v16 zip_second(v16 a, v16 b, const int n)
{
    v16 out[2];
    v_zip(a, b, n, out);
    return out[1];
}

/* name##_lo: the part of a double that d_hi rounds away. */
#define D(name, value)                   \
    V(name, (d_split(value, &b, &c), b)) \
    V(name##_lo, (d_split(value, &b, &c), c))

/* Applies function number `op` to the arrays a, b, c (size,), sixteen elements at a time, with y
   (size,) for the result; the transposes take 64. *name becomes the function's name, or NULL
   after the last. */
void K(simd_probe)(int op, ptrdiff_t size, const float *pa, const float *pb, const float *pc, int k,
                   float *out, const char **name)
{
    const v16 one = v_set1(1.0f), floor = v_set1(-191 * 0x1.62e430p-1f);
    _Alignas(64) float line[16];
    double doubles[16];
    *name = NULL;
#define V(id, value)                                           \
    if (op-- == 0) {                                           \
        *name = #id;                                           \
        for (ptrdiff_t i = 0; i < size; i += 16) {             \
            const float *p = pa + i, *q = pb + i, *r = pc + i; \
            float *y = out + i;                                \
            v16 a = v_load(p), b = v_load(q), c = v_load(r);   \
            v_store(y, (value));                               \
            (void)a, (void)b, (void)c, (void)y;                \
        }                                                      \
        return;                                                \
    }
#define T(id, statement)                                 \
    if (op-- == 0) {                                     \
        *name = #id;                                     \
        for (ptrdiff_t i = 0; i + 64 <= size; i += 64) { \
            const float *p = pa + i;                     \
            float *y = out + i;                          \
            v16 t[4];                                    \
            statement;                                   \
        }                                                \
        return;                                          \
    }
    PROBES(void) one, (void)floor, (void)k, (void)line, (void)doubles;
}
