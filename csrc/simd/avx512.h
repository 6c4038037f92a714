/* v16 on AVX-512 (F, BW, DQ, VL): one register. The functions are listed in v16.h. */
#include "x86.h"

typedef __m512 v16;
typedef __mmask16 m16;
typedef struct {
    __m512d a, b;
} d16;

#define V_TILE 4

#define LG_COMPARE(name, how) \
    V_INLINE m16 name(v16 x, v16 y) { return _mm512_cmp_ps_mask(x, y, how); }
#define LG_D2(name, op) \
    V_INLINE d16 name(d16 x, d16 y) { return (d16){op(x.a, y.a), op(x.b, y.b)}; }

V_INLINE v16 v_load(const float *p) { return _mm512_loadu_ps(p); }
V_INLINE void v_store(float *p, v16 x) { _mm512_storeu_ps(p, x); }
V_INLINE v16 v_set1(float x) { return _mm512_set1_ps(x); }

V_INLINE v16 v_held(v16 x)
{
#ifdef __AVX512F__ /* and not emulated */
    __asm__("" : "+v"(x));
#endif
    return x;
}

V_INLINE m16 m_first(int k) { return (m16)((1u << k) - 1); }
V_INLINE v16 v_load_part(const float *p, int k) { return _mm512_maskz_loadu_ps(m_first(k), p); }
V_INLINE void v_store_part(float *p, v16 x, int k) { _mm512_mask_storeu_ps(p, m_first(k), x); }

V_INLINE v16 v_add(v16 x, v16 y) { return _mm512_add_ps(x, y); }
V_INLINE v16 v_sub(v16 x, v16 y) { return _mm512_sub_ps(x, y); }
V_INLINE v16 v_mul(v16 x, v16 y) { return _mm512_mul_ps(x, y); }
V_INLINE v16 v_div(v16 x, v16 y) { return _mm512_div_ps(x, y); }
V_INLINE v16 v_max(v16 x, v16 y) { return _mm512_max_ps(x, y); }
V_INLINE v16 v_min(v16 x, v16 y) { return _mm512_min_ps(x, y); }
V_INLINE v16 v_fma(v16 x, v16 y, v16 z) { return _mm512_fmadd_ps(x, y, z); }
V_INLINE v16 v_fnma(v16 x, v16 y, v16 z) { return _mm512_fnmadd_ps(x, y, z); }
V_INLINE v16 v_sqrt(v16 x) { return _mm512_sqrt_ps(x); }
V_INLINE v16 v_rint(v16 x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
V_INLINE v16 v_abs(v16 x) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), x); }
V_INLINE v16 v_neg(v16 x) { return _mm512_xor_ps(_mm512_set1_ps(-0.0f), x); }

V_INLINE v16 v_pow2(v16 t) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(t), 23)); }

V_INLINE v16 v_sixteenth(const float table[16], v16 t)
{
    return _mm512_permutexvar_ps(_mm512_castps_si512(t), _mm512_loadu_ps(table));
}

V_INLINE v16 v_raise(v16 x, v16 t)
{
    __m512i n = _mm512_slli_epi32(_mm512_castps_si512(t), 19);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), n));
}

V_INLINE v16 v_split(v16 x, v16 *n)
{
    const __m512i cut = _mm512_set1_epi32(0x3f3504f3); /* the bits of sqrt(1/2) */
    __m512i i = _mm512_sub_epi32(_mm512_castps_si512(x), cut);
    *n = _mm512_cvtepi32_ps(_mm512_srai_epi32(i, 23));
    i = _mm512_add_epi32(_mm512_and_si512(i, _mm512_set1_epi32(0x7fffff)), cut);
    return _mm512_castsi512_ps(i);
}

LG_COMPARE(v_lt, _CMP_LT_OQ)
LG_COMPARE(v_le, _CMP_LE_OQ)
LG_COMPARE(v_eq, _CMP_EQ_OQ)
LG_COMPARE(v_ne, _CMP_NEQ_UQ)
LG_COMPARE(v_unordered, _CMP_UNORD_Q)

V_INLINE m16 m_and(m16 x, m16 y) { return (m16)(x & y); }
V_INLINE m16 m_or(m16 x, m16 y) { return (m16)(x | y); }
V_INLINE m16 m_not(m16 x) { return (m16)~x; }
V_INLINE int m_any(m16 x) { return x != 0; }
V_INLINE v16 v_select(m16 m, v16 x, v16 y) { return _mm512_mask_blend_ps(m, y, x); }
V_INLINE v16 v_mask(m16 m, v16 x) { return _mm512_maskz_mov_ps(m, x); }

/* The tree of v_sum and v_hmax, by the operation on eight, four and one. */
#define LG_TREE(op8, op4, op1)                                               \
    __m256 s = op8(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1)); \
    __m128 t = op4(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));  \
    t = op4(t, _mm_movehl_ps(t, t));                                         \
    return _mm_cvtss_f32(op1(t, _mm_movehdup_ps(t)))

V_INLINE float v_sum(v16 x) { LG_TREE(_mm256_add_ps, _mm_add_ps, _mm_add_ss); }
V_INLINE float v_hmax(v16 x) { LG_TREE(_mm256_max_ps, _mm_max_ps, _mm_max_ss); }

/* A 4 x 4 transpose in each quarter: rows i, i + 4, i + 8, i + 12 share a register. */
V_INLINE void transpose16(v16 out[4], const v16 r[4])
{
    v16 ab_lo = _mm512_unpacklo_ps(r[0], r[1]), ab_hi = _mm512_unpackhi_ps(r[0], r[1]);
    v16 cd_lo = _mm512_unpacklo_ps(r[2], r[3]), cd_hi = _mm512_unpackhi_ps(r[2], r[3]);
    out[0] = _mm512_shuffle_ps(ab_lo, cd_lo, 0x44);
    out[1] = _mm512_shuffle_ps(ab_lo, cd_lo, 0xee);
    out[2] = _mm512_shuffle_ps(ab_hi, cd_hi, 0x44);
    out[3] = _mm512_shuffle_ps(ab_hi, cd_hi, 0xee);
}

V_INLINE void v_load_t4(const float *p, ptrdiff_t stride, v16 out[4])
{
    v16 r[4];
    for (int i = 0; i < 4; i++) {
        const float *row = p + i * stride;
        r[i] = _mm512_castps128_ps512(_mm_loadu_ps(row));
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 4 * stride), 1);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 8 * stride), 2);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 12 * stride), 3);
    }
    transpose16(out, r);
}

V_INLINE void v_store_t4(float *p, ptrdiff_t stride, const v16 in[4])
{
    v16 r[4];
    transpose16(r, in);
    for (int i = 0; i < 4; i++) {
        float *row = p + i * stride;
        _mm_storeu_ps(row, _mm512_castps512_ps128(r[i]));
        _mm_storeu_ps(row + 4 * stride, _mm512_extractf32x4_ps(r[i], 1));
        _mm_storeu_ps(row + 8 * stride, _mm512_extractf32x4_ps(r[i], 2));
        _mm_storeu_ps(row + 12 * stride, _mm512_extractf32x4_ps(r[i], 3));
    }
}

/* Indices into two registers: f(i) for each lane i. */
#define LG_INDICES(f)                                                                                  \
    _mm512_setr_epi32(f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), \
                      f(13), f(14), f(15))
#define LG_EVEN(i) ((i) / n * 2 * n + (i) % n)
#define LG_ODD(i) (LG_EVEN(i) + n)
#define LG_ZIP_LO(i) ((i) / n % 2 * 16 + (i) / n / 2 * n + (i) % n)
#define LG_ZIP_HI(i) (LG_ZIP_LO(i) + 8)

V_INLINE v16 v_even(v16 a, v16 b, const int n)
{
    return n == 16 ? a : _mm512_permutex2var_ps(a, LG_INDICES(LG_EVEN), b);
}

V_INLINE v16 v_odd(v16 a, v16 b, const int n)
{
    return n == 16 ? b : _mm512_permutex2var_ps(a, LG_INDICES(LG_ODD), b);
}

V_INLINE void v_zip(v16 a, v16 b, const int n, v16 out[2])
{
    out[0] = n == 16 ? a : _mm512_permutex2var_ps(a, LG_INDICES(LG_ZIP_LO), b);
    out[1] = n == 16 ? b : _mm512_permutex2var_ps(a, LG_INDICES(LG_ZIP_HI), b);
}

LG_D2(d_add, _mm512_add_pd)
LG_D2(d_sub, _mm512_sub_pd)
LG_D2(d_mul, _mm512_mul_pd)
LG_D2(d_div, _mm512_div_pd)

V_INLINE d16 d_set1(double x) { return (d16){_mm512_set1_pd(x), _mm512_set1_pd(x)}; }

V_INLINE d16 d_from(v16 x)
{
    return (d16){_mm512_cvtps_pd(_mm512_castps512_ps256(x)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1))};
}

V_INLINE d16 d_load_floats(const float *p)
{
    return (d16){_mm512_cvtps_pd(_mm256_loadu_ps(p)), _mm512_cvtps_pd(_mm256_loadu_ps(p + 8))};
}

V_INLINE d16 d_load(const double *p) { return (d16){_mm512_loadu_pd(p), _mm512_loadu_pd(p + 8)}; }

V_INLINE void d_store(double *p, d16 x)
{
    _mm512_storeu_pd(p, x.a);
    _mm512_storeu_pd(p + 8, x.b);
}

V_INLINE d16 d_select(m16 m, d16 x, d16 y)
{
    return (d16){_mm512_mask_blend_pd((__mmask8)m, y.a, x.a),
                 _mm512_mask_blend_pd((__mmask8)(m >> 8), y.b, x.b)};
}

V_INLINE double d_sum(d16 x)
{
    __m512d r = _mm512_add_pd(x.a, x.b);
    __m256d s = _mm256_add_pd(_mm512_castpd512_pd256(r), _mm512_extractf64x4_pd(r, 1));
    __m128d t = _mm_add_pd(_mm256_castpd256_pd128(s), _mm256_extractf128_pd(s, 1));
    return _mm_cvtsd_f64(_mm_add_sd(t, _mm_unpackhi_pd(t, t)));
}

V_INLINE v16 d_hi(d16 x)
{
    __m256 low = _mm512_cvtpd_ps(x.a), high = _mm512_cvtpd_ps(x.b);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

V_INLINE d16 t_total(t16 t)
{
    return (d16){_mm512_insertf64x4(_mm512_castpd256_pd512(t.a), t.b, 1),
                 _mm512_insertf64x4(_mm512_castpd256_pd512(t.c), t.d, 1)};
}

V_INLINE void v_stream(float *p, v16 x) { _mm512_stream_ps(p, x); }
