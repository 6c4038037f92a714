/* 2-D max pooling on lanes, forward and backward, on its own or after a ReLU that is never stored.

   Of equal maxima the first is taken, of several NaN the last, as PyTorch does. Windows of 2 x 2 side by side
   fill vectors, with several pixels of fewer than sixteen images; others have one pixel to a vector. */
#include "windows.h"

#include <string.h>

/* The pixels along one axis that the windows of an output row or column have, within the input. */
typedef struct {
    ptrdiff_t first, count, apart;
} taps;

SPECIALIZE taps taps_inside(int adaptive, ptrdiff_t at, ptrdiff_t of, ptrdiff_t stride, ptrdiff_t pad,
                            ptrdiff_t dilation, ptrdiff_t kernel, ptrdiff_t size)
{
    if (adaptive) {
        ptrdiff_t begin = at * size / of;
        return (taps){begin, ceil_div((at + 1) * size, of) - begin, 1};
    }
    ptrdiff_t first = at * stride - pad, b = 0, e = kernel;
    if (first < 0)
        b = minimum(ceil_div(-first, dilation), kernel);
    if (first + (kernel - 1) * dilation >= size)
        e = maximum(b, ceil_div(size - first, dilation));
    return (taps){first + b * dilation, e - b, dilation};
}

SPECIALIZE taps rows_of(const lg_pool2d *p, ptrdiff_t oy)
{
    return taps_inside(p->adaptive, oy, p->OH, p->sh, p->ph, p->dh, p->KH, p->H);
}

SPECIALIZE taps columns_of(const lg_pool2d *p, ptrdiff_t ox)
{
    return taps_inside(p->adaptive, ox, p->OW, p->sw, p->pw, p->dw, p->KW, p->W);
}

/* Runs the body for each tap of a window, at pixel `at` of its plane. */
#define FOR_EACH_TAP(...)                                                                  \
    for (ptrdiff_t i_ = 0, row_ = rows.first * p->W + columns.first; i_ < rows.count;      \
         i_++, row_ += rows.apart * p->W)                                                  \
        for (ptrdiff_t j_ = 0, at = row_; j_ < columns.count; j_++, at += columns.apart) { \
            __VA_ARGS__                                                                    \
        }

/* One plane: x (H, W, n) -> y (OH, OW, n). A window without a pixel, which dilation allows, gives
   -infinity. */
SPECIALIZE void pool_plane(const lg_pool2d *p, const int n, const float *restrict x, float *restrict y)
{
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        const taps rows = rows_of(p, oy);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, y += n) {
            const taps columns = columns_of(p, ox);
            const ptrdiff_t first = rows.first * p->W + columns.first;
            const int empty = rows.count == 0 || columns.count == 0;
            v16 best = empty ? v_set1(-INFINITY) : v_load_part(x + first * n, n);
            /* To take the ReLU of the first pixel alone gives what taking that of all does, down to the sign
               of zero: where no pixel is above 0, the first is the largest. */
            if (p->relu)
                best = v_max(v_zero(), best);
            m16 nan = v_ne(best, best);
            FOR_EACH_TAP({
                v16 v = v_load_part(x + at * n, n);
                best = v_max(v, best);
                nan = m_or(nan, v_ne(v, v));
            })
            v_store_part(y, v_select(nan, v_set1(NAN), best), n);
        }
    }
}

/* One plane: gx (H, W, n) = gy (OH, OW, n) at the maximum of each window of x, added up where windows
   overlap, 0 elsewhere. y (OH, OW, n) is the forward result. `disjoint`: they do not, so that no element is
   written twice. */
SPECIALIZE void pool_plane_backward(const lg_pool2d *p, const int n, const int disjoint,
                                    const float *restrict gy, const float *restrict x,
                                    const float *restrict y, float *restrict gx)
{
    int covered = p->ph == 0 && p->pw == 0 && p->OH * p->KH == p->H && p->OW * p->KW == p->W &&
                  p->sh == p->KH && p->sw == p->KW;
    if (!disjoint || !covered)
        memset(gx, 0, (size_t)(p->H * p->W * n) * sizeof(float));
    for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
        const taps rows = rows_of(p, oy);
        for (ptrdiff_t ox = 0; ox < p->OW; ox++, y += n, gy += n) {
            const taps columns = columns_of(p, ox);
            v16 top = v_load_part(y, n), g = v_load_part(gy, n);
            if (p->relu)
                g = v_mask(m_not(v_le(top, v_zero())), g);
            m16 left = m_first(16); /* of equal maxima the first takes all */
            FOR_EACH_TAP({
                m16 hit = m_and(left, v_eq(v_load_part(x + at * n, n), top));
                v16 part = v_mask(hit, g);
                if (!disjoint)
                    part = v_add(v_load_part(gx + at * n, n), part);
                v_store_part(gx + at * n, part, n);
                left = m_and(left, m_not(hit));
            })
            if (m_any(v_ne(top, top)))
                for (int l = 0; l < n; l++) {
                    ptrdiff_t last = -1;
                    FOR_EACH_TAP({
                        if (x[at * n + l] != x[at * n + l])
                            last = at;
                    })
                    if (y[l] != y[l] && last >= 0)
                        gx[last * n + l] += gy[l];
                }
        }
    }
}

/* As pool_plane, for windows that are pairs. */
SPECIALIZE void pool_pairs(const lg_pool2d *p, const int n, const float *restrict x, float *restrict y)
{
    const ptrdiff_t row = p->W * n, out = p->OW * n;
    const v16 lower = v_set1(p->relu ? 0.0f : -INFINITY);
    for (ptrdiff_t oy = 0; oy < p->OH; oy++, x += 2 * row, y += out)
        FOR_VECTORS(i, k, 0, out, {
            v16 t[4];
            load_pairs(x + 2 * i, row, n, k, t);
            v16 first = v_max(t[1], v_max(lower, t[0])), second = v_max(t[3], t[2]);
            m16 nan = m_or(v_unordered(t[0], t[1]), v_unordered(t[2], t[3]));
            v_store_part(y + i, v_select(nan, v_set1(NAN), v_max(second, first)), k);
        });
}

/* Of a window with NaN: the last one's mask on, all others' off, in the lanes `nan`. */
V_CALL void choose_nan(const v16 t[4], m16 nan, m16 hit[4])
{
    for (int i = 3; i >= 0; i--) {
        m16 here = m_and(nan, v_ne(t[i], t[i]));
        hit[i] = m_or(here, m_and(hit[i], m_not(nan)));
        nan = m_and(nan, m_not(here));
    }
}

/* As pool_plane_backward, for windows that are pairs. */
SPECIALIZE void pool_pairs_backward(const lg_pool2d *p, const int n, const float *restrict gy,
                                    const float *restrict x, const float *restrict y, float *restrict gx)
{
    const ptrdiff_t row = p->W * n, out = p->OW * n;
    const v16 lower = v_set1(p->relu ? 0.0f : -INFINITY); /* no gradient where y is not above it */
    clear_around_pairs(p, n, gx);
    for (ptrdiff_t oy = 0; oy < p->OH; oy++, x += 2 * row, gx += 2 * row, y += out, gy += out)
        FOR_VECTORS(i, k, 0, out, {
            v16 t[4];
            load_pairs(x + 2 * i, row, n, k, t);
            v16 top = v_load_part(y + i, k), g = v_load_part(gy + i, k);
            if (p->relu)
                g = v_mask(m_not(v_le(top, lower)), g);
            m16 nan = v_ne(top, top);
            m16 hit[4] = {v_eq(t[0], top), v_eq(t[1], top), v_eq(t[2], top), v_eq(t[3], top)};
            if (m_any(nan))
                choose_nan(t, nan, hit);
            for (int j = 0; j < 4; j++) { /* of equal maxima the first takes all */
                t[j] = v_mask(hit[j], g);
                g = v_mask(m_not(hit[j]), g);
            }
            store_pairs(gx + 2 * i, row, n, k, t);
        });
}

/* x (P, H, W, n) -> y (P, OH, OW, n) */
void K(max_pool2d)(const lg_pool2d *p, const float *x, float *y)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
    int pairs = windows_are_pairs(p);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(p->P * in))) schedule(static)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n)                                   \
    if (pairs)                                     \
        pool_pairs(p, n, x + i * in, y + i * out); \
    else                                           \
        pool_plane(p, n, x + i * in, y + i * out)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}

/* gy, y (P, OH, OW, n), x (P, H, W, n) -> gx (P, H, W, n) */
void K(max_pool2d_backward)(const lg_pool2d *p, const float *gy, const float *x, const float *y, float *gx)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW * p->n;
    int pairs = windows_are_pairs(p);
    int disjoint = !p->adaptive && p->sh >= p->KH && p->sw >= p->KW && p->dh == 1 && p->dw == 1;
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)(p->P * in))) schedule(static)
    for (ptrdiff_t i = 0; i < p->P; i++) {
#define PLANE(n)                                                                          \
    if (pairs)                                                                            \
        pool_pairs_backward(p, n, gy + i * out, x + i * in, y + i * out, gx + i * in);    \
    else if (disjoint)                                                                    \
        pool_plane_backward(p, n, 1, gy + i * out, x + i * in, y + i * out, gx + i * in); \
    else                                                                                  \
        pool_plane_backward(p, n, 0, gy + i * out, x + i * in, y + i * out, gx + i * in)
        WITH_CONSTANT_N(PLANE)
#undef PLANE
    }
}

/* x (P, H, W, n), P = blocks * C -> indices (N, C, OH, OW), plain: the pixel y * W + x of the maximum in its
   plane; -1 where a window has no pixel. */
void K(max_pool2d_indices)(const lg_pool2d *p, const float *x, ptrdiff_t N, ptrdiff_t C, int64_t *indices)
{
    ptrdiff_t in = p->H * p->W * p->n, out = p->OH * p->OW, n = p->n;
#pragma omp parallel for num_threads(lg_team(4.0 * LG_MOVE * (double)(p->P * in))) schedule(static)
    for (ptrdiff_t i = 0; i < p->P; i++) {
        const float *plane = x + i * in;
        ptrdiff_t image = i / C * n, images = N - image < n ? N - image : n;
        for (ptrdiff_t oy = 0; oy < p->OH; oy++) {
            const taps rows = rows_of(p, oy);
            for (ptrdiff_t ox = 0; ox < p->OW; ox++) {
                const taps columns = columns_of(p, ox);
                for (ptrdiff_t l = 0; l < images; l++) {
                    ptrdiff_t best = -1;
                    FOR_EACH_TAP({
                        float v = plane[at * n + l];
                        if (best < 0 || v > plane[best * n + l] || v != v)
                            best = at;
                    })
                    indices[((image + l) * C + i % C) * out + oy * p->OW + ox] = best;
                }
            }
        }
    }
}
