/* v16 in portable C: an array of sixteen floats. The functions are listed in v16.h. */
#include <string.h>

typedef struct { float f[16]; } v16;
typedef struct { uint32_t u[16]; } m16; /* 1 or 0 */
typedef struct { double f[16]; } d16;

#define V_TILE 1

#define LG_EACH for (int i = 0; i < 16; i++)
#define LG_V1(name, value) V_INLINE v16 name(v16 a) { v16 r; LG_EACH r.f[i] = value; return r; }
#define LG_V2(name, value) V_INLINE v16 name(v16 a, v16 b) { v16 r; LG_EACH r.f[i] = value; return r; }
#define LG_V3(name, value) V_INLINE v16 name(v16 a, v16 b, v16 c) { v16 r; LG_EACH r.f[i] = value; return r; }
#define LG_COMPARE(name, op) V_INLINE m16 name(v16 a, v16 b) { m16 r; LG_EACH r.u[i] = a.f[i] op b.f[i]; return r; }
#define LG_D2(name, op) V_INLINE d16 name(d16 a, d16 b) { d16 r; LG_EACH r.f[i] = a.f[i] op b.f[i]; return r; }

V_INLINE uint32_t lg_bits(float x) { uint32_t i; memcpy(&i, &x, 4); return i; }
V_INLINE float lg_float(uint32_t i) { float x; memcpy(&x, &i, 4); return x; }

V_INLINE v16 v_set1(float x) { v16 r; LG_EACH r.f[i] = x; return r; }
V_INLINE v16 v_load(const float *p) { v16 r; memcpy(r.f, p, sizeof r); return r; }
V_INLINE void v_store(float *p, v16 a) { memcpy(p, a.f, sizeof a); }
V_INLINE v16 v_load_part(const float *p, int k) { v16 r; LG_EACH r.f[i] = i < k ? p[i] : 0.0f; return r; }
V_INLINE void v_store_part(float *p, v16 a, int k) { LG_EACH if (i < k) p[i] = a.f[i]; }

LG_V2(v_add, a.f[i] + b.f[i])
LG_V2(v_sub, a.f[i] - b.f[i])
LG_V2(v_mul, a.f[i] * b.f[i])
LG_V2(v_div, a.f[i] / b.f[i])
LG_V2(v_max, a.f[i] > b.f[i] ? a.f[i] : b.f[i])
LG_V2(v_min, a.f[i] < b.f[i] ? a.f[i] : b.f[i])
LG_V3(v_fma, fmaf(a.f[i], b.f[i], c.f[i]))
LG_V3(v_fnma, fmaf(-a.f[i], b.f[i], c.f[i]))
LG_V1(v_sqrt, sqrtf(a.f[i]))
LG_V1(v_abs, fabsf(a.f[i]))
LG_V1(v_neg, -a.f[i])
/* Above 2^23 floats are whole: adding it rounds. */
LG_V1(v_round, copysignf((fabsf(a.f[i]) + 0x1p23f) - 0x1p23f, a.f[i]))
LG_V1(v_pow2, lg_float(lg_bits(a.f[i] + (0x1.8p23f + 127)) << 23))

V_INLINE v16 v_split(v16 a, v16 *n)
{
    const uint32_t cut = 0x3f3504f3; /* the bits of sqrt(1/2) */
    v16 m;
    LG_EACH {
        uint32_t u = lg_bits(a.f[i]) - cut, low = u & 0x7fffff;
        n->f[i] = (float)(int32_t)(u - low) * 0x1p-23f;
        m.f[i] = lg_float(low + cut);
    }
    return m;
}

LG_COMPARE(v_lt, <)
LG_COMPARE(v_le, <=)
LG_COMPARE(v_eq, ==)
LG_COMPARE(v_ne, !=)

V_INLINE m16 m_and(m16 a, m16 b) { LG_EACH a.u[i] &= b.u[i]; return a; }
V_INLINE m16 m_or(m16 a, m16 b) { LG_EACH a.u[i] |= b.u[i]; return a; }
V_INLINE m16 m_not(m16 a) { LG_EACH a.u[i] ^= 1; return a; }
V_INLINE m16 m_first(int k) { m16 r; LG_EACH r.u[i] = i < k; return r; }
V_INLINE int m_any(m16 a) { uint32_t any = 0; LG_EACH any |= a.u[i]; return any != 0; }
V_INLINE v16 v_select(m16 m, v16 a, v16 b) { LG_EACH a.f[i] = m.u[i] ? a.f[i] : b.f[i]; return a; }
V_INLINE v16 v_mask(m16 m, v16 a) { LG_EACH a.f[i] = m.u[i] ? a.f[i] : 0.0f; return a; }

V_INLINE float v_sum(v16 a)
{
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++)
            a.f[i] += a.f[i + w];
    return a.f[0];
}

V_INLINE float v_hmax(v16 a)
{
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++)
            a.f[i] = a.f[i] > a.f[i + w] ? a.f[i] : a.f[i + w];
    return a.f[0];
}

V_INLINE void v_load_t4(const float *p, ptrdiff_t stride, v16 out[4])
{
    for (int c = 0; c < 4; c++)
        LG_EACH out[c].f[i] = p[i * stride + c];
}

V_INLINE void v_store_t4(float *p, ptrdiff_t stride, const v16 in[4])
{
    for (int c = 0; c < 4; c++)
        LG_EACH p[i * stride + c] = in[c].f[i];
}

LG_D2(d_add, +)
LG_D2(d_sub, -)
LG_D2(d_mul, *)
LG_D2(d_div, /)

V_INLINE d16 d_set1(double x) { d16 r; LG_EACH r.f[i] = x; return r; }
V_INLINE d16 d_from(v16 a) { d16 r; LG_EACH r.f[i] = a.f[i]; return r; }
V_INLINE v16 d_hi(d16 a) { v16 r; LG_EACH r.f[i] = (float)a.f[i]; return r; }

V_INLINE double d_sum(d16 a)
{
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++)
            a.f[i] += a.f[i + w];
    return a.f[0];
}
