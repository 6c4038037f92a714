/* What losses need beside their rows: looking through targets and weights, sums over rows, and the factor
   that comes down to a gradient. */
#include "parallel.h"
#include "rows.h"

/* Sums over rows are of parts of so many, added from first to last. */
enum { PART = 8192 };

static int64_t any_wrong(const int64_t *labels, ptrdiff_t N, ptrdiff_t C, int64_t ignore_index)
{
    int64_t wrong = 0;
    for (ptrdiff_t r = 0; r < N; r++)
        wrong |= (labels[r] != ignore_index) & ((labels[r] < 0) | (labels[r] >= C));
    return wrong;
}

/* labels (N,). *bad gets the first position whose label is neither in 0..C-1 nor ignore_index, or -1. */
void K(find_bad_label)(const int64_t *labels, ptrdiff_t N, ptrdiff_t C, int64_t ignore_index, ptrdiff_t *bad)
{
    const int team = lg_team(LG_MOVE * (double)N);
    int64_t wrong = 0;
    if (team == 1) /* the runtime would take longer than a few labels do */
        wrong = any_wrong(labels, N, C, ignore_index);
    else {
        const ptrdiff_t parts = ceil_div(N, PART);
#pragma omp parallel for num_threads(team) reduction(| : wrong)
        for (ptrdiff_t part = 0; part < parts; part++) {
            ptrdiff_t left = N - part * PART;
            wrong |= any_wrong(labels + part * PART, left < PART ? left : PART, C, ignore_index);
        }
    }
    *bad = -1;
    for (ptrdiff_t r = 0; wrong && *bad < 0 && r < N; r++) /* N: another thread may have mended it since */
        if (labels[r] != ignore_index && (labels[r] < 0 || labels[r] >= C))
            *bad = r;
}

/* x (size,), weights or probabilities. *bad gets the position of the first that is negative or not finite,
   or -1. */
void K(find_bad_weight)(const float *x, ptrdiff_t size, ptrdiff_t *bad)
{
    const ptrdiff_t parts = ceil_div(size, PART);
    int wrong = 0;
    *bad = -1;
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)size)) reduction(| : wrong)
    for (ptrdiff_t part = 0; part < parts; part++) {
        ptrdiff_t end = size - part * PART < PART ? size : (part + 1) * PART;
        m16 good = m_first(16);
        for (ptrdiff_t i = part * PART; i < end; i += 16) {
            v16 v = v_load_part(x + i, end - i < 16 ? (int)(end - i) : 16);
            good = m_and(good, m_and(v_le(v_zero(), v), v_lt(v, v_set1(INFINITY))));
        }
        wrong |= m_any(m_not(good));
    }
    for (ptrdiff_t i = 0; wrong && *bad < 0 && i < size; i++)
        if (!(x[i] >= 0.0f && x[i] < INFINITY))
            *bad = i;
}

/* labels (N,), or NULL: all rows count; weight (C,), or NULL; sample_weight (N,), or NULL. totals (2,): the
   sums over the rows whose label is not ignore_index, of both weights' product and of the sample weights. */
void K(total_weight)(const int64_t *labels, const float *weight, const float *sample_weight, ptrdiff_t N,
                     ptrdiff_t C, int64_t ignore_index, double *totals)
{
    int64_t used = 0;
    double *total = totals, *total_samples = totals + 1;
    *total = *total_samples = 0.0;
    if (!weight && !sample_weight) {
        for (ptrdiff_t r = 0; labels && r < N; r++)
            used += labels[r] != ignore_index;
        *total = *total_samples = (double)(labels ? used : N);
        return;
    }
    enum { PARTS = 64 }; /* whichever threads there are, so that sums are the same */
    double part_total[PARTS], part_samples[PARTS];
#pragma omp parallel for num_threads(lg_team(4.0 * LG_MOVE * (double)N))
    for (int part = 0; part < PARTS; part++) {
        double both = 0.0, samples = 0.0;
        for (ptrdiff_t r = N * part / PARTS; r < N * (part + 1) / PARTS; r++) {
            const ptrdiff_t label = labels ? label_of(labels, r, C, ignore_index) : 0;
            if (label < 0)
                continue;
            double s = sample_weight ? sample_weight[r] : 1.0;
            both += labels && weight ? s * weight[label] : s;
            samples += s;
        }
        part_total[part] = both, part_samples[part] = samples;
    }
    for (int part = 0; part < PARTS; part++) {
        *total += part_total[part];
        *total_samples += part_samples[part];
    }
}

/* loss (): the sum of x (size,), over totals[0] for a mean, or with totals NULL for a sum. */
void K(reduce_losses)(const double *x, ptrdiff_t size, const double *totals, float *loss)
{
    d16 sum = d_zero();
    ptrdiff_t i = 0;
    for (; i + 16 <= size; i += 16)
        sum = d_add(sum, d_load(x + i));
    double total = d_sum(sum);
    for (; i < size; i++)
        total += x[i];
    *loss = (float)(totals ? total / totals[0] : total);
}

/* y = x * factor[0]. x, y (size) */
void K(scale)(const float *x, const float *factor, ptrdiff_t size, float *y)
{
    const v16 by = v_set1(*factor);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)size)) schedule(guided)
    for (ptrdiff_t i = 0; i < size; i += 16) {
        int k = size - i < 16 ? (int)(size - i) : 16;
        v_store_part(y + i, v_mul(by, v_load_part(x + i, k)), k);
    }
}
