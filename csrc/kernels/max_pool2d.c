/* 2-D max pooling on lanes, forward and backward. There is nothing here but to compare and to choose, n
   floats at a time with n a constant: plain loops, which compilers turn into vector code for any n. */
#include "../kernels.h"
#include "../parallel.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* The taps of output row or column `at` that fall inside an input of `size`: [*begin, *end). */
INLINE void taps_inside(ptrdiff_t at, ptrdiff_t stride, ptrdiff_t pad, ptrdiff_t dilation,
                        ptrdiff_t taps, ptrdiff_t size, ptrdiff_t *begin, ptrdiff_t *end)
{
    ptrdiff_t first = at * stride - pad, b = 0, e = taps;
    while (b < e && first + b * dilation < 0)
        b++;
    while (e > b && first + (e - 1) * dilation >= size)
        e--;
    *begin = b;
    *end = e;
}

/* The pixel of tap (ky, kx) of the window at (oy, ox). */
INLINE ptrdiff_t tap_at(const lg_pool2d *p, ptrdiff_t oy, ptrdiff_t ox, ptrdiff_t ky, ptrdiff_t kx)
{
    return (oy * p->sh - p->ph + ky * p->dh) * p->W + ox * p->sw - p->pw + kx * p->dw;
}

/* One plane: x (H, W, n) -> y (OH, OW, n). NaN in a window gives NaN. */
INLINE void pool_plane(const lg_pool2d *p, int n, const float *restrict x, float *restrict y)
{
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        ptrdiff_t ky0, ky1, kx0, kx1;
        taps_inside(oy, p->sh, p->ph, p->dh, p->KH, p->H, &ky0, &ky1);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, y += n) {
            taps_inside(ox, p->sw, p->pw, p->dw, p->KW, p->W, &kx0, &kx1);
            float best[16];
#pragma omp simd
            for (int l = 0; l < n; l++)
                best[l] = -INFINITY;
            for (ptrdiff_t ky = ky0; ky < ky1; ky++)
                for (ptrdiff_t kx = kx0; kx < kx1; kx++) {
                    const float *from = x + tap_at(p, oy, ox, ky, kx) * n;
#pragma omp simd
                    for (int l = 0; l < n; l++) {
                        float v = from[l];
                        int better = (v > best[l]) | (v != v);
                        best[l] = better ? v : best[l];
                    }
                }
#pragma omp simd
            for (int l = 0; l < n; l++)
                y[l] = best[l];
        }
    }
}

/* One plane: gx (H, W, n) = gy (OH, OW, n) at the first maximum of each window of x, added up where
   windows overlap, 0 elsewhere. y (OH, OW, n) is the forward result. `disjoint`: windows lie side by
   side, so that no element is written twice. */
INLINE void pool_plane_backward(const lg_pool2d *p, int n, int disjoint, const float *restrict gy,
                                const float *restrict x, const float *restrict y,
                                float *restrict gx)
{
    if (!disjoint || p->OH * p->KH != p->H || p->OW * p->KW != p->W)
        memset(gx, 0, (size_t)(p->H * p->W * n) * sizeof(float));
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        ptrdiff_t ky0, ky1, kx0, kx1;
        taps_inside(oy, p->sh, p->ph, p->dh, p->KH, p->H, &ky0, &ky1);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, y += n, gy += n) {
            taps_inside(ox, p->sw, p->pw, p->dw, p->KW, p->W, &kx0, &kx1);
            float g[16]; /* what is yet to be given away: of equal maxima the first takes all */
#pragma omp simd
            for (int l = 0; l < n; l++)
                g[l] = gy[l];
            for (ptrdiff_t ky = ky0; ky < ky1; ky++)
                for (ptrdiff_t kx = kx0; kx < kx1; kx++) {
                    ptrdiff_t at = tap_at(p, oy, ox, ky, kx) * n;
#pragma omp simd
                    for (int l = 0; l < n; l++) {
                        float v = x[at + l];
                        int hit = (v == y[l]) | (v != v);
                        float part = hit ? g[l] : 0.0f;
                        gx[at + l] = disjoint ? part : gx[at + l] + part;
                        g[l] = hit ? 0.0f : g[l];
                    }
                }
        }
    }
}

/* Calls `plane(n)` with n, the images side by side, as a constant. */
#define WITH_CONSTANT_N(plane) \
    switch (p->n) {            \
    case 16: plane(16); break; \
    case 8: plane(8); break;   \
    case 4: plane(4); break;   \
    case 2: plane(2); break;   \
    default: plane(1); break;  \
    }

/* x (P, H, W, n) -> y (P, OH, OW, n) */
void K(max_pool2d)(const lg_pool2d *p, const float *x, float *y)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * (double)(p->P * in))) schedule(guided)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n) pool_plane(p, n, x + i * in, y + i * out)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}

/* gy, y (P, OH, OW, n), x (P, H, W, n) -> gx (P, H, W, n) */
void K(max_pool2d_backward)(const lg_pool2d *p, const float *gy, const float *x, const float *y,
                            float *gx)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
    int disjoint = p->sh == p->KH && p->sw == p->KW && p->dh == 1 && p->dw == 1 && p->ph == 0 && p->pw == 0;
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)(p->P * in))) schedule(guided)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n)                                                                                 \
    if (disjoint)                                                                                \
        pool_plane_backward(p, n, 1, gy + i * out, x + i * in, y + i * out, gx + i * in);        \
    else                                                                                         \
        pool_plane_backward(p, n, 0, gy + i * out, x + i * in, y + i * out, gx + i * in)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}
