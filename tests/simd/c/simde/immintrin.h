/* Stands in for <immintrin.h> where AVX-512 code is to run on a CPU without it: SIMDe under Intel's
   names. The functions that SIMDe 0.7.4 lacks are made of two halves here. */
#ifndef LG_SIMDE_IMMINTRIN_H
#define LG_SIMDE_IMMINTRIN_H

#include_next <immintrin.h>
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#define LG_LOW(x) _mm512_castps512_ps256(x)
#define LG_HIGH(x) _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1))
#define LG_JOIN(low, high)                                                                        \
    _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_castps_pd(low)),            \
                                        _mm256_castps_pd(high), 1))

#ifndef _mm512_extractf32x8_ps
#define _mm512_extractf32x8_ps(x, i) LG_HIGH(x) /* i is always 1 */
#endif

#ifndef _mm512_cvtps_pd
#define _mm512_cvtps_pd lg_mm512_cvtps_pd
static inline __m512d lg_mm512_cvtps_pd(__m256 x)
{
    __m512d low = _mm512_castpd256_pd512(_mm256_cvtps_pd(_mm256_castps256_ps128(x)));
    return _mm512_insertf64x4(low, _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)), 1);
}
#endif

#ifndef _mm512_cvtpd_ps
#define _mm512_cvtpd_ps lg_mm512_cvtpd_ps
static inline __m256 lg_mm512_cvtpd_ps(__m512d x)
{
    return _mm256_set_m128(_mm256_cvtpd_ps(_mm512_extractf64x4_pd(x, 1)),
                           _mm256_cvtpd_ps(_mm512_castpd512_pd256(x)));
}
#endif

#ifndef _mm512_cvtepi32_ps
#define _mm512_cvtepi32_ps lg_mm512_cvtepi32_ps
static inline __m512 lg_mm512_cvtepi32_ps(__m512i x)
{
    __m512 f = _mm512_castsi512_ps(x);
    return LG_JOIN(_mm256_cvtepi32_ps(_mm256_castps_si256(LG_LOW(f))),
                   _mm256_cvtepi32_ps(_mm256_castps_si256(LG_HIGH(f))));
}
#endif

#ifndef _mm512_srai_epi32
#define _mm512_srai_epi32 lg_mm512_srai_epi32
static inline __m512i lg_mm512_srai_epi32(__m512i x, unsigned n)
{
    __m512 f = _mm512_castsi512_ps(x);
    __m256i low = _mm256_srai_epi32(_mm256_castps_si256(LG_LOW(f)), (int)n);
    __m256i high = _mm256_srai_epi32(_mm256_castps_si256(LG_HIGH(f)), (int)n);
    return _mm512_castps_si512(LG_JOIN(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)));
}
#endif

#ifndef _mm512_maskz_loadu_ps
#define _mm512_maskz_loadu_ps lg_mm512_maskz_loadu_ps
static inline __m512 lg_mm512_maskz_loadu_ps(__mmask16 m, const float *p)
{
    float lanes[16] = {0};
    for (int i = 0; i < 16; i++)
        if (m >> i & 1)
            lanes[i] = p[i];
    return _mm512_loadu_ps(lanes);
}
#endif

#ifndef _mm512_mask_storeu_ps
#define _mm512_mask_storeu_ps lg_mm512_mask_storeu_ps
static inline void lg_mm512_mask_storeu_ps(float *p, __mmask16 m, __m512 x)
{
    float lanes[16];
    _mm512_storeu_ps(lanes, x);
    for (int i = 0; i < 16; i++)
        if (m >> i & 1)
            p[i] = lanes[i];
}
#endif

#ifndef _mm512_stream_ps
#define _mm512_stream_ps(p, x) _mm512_storeu_ps(p, x)
#endif

#endif
