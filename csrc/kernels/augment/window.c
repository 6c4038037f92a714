/* Windows of pictures, mirrored or not; boxes of one value; pictures mixed with others. */
#include <string.h>

#include "augment.h"
#include "parallel.h"

/* Where element i of an axis of n elements is found, beyond its ends too, or -1 where nothing is. */
static ptrdiff_t place(ptrdiff_t i, ptrdiff_t n, ptrdiff_t padding)
{
    const ptrdiff_t period = padding == LG_PAD_SYMMETRIC ? 2 * n : maximum(2 * n - 2, 1);
    if (i >= 0 && i < n)
        return i;
    if (padding == LG_PAD_CONSTANT)
        return -1;
    if (padding == LG_PAD_REPLICATE)
        return i < 0 ? 0 : n - 1;
    i = (i % period + period) % period;
    return i < n ? i : period - i - (padding == LG_PAD_SYMMETRIC);
}

/* The window of a picture x (C, H, W) -> y (C, OH, OW). Columns from `first` to `last` are of x. */
#define WINDOW(name, in, out, value)                                                                \
    static void window_##name(const lg_pictures *p, const in *x, const int64_t *at, const in *fill, \
                              const float *table, out *restrict y)                                  \
    {                                                                                               \
        const ptrdiff_t top = at[0], left = at[1], W = p->W, OH = p->OH, OW = p->OW;                \
        const ptrdiff_t first = minimum(maximum(-left, 0), OW),                                     \
                        last = maximum(minimum(W - left, OW), first);                               \
        const int constant = p->padding == LG_PAD_CONSTANT;                                         \
        for (ptrdiff_t c = 0; c < p->C; c++, x += p->H * W, table += table ? 256 : 0)               \
            for (ptrdiff_t r = 0; r < OH; r++, y += OW) {                                           \
                const ptrdiff_t from = place(top + (at[2] ? OH - 1 - r : r), p->H, p->padding);     \
                const in *row = x + from * W + left;                                                \
                if (from < 0) {                                                                     \
                    for (ptrdiff_t i = 0; i < OW; i++)                                              \
                        y[i] = value(fill[c]);                                                      \
                    continue;                                                                       \
                }                                                                                   \
                if (at[3])                                                                          \
                    for (ptrdiff_t i = first; i < last; i++)                                        \
                        y[OW - 1 - i] = value(row[i]);                                              \
                else                                                                                \
                    for (ptrdiff_t i = first; i < last; i++)                                        \
                        y[i] = value(row[i]);                                                       \
                for (ptrdiff_t i = first ? 0 : last; i < OW; i = i + 1 == first ? last : i + 1) {   \
                    const ptrdiff_t k = constant ? -1 : place(left + i, W, p->padding);             \
                    y[at[3] ? OW - 1 - i : i] = value(k < 0 ? fill[c] : row[k - left]);             \
                }                                                                                   \
            }                                                                                       \
    }
#define ITSELF(x) (x)
#define LOOKED_UP(x) (table[x])
WINDOW(1, uint8_t, uint8_t, ITSELF)
WINDOW(4, uint32_t, uint32_t, ITSELF)
WINDOW(floats, uint8_t, float, LOOKED_UP)

#define CALL_WINDOW(name, in, out)                                                 \
    window_##name(&q, (const in *)(const void *)(x + index[i] * size), at + 4 * i, \
                  (const in *)(const void *)fill, table, (out *)(void *)y + i * p->C * p->OH * p->OW)

/* y (N, C, OH, OW): of each of the pictures x (any, C, H, W) that index (N) names the window whose top and
   left stand in at (N, 4), upside down and mirrored where the other two are not 0. fill (C) is where there is
   nothing. With a table (C, 256) bytes become the floats that it has for them. The pictures stand all over
   memory: meanwhile the next one is fetched. */
void lg_augment_window(const lg_pictures *p, const uint8_t *x, const int64_t *index, const int64_t *at,
                       const uint8_t *fill, const float *table, uint8_t *y)
{
    static const int64_t nothing[4];
    const ptrdiff_t line = 64, size = p->C * p->H * p->W * p->itemsize;
    const int team = lg_team(2.0 * LG_MOVE * (double)(p->N * p->C * p->OH * p->OW));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t i = 0; i < p->N; i++) {
        const uint8_t *next = x + index[minimum(i + 1, p->N - 1)] * size;
        lg_pictures q = *p;
        for (ptrdiff_t k = 0; k < size; k += line)
            __builtin_prefetch(next + k);
        if (p->OH == p->H && p->OW == p->W && !memcmp(at + 4 * i, nothing, sizeof nothing))
            q.OW = q.W *= q.H, q.OH = q.H = 1; /* the whole picture: a row a channel */
        if (table)
            CALL_WINDOW(floats, uint8_t, float);
        else if (p->itemsize == 1)
            CALL_WINDOW(1, uint8_t, uint8_t);
        else
            CALL_WINDOW(4, uint32_t, uint32_t);
    }
}

/* Sets what lies in box (N, 4), from its top and left to before its bottom and right, of y (N, C, H, W) to
   fill (C). */
void lg_augment_erase(const lg_pictures *p, const int64_t *box, const uint8_t *fill, uint8_t *y)
{
    for (ptrdiff_t plane = 0; plane < p->N * p->C; plane++) {
        const int64_t *b = box + 4 * (plane / p->C);
        for (ptrdiff_t r = b[0]; r < b[2]; r++)
            for (ptrdiff_t c = b[1]; c < b[3]; c++)
                memcpy(y + ((plane * p->H + r) * p->W + c) * p->itemsize, fill + plane % p->C * p->itemsize,
                       (size_t)p->itemsize);
    }
}

/* y (N, C, H, W) = share (N) * a + (1 - share) * b, but b within box (N, 4) */
void lg_augment_mix(const lg_pictures *p, const float *a, const float *b, const float *share,
                    const int64_t *box, float *y)
{
    const int team = lg_team(LG_MOVE * (double)(p->N * p->C * p->H * p->W));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t plane = 0; plane < p->N * p->C; plane++) {
        const int64_t *in = box + 4 * (plane / p->C);
        const float own = share[plane / p->C], other = 1.0f - own;
        const ptrdiff_t size = p->H * p->W, at = plane * size;
        for (ptrdiff_t i = at; i < at + size; i++)
            y[i] = other == 0.0f ? a[i] : own * a[i] + other * b[i];
        for (ptrdiff_t r = in[0]; r < in[2] && in[1] < in[3]; r++)
            memcpy(y + at + r * p->W + in[1], b + at + r * p->W + in[1],
                   (size_t)(in[3] - in[1]) * sizeof(float));
    }
}
