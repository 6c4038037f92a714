/* What AVX2 and AVX-512 have in common. */
#include <immintrin.h>

#define V_STREAMS 1
V_INLINE void v_stream_end(void) { _mm_sfence(); }

/* Totals in four registers of AVX2 either way: a conversion to one of AVX-512 takes Zen 4 twice as long as
   two to these. */
typedef struct {
    __m256d a, b, c, d;
} t16;
#define LG_TOTALS

V_INLINE __m256d double4(const float *p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }

V_INLINE t16 t_zero(void)
{
    __m256d q = _mm256_setzero_pd();
    return (t16){q, q, q, q};
}

/* As products with 1, since additions would wait for the units that convert. */
V_INLINE t16 t_add(t16 t, const float *p)
{
    const __m256d one = _mm256_set1_pd(1.0);
    return (t16){_mm256_fmadd_pd(double4(p), one, t.a), _mm256_fmadd_pd(double4(p + 4), one, t.b),
                 _mm256_fmadd_pd(double4(p + 8), one, t.c), _mm256_fmadd_pd(double4(p + 12), one, t.d)};
}

V_INLINE t16 t_add_product(t16 t, const float *p, const float *q)
{
    return (t16){_mm256_fmadd_pd(double4(p), double4(q), t.a),
                 _mm256_fmadd_pd(double4(p + 4), double4(q + 4), t.b),
                 _mm256_fmadd_pd(double4(p + 8), double4(q + 8), t.c),
                 _mm256_fmadd_pd(double4(p + 12), double4(q + 12), t.d)};
}
