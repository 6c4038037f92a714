/* v16 on AVX2 and FMA: two registers of eight floats. The functions are listed in v16.h. */
#include "x86.h"

typedef struct {
    __m256 a, b;
} v16;
typedef struct {
    __m256 a, b;
} m16; /* all bits of a lane set, or none */
typedef struct {
    __m256d a, b, c, d;
} d16;

#define V_TILE 1

/* One operation on both halves; on all four quarters of doubles. */
#define LG_V1(name, op) \
    V_INLINE v16 name(v16 x) { return (v16){op(x.a), op(x.b)}; }
#define LG_V2(name, op) \
    V_INLINE v16 name(v16 x, v16 y) { return (v16){op(x.a, y.a), op(x.b, y.b)}; }
#define LG_V3(name, op) \
    V_INLINE v16 name(v16 x, v16 y, v16 z) { return (v16){op(x.a, y.a, z.a), op(x.b, y.b, z.b)}; }
#define LG_COMPARE(name, how)                                                     \
    V_INLINE m16 name(v16 x, v16 y)                                               \
    {                                                                             \
        return (m16){_mm256_cmp_ps(x.a, y.a, how), _mm256_cmp_ps(x.b, y.b, how)}; \
    }
#define LG_M2(name, op) \
    V_INLINE m16 name(m16 x, m16 y) { return (m16){op(x.a, y.a), op(x.b, y.b)}; }
#define LG_D2(name, op) \
    V_INLINE d16 name(d16 x, d16 y) { return (d16){op(x.a, y.a), op(x.b, y.b), op(x.c, y.c), op(x.d, y.d)}; }

V_INLINE v16 v_load(const float *p) { return (v16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }

V_INLINE void v_store(float *p, v16 x)
{
    _mm256_storeu_ps(p, x.a);
    _mm256_storeu_ps(p + 8, x.b);
}

V_INLINE v16 v_held(v16 x) { return x; }
V_INLINE v16 v_set1(float x) { return (v16){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }

V_INLINE m16 m_first(int k)
{
    static const int32_t lanes[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    const float *p = (const float *)(lanes + 16 - k);
    return (m16){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}

V_INLINE v16 v_load_part(const float *p, int k)
{
    if (k == 16)
        return v_load(p);
    m16 m = m_first(k);
    return (v16){_mm256_maskload_ps(p, _mm256_castps_si256(m.a)),
                 _mm256_maskload_ps(p + 8, _mm256_castps_si256(m.b))};
}

/* In pieces: masked stores are slow on AMD. */
V_INLINE void v_store_part(float *p, v16 x, int k)
{
    if (k == 16) {
        v_store(p, x);
        return;
    }
    __m256 half = x.a;
    if (k & 8) {
        _mm256_storeu_ps(p, half);
        half = x.b;
        p += 8;
    }
    __m128 quarter = _mm256_castps256_ps128(half);
    if (k & 4) {
        _mm_storeu_ps(p, quarter);
        quarter = _mm256_extractf128_ps(half, 1);
        p += 4;
    }
    if (k & 2) {
        _mm_storel_pi((__m64 *)p, quarter);
        quarter = _mm_movehl_ps(quarter, quarter);
        p += 2;
    }
    if (k & 1)
        _mm_store_ss(p, quarter);
}

LG_V2(v_add, _mm256_add_ps)
LG_V2(v_sub, _mm256_sub_ps)
LG_V2(v_mul, _mm256_mul_ps)
LG_V2(v_div, _mm256_div_ps)
LG_V2(v_max, _mm256_max_ps)
LG_V2(v_min, _mm256_min_ps)
LG_V3(v_fma, _mm256_fmadd_ps)
LG_V3(v_fnma, _mm256_fnmadd_ps)
LG_V1(v_sqrt, _mm256_sqrt_ps)
#define LG_RINT(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
LG_V1(v_rint, LG_RINT)

#define LG_ABS(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x)
#define LG_NEG(x) _mm256_xor_ps(_mm256_set1_ps(-0.0f), x)
LG_V1(v_abs, LG_ABS)
LG_V1(v_neg, LG_NEG)

#define LG_POW2(t) _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(t), 23))
LG_V1(v_pow2, LG_POW2)

V_INLINE __m256 split8(__m256 x, __m256 *n)
{
    const __m256i cut = _mm256_set1_epi32(0x3f3504f3); /* the bits of sqrt(1/2) */
    __m256i i = _mm256_sub_epi32(_mm256_castps_si256(x), cut);
    *n = _mm256_cvtepi32_ps(_mm256_srai_epi32(i, 23));
    i = _mm256_add_epi32(_mm256_and_si256(i, _mm256_set1_epi32(0x7fffff)), cut);
    return _mm256_castsi256_ps(i);
}

V_INLINE __m256 sixteenth8(const float table[16], __m256 t)
{
    __m256i j = _mm256_castps_si256(t); /* its fourth bit says which half of the table */
    __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), j);
    __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), j);
    return _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(j, 28)));
}

V_INLINE v16 v_sixteenth(const float table[16], v16 t)
{
    return (v16){sixteenth8(table, t.a), sixteenth8(table, t.b)};
}

V_INLINE __m256 raise8(__m256 x, __m256 t)
{
    __m256i n = _mm256_slli_epi32(_mm256_castps_si256(t), 19);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), n));
}

LG_V2(v_raise, raise8)

V_INLINE v16 v_split(v16 x, v16 *n) { return (v16){split8(x.a, &n->a), split8(x.b, &n->b)}; }

LG_COMPARE(v_lt, _CMP_LT_OQ)
LG_COMPARE(v_le, _CMP_LE_OQ)
LG_COMPARE(v_eq, _CMP_EQ_OQ)
LG_COMPARE(v_ne, _CMP_NEQ_UQ)
LG_COMPARE(v_unordered, _CMP_UNORD_Q)
LG_M2(m_and, _mm256_and_ps)
LG_M2(m_or, _mm256_or_ps)

V_INLINE m16 m_not(m16 m)
{
    const __m256 ones = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    return (m16){_mm256_xor_ps(m.a, ones), _mm256_xor_ps(m.b, ones)};
}

V_INLINE int m_any(m16 m) { return _mm256_movemask_ps(_mm256_or_ps(m.a, m.b)) != 0; }

V_INLINE v16 v_select(m16 m, v16 x, v16 y)
{
    return (v16){_mm256_blendv_ps(y.a, x.a, m.a), _mm256_blendv_ps(y.b, x.b, m.b)};
}

V_INLINE v16 v_mask(m16 m, v16 x) { return (v16){_mm256_and_ps(m.a, x.a), _mm256_and_ps(m.b, x.b)}; }

/* The tree of v_sum and v_hmax, by the operation on eight, four and one. */
#define LG_TREE(op8, op4, op1)                                              \
    __m256 s = op8(x.a, x.b);                                               \
    __m128 t = op4(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1)); \
    t = op4(t, _mm_movehl_ps(t, t));                                        \
    return _mm_cvtss_f32(op1(t, _mm_movehdup_ps(t)))

V_INLINE float v_sum(v16 x) { LG_TREE(_mm256_add_ps, _mm_add_ps, _mm_add_ss); }
V_INLINE float v_hmax(v16 x) { LG_TREE(_mm256_max_ps, _mm_max_ps, _mm_max_ss); }

/* Eight rows of four floats: rows r and r + 4 share a register, a 4 x 4 transpose in each half. */
V_INLINE void transpose8(__m256 r[4])
{
    __m256 ab_lo = _mm256_unpacklo_ps(r[0], r[1]), ab_hi = _mm256_unpackhi_ps(r[0], r[1]);
    __m256 cd_lo = _mm256_unpacklo_ps(r[2], r[3]), cd_hi = _mm256_unpackhi_ps(r[2], r[3]);
    r[0] = _mm256_shuffle_ps(ab_lo, cd_lo, 0x44);
    r[1] = _mm256_shuffle_ps(ab_lo, cd_lo, 0xee);
    r[2] = _mm256_shuffle_ps(ab_hi, cd_hi, 0x44);
    r[3] = _mm256_shuffle_ps(ab_hi, cd_hi, 0xee);
}

V_INLINE void v_load_t4(const float *p, ptrdiff_t stride, v16 out[4])
{
    __m256 r[2][4];
    for (int h = 0; h < 2; h++) {
        for (int i = 0; i < 4; i++) {
            const float *row = p + (8 * h + i) * stride;
            r[h][i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)),
                                           _mm_loadu_ps(row + 4 * stride), 1);
        }
        transpose8(r[h]);
    }
    for (int c = 0; c < 4; c++)
        out[c] = (v16){r[0][c], r[1][c]};
}

V_INLINE void v_store_t4(float *p, ptrdiff_t stride, const v16 in[4])
{
    for (int h = 0; h < 2; h++) {
        __m256 r[4];
        for (int c = 0; c < 4; c++)
            r[c] = h ? in[c].b : in[c].a;
        transpose8(r);
        for (int i = 0; i < 4; i++) {
            float *row = p + (8 * h + i) * stride;
            _mm_storeu_ps(row, _mm256_castps256_ps128(r[i]));
            _mm_storeu_ps(row + 4 * stride, _mm256_extractf128_ps(r[i], 1));
        }
    }
}

/* Unpacking and shuffling work on halves: brings their results, pairs of floats, into order. */
V_INLINE __m256 ordered8(__m256 x)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xd8));
}

#define LG_PAIRS(op, x, y) _mm256_castpd_ps(op(_mm256_castps_pd(x), _mm256_castps_pd(y)))

V_INLINE __m256 even8(__m256 x, __m256 y, const int n)
{
    return n == 8   ? x
           : n == 4 ? _mm256_permute2f128_ps(x, y, 0x20)
           : n == 2 ? ordered8(LG_PAIRS(_mm256_unpacklo_pd, x, y))
                    : ordered8(_mm256_shuffle_ps(x, y, 0x88));
}

V_INLINE __m256 odd8(__m256 x, __m256 y, const int n)
{
    return n == 8   ? y
           : n == 4 ? _mm256_permute2f128_ps(x, y, 0x31)
           : n == 2 ? ordered8(LG_PAIRS(_mm256_unpackhi_pd, x, y))
                    : ordered8(_mm256_shuffle_ps(x, y, 0xdd));
}

V_INLINE v16 zip8(__m256 x, __m256 y, const int n)
{
    if (n == 8)
        return (v16){x, y};
    __m256 lo = n == 4 ? x : n == 2 ? LG_PAIRS(_mm256_unpacklo_pd, x, y) : _mm256_unpacklo_ps(x, y);
    __m256 hi = n == 4 ? y : n == 2 ? LG_PAIRS(_mm256_unpackhi_pd, x, y) : _mm256_unpackhi_ps(x, y);
    return (v16){_mm256_permute2f128_ps(lo, hi, 0x20), _mm256_permute2f128_ps(lo, hi, 0x31)};
}

V_INLINE v16 v_even(v16 a, v16 b, const int n)
{
    return n == 16 ? a : (v16){even8(a.a, a.b, n), even8(b.a, b.b, n)};
}

V_INLINE v16 v_odd(v16 a, v16 b, const int n)
{
    return n == 16 ? b : (v16){odd8(a.a, a.b, n), odd8(b.a, b.b, n)};
}

V_INLINE void v_zip(v16 a, v16 b, const int n, v16 out[2])
{
    out[0] = n == 16 ? a : zip8(a.a, b.a, n);
    out[1] = n == 16 ? b : zip8(a.b, b.b, n);
}

V_INLINE d16 d_set1(double x)
{
    __m256d q = _mm256_set1_pd(x);
    return (d16){q, q, q, q};
}

V_INLINE d16 d_from(v16 x)
{
    return (d16){_mm256_cvtps_pd(_mm256_castps256_ps128(x.a)), _mm256_cvtps_pd(_mm256_extractf128_ps(x.a, 1)),
                 _mm256_cvtps_pd(_mm256_castps256_ps128(x.b)),
                 _mm256_cvtps_pd(_mm256_extractf128_ps(x.b, 1))};
}

V_INLINE d16 d_load_floats(const float *p)
{
    return (d16){_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4)),
                 _mm256_cvtps_pd(_mm_loadu_ps(p + 8)), _mm256_cvtps_pd(_mm_loadu_ps(p + 12))};
}

V_INLINE d16 d_load(const double *p)
{
    return (d16){_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4), _mm256_loadu_pd(p + 8), _mm256_loadu_pd(p + 12)};
}

V_INLINE void d_store(double *p, d16 x)
{
    _mm256_storeu_pd(p, x.a);
    _mm256_storeu_pd(p + 4, x.b);
    _mm256_storeu_pd(p + 8, x.c);
    _mm256_storeu_pd(p + 12, x.d);
}

V_INLINE __m256d select4(__m128 m, __m256d x, __m256d y)
{
    return _mm256_blendv_pd(y, x, _mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm_castps_si128(m))));
}

V_INLINE d16 d_select(m16 m, d16 x, d16 y)
{
    return (d16){
        select4(_mm256_castps256_ps128(m.a), x.a, y.a), select4(_mm256_extractf128_ps(m.a, 1), x.b, y.b),
        select4(_mm256_castps256_ps128(m.b), x.c, y.c), select4(_mm256_extractf128_ps(m.b, 1), x.d, y.d)};
}

LG_D2(d_add, _mm256_add_pd)
LG_D2(d_sub, _mm256_sub_pd)
LG_D2(d_mul, _mm256_mul_pd)
LG_D2(d_div, _mm256_div_pd)

V_INLINE double d_sum(d16 x)
{
    __m256d s = _mm256_add_pd(_mm256_add_pd(x.a, x.c), _mm256_add_pd(x.b, x.d));
    __m128d t = _mm_add_pd(_mm256_castpd256_pd128(s), _mm256_extractf128_pd(s, 1));
    return _mm_cvtsd_f64(_mm_add_sd(t, _mm_unpackhi_pd(t, t)));
}

V_INLINE v16 d_hi(d16 x)
{
    return (v16){_mm256_set_m128(_mm256_cvtpd_ps(x.b), _mm256_cvtpd_ps(x.a)),
                 _mm256_set_m128(_mm256_cvtpd_ps(x.d), _mm256_cvtpd_ps(x.c))};
}

V_INLINE d16 t_total(t16 t) { return (d16){t.a, t.b, t.c, t.d}; }

V_INLINE void v_stream(float *p, v16 x)
{
    _mm256_stream_ps(p, x.a);
    _mm256_stream_ps(p + 8, x.b);
}
