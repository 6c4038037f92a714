/* Batch normalization on lanes, forward and backward, with a ReLU behind it for free.

   Each pass over the images is a kernel of its own and treats every plane (one channel of one block of
   images) by itself; between two passes a small kernel puts the planes' sums together, block by block. So a
   caller may take the passes over some of the blocks at a time. Sums are in doubles and taken around a pixel
   of the plane, so that a channel far from zero loses nothing. */
#include "vectors.h"

#include <math.h>

/* Runs the body for each plane: of channel c, `size` floats from `at` on, with so many images in lanes. */
#define FOR_EACH_PLANE(p, ...)                                         \
    do {                                                               \
        const ptrdiff_t size = (p)->HW * (p)->n;                       \
        const ptrdiff_t planes = ceil_div((p)->N, (p)->n) * (p)->C;    \
        const int team = lg_team(LG_MOVE * (double)(planes * size));   \
        (void)team;                                                    \
        _Pragma("omp parallel for num_threads(team) schedule(static)") \
        for (ptrdiff_t plane = 0; plane < planes; plane++) {           \
            const ptrdiff_t c = plane % (p)->C, at = plane * size;     \
            const ptrdiff_t images = block_images(p, plane / (p)->C);  \
            (void)c, (void)images;                                     \
            __VA_ARGS__                                                \
        }                                                              \
    } while (0)

/* Images in a block: n, or fewer in the last. */
SPECIALIZE ptrdiff_t block_images(const lg_batch_norm *p, ptrdiff_t block)
{
    return minimum(p->N - block * p->n, p->n);
}

/* The lanes that hold one of the first `images` of n images; the same in every vector of a plane. */
SPECIALIZE m16 lanes_of(ptrdiff_t images, ptrdiff_t n)
{
    float image[16];
    for (int l = 0; l < 16; l++)
        image[l] = (float)(l & (n - 1));
    return v_lt(v_load(image), v_set1((float)images));
}

/* How a channel is scaled: y = (x - mean) * scale + shift. What rounding the mean takes away comes back with
   the shift. */
typedef struct {
    float mean, scale, shift;
    double lost;
} affine;

SPECIALIZE affine channel_affine(const double *statistics, const float *weight, const float *bias,
                                 ptrdiff_t c)
{
    double mean = statistics[2 * c], scale = statistics[2 * c + 1] * (weight ? (double)weight[c] : 1.0);
    affine a = {(float)mean, (float)scale, 0.0f, 0.0};
    a.lost = (double)a.mean - mean;
    a.shift = (float)((bias ? (double)bias[c] : 0.0) + a.lost * scale);
    return a;
}

SPECIALIZE v16 apply(affine a, v16 x)
{
    return v_fma(v_sub(x, v_set1(a.mean)), v_set1(a.scale), v_set1(a.shift));
}

/* The gradient that a ReLU lets through, from the ReLU's input y. */
SPECIALIZE v16 rectified(v16 y, v16 gy) { return v_select(v_le(y, v_zero()), v_zero(), gy); }

SPECIALIZE void add_deviation(d16 d, d16 *sum, d16 *squares)
{
    *sum = d_add(*sum, d);
    *squares = d_add(*squares, d_mul(d, d));
}

/* x (B, C, HW, n) -> moments (B, C, 2): the mean of a plane and the sum of squared deviations from it. */
void K(batch_norm_moments)(const lg_batch_norm *p, const float *x, double *moments)
{
    FOR_EACH_PLANE(p, {
        const float *from = x + at;
        const float around = size ? from[0] : 0.0f;
        const v16 pivot = v_set1(around);
        const d16 center = d_set1((double)around);
        const m16 used = lanes_of(images, p->n);
        d16 sum = d_zero(), squares = d_zero();
        ptrdiff_t i = 0;
        for (; images == p->n && i + 16 <= size; i += 16)
            add_deviation(d_sub(d_load_floats(from + i), center), &sum, &squares);
        for (; i < size; i += 16) { /* what has no image, or is none, stands for the pivot */
            const int k = size - i < 16 ? (int)(size - i) : 16;
            v16 v = v_select(m_and(used, m_first(k)), v_load_part(from + i, k), pivot);
            add_deviation(d_sub(d_from(v), center), &sum, &squares);
        }
        double count = (double)(p->HW * images), total = d_sum(sum);
        double deviations = d_sum(squares) - total * total / count;
        moments[2 * plane] = (double)around + total / count;
        moments[2 * plane + 1] = deviations < 0.0 ? 0.0 : deviations;
    });
}

/* -> statistics (C, 2): mean and 1 / sqrt(variance + eps) of each channel; in training from the moments
   (B, C, 2) of all blocks, which also enter running_mean, running_var (C) and num_batches (1), where there
   are such, else from running_mean and running_var. */
void K(batch_norm_statistics)(const lg_batch_norm *p, const double *moments, float *running_mean,
                              float *running_var, int64_t *num_batches, double *statistics)
{
    const ptrdiff_t blocks = ceil_div(p->N, p->n);
    const double count = (double)p->N * (double)p->HW;
    double momentum = p->momentum;
    if (p->training && num_batches) {
        *num_batches += 1;
        if (p->cumulative)
            momentum = 1.0 / (double)*num_batches;
    }
#pragma omp parallel for num_threads(lg_team(16.0 * (double)(blocks * p->C)))
    for (ptrdiff_t c = 0; c < p->C; c++) {
        double mean = 0.0, variance = 0.0;
        if (!p->training) {
            mean = (double)running_mean[c];
            variance = (double)running_var[c];
        } else if (count > 0.0) {
            for (ptrdiff_t b = 0; b < blocks; b++)
                mean += moments[2 * (b * p->C + c)] * ((double)(p->HW * block_images(p, b)) / count);
            double deviations = 0.0;
            for (ptrdiff_t b = 0; b < blocks; b++) {
                const double *own = moments + 2 * (b * p->C + c), away = own[0] - mean;
                deviations += own[1] + (double)(p->HW * block_images(p, b)) * away * away;
            }
            variance = deviations / count;
            if (running_mean) {
                double unbiased = deviations / (count - 1.0);
                running_mean[c] = (float)((1.0 - momentum) * (double)running_mean[c] + momentum * mean);
                running_var[c] = (float)((1.0 - momentum) * (double)running_var[c] + momentum * unbiased);
            }
        }
        statistics[2 * c] = mean;
        statistics[2 * c + 1] = 1.0 / sqrt(variance + p->eps);
    }
}

/* x (B, C, HW, n), statistics (C, 2), weight, bias (C) or NULL -> y (B, C, HW, n); lanes past N are 0. What a
   residual connection adds, `residual` (B, C, HW, n) or NULL, is added before the ReLU. */
void K(batch_norm)(const lg_batch_norm *p, const float *x, const double *statistics, const float *weight,
                   const float *bias, const float *residual, float *y)
{
    FOR_EACH_PLANE(p, {
        const affine a = channel_affine(statistics, weight, bias, c);
        const m16 used = lanes_of(images, p->n);
        const v16 lower = v_set1(p->relu ? 0.0f : -INFINITY);
        FOR_VECTORS(i, k, 0, size, {
            v16 value = v_mask(used, apply(a, v_load_part(x + at + i, k)));
            if (residual)
                value = v_add(value, v_load_part(residual + at + i, k));
            v_store_part(y + at + i, v_max(lower, value), k);
        });
    });
}

/* The sums of gy and gy (x - mean) of some vectors. */
typedef struct {
    v16 gy, product;
} gradient_sums;

SPECIALIZE void add_gradient(const lg_batch_norm *p, affine a, v16 gy, v16 x, gradient_sums *to)
{
    if (p->relu)
        gy = rectified(apply(a, x), gy);
    to->gy = v_add(to->gy, gy);
    to->product = v_fma(gy, v_sub(x, v_set1(a.mean)), to->product);
}

/* So many floats of a plane are added up as floats before their sum is added as doubles: what that rounds is
   below what the gradients show. */
enum { CHUNK = 256 };

/* gy, x (B, C, HW, n) -> sums (B, C, 2): of gy, and of gy (x - mean), over a plane. Lanes past N are 0 in
   gy. */
void K(batch_norm_sums)(const lg_batch_norm *p, const float *gy, const float *x, const double *statistics,
                        const float *weight, const float *bias, double *sums)
{
    FOR_EACH_PLANE(p, {
        const affine a = channel_affine(statistics, weight, bias, c);
        const float *g = gy + at, *v = x + at;
        d16 total = d_zero(), products = d_zero();
        for (ptrdiff_t start = 0; start < size; start += CHUNK) {
            const ptrdiff_t end = start + CHUNK < size ? start + CHUNK : size;
            gradient_sums one = {v_zero(), v_zero()}, two = one;
            ptrdiff_t i = start;
            for (; i + 32 <= end; i += 32) {
                add_gradient(p, a, v_load(g + i), v_load(v + i), &one);
                add_gradient(p, a, v_load(g + i + 16), v_load(v + i + 16), &two);
            }
            for (; i < end; i += 16) {
                const int k = end - i < 16 ? (int)(end - i) : 16;
                add_gradient(p, a, v_load_part(g + i, k), v_load_part(v + i, k), &one);
            }
            total = d_add_v(total, v_add(one.gy, two.gy));
            products = d_add_v(products, v_add(one.product, two.product));
        }
        sums[2 * plane] = d_sum(total);
        sums[2 * plane + 1] = d_sum(products) + a.lost * sums[2 * plane];
    });
}

/* sums (B, C, 2) of all blocks -> totals (C, 2), and the gradients gw, gb (C) of weight and bias, or NULL. */
void K(batch_norm_totals)(const lg_batch_norm *p, const double *sums, const double *statistics,
                          double *totals, float *gw, float *gb)
{
    const ptrdiff_t blocks = ceil_div(p->N, p->n);
    for (ptrdiff_t c = 0; c < p->C; c++) {
        double total = 0.0, products = 0.0;
        for (ptrdiff_t b = 0; b < blocks; b++) {
            total += sums[2 * (b * p->C + c)];
            products += sums[2 * (b * p->C + c) + 1];
        }
        totals[2 * c] = total;
        totals[2 * c + 1] = products;
        if (gw)
            gw[c] = (float)(products * statistics[2 * c + 1]);
        if (gb)
            gb[c] = (float)total;
    }
}

/* gy, x (B, C, HW, n), statistics (C, 2), totals (C, 2; of `count` pixels; only in training) ->
   gx (B, C, HW, n); lanes past N are 0. */
void K(batch_norm_backward)(const lg_batch_norm *p, const float *gy, const float *x, const double *statistics,
                            const double *totals, const float *weight, const float *bias, float *gx)
{
    FOR_EACH_PLANE(p, {
        const affine a = channel_affine(statistics, weight, bias, c);
        const double inverse = statistics[2 * c + 1];
        const double scale = inverse * (weight ? (double)weight[c] : 1.0);
        /* gx = scale (gy - mean of gy - (x - mean) / variance * mean of gy (x - mean)) */
        double slope = 0.0, constant = 0.0;
        if (p->training) {
            slope = scale * inverse * inverse * totals[2 * c + 1] / p->count;
            constant = -scale * totals[2 * c] / p->count - slope * a.lost;
        }
        const m16 used = lanes_of(images, p->n);
        const v16 mean = v_set1(a.mean), by = v_set1(a.scale);
        const v16 from_x = v_set1((float)slope), rest = v_set1((float)constant);
        FOR_VECTORS(i, k, 0, size, {
            v16 g = v_load_part(gy + at + i, k), v = v_load_part(x + at + i, k);
            if (p->relu)
                g = rectified(apply(a, v), g);
            v16 value = v_fnma(v_sub(v, mean), from_x, v_fma(g, by, rest));
            v_store_part(gx + at + i, v_mask(used, value), k);
        });
    });
}
