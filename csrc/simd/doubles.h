/* What steps compute, of one double each and without branches, such that loops over them become vectors.
   Results are for rounding to float: within 2^-40 of their size, or so. Sums and products alone, no
   multiply-adds and nothing of a library's, so that the bits are the same everywhere; polynomials are
   near-minimax fits. */
#ifndef LG_SIMD_DOUBLES_H
#define LG_SIMD_DOUBLES_H

#include "v16.h"

#include <math.h>
#include <string.h>

#define F_ROUNDING 0x1.8p52 /* a sum with it is rounded to a whole number, at the low end of its bits */
#define F_LN2_HI 0x1.62e42fee00000p-1
#define F_LN2_LO 0x1.a39ef35793c76p-33
#define F_LARGE_ANGLE 0x1p20

V_INLINE uint64_t f_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

V_INLINE double f_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define F_SIGN ((uint64_t)1 << 63)

V_INLINE double f_abs(double x) { return f_of_bits(f_bits(x) & ~F_SIGN); }
V_INLINE double f_copysign(double x, double y)
{
    return f_of_bits((f_bits(x) & ~F_SIGN) | (f_bits(y) & F_SIGN));
}
V_INLINE double f_negative(double x) { return f_bits(x) >> 63 ? 1.0 : 0.0; }
V_INLINE double f_sign(double x) { return (x > 0 ? 1.0 : 0.0) - (x < 0 ? 1.0 : 0.0); }

/* NaN if either is. */
V_INLINE double f_larger(double x, double y) { return x > y || x != x ? x : y; }
V_INLINE double f_smaller(double x, double y) { return x < y || x != x ? x : y; }

V_INLINE double f_rint(double x)
{
    double a = f_abs(x);
    return a < 0x1p52 ? f_copysign((a + 0x1p52) - 0x1p52, x) : x;
}

V_INLINE double f_floor(double x)
{
    double r = f_rint(x);
    return r - (r > x ? 1.0 : 0.0);
}

V_INLINE double f_trunc(double x) { return f_copysign(f_floor(f_abs(x)), x); }

/* What x leaves when divided by y, where the quotient is below 2^28: the products are exact then. */
V_INLINE double f_fmod(double x, double y)
{
    double a = f_abs(x), b = f_abs(y), r = a - f_floor(a / b) * b;
    r = r < 0 ? r + b : r;
    r = r >= b ? r - b : r;
    return f_copysign(b == INFINITY && a < INFINITY ? a : r, x);
}

/* 2^n for t = F_ROUNDING + n. */
V_INLINE double f_pow2(double t) { return f_of_bits((f_bits(t) + 1023) << 52); }

/* exp(r) - 1 for |r| < 0.35 */
V_INLINE double f_expm1_near(double r)
{
    double p = 0x1.72b159083cf8bp-19;
    p = p * r + 0x1.a13c5a6dda902p-16;
    p = p * r + 0x1.a019c0f2c6d58p-13;
    p = p * r + 0x1.6c166877ea6c2p-10;
    p = p * r + 0x1.1111111767e64p-7;
    p = p * r + 0x1.55555566c560cp-5;
    p = p * r + 0x1.5555555554f1fp-3;
    p = p * r + 0x1.fffffffffddd2p-2;
    return r + r * r * p;
}

/* exp(x) - 1 = (*s - 1) + *s * what is returned. */
V_INLINE double f_expm1_parts(double x, double *s)
{
    double t = x * 0x1.71547652b82fep+0 + F_ROUNDING, n = t - F_ROUNDING;
    *s = f_pow2(t);
    return f_expm1_near((x - n * F_LN2_HI) - n * F_LN2_LO);
}

V_INLINE double f_within(double x, double least, double most)
{
    x = x < least ? least : x;
    return x > most ? most : x;
}

V_INLINE double f_exp(double x)
{
    double s, e = f_expm1_parts(f_within(x, -708, 709), &s), y = s + s * e;
    y = x > 709 ? INFINITY : y;
    return x < -708 ? 0 : y;
}

V_INLINE double f_exp2(double x)
{
    double c = f_within(x, -1021, 1022), t = c + F_ROUNDING;
    double y = (1 + f_expm1_near((c - (t - F_ROUNDING)) * 0x1.62e42fefa39efp-1)) * f_pow2(t);
    y = x > 1022 ? INFINITY : y;
    return x < -1021 ? 0 : y;
}

V_INLINE double f_expm1(double x)
{
    double s, e = f_expm1_parts(f_within(x, -708, 709), &s), y = (s - 1) + s * e;
    return x > 709 ? INFINITY : x == 0 ? x : y;
}

/* x = m * 2^e, m in [sqrt(1/2), sqrt(2)); x positive, normal and finite */
V_INLINE double f_split(double x, double *e)
{
    uint64_t exponent = (f_bits(x) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu)) >> 52;
    *e = f_of_bits(0x4330000000000000u | exponent) - (0x1p52 + 1023);
    return f_of_bits(f_bits(x) - ((exponent - 1023) << 52));
}

/* log((1 + f) / (1 - f)) + e ln 2 */
V_INLINE double f_log_of(double f, double e)
{
    double u = f * f, p = 0x1.2b5b5fb2eac92p-3;
    p = p * u + 0x1.39fe208c33457p-3;
    p = p * u + 0x1.7462b69705382p-3;
    p = p * u + 0x1.c71c62debf86bp-3;
    p = p * u + 0x1.2492492df6947p-2;
    p = p * u + 0x1.99999999952b2p-2;
    p = p * u + 0x1.5555555555558p-1;
    return e * F_LN2_HI + (e * F_LN2_LO + (2 * f + f * u * p));
}

/* What a logarithm is where its argument x is not positive and finite: y is what it is elsewhere. */
V_INLINE double f_log_beyond(double x, double y)
{
    y = x == INFINITY ? INFINITY : y;
    y = x == 0 ? -INFINITY : y;
    return x >= 0 ? y : NAN;
}

V_INLINE double f_log(double x)
{
    double e, m = f_split(x, &e);
    return f_log_beyond(x, f_log_of((m - 1) / (m + 1), e));
}

V_INLINE double f_log1p(double x)
{
    double e, m = f_split(1 + x, &e);
    double f = (e == 0 ? x : m - 1) / (e == 0 ? 2 + x : m + 1); /* what 1 + x has lost is there still */
    double y = f_log_beyond(1 + x, f_log_of(f, e));
    return x == 0 ? x : y;
}

/* All cases are computed, and then chosen from, such that loops become vectors. */
V_INLINE double f_power(double x, double y)
{
    double half = y / 2, z = f_exp(y * f_log(f_abs(x)));
    double whole = f_rint(half) != half ? f_copysign(z, x) : z, part = x > -INFINITY ? NAN : z;
    part = x < 0 ? part : z;
    z = f_rint(y) != y ? part : whole;
    double one = f_abs(y) == INFINITY ? 1 : z;
    z = x == -1 ? one : z;
    z = x == 1 ? 1 : z;
    return y == 0 ? 1 : z;
}

V_INLINE double f_sinh(double x)
{
    double e = f_expm1(f_abs(x)), y = e == INFINITY ? e : (e + e / (e + 1)) / 2;
    return f_copysign(y, x);
}

V_INLINE double f_tanh(double x)
{
    double a = f_abs(x), e = f_expm1(2 * (a < 30 || a != a ? a : 30));
    return f_copysign(e / (e + 2), x);
}

V_INLINE double f_arcsinh(double x)
{
    double a = f_abs(x), y = f_log1p(a + a * a / (1 + sqrt(a * a + 1)));
    return f_copysign(a == INFINITY ? a : y, x);
}

/* The quadrant that x is in, in the low bits of what is returned, and what *r is beyond its middle. */
V_INLINE uint64_t f_quadrant(double x, double *r)
{
    double t = x * 0x1.45f306dc9c883p-1 + F_ROUNDING, n = t - F_ROUNDING;
    *r = ((x - n * 0x1.921fb54400000p+0) - n * 0x1.0b4611a600000p-34) - n * 0x1.3198a2e037073p-69;
    return f_bits(t);
}

V_INLINE double f_sin_near(double r)
{
    double u = r * r, p = -0x1.aa2654c6b8aa5p-26;
    p = p * u + 0x1.71d9a59b9bdd8p-19;
    p = p * u - 0x1.a019fd9575d30p-13;
    p = p * u + 0x1.1111110fd1762p-7;
    p = p * u - 0x1.5555555555162p-3;
    return r + r * u * p;
}

V_INLINE double f_cos_near(double r)
{
    double u = r * r, p = 0x1.1c04e70fff4dap-29;
    p = p * u - 0x1.27e0f1a3ebeefp-22;
    p = p * u + 0x1.a019fc73efa8cp-16;
    p = p * u - 0x1.6c16c16917dc8p-10;
    p = p * u + 0x1.5555555554106p-5;
    p = p * u - 0x1.ffffffffffffap-2;
    return 1 + u * p;
}

/* The sine of the angle that is r beyond the middle of quadrant q. */
V_INLINE double f_sin_in(uint64_t q, double r)
{
    double y = q & 1 ? f_cos_near(r) : f_sin_near(r);
    return q & 2 ? -y : y;
}

V_INLINE double f_sin(double x)
{
    double r;
    uint64_t q = f_quadrant(x, &r);
    return x == 0 ? x : f_sin_in(q, r);
}

V_INLINE double f_cos(double x)
{
    double r;
    uint64_t q = f_quadrant(x, &r);
    return f_sin_in(q + 1, r);
}

V_INLINE double f_tan(double x)
{
    double r;
    uint64_t q = f_quadrant(x, &r);
    return x == 0 ? x : f_sin_in(q, r) / f_sin_in(q + 1, r);
}

/* The angle of the point (y, x), as atan2(x, y) of C's library has it: of a sine x and a cosine y. */
V_INLINE double f_arctan2(double x, double y)
{
    double a = f_abs(x), b = f_abs(y);
    double most = a > b ? a : b, least = a > b ? b : a;
    double r = most == 0 ? 0 : least == INFINITY ? 1 : least / most;
    int64_t steep = r > 0x1.a827999fcef32p-2; /* tan(pi / 8) */
    double f = steep ? (r - 1) / (r + 1) : r, u = f * f, p = -0x1.bdfa53532fc9cp-6;
    p = p * u + 0x1.a75d55a26414cp-5;
    p = p * u - 0x1.0c510633bbfd6p-4;
    p = p * u + 0x1.3a9d4be97e702p-4;
    p = p * u - 0x1.7456384afd93bp-4;
    p = p * u + 0x1.c71c37efa59b7p-4;
    p = p * u - 0x1.249248a9e6a45p-3;
    p = p * u + 0x1.99999998d0622p-3;
    p = p * u - 0x1.55555555553a1p-2;
    double z = (steep ? 0x1.921fb54442d18p-1 : 0) + (f + f * u * p);
    z = a > b ? 0x1.921fb54442d18p+0 - z : z;
    z = f_negative(y) != 0 ? 0x1.921fb54442d18p+1 - z : z;
    return x != x || y != y ? NAN : f_copysign(z, x);
}

/* erf(x) for |x| < 1 */
V_INLINE double f_erf_near(double x)
{
    double u = x * x, p = -0x1.c1a515de8637ap-24;
    p = p * u + 0x1.9ae0986f9de4fp-20;
    p = p * u - 0x1.f0705a1dde9aap-17;
    p = p * u + 0x1.f941bed7e7847p-14;
    p = p * u - 0x1.c0286cad68e02p-11;
    p = p * u + 0x1.565ba0406c001p-8;
    p = p * u - 0x1.b82ce15c3b7f8p-6;
    p = p * u + 0x1.ce2f2197bc2efp-4;
    p = p * u - 0x1.812746b0271ecp-2;
    p = p * u + 0x1.20dd750429b19p+0;
    return x * p;
}

/* erfc(a) for a >= 1; 0 where that is less than a float can be */
V_INLINE double f_erfc_far(double a)
{
    double c = a > 10.3 ? 10.3 : a, t = (c - 3) / (c + 3), p = -0x1.f2bc247560c1fp-18;
    p = p * t - 0x1.4587351fa285ep-20;
    p = p * t + 0x1.d13eb50705fc8p-15;
    p = p * t - 0x1.5af2b46e8877bp-16;
    p = p * t - 0x1.80fabd5f2e5f2p-12;
    p = p * t + 0x1.529b4bc47ca0fp-11;
    p = p * t + 0x1.a84b35e8a2cf9p-10;
    p = p * t - 0x1.3f82bbec23cccp-7;
    p = p * t + 0x1.67c18aa780844p-6;
    p = p * t - 0x1.8600d8ecb246fp-6;
    p = p * t - 0x1.4f64aa58df4b0p-7;
    p = p * t + 0x1.9596c92aaaa3bp-4;
    p = p * t - 0x1.d8f06dfac5ed3p-3;
    p = p * t + 0x1.6e9827d229d7ap-1;
    return f_exp(-a * a) * p / (c + 1);
}

V_INLINE double f_erf(double x)
{
    double a = f_abs(x), far = 1 - f_erfc_far(a > 1 ? a : 1);
    double y = a < 1 ? f_erf_near(x) : f_copysign(far, x);
    return x == x ? y : x;
}

V_INLINE double f_erfc(double x)
{
    double a = f_abs(x), far = f_erfc_far(a > 1 ? a : 1);
    double y = a < 1 ? 1 - f_erf_near(x) : x < 0 ? 2 - far : far;
    return x == x ? y : x;
}

/* Quotients and what they leave, of whole numbers that are not too large for doubles, and of others. Divisors
   0, for which there is an error elsewhere, give anything; -1 is apart since the least number overflows. */
V_INLINE int w_is_large(int64_t x) { return ((uint64_t)x + ((uint64_t)1 << 51)) >> 52 != 0; }
V_INLINE double w_to_double(int64_t x) { return f_of_bits((uint64_t)x + f_bits(F_ROUNDING)) - F_ROUNDING; }
V_INLINE int64_t w_of_double(double x) { return (int64_t)(f_bits(x + F_ROUNDING) - f_bits(F_ROUNDING)); }

/* The quotient, rounded down, and what it leaves: first to the nearest whole number, with a rest that is
   exact and has the sign of y where that was down. */
V_INLINE double f_quotient(double x, double y, double *rest)
{
    const double nearest = (x / y + F_ROUNDING) - F_ROUNDING, r = x - nearest * y;
    const int up = (r < 0) != (y < 0) && r != 0;
    *rest = up ? r + y : r;
    return up ? nearest - 1 : nearest;
}

V_INLINE int64_t w_quotient(int64_t x, int64_t y)
{
    double rest;
    return w_of_double(f_quotient(w_to_double(x), w_to_double(y), &rest));
}

V_INLINE int64_t w_rest(int64_t x, int64_t y)
{
    double rest;
    f_quotient(w_to_double(x), w_to_double(y), &rest);
    return w_of_double(rest);
}

/* Of a quotient rounded towards 0, from the same of one rounded down. */
V_INLINE int64_t w_rest_of_trunc(int64_t x, int64_t y, int64_t rest)
{
    return rest != 0 && (x < 0) != (y < 0) ? rest - y : rest;
}

V_INLINE int64_t w_large_quotient(int64_t x, int64_t y)
{
    if (y == 0 || y == -1)
        return (int64_t)((uint64_t)y * (uint64_t)x);
    return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

V_INLINE int64_t w_large_rest(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x - (uint64_t)w_large_quotient(x, y) * (uint64_t)y);
}

/* For y < 0 the reciprocal, rounded towards 0. */
V_INLINE int64_t w_power(int64_t x, int64_t y)
{
    uint64_t z = 1, base = (uint64_t)x;
    if (y < 0)
        return x == 1 ? 1 : x == -1 ? (y % 2 ? -1 : 1) : 0;
    for (; y; y >>= 1, base *= base)
        z = y & 1 ? z * base : z;
    return (int64_t)z;
}

#endif
