/* v16 on NEON (AArch64): four registers of four floats. The functions are listed in v16.h. */
#include <arm_neon.h>

typedef struct {
    float32x4_t q[4];
} v16;
typedef struct {
    uint32x4_t q[4];
} m16; /* all bits of a lane set, or none */
typedef struct {
    float64x2_t q[8];
} d16;

#define V_TILE 1
#define LG_PLAIN_MEMORY /* no masked loads and stores: v16.h has them */

/* One operation on every register of the operands. */
#define LG_EACH for (int i = 0; i < 4; i++)
#define LG_V1(name, value)      \
    V_INLINE v16 name(v16 a)    \
    {                           \
        LG_EACH a.q[i] = value; \
        return a;               \
    }
#define LG_V2(name, value)          \
    V_INLINE v16 name(v16 a, v16 b) \
    {                               \
        LG_EACH a.q[i] = value;     \
        return a;                   \
    }
#define LG_V3(name, value)                 \
    V_INLINE v16 name(v16 a, v16 b, v16 c) \
    {                                      \
        LG_EACH a.q[i] = value;            \
        return a;                          \
    }
#define LG_COMPARE(name, value)     \
    V_INLINE m16 name(v16 a, v16 b) \
    {                               \
        m16 m;                      \
        LG_EACH m.q[i] = value;     \
        return m;                   \
    }
#define LG_M2(name, value)          \
    V_INLINE m16 name(m16 a, m16 b) \
    {                               \
        LG_EACH a.q[i] = value;     \
        return a;                   \
    }
#define LG_D2(name, op)                  \
    V_INLINE d16 name(d16 a, d16 b)      \
    {                                    \
        for (int i = 0; i < 8; i++)      \
            a.q[i] = op(a.q[i], b.q[i]); \
        return a;                        \
    }

V_INLINE v16 v_held(v16 x) { return x; }
V_INLINE v16 v_set1(float x)
{
    v16 r;
    LG_EACH r.q[i] = vdupq_n_f32(x);
    return r;
}
V_INLINE v16 v_load(const float *p)
{
    v16 r;
    LG_EACH r.q[i] = vld1q_f32(p + 4 * i);
    return r;
}
V_INLINE void v_store(float *p, v16 a) { LG_EACH vst1q_f32(p + 4 * i, a.q[i]); }

LG_V2(v_add, vaddq_f32(a.q[i], b.q[i]))
LG_V2(v_sub, vsubq_f32(a.q[i], b.q[i]))
LG_V2(v_mul, vmulq_f32(a.q[i], b.q[i]))
LG_V2(v_div, vdivq_f32(a.q[i], b.q[i]))
LG_V2(v_max, vbslq_f32(vcgtq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]))
LG_V2(v_min, vbslq_f32(vcltq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]))
LG_V3(v_fma, vfmaq_f32(c.q[i], a.q[i], b.q[i]))
LG_V3(v_fnma, vfmsq_f32(c.q[i], a.q[i], b.q[i]))
LG_V1(v_sqrt, vsqrtq_f32(a.q[i]))
LG_V1(v_rint, vrndnq_f32(a.q[i]))
LG_V1(v_abs, vabsq_f32(a.q[i]))
LG_V1(v_neg, vnegq_f32(a.q[i]))
LG_V1(v_pow2, vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(a.q[i]), 23)))

V_INLINE v16 v_sixteenth(const float table[16], v16 t)
{
    uint8x16x4_t bytes;
    LG_EACH bytes.val[i] = vreinterpretq_u8_f32(vld1q_f32(table + 4 * i));
    LG_EACH
    { /* the four bytes of entry j are number 4 j and the next ones */
        uint32x4_t j = vandq_u32(vreinterpretq_u32_f32(t.q[i]), vdupq_n_u32(15));
        j = vaddq_u32(vmulq_u32(j, vdupq_n_u32(0x04040404)), vdupq_n_u32(0x03020100));
        t.q[i] = vreinterpretq_f32_u8(vqtbl4q_u8(bytes, vreinterpretq_u8_u32(j)));
    }
    return t;
}

V_INLINE v16 v_raise(v16 x, v16 t)
{
    LG_EACH
    {
        uint32x4_t n = vshlq_n_u32(vreinterpretq_u32_f32(t.q[i]), 19);
        x.q[i] = vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(x.q[i]), n));
    }
    return x;
}

V_INLINE v16 v_split(v16 a, v16 *n)
{
    const int32x4_t cut = vdupq_n_s32(0x3f3504f3); /* the bits of sqrt(1/2) */
    LG_EACH
    {
        int32x4_t b = vsubq_s32(vreinterpretq_s32_f32(a.q[i]), cut);
        n->q[i] = vcvtq_f32_s32(vshrq_n_s32(b, 23));
        a.q[i] = vreinterpretq_f32_s32(vaddq_s32(vandq_s32(b, vdupq_n_s32(0x7fffff)), cut));
    }
    return a;
}

LG_COMPARE(v_lt, vcltq_f32(a.q[i], b.q[i]))
LG_COMPARE(v_le, vcleq_f32(a.q[i], b.q[i]))
LG_COMPARE(v_eq, vceqq_f32(a.q[i], b.q[i]))
LG_COMPARE(v_ne, vmvnq_u32(vceqq_f32(a.q[i], b.q[i])))
#define LG_ORDERED(x, y) vandq_u32(vceqq_f32(x, x), vceqq_f32(y, y))
LG_COMPARE(v_unordered, vmvnq_u32(LG_ORDERED(a.q[i], b.q[i])))
LG_M2(m_and, vandq_u32(a.q[i], b.q[i]))
LG_M2(m_or, vorrq_u32(a.q[i], b.q[i]))

V_INLINE m16 m_not(m16 m)
{
    LG_EACH m.q[i] = vmvnq_u32(m.q[i]);
    return m;
}

V_INLINE m16 m_first(int k)
{
    static const uint32_t lane[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    m16 m;
    LG_EACH m.q[i] = vcltq_u32(vld1q_u32(lane + 4 * i), vdupq_n_u32((uint32_t)k));
    return m;
}

V_INLINE int m_any(m16 m)
{
    return vmaxvq_u32(vorrq_u32(vorrq_u32(m.q[0], m.q[1]), vorrq_u32(m.q[2], m.q[3]))) != 0;
}

V_INLINE v16 v_select(m16 m, v16 a, v16 b)
{
    LG_EACH a.q[i] = vbslq_f32(m.q[i], a.q[i], b.q[i]);
    return a;
}

V_INLINE v16 v_mask(m16 m, v16 a)
{
    LG_EACH a.q[i] = vreinterpretq_f32_u32(vandq_u32(m.q[i], vreinterpretq_u32_f32(a.q[i])));
    return a;
}

V_INLINE float v_sum(v16 a)
{
    float32x4_t s = vaddq_f32(vaddq_f32(a.q[0], a.q[2]), vaddq_f32(a.q[1], a.q[3]));
    float32x2_t t = vadd_f32(vget_low_f32(s), vget_high_f32(s));
    return vget_lane_f32(t, 0) + vget_lane_f32(t, 1);
}

V_INLINE float v_hmax(v16 a)
{
#define LG_MAX(x, y) vbslq_f32(vcgtq_f32(x, y), x, y)
    float32x4_t s = LG_MAX(a.q[0], a.q[2]), t = LG_MAX(a.q[1], a.q[3]);
    s = LG_MAX(s, t);
    t = vextq_f32(s, s, 2);
    s = LG_MAX(s, t);
    float x = vgetq_lane_f32(s, 0), y = vgetq_lane_f32(s, 1);
    return x > y ? x : y;
}

/* A 4 x 4 transpose. */
V_INLINE void transpose4(float32x4_t r[4])
{
    float32x4_t ab_lo = vzip1q_f32(r[0], r[1]), ab_hi = vzip2q_f32(r[0], r[1]);
    float32x4_t cd_lo = vzip1q_f32(r[2], r[3]), cd_hi = vzip2q_f32(r[2], r[3]);
    r[0] = vcombine_f32(vget_low_f32(ab_lo), vget_low_f32(cd_lo));
    r[1] = vcombine_f32(vget_high_f32(ab_lo), vget_high_f32(cd_lo));
    r[2] = vcombine_f32(vget_low_f32(ab_hi), vget_low_f32(cd_hi));
    r[3] = vcombine_f32(vget_high_f32(ab_hi), vget_high_f32(cd_hi));
}

V_INLINE void v_load_t4(const float *p, ptrdiff_t stride, v16 out[4])
{
    LG_EACH
    {
        float32x4_t r[4];
        for (int j = 0; j < 4; j++)
            r[j] = vld1q_f32(p + (4 * i + j) * stride);
        transpose4(r);
        for (int c = 0; c < 4; c++)
            out[c].q[i] = r[c];
    }
}

V_INLINE void v_store_t4(float *p, ptrdiff_t stride, const v16 in[4])
{
    LG_EACH
    {
        float32x4_t r[4];
        for (int c = 0; c < 4; c++)
            r[c] = in[c].q[i];
        transpose4(r);
        for (int j = 0; j < 4; j++)
            vst1q_f32(p + (4 * i + j) * stride, r[j]);
    }
}

#define LG_PAIRS(op, x, y) vreinterpretq_f32_f64(op(vreinterpretq_f64_f32(x), vreinterpretq_f64_f32(y)))

/* Register i of the even groups: of registers 2 i and 2 i + 1 of a and b; or a whole one, if they are that
   large. */
#define LG_HALVES(name, op, odd)                                                                   \
    V_INLINE v16 name(v16 a, v16 b, const int n)                                                   \
    {                                                                                              \
        const int whole = n < 4 ? 1 : n / 4;                                                       \
        const float32x4_t q[8] = {a.q[0], a.q[1], a.q[2], a.q[3], b.q[0], b.q[1], b.q[2], b.q[3]}; \
        v16 r;                                                                                     \
        LG_EACH                                                                                    \
        {                                                                                          \
            float32x4_t x = q[2 * i], y = q[2 * i + 1];                                            \
            r.q[i] = n == 1   ? op##_f32(x, y)                                                     \
                     : n == 2 ? LG_PAIRS(op##_f64, x, y)                                           \
                              : q[(i / whole * 2 + odd) * whole + i % whole];                      \
        }                                                                                          \
        return r;                                                                                  \
    }
LG_HALVES(v_even, vuzp1q, 0)
LG_HALVES(v_odd, vuzp2q, 1)

V_INLINE void v_zip(v16 a, v16 b, const int n, v16 out[2])
{
    const int whole = n < 4 ? 1 : n / 4;
    for (int j = 0; j < 8; j++) {
        float32x4_t x = a.q[j / 2], y = b.q[j / 2];
        int from = j / whole / 2 * whole + j % whole;
        out[j / 4].q[j % 4] = n == 1   ? (j % 2 ? vzip2q_f32(x, y) : vzip1q_f32(x, y))
                              : n == 2 ? (j % 2 ? LG_PAIRS(vzip2q_f64, x, y) : LG_PAIRS(vzip1q_f64, x, y))
                              : j / whole % 2 ? b.q[from]
                                              : a.q[from];
    }
}

V_INLINE d16 d_set1(double x)
{
    d16 r;
    for (int i = 0; i < 8; i++)
        r.q[i] = vdupq_n_f64(x);
    return r;
}

V_INLINE d16 d_from(v16 a)
{
    d16 r;
    LG_EACH
    {
        r.q[2 * i] = vcvt_f64_f32(vget_low_f32(a.q[i]));
        r.q[2 * i + 1] = vcvt_high_f64_f32(a.q[i]);
    }
    return r;
}

LG_D2(d_add, vaddq_f64)
LG_D2(d_sub, vsubq_f64)
LG_D2(d_mul, vmulq_f64)
LG_D2(d_div, vdivq_f64)

V_INLINE d16 d_load(const double *p)
{
    d16 r;
    for (int i = 0; i < 8; i++)
        r.q[i] = vld1q_f64(p + 2 * i);
    return r;
}

V_INLINE void d_store(double *p, d16 a)
{
    for (int i = 0; i < 8; i++)
        vst1q_f64(p + 2 * i, a.q[i]);
}

V_INLINE d16 d_select(m16 m, d16 a, d16 b)
{
    LG_EACH
    {
        int32x4_t wide = vreinterpretq_s32_u32(m.q[i]); /* -1 or 0 stays so in 64 bits */
        uint64x2_t low = vreinterpretq_u64_s64(vmovl_s32(vget_low_s32(wide)));
        uint64x2_t high = vreinterpretq_u64_s64(vmovl_high_s32(wide));
        a.q[2 * i] = vbslq_f64(low, a.q[2 * i], b.q[2 * i]);
        a.q[2 * i + 1] = vbslq_f64(high, a.q[2 * i + 1], b.q[2 * i + 1]);
    }
    return a;
}

V_INLINE double d_sum(d16 a)
{
    for (int w = 4; w; w /= 2)
        for (int i = 0; i < w; i++)
            a.q[i] = vaddq_f64(a.q[i], a.q[i + w]);
    return vgetq_lane_f64(a.q[0], 0) + vgetq_lane_f64(a.q[0], 1);
}

V_INLINE v16 d_hi(d16 a)
{
    v16 r;
    LG_EACH r.q[i] = vcvt_high_f32_f64(vcvt_f32_f64(a.q[2 * i]), a.q[2 * i + 1]);
    return r;
}
