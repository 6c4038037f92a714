/* Rows of whole numbers and of doubles, added to the states of their lanes. */
#ifndef LG_REDUCE_WHOLES_H
#define LG_REDUCE_WHOLES_H

#include "states.h"

/* Registers of whole numbers: the compiler's own vectors, as large as the set has them. */
#if defined(LG_ISA_avx512)
enum { EACH = 8 };
#elif defined(LG_ISA_avx2)
enum { EACH = 4 };
#else
enum { EACH = 2 };
#endif
typedef int64_t whole __attribute__((vector_size(EACH * sizeof(int64_t))));
typedef uint64_t wrapping __attribute__((vector_size(EACH * sizeof(int64_t))));

SPECIALIZE whole load_int(const int64_t *x)
{
    whole v;
    memcpy(&v, x, sizeof v);
    return v;
}

SPECIALIZE whole load_byte(const uint8_t *x)
{
    uint64_t bits = 0;
    wrapping place;
    for (int i = 0; i < EACH; i++)
        place[i] = 8 * (uint64_t)i;
    memcpy(&bits, x, EACH);
    return (whole)((bits - (wrapping){0}) >> place & 255);
}

/* One row after the other, `step` apart, each of SOME registers of all lanes. */
enum { SOME = 4 };
#define FOR_ROWS(load, ...)                                    \
    for (ptrdiff_t r = 0; r < count; r++)                      \
        FOR_UNROLLED(SOME, k, SOME) {                          \
            const whole v = load(x + l + r * step + k * EACH); \
            __VA_ARGS__                                        \
        }

#define WHOLE_ROWS(name, type, load)                                                                 \
    V_CALL void name(const pass *p, state *to, const type *x, ptrdiff_t step, ptrdiff_t count,       \
                     int64_t place)                                                                  \
    {                                                                                                \
        const int places = p->extreme && p->p->keep != LG_KEEP_NOTHING;                              \
        const whole flip = (whole){0} - p->least;                                                    \
        for (int l = 0; l < LANES; l += SOME * EACH) {                                               \
            whole a[SOME], b[SOME], at[SOME];                                                        \
            FOR_UNROLLED(SOME, k, SOME) {                                                            \
                a[k] = load_int(to->a.i + l + k * EACH), b[k] = load_int(to->b.i + l + k * EACH);    \
                for (int i = 0; i < EACH && places; i++)                                             \
                    at[k][i] = place + (l + k * EACH + i) / p->c * p->lane_y;                        \
            }                                                                                        \
            if (p->op == LG_REDUCE_SUM)                                                              \
                FOR_ROWS(load, a[k] = (whole)((wrapping)a[k] + (wrapping)v);)                        \
            else if (p->op == LG_REDUCE_COUNT)                                                       \
                FOR_ROWS(load, a[k] -= v != 0;)                                                      \
            else if (p->op == LG_REDUCE_PROD)                                                        \
                FOR_ROWS(load, a[k] = (whole)((wrapping)a[k] * (wrapping)v);)                        \
            else if (!places)                                                                        \
                FOR_ROWS(load, const whole w = v ^ flip, more = w > a[k];                            \
                         a[k] = (w & more) | (a[k] & ~more);)                                        \
            else                                                                                     \
                FOR_ROWS(load, const whole w = v ^ flip, more = w > a[k];                            \
                         a[k] = (w & more) | (a[k] & ~more); b[k] = (at[k] & more) | (b[k] & ~more); \
                         at[k] += p->row_y;)                                                         \
            FOR_UNROLLED(SOME, k, SOME) {                                                            \
                memcpy(to->a.i + l + k * EACH, a + k, sizeof *a);                                    \
                memcpy(to->b.i + l + k * EACH, b + k, sizeof *b);                                    \
            }                                                                                        \
        }                                                                                            \
    }
WHOLE_ROWS(int_rows, int64_t, load_int)
WHOLE_ROWS(byte_rows, uint8_t, load_byte)

/* The sums of blocks of images. */
V_CALL void double_rows(state *to, const double *x, ptrdiff_t step, ptrdiff_t count)
{
    for (ptrdiff_t r = 0; r < count; r++, x += step)
        for (int l = 0; l < LANES; l++)
            to->a.d[l] += x[l];
}

/* What fills a lane without an element. */
SPECIALIZE int64_t neutral_whole(const pass *p)
{
    const int64_t least = p->p->x_type == LG_UINT8 ? 0 : INT64_MIN;
    return p->op == LG_REDUCE_PROD ? 1 : !p->extreme ? 0 : p->least ? ~least : least;
}

#endif
