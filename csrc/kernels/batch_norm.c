/* Batch normalization on lanes, or of rows (N, C), forward and backward, with a ReLU behind it for free.

   Each pass over the images is a kernel of its own and treats every strip by itself: a plane, one channel of
   one block of images; or of rows sixteen channels of one block, each in a lane. Between two passes a small
   kernel puts the strips' sums together, block by block. So a caller may take the passes over some of the
   blocks at a time. Sums are in doubles and taken around a pixel of each channel, so that one far from zero
   loses nothing. */
#include "vectors.h"

#include <math.h>

/* Some vectors of one block: from `at` on, one every `step` floats, each of `width` lanes but maybe the last,
   up to `end`. They have a channel each lane, `channels` from c on, or are all of channel c. `used` are the
   lanes that hold an image, `whole`: all of them. */
typedef struct {
    ptrdiff_t at, step, width, end, c, images;
    ptrdiff_t sums; /* the place of channel c of this block in arrays (B, C, 2) */
    int channels, whole;
    m16 used;
} strip;

/* The lanes that hold one of the first `images` of n images; the same in every vector of a plane. */
SPECIALIZE m16 lanes_of(ptrdiff_t images, ptrdiff_t n)
{
    float image[16];
    for (int l = 0; l < 16; l++)
        image[l] = (float)(l & (n - 1));
    return v_lt(v_load(image), v_set1((float)images));
}

/* Images in a block: n, or fewer in the last. */
SPECIALIZE ptrdiff_t block_images(const lg_batch_norm *p, ptrdiff_t block)
{
    return minimum(p->N - block * p->n, p->n);
}

SPECIALIZE ptrdiff_t strips_of_block(const lg_batch_norm *p) { return p->rows ? ceil_div(p->C, 16) : p->C; }

SPECIALIZE strip strip_of(const lg_batch_norm *p, ptrdiff_t number)
{
    const ptrdiff_t block = number / strips_of_block(p), i = number % strips_of_block(p);
    const ptrdiff_t size = p->HW * p->n;
    strip s = {number * size, 16, 16, size, i, block_images(p, block), 2 * number, 1, 1, m_first(16)};
    if (!p->rows) {
        s.whole = s.images == p->n;
        s.used = lanes_of(s.images, p->n);
        return s;
    }
    s.c = 16 * i, s.sums = 2 * (block * p->C + s.c);
    s.at = block * p->n * p->C + s.c, s.step = p->C;
    s.width = minimum(p->C - s.c, 16), s.channels = (int)s.width, s.whole = s.width == 16;
    s.end = (s.images - 1) * p->C + s.width;
    return s;
}

/* Runs the body for each strip s. */
#define FOR_EACH_STRIP(p, s, ...)                                                              \
    do {                                                                                       \
        const ptrdiff_t strips = ceil_div((p)->N, (p)->n) * strips_of_block(p);                \
        const int team = lg_team(LG_MOVE * (double)(p)->N * (double)(p)->C * (double)(p)->HW); \
        (void)team;                                                                            \
        _Pragma("omp parallel for num_threads(team) schedule(static)")                         \
        for (ptrdiff_t number = 0; number < strips; number++) {                                \
            const strip s = strip_of(p, number);                                               \
            __VA_ARGS__                                                                        \
        }                                                                                      \
    } while (0)

/* The body for each of its vectors, of k lanes. */
#define FOR_STRIP(s, i, k, ...)                                 \
    for (ptrdiff_t i = 0; i < (s).end; i += (s).step)           \
        if (minimum((s).width, (s).end - i) == 16) {            \
            const int k = 16;                                   \
            __VA_ARGS__                                         \
        } else {                                                \
            const int k = (int)minimum((s).width, (s).end - i); \
            __VA_ARGS__                                         \
        }

/* In each lane its channel's one of an array (C), or in all lanes that of the strip. */
SPECIALIZE v16 floats_of(const strip *s, const float *x)
{
    return s->channels == 1 ? v_set1(x[s->c]) : v_load_part(x + s->c, s->channels);
}

/* The same of the first or second ones of an array (C, 2). */
SPECIALIZE d16 doubles_of(const strip *s, const double *x, int second)
{
    double all[16] = {0};
    if (s->channels == 1)
        return d_set1(x[2 * s->c + second]);
    for (int l = 0; l < s->channels; l++)
        all[l] = x[2 * (s->c + l) + second];
    return d_load(all);
}

/* Sums of lanes become those of channels. */
SPECIALIZE d16 by_channel(const strip *s, d16 sums) { return s->channels == 1 ? d_set1(d_sum(sums)) : sums; }

/* Two numbers of each channel: to (B, C, 2). */
SPECIALIZE void put_pairs(const strip *s, d16 first, d16 second, double *to)
{
    double a[16], b[16];
    d_store(a, first), d_store(b, second);
    for (int l = 0; l < s->channels; l++)
        to[s->sums + 2 * l] = a[l], to[s->sums + 2 * l + 1] = b[l];
}

/* How channels are scaled: y = (x - mean) * scale + shift. What rounding the mean takes away comes back with
   the shift. */
typedef struct {
    v16 mean, scale, shift;
    d16 lost;
} affine;

SPECIALIZE affine affine_of(const strip *s, const double *statistics, const float *weight, const float *bias)
{
    d16 mean = doubles_of(s, statistics, 0), scale = doubles_of(s, statistics, 1);
    if (weight)
        scale = d_mul(scale, d_from(floats_of(s, weight)));
    affine a = {d_hi(mean), d_hi(scale), v_zero(), d_zero()};
    a.lost = d_sub(d_from(a.mean), mean);
    a.shift = d_hi(d_add(bias ? d_from(floats_of(s, bias)) : d_zero(), d_mul(a.lost, scale)));
    return a;
}

SPECIALIZE v16 apply(affine a, v16 x) { return v_fma(v_sub(x, a.mean), a.scale, a.shift); }

/* The gradient that a ReLU lets through, from the ReLU's input y. */
SPECIALIZE v16 rectified(v16 y, v16 gy) { return v_select(v_le(y, v_zero()), v_zero(), gy); }

SPECIALIZE void add_deviation(d16 d, d16 *sum, d16 *squares)
{
    *sum = d_add(*sum, d);
    *squares = d_add(*squares, d_mul(d, d));
}

/* x (B, C, HW, n) -> moments (B, C, 2): the mean of a channel in a block and the sum of squared deviations
   from it. */
void K(batch_norm_moments)(const lg_batch_norm *p, const float *x, double *moments)
{
    FOR_EACH_STRIP(p, s, {
        const float *from = x + s.at;
        const v16 pivot = s.end == 0        ? v_zero()
                          : s.channels == 1 ? v_set1(*from)
                                            : v_load_part(from, s.channels);
        const d16 center = d_from(pivot);
        d16 sum = d_zero(), squares = d_zero();
        ptrdiff_t i = 0;
        for (; s.whole && i + 16 <= s.end; i += s.step)
            add_deviation(d_sub(d_load_floats(from + i), center), &sum, &squares);
        for (; i < s.end; i += s.step) { /* what has no image, or is none, stands for the pivot */
            const int k = (int)minimum(s.width, s.end - i);
            v16 v = v_select(m_and(s.used, m_first(k)), v_load_part(from + i, k), pivot);
            add_deviation(d_sub(d_from(v), center), &sum, &squares);
        }
        const d16 count = d_set1((double)(p->HW * s.images)), total = by_channel(&s, sum);
        const d16 away = d_sub(by_channel(&s, squares), d_div(d_mul(total, total), count));
        put_pairs(&s, d_add(center, d_div(total, count)), away, moments);
    });
}

/* -> statistics (C, 2): mean and 1 / sqrt(variance + eps) of each channel; in training from the moments
   (B, C, 2) of all blocks, which also enter running_mean, running_var (C) and num_batches (1), where there
   are such, else from running_mean and running_var. */
void K(batch_norm_statistics)(const lg_batch_norm *p, const double *moments, float *running_mean,
                              float *running_var, int64_t *num_batches, double *statistics)
{
    const ptrdiff_t blocks = ceil_div(p->N, p->n);
    const double count = (double)p->N * (double)p->HW, pixels = (double)(p->HW * p->n);
    const double last = (double)(p->HW * (p->N - (blocks - 1) * p->n)); /* pixels of the last block */
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
            const double share = pixels / count, last_share = last / count;
            for (ptrdiff_t b = 0; b < blocks; b++)
                mean += moments[2 * (b * p->C + c)] * (b < blocks - 1 ? share : last_share);
            double deviations = 0.0;
            for (ptrdiff_t b = 0; b < blocks; b++) {
                const double *own = moments + 2 * (b * p->C + c), away = own[0] - mean;
                deviations += (own[1] < 0.0 ? 0.0 : own[1]) + (b < blocks - 1 ? pixels : last) * away * away;
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
    const v16 lower = v_set1(p->relu ? 0.0f : -INFINITY);
    FOR_EACH_STRIP(p, s, {
        const affine a = affine_of(&s, statistics, weight, bias);
        FOR_STRIP(s, i, k, {
            v16 value = v_mask(s.used, apply(a, v_load_part(x + s.at + i, k)));
            if (residual)
                value = v_add(value, v_load_part(residual + s.at + i, k));
            v_store_part(y + s.at + i, v_max(lower, value), k);
        })
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
    to->product = v_fma(gy, v_sub(x, a.mean), to->product);
}

/* So many vectors are added up as floats before their sum is added as doubles: what that rounds is below
   what the gradients show. */
enum { CHUNK = 16 };

/* gy, x (B, C, HW, n) -> sums (B, C, 2): of gy, and of gy (x - mean), over the channels of a block. Lanes
   past N are 0 in gy. */
void K(batch_norm_sums)(const lg_batch_norm *p, const float *gy, const float *x, const double *statistics,
                        const float *weight, const float *bias, double *sums)
{
    FOR_EACH_STRIP(p, s, {
        const affine a = affine_of(&s, statistics, weight, bias);
        const float *g = gy + s.at, *v = x + s.at;
        d16 total = d_zero(), products = d_zero();
        for (ptrdiff_t start = 0; start < s.end; start += CHUNK * s.step) {
            const ptrdiff_t end = minimum(start + CHUNK * s.step, s.end), step = s.step;
            gradient_sums one = {v_zero(), v_zero()}, two = one;
            ptrdiff_t i = start;
            for (; s.width == 16 && i + step + 16 <= end; i += 2 * step) {
                add_gradient(p, a, v_load(g + i), v_load(v + i), &one);
                add_gradient(p, a, v_load(g + i + step), v_load(v + i + step), &two);
            }
            for (; i < end; i += step) {
                const int k = (int)minimum(s.width, end - i);
                add_gradient(p, a, v_load_part(g + i, k), v_load_part(v + i, k), &one);
            }
            total = d_add_v(total, v_add(one.gy, two.gy));
            products = d_add_v(products, v_add(one.product, two.product));
        }
        total = by_channel(&s, total);
        put_pairs(&s, total, d_add(by_channel(&s, products), d_mul(a.lost, total)), sums);
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
    FOR_EACH_STRIP(p, s, {
        const affine a = affine_of(&s, statistics, weight, bias);
        /* gx = scale (gy - mean of gy - (x - mean) / variance * mean of gy (x - mean)) */
        v16 slope = v_zero(), constant = v_zero();
        if (p->training) {
            const d16 inverse = doubles_of(&s, statistics, 1), count = d_set1(p->count);
            const d16 scale = weight ? d_mul(inverse, d_from(floats_of(&s, weight))) : inverse;
            const d16 of_x = d_mul(d_mul(d_mul(scale, inverse), inverse), doubles_of(&s, totals, 1));
            const d16 from_x = d_div(of_x, count);
            const d16 mean = d_div(d_mul(scale, doubles_of(&s, totals, 0)), count);
            slope = d_hi(from_x);
            constant = d_hi(d_sub(d_sub(d_zero(), mean), d_mul(from_x, a.lost)));
        }
        FOR_STRIP(s, i, k, {
            v16 g = v_load_part(gy + s.at + i, k), v = v_load_part(x + s.at + i, k);
            if (p->relu)
                g = rectified(apply(a, v), g);
            v16 value = v_fnma(v_sub(v, a.mean), slope, v_fma(g, a.scale, constant));
            v_store_part(gx + s.at + i, v_mask(s.used, value), k);
        })
    });
}
