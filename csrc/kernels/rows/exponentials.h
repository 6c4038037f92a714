/* Exponentials of rows, their sums, and the logarithms of these.

   The exponentials of a row whose maximum is m are taken of x - base, where base is 0, or m where
   |m| > 266: then x - base is exact for all x whose exponential is not 0 (for x near m, since x >=
   m / 2 and no bits are lost), and nothing has to be carried from a rounded subtraction. They are scaled by
   a power of two, so that the maximum's lies near 2^64 and small ones do not become subnormal.

   Where the maximum is not known yet, base and scale are guessed. A maximum between LEAST_GUESSED and
   MOST_GUESSED then has an exponential of 2^40 to 2^106: room enough for small ones below it, and for sums
   above. */
#ifndef LG_ROWS_EXPONENTIALS_H
#define LG_ROWS_EXPONENTIALS_H

#include "rows.h"

#define LEAST_GUESSED -11.0f
#define MOST_GUESSED 34.0f

typedef struct exp_reference {
    v16 base, floor, magic;
} exp_reference;

/* That of y = 2^(64 - n) exp(x - base). */
SPECIALIZE exp_reference reference_of(v16 base, v16 n)
{
    return (exp_reference){.base = base,
                           .magic = v_fnma(n, v_set1(16.0f), v_set1(V_SIXTEENTHS + 16 * 64)),
                           .floor = v_mul(v_sub(n, v_set1(191.0f)), v_set1(0x1.62e430p-1f))};
}

SPECIALIZE exp_reference guess_reference(void) { return reference_of(v_zero(), v_set1(8.0f)); }

/* Whether the guess was right for rows with these maxima, none of them NaN. */
SPECIALIZE int as_guessed(v16 m)
{
    return !m_any(m_not(m_and(v_le(v_set1(LEAST_GUESSED), m), v_le(m, v_set1(MOST_GUESSED)))));
}

/* The whole number next to x / ln 2. */
SPECIALIZE v16 exponent_of(v16 x)
{
    return v_sub(v_fma(x, v_set1(0x1.715476p+0f), v_set1(V_POW2)), v_set1(V_POW2));
}

/* The reference that suits rows with maxima m. */
SPECIALIZE exp_reference refer_to(v16 m)
{
    v16 base = v_mask(v_lt(v_set1(266.0f), v_abs(m)), m);
    return reference_of(base, exponent_of(v_sub(m, base)));
}

/* 2^(64 - n) exp(x + lo - base), where lo is 0 but with a softcap. Where that is less than 2^-126 it is 0, or
   smaller than it should be. */
SPECIALIZE v16 exp_of(const exp_reference *ref, v16 x, v16 lo, int cap)
{
    x = v_max(ref->floor, v_sub(x, ref->base));
    return cap ? v_exp_scaled2(x, lo, ref->magic, NULL) : v_exp_scaled(x, ref->magic);
}

/* The same of a maximum, with what rounding it has lost. */
SPECIALIZE v16 exponential_of_max(const exp_reference *ref, v16 m, v16 m_lo, v16 *lost)
{
    return v_exp_scaled2(v_sub(m, ref->base), m_lo, ref->magic, lost);
}

/* The same of a maximum given in doubles, within 2^-40: as exp_finish, with more terms. */
SPECIALIZE d16 exact_exponential_of_max(const exp_reference *ref, d16 m)
{
    d16 x = d_sub(m, d_from(ref->base));
    v16 t = v_fma(d_hi(x), v_set1(0x1.715476p+4f), ref->magic);
    d16 r = d_sub(x, d_mul(d_from(v_sub(t, ref->magic)), d_set1(0x1.62e42fefa39efp-5)));
    d16 r2 = d_mul(r, r), odd = d_add(d_set1(1.0 / 6), d_mul(r2, d_set1(1.0 / 120)));
    d16 p = d_add(d_add(d_set1(0.5), d_mul(r2, d_set1(1.0 / 24))), d_mul(r, odd));
    d16 root = d_from(root_of(t));
    d16 q = d_add(d_add(r, d_from(v_sixteenth(roots_lo, t))), d_mul(r2, p));
    return d_add(root, d_mul(root, q));
}

/* The sum of exponentials y (count vectors) but the maximum's, `top`, where it is tiny: no other
   equals the maximum's then, and with that left out no digits of the rest are lost. */
V_CALL d16 tiny_rest(const float *y, ptrdiff_t count, int part, int lanes, v16 top)
{
    d16 sum = d_zero();
    for (ptrdiff_t i = 0; i < count; i++) {
        v16 v = v_load_part(y + 16 * i, lanes || i < count - 1 ? 16 : part);
        sum = d_add_v(sum, v_select(v_eq(v, top), v_zero(), v)); /* NaN stays */
    }
    return sum_across(sum, lanes);
}

/* Where a sum of `count` exponentials less the maximum's is too small to be accurate: taking that away again
   leaves an error of 2^-53 for each addition to it. */
SPECIALIZE m16 is_tiny(d16 rest, v16 top, ptrdiff_t count)
{
    return v_lt(d_hi(rest), v_mul(top, v_set1(0x1p-26f * (float)count)));
}

/* The sum of exponentials but the maximum's, from the sum of all. */
SPECIALIZE d16 rest_of(d16 total, int lanes, const float *y, ptrdiff_t count, int part, v16 top)
{
    d16 rest = d_sub(total, d_from(top));
    m16 tiny = is_tiny(rest, top, count);
    if (m_any(tiny))
        rest = d_select(tiny, tiny_rest(y, count, part, lanes, top), rest);
    return rest;
}

/* log(1 + rest), in doubles, since a tiny rest may be subnormal or rounded as a float. */
V_CALL d16 log_of_total(d16 rest)
{
    v16 hi, lo;
    d_split(rest, &hi, &lo);
    m16 small = v_le(hi, v_set1(0x1p-12f));
    hi = v_log1p2(hi, lo, &lo);
    d16 log = d_add(d_from(hi), d_from(lo));
    if (!m_any(small))
        return log;
    d16 series = d_sub(d_set1(1.0 / 3.0), d_mul(d_set1(0.25), rest));
    series = d_sub(d_set1(0.5), d_mul(rest, series));
    return d_select(small, d_sub(rest, d_mul(d_mul(rest, rest), series)), log);
}

/* y * (hi + lo), rounded once and a little. */
SPECIALIZE v16 scaled_by(v16 y, v16 hi, v16 lo) { return v_fma(y, hi, v_mul(y, lo)); }

#endif
