/* 2-D average pooling on lanes, forward and backward: of windows that step over the input, or of as many as
   are wanted, which share it out. Sums go along the rows of a window first, then over its rows. */
#include "windows.h"

#include <string.h>

/* The pixels [begin, end) of a window along one axis, and how many it has with its padding. */
typedef struct {
    ptrdiff_t begin, end, padded;
} span;

SPECIALIZE span window_span(int adaptive, ptrdiff_t at, ptrdiff_t of, ptrdiff_t kernel, ptrdiff_t stride,
                            ptrdiff_t pad, ptrdiff_t size)
{
    if (adaptive) { /* all pixels that a share of size / of touches */
        ptrdiff_t begin = at * size / of, end = ceil_div((at + 1) * size, of);
        return (span){begin, end, end - begin};
    }
    ptrdiff_t begin = at * stride - pad, end = begin + kernel;
    ptrdiff_t padded = (end < size + pad ? end : size + pad) - begin;
    return (span){maximum(begin, 0), minimum(end, size), padded};
}

SPECIALIZE span rows_of(const lg_pool2d *p, ptrdiff_t oy)
{
    return window_span(p->adaptive, oy, p->OH, p->KH, p->sh, p->ph, p->H);
}

SPECIALIZE span columns_of(const lg_pool2d *p, ptrdiff_t ox)
{
    return window_span(p->adaptive, ox, p->OW, p->KW, p->sw, p->pw, p->W);
}

/* What the sum of a window is divided by. */
SPECIALIZE float divisor(const lg_pool2d *p, span y, span x)
{
    if (p->divisor)
        return (float)p->divisor;
    return (float)(p->count_include_pad ? y.padded * x.padded : (y.end - y.begin) * (x.end - x.begin));
}

/* One plane: x (H, W, n) -> y (OH, OW, n) */
SPECIALIZE void pool_plane(const lg_pool2d *p, const int n, const float *restrict x, float *restrict y)
{
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        span rows = rows_of(p, oy);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, y += n) {
            span columns = columns_of(p, ox);
            float total[16] = {0}, by = divisor(p, rows, columns);
            for (ptrdiff_t iy = rows.begin; iy < rows.end; iy++) {
                float sum[16] = {0};
                for (ptrdiff_t ix = columns.begin; ix < columns.end; ix++)
                    for (int l = 0; l < n; l++)
                        sum[l] += x[(iy * p->W + ix) * n + l];
                for (int l = 0; l < n; l++)
                    total[l] += sum[l];
            }
            for (int l = 0; l < n; l++)
                y[l] = total[l] / by;
        }
    }
}

/* One plane: gx (H, W, n) = gy (OH, OW, n) over the divisor, in all of its window, added up where windows
   overlap, 0 elsewhere. */
SPECIALIZE void pool_plane_backward(const lg_pool2d *p, const int n, const float *restrict gy,
                                    float *restrict gx)
{
    memset(gx, 0, (size_t)(p->H * p->W * n) * sizeof(float));
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        span rows = rows_of(p, oy);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, gy += n) {
            span columns = columns_of(p, ox);
            float part[16], by = divisor(p, rows, columns);
            for (int l = 0; l < n; l++)
                part[l] = gy[l] / by;
            for (ptrdiff_t iy = rows.begin; iy < rows.end; iy++)
                for (ptrdiff_t ix = columns.begin; ix < columns.end; ix++)
                    for (int l = 0; l < n; l++)
                        gx[(iy * p->W + ix) * n + l] += part[l];
        }
    }
}

/* As pool_plane, for windows that are pairs with a divisor of 4, or another power of two: one whose inverse
   is exact, so that multiplying by it is the same as dividing. */
SPECIALIZE void pool_pairs(const lg_pool2d *p, const int n, v16 inverse, const float *restrict x,
                           float *restrict y)
{
    const ptrdiff_t row = p->W * n, out = p->OW * n;
    for (ptrdiff_t oy = 0; oy < p->OH; oy++, x += 2 * row, y += out)
        FOR_VECTORS(i, k, 0, out, {
            v16 t[4];
            load_pairs(x + 2 * i, row, n, k, t);
            v16 total = v_add(v_add(t[0], t[1]), v_add(t[2], t[3]));
            v_store_part(y + i, v_mul(total, inverse), k);
        });
}

SPECIALIZE void pool_pairs_backward(const lg_pool2d *p, const int n, v16 inverse, const float *restrict gy,
                                    float *restrict gx)
{
    const ptrdiff_t row = p->W * n, out = p->OW * n;
    clear_around_pairs(p, n, gx);
    for (ptrdiff_t oy = 0; oy < p->OH; oy++, gx += 2 * row, gy += out)
        FOR_VECTORS(i, k, 0, out, {
            v16 part = v_mul(v_load_part(gy + i, k), inverse);
            v16 t[4] = {part, part, part, part};
            store_pairs(gx + 2 * i, row, n, k, t);
        });
}

/* The inverse of the divisor of windows that are pairs; 0 where it is not exact, or they are not. */
static float exact_inverse(const lg_pool2d *p)
{
    ptrdiff_t by = p->divisor ? (p->divisor < 0 ? -p->divisor : p->divisor) : 4;
    if (p->adaptive || !windows_are_pairs(p) || by & (by - 1))
        return 0.0f;
    return p->divisor < 0 ? -1.0f / (float)by : 1.0f / (float)by;
}

/* x (P, H, W, n) -> y (P, OH, OW, n) */
void K(avg_pool2d)(const lg_pool2d *p, const float *x, float *y)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
    float inverse = exact_inverse(p);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(p->P * in))) schedule(static)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n)                                                    \
    if (inverse != 0.0f)                                            \
        pool_pairs(p, n, v_set1(inverse), x + i * in, y + i * out); \
    else                                                            \
        pool_plane(p, n, x + i * in, y + i * out)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}

/* gy (P, OH, OW, n) -> gx (P, H, W, n) */
void K(avg_pool2d_backward)(const lg_pool2d *p, const float *gy, float *gx)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
    float inverse = exact_inverse(p);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(p->P * in))) schedule(static)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n)                                                               \
    if (inverse != 0.0f)                                                       \
        pool_pairs_backward(p, n, v_set1(inverse), gy + i * out, gx + i * in); \
    else                                                                       \
        pool_plane_backward(p, n, gy + i * out, gx + i * in)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}
