/* Normalization of rows: of groups of channels of one image (group norm, and instance norm where a group is
   one channel), or of an array's last axes (layer norm, and RMS norm, which leaves the mean where it is).

   A row is what one image has of one group, C channels of HW elements. Images may be in lanes: then n rows
   stand side by side, and each lane of a vector has the statistics of its image. A channel has one weight; of
   a layer norm each element is a channel, and groups, which are the axes before, share their weights. */
#include "tree.h"
#include "vectors.h"

#include <math.h>
#include <string.h>

/* So many vectors are added up as floats before their sum is added as doubles: what that rounds is below what
   gradients show. */
enum { CHUNK = 16 };

/* Rows of so many images that are not in lanes share their sums for weights; of those in lanes a block's. */
enum { PIECE = 16 };

SPECIALIZE ptrdiff_t rows_of(const lg_row_norm *p) { return ceil_div(p->N, p->n) * p->groups; }

/* Whether weights run along the row like its elements, not one of them for a run of elements. */
SPECIALIZE int one_each(const lg_row_norm *p) { return p->HW * p->n == 1; }

/* FOR_ROW(p, i, k, c, body): the body for each vector of a row, as FOR_VECTORS has it, that has one weight,
   of channel c, or weights of its own, from i on. */
#define FOR_ROW(p, i, k, c, ...)                                                    \
    for (ptrdiff_t c = 0, each_ = one_each(p) ? (p)->C : (p)->HW * (p)->n, at_ = 0, \
                   row_ = (p)->C * (p)->HW * (p)->n;                                \
         at_ < row_; c++, at_ += each_)                                             \
    FOR_VECTORS(i, k, at_, at_ + each_, __VA_ARGS__)

/* The weights of a vector, or what stands for them. */
SPECIALIZE v16 weights_at(const lg_row_norm *p, const float *weight, float otherwise, ptrdiff_t c,
                          ptrdiff_t i, int k)
{
    return !weight ? v_set1(otherwise) : one_each(p) ? v_load_part(weight + i, k) : v_set1(weight[c]);
}

/* The weights of a row's group. */
SPECIALIZE const float *weights_of(const lg_row_norm *p, const float *weight, ptrdiff_t row)
{
    return !weight || p->shared ? weight : weight + row % p->groups * p->C;
}

/* The rows of one vector's lanes: (x - mean) * inverse + lost, where that is what rounding the mean loses. */
typedef struct {
    v16 mean, inverse, lost;
} standard;

V_CALL standard standard_of(const double *statistics, ptrdiff_t n)
{
    float mean[16], inverse[16], lost[16];
    if (n == 1) {
        const float rounded = (float)statistics[0];
        const double away = ((double)rounded - statistics[0]) * statistics[1];
        return (standard){v_set1(rounded), v_set1((float)statistics[1]), v_set1((float)away)};
    }
    for (int l = 0; l < 16; l++) {
        const double *own = statistics + (l & (n - 1));
        mean[l] = (float)own[0];
        inverse[l] = (float)own[n];
        lost[l] = (float)(((double)mean[l] - own[0]) * own[n]);
    }
    return (standard){v_load(mean), v_load(inverse), v_load(lost)};
}

SPECIALIZE v16 standardized(standard s, v16 x) { return v_fma(v_sub(x, s.mean), s.inverse, s.lost); }

/* What the lanes of one image have, added up, in each of them: total (16). */
V_CALL void fold(d16 sum, ptrdiff_t n, double *total)
{
    double lane[16];
    d_store(total, sum);
    for (ptrdiff_t half = 8; half >= n; half /= 2) {
        d_store(lane, d_load(total));
        for (ptrdiff_t l = 0; l < 16; l++)
            total[l] = lane[l] + lane[l ^ half];
    }
}

/* The same as floats, times a factor. */
SPECIALIZE v16 folded(d16 sum, ptrdiff_t n, double factor)
{
    double total[16];
    if (n == 1)
        return v_set1((float)(d_sum(sum) * factor));
    fold(sum, n, total);
    return d_hi(d_mul(d_load(total), d_set1(factor)));
}

/* What is left of `measure` for one image: 1 / sqrt(variance + eps). */
V_CALL double inverse_of(const lg_row_norm *p, double sum, double squares)
{
    const double count = 1.0 / (double)(p->C * p->HW), away = sum * count;
    const double variance = squares * count - away * away;
    return 1.0 / sqrt((variance < 0.0 ? 0.0 : variance) + p->eps);
}

/* x (C, HW, n) -> statistics (2, n): mean, and 1 / sqrt(variance + eps), taken around the first element of
   each row; zeros from `images` on, where x may be anything. */
V_CALL void measure(const lg_row_norm *p, const float *x, ptrdiff_t images, double *statistics)
{
    const ptrdiff_t n = p->n, size = p->C * p->HW * n;
    float around[16] = {0};
    for (ptrdiff_t l = 0; l < n && size && !p->rms; l++)
        around[l] = x[l];
    for (ptrdiff_t l = n; l < 16 && n > 1; l++) /* n rows side by side again */
        around[l] = around[l - n];
    const v16 pivot = n == 1 ? v_set1(around[0]) : v_load(around);
    const d16 center = d_from(pivot);
    d16 sum = d_zero(), squares = d_zero();
    FOR_VECTORS(i, k, 0, size, {
        v16 v = k == 16 ? v_load(x + i) : v_select(m_first(k), v_load_part(x + i, k), pivot);
        d16 d = d_sub(d_from(v), center);
        sum = d_add(sum, d);
        squares = d_add(squares, d_mul(d, d));
    })
    double sums[16], spread[16];
    if (n == 1) {
        sums[0] = d_sum(sum);
        spread[0] = d_sum(squares);
    } else {
        fold(sum, n, sums);
        fold(squares, n, spread);
    }
    for (ptrdiff_t l = 0; l < n; l++) {
        const double away = p->rms ? 0.0 : sums[l];
        statistics[l] = l < images ? (double)around[l] + away / (double)(p->C * p->HW) : 0.0;
        statistics[n + l] = l < images ? inverse_of(p, away, spread[l]) : 0.0;
    }
}

/* x (B, groups, C, HW, n), weight, bias (groups or one, C) or NULL -> y alike, statistics (B, groups,
   2, n) */
void K(row_norm)(const lg_row_norm *p, const float *x, const float *weight, const float *bias, float *y,
                 double *statistics)
{
    const ptrdiff_t rows = rows_of(p), size = p->C * p->HW * p->n;
    const v16 lower = v_set1(p->relu ? 0.0f : -INFINITY);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(rows * size))) schedule(static)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const float *from = x + row * size, *w = weights_of(p, weight, row), *b = weights_of(p, bias, row);
        float *to = y + row * size;
        double *own = statistics + row * 2 * p->n;
        measure(p, from, minimum(p->N - row / p->groups * p->n, p->n), own);
        const standard s = standard_of(own, p->n);
        FOR_ROW(p, i, k, c, {
            v16 value = standardized(s, v_load_part(from + i, k));
            value = v_fma(value, weights_at(p, w, 1.0f, c, i, k), weights_at(p, b, 0.0f, c, i, k));
            v_store_part(to + i, v_max(lower, value), k);
        })
    }
}

/* Sums of gradients, and of their products with what was standardized; as floats for a while. */
typedef struct {
    d16 total, products;
    v16 g, product;
    int vectors;
} gradient_sums;

V_CALL void flush(gradient_sums *to)
{
    to->total = d_add_v(to->total, to->g);
    to->products = d_add_v(to->products, to->product);
    to->g = to->product = v_zero();
    to->vectors = 0;
}

SPECIALIZE void add_gradient(gradient_sums *to, v16 g, v16 value)
{
    to->g = v_add(to->g, g);
    to->product = v_fma(g, value, to->product);
    if (++to->vectors == CHUNK)
        flush(to);
}

/* gy, x (B, groups, C, HW, n), statistics (B, groups, 2, n), weight as above -> gx alike; lanes past N are 0,
   as in gy. gx = inverse (g - mean of g - value * mean of g value), g = gy * weight. */
void K(row_norm_backward)(const lg_row_norm *p, const float *gy, const float *x, const double *statistics,
                          const float *weight, float *gx)
{
    const ptrdiff_t rows = rows_of(p), size = p->C * p->HW * p->n;
    const double inverse = 1.0 / (double)(p->C * p->HW);
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)(rows * size))) schedule(static)
    for (ptrdiff_t row = 0; row < rows; row++) {
        const float *g = gy + row * size, *from = x + row * size, *w = weights_of(p, weight, row);
        float *to = gx + row * size;
        const standard s = standard_of(statistics + row * 2 * p->n, p->n);
        gradient_sums sums = {d_zero(), d_zero(), v_zero(), v_zero(), 0};
        FOR_ROW(p, i, k, c, {
            v16 up = v_mul(v_load_part(g + i, k), weights_at(p, w, 1.0f, c, i, k));
            add_gradient(&sums, up, standardized(s, v_load_part(from + i, k)));
        })
        flush(&sums);
        const v16 mean = folded(sums.total, p->n, p->rms ? 0.0 : inverse);
        const v16 slope = folded(sums.products, p->n, inverse);
        FOR_ROW(p, i, k, c, {
            v16 up = v_mul(v_load_part(g + i, k), weights_at(p, w, 1.0f, c, i, k)); /* as in the mean */
            v16 value = standardized(s, v_load_part(from + i, k));
            v_store_part(to + i, v_mul(v_fnma(value, slope, v_sub(up, mean)), s.inverse), k);
        })
    }
}

/* The rows of a piece that have the same weights. */
typedef struct {
    const float *gy, *x;
    const double *statistics;
    ptrdiff_t begin, end, step; /* rows from `begin` on, one in `step` */
} rows_summed;

/* What these have to say of the parts [from, to) of a row: channels, or sixteen elements that have a weight
   each -> sums (channels of the row), and from `channels` on. */
SPECIALIZE void sum_parts(const lg_row_norm *p, const rows_summed *r, ptrdiff_t from, ptrdiff_t to,
                          ptrdiff_t channels, double *sums)
{
    const ptrdiff_t size = p->C * p->HW * p->n, each = one_each(p) ? 16 : p->HW * p->n;
    standard s;
    for (ptrdiff_t part = from; part < to; part++) {
        const ptrdiff_t at = part * each, end = minimum(at + each, size);
        gradient_sums own = {d_zero(), d_zero(), v_zero(), v_zero(), 0};
        for (ptrdiff_t row = r->begin; row < r->end; row += r->step) {
            if (part == from || r->end - r->begin > r->step) /* else there is but one row */
                s = standard_of(r->statistics + row * 2 * p->n, p->n);
            FOR_EACH_PART(i, k, row * size + at, row * size + end, {
                v16 value = standardized(s, v_load_part(r->x + i, k));
                add_gradient(&own, v_load_part(r->gy + i, k), value);
            })
        }
        flush(&own);
        if (one_each(p)) {
            double total[16], products[16];
            d_store(total, own.total);
            d_store(products, own.products);
            memcpy(sums + at, products, (size_t)(end - at) * sizeof(double));
            memcpy(sums + channels + at, total, (size_t)(end - at) * sizeof(double));
        } else {
            sums[part] = d_sum(own.products);
            sums[channels + part] = d_sum(own.total);
        }
    }
}

/* gy, x, statistics as above -> sums (pieces, row_norm_sums): for each weight that of gy times what was
   standardized, and behind them for each bias that of gy. */
void K(row_norm_weight_sums)(const lg_row_norm *p, const float *gy, const float *x, const double *statistics,
                             double *sums)
{
    const ptrdiff_t channels = row_norm_channels(p), pieces = row_norm_pieces(p);
    const ptrdiff_t images = p->n > 1 ? 1 : PIECE, blocks = ceil_div(p->N, p->n);
    const ptrdiff_t parts = one_each(p) ? ceil_div(p->C, 16) : p->C;
    const ptrdiff_t together = one_each(p) ? 2 : ceil_div(512, p->HW * p->n + 1); /* about 512 floats */
    const ptrdiff_t runs = ceil_div(parts, together), own = p->shared ? 1 : p->groups;
    const double work = (double)(rows_of(p) * p->C * p->HW * p->n);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *work)) schedule(static)
    for (ptrdiff_t task = 0; task < pieces * own * runs; task++) {
        const ptrdiff_t piece = task / (own * runs), group = task / runs % own, from = task % runs * together;
        const rows_summed r = {gy,
                               x,
                               statistics,
                               piece * images * p->groups + group,
                               minimum((piece + 1) * images, blocks) * p->groups,
                               own};
        sum_parts(p, &r, from, minimum(from + together, parts), channels,
                  sums + piece * row_norm_sums(p) + group * p->C);
    }
}

/* sums (pieces, row_norm_sums) -> gw, gb (channels), or NULL. */
void K(row_norm_weight_totals)(const lg_row_norm *p, const double *sums, float *gw, float *gb)
{
    const ptrdiff_t channels = row_norm_channels(p), pieces = row_norm_pieces(p);
    const ptrdiff_t stride = row_norm_sums(p);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(pieces * stride))) schedule(static)
    for (ptrdiff_t at = 0; at < stride; at += 16) {
        double total[16];
        d_store(total, tree_sum(sums + at, pieces, stride));
        for (ptrdiff_t l = at; l < minimum(at + 16, 2 * channels); l++) {
            float *to = l < channels ? gw : gb;
            if (to)
                to[l % channels] = (float)total[l - at];
        }
    }
}

/* statistics (B, channels, 2, n) -> running_mean, running_var (channels) of which either may be NULL: of
   instance norm, whose groups are channels, with the mean over images, and of unbiased variances. */
void K(row_norm_running)(const lg_row_norm *p, const double *statistics, double momentum, float *running_mean,
                         float *running_var)
{
    const double size = (double)p->HW, unbias = size / (size - 1.0), part = momentum / (double)p->N;
    for (ptrdiff_t c = 0; c < p->groups; c++) {
        double mean = 0.0, variance = 0.0;
        for (ptrdiff_t image = 0; image < p->N; image++) {
            const double *own = statistics + (image / p->n * p->groups + c) * 2 * p->n + image % p->n;
            mean += own[0];
            variance += 1.0 / (own[p->n] * own[p->n]) - p->eps;
        }
        if (running_mean)
            running_mean[c] = (float)((1.0 - momentum) * (double)running_mean[c] + part * mean);
        if (running_var)
            running_var[c] = (float)((1.0 - momentum) * (double)running_var[c] + part * unbias * variance);
    }
}
