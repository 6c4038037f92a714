/* v16 in C with the vector types of GCC and Clang, which every target has: four vectors of four
   floats. The functions are listed in v16.h. */
#include <string.h>

typedef float f4 __attribute__((vector_size(16)));
typedef int32_t i4 __attribute__((vector_size(16)));
typedef uint32_t u4 __attribute__((vector_size(16)));
typedef double d2 __attribute__((vector_size(16)));

typedef struct {
    f4 q[4];
} v16;
typedef struct {
    i4 q[4];
} m16; /* -1 or 0 */
typedef struct {
    d2 q[8];
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
#define LG_M2(name, value)          \
    V_INLINE m16 name(m16 a, m16 b) \
    {                               \
        LG_EACH a.q[i] = value;     \
        return a;                   \
    }
#define LG_COMPARE(name, op)               \
    V_INLINE m16 name(v16 a, v16 b)        \
    {                                      \
        m16 m;                             \
        LG_EACH m.q[i] = a.q[i] op b.q[i]; \
        return m;                          \
    }
#define LG_D2(name, op)                \
    V_INLINE d16 name(d16 a, d16 b)    \
    {                                  \
        for (int i = 0; i < 8; i++)    \
            a.q[i] = a.q[i] op b.q[i]; \
        return a;                      \
    }

#define LG_SELECT(m, a, b) ((f4)(((m) & (i4)(a)) | (~(m) & (i4)(b))))
#define LG_MAX(a, b) LG_SELECT((a) > (b), a, b)

V_INLINE f4 all_of(float x) { return (f4){x, x, x, x}; }

V_INLINE v16 v_held(v16 x) { return x; }
V_INLINE v16 v_set1(float x)
{
    v16 r;
    LG_EACH r.q[i] = all_of(x);
    return r;
}
V_INLINE v16 v_load(const float *p)
{
    v16 r;
    memcpy(&r, p, sizeof r);
    return r;
}
V_INLINE void v_store(float *p, v16 a) { memcpy(p, &a, sizeof a); }

LG_V2(v_add, a.q[i] + b.q[i])
LG_V2(v_sub, a.q[i] - b.q[i])
LG_V2(v_mul, a.q[i] * b.q[i])
LG_V2(v_div, a.q[i] / b.q[i])
LG_V2(v_max, LG_MAX(a.q[i], b.q[i]))
LG_V2(v_min, LG_SELECT(a.q[i] < b.q[i], a.q[i], b.q[i]))
LG_V1(v_neg, -a.q[i])
LG_V1(v_abs, (f4)((i4)a.q[i] & 0x7fffffff))

/* fmaf is a call where the CPU has no such instruction: sixteen of them, inlined everywhere, make
   kernels huge and slow to compile. */
#if defined(__FP_FAST_FMAF)
V_INLINE
#else
V_CALL
#endif
v16 v_fma(v16 a, v16 b, v16 c)
{
    for (int i = 0; i < 16; i++)
        c.q[i / 4][i % 4] = fmaf(a.q[i / 4][i % 4], b.q[i / 4][i % 4], c.q[i / 4][i % 4]);
    return c;
}

V_INLINE v16 v_fnma(v16 a, v16 b, v16 c) { return v_fma(v_neg(a), b, c); }

#define LG_BY_LIBRARY(name, function)                        \
    V_INLINE v16 name(v16 a)                                 \
    {                                                        \
        for (int i = 0; i < 16; i++)                         \
            a.q[i / 4][i % 4] = function(a.q[i / 4][i % 4]); \
        return a;                                            \
    }
LG_BY_LIBRARY(v_sqrt, sqrtf)
LG_BY_LIBRARY(v_rint, rintf)

LG_V1(v_pow2, (f4)((i4)a.q[i] << 23))

V_INLINE v16 v_sixteenth(const float table[16], v16 t)
{
    int32_t j[16];
    float entry[16];
    memcpy(j, &t, sizeof j);
    for (int i = 0; i < 16; i++)
        entry[i] = table[j[i] & 15];
    return v_load(entry);
}

LG_V2(v_raise, (f4)((i4)((u4)a.q[i] + ((u4)b.q[i] << 19))))

V_INLINE v16 v_split(v16 a, v16 *n)
{
    const int32_t cut = 0x3f3504f3; /* the bits of sqrt(1/2) */
    LG_EACH
    {
        i4 b = (i4)a.q[i] - cut;
        n->q[i] = __builtin_convertvector(b >> 23, f4);
        a.q[i] = (f4)((b & 0x7fffff) + cut);
    }
    return a;
}

LG_COMPARE(v_lt, <)
LG_COMPARE(v_le, <=)
LG_COMPARE(v_eq, ==)
LG_COMPARE(v_ne, !=)
V_INLINE m16 v_unordered(v16 a, v16 b)
{
    m16 m;
    LG_EACH m.q[i] = (a.q[i] != a.q[i]) | (b.q[i] != b.q[i]);
    return m;
}

LG_M2(m_and, a.q[i] & b.q[i])
LG_M2(m_or, a.q[i] | b.q[i])

V_INLINE m16 m_not(m16 m)
{
    LG_EACH m.q[i] = ~m.q[i];
    return m;
}
V_INLINE m16 m_first(int k)
{
    m16 m;
    LG_EACH m.q[i] = (i4){0, 1, 2, 3} + 4 * i < k;
    return m;
}

V_INLINE int m_any(m16 m)
{
    i4 any = (m.q[0] | m.q[1]) | (m.q[2] | m.q[3]);
    return (any[0] | any[1] | any[2] | any[3]) != 0;
}

V_INLINE v16 v_mask(m16 m, v16 a)
{
    LG_EACH a.q[i] = (f4)(m.q[i] & (i4)a.q[i]);
    return a;
}

V_INLINE v16 v_select(m16 m, v16 a, v16 b)
{
    LG_EACH a.q[i] = LG_SELECT(m.q[i], a.q[i], b.q[i]);
    return a;
}

V_INLINE float v_sum(v16 a)
{
    f4 s = (a.q[0] + a.q[2]) + (a.q[1] + a.q[3]);
    return (s[0] + s[2]) + (s[1] + s[3]);
}

V_INLINE float v_hmax(v16 a)
{
    f4 s = LG_MAX(a.q[0], a.q[2]), t = LG_MAX(a.q[1], a.q[3]);
    s = LG_MAX(s, t);
    float x = s[0] > s[2] ? s[0] : s[2], y = s[1] > s[3] ? s[1] : s[3];
    return x > y ? x : y;
}

V_INLINE void v_load_t4(const float *p, ptrdiff_t stride, v16 out[4])
{
    for (int c = 0; c < 4; c++)
        LG_EACH
        {
            const float *q = p + 4 * i * stride + c;
            out[c].q[i] = (f4){q[0], q[stride], q[2 * stride], q[3 * stride]};
        }
}

V_INLINE void v_store_t4(float *p, ptrdiff_t stride, const v16 in[4])
{
    for (int c = 0; c < 4; c++)
        for (int r = 0; r < 16; r++)
            p[r * stride + c] = in[c].q[r / 4][r % 4];
}

V_INLINE v16 v_even(v16 a, v16 b, const int n)
{
    float from[32], to[16];
    v_store(from, a), v_store(from + 16, b);
    for (int i = 0; i < 16; i++)
        to[i] = from[i / n * 2 * n + i % n];
    return v_load(to);
}

V_INLINE v16 v_odd(v16 a, v16 b, const int n)
{
    float from[32], to[16];
    v_store(from, a), v_store(from + 16, b);
    for (int i = 0; i < 16; i++)
        to[i] = from[i / n * 2 * n + n + i % n];
    return v_load(to);
}

V_INLINE void v_zip(v16 a, v16 b, const int n, v16 out[2])
{
    float from[32], to[32];
    v_store(from, a), v_store(from + 16, b);
    for (int i = 0; i < 32; i++)
        to[i] = from[i / n % 2 * 16 + i / n / 2 * n + i % n];
    out[0] = v_load(to), out[1] = v_load(to + 16);
}

LG_D2(d_add, +)
LG_D2(d_sub, -)
LG_D2(d_mul, *)
LG_D2(d_div, /)

V_INLINE d16 d_set1(double x)
{
    d16 r;
    for (int i = 0; i < 8; i++)
        r.q[i] = (d2){x, x};
    return r;
}

V_INLINE d16 d_from(v16 a)
{
    d16 r;
    LG_EACH
    {
        r.q[2 * i] = (d2){a.q[i][0], a.q[i][1]};
        r.q[2 * i + 1] = (d2){a.q[i][2], a.q[i][3]};
    }
    return r;
}

V_INLINE d16 d_load(const double *p)
{
    d16 r;
    memcpy(&r, p, sizeof r);
    return r;
}
V_INLINE void d_store(double *p, d16 a) { memcpy(p, &a, sizeof a); }

V_INLINE d16 d_select(m16 m, d16 a, d16 b)
{
    for (int i = 0; i < 16; i++)
        if (!m.q[i / 4][i % 4])
            a.q[i / 2][i % 2] = b.q[i / 2][i % 2];
    return a;
}

V_INLINE double d_sum(d16 a)
{
    for (int w = 4; w; w /= 2)
        for (int i = 0; i < w; i++)
            a.q[i] += a.q[i + w];
    return a.q[0][0] + a.q[0][1];
}

/* A call, since GCC 12 takes an inlined d_from(d_hi(a)) for a, without the rounding. */
V_CALL v16 d_hi(d16 a)
{
    v16 r;
    LG_EACH
    {
        d2 x = a.q[2 * i], y = a.q[2 * i + 1];
        r.q[i] = (f4){(float)x[0], (float)x[1], (float)y[0], (float)y[1]};
    }
    return r;
}
