/* Negative log-likelihood of class indices under rows of log-probabilities (N, C), its gradient,
   and what it shares with cross-entropy: looking through the targets, and the sum of the rows'
   losses. */
#include "../kernels.h"
#include "../simd/v16.h"

/* target (N,), weight (C,) or NULL. *bad gets the first position whose label is neither in
   0..C-1 nor ignore_index, or -1; *total, if there is none, the sum of weights over the rows
   that are not ignored. */
void K(scan_targets)(const int64_t *target, const float *weight, ptrdiff_t N, ptrdiff_t C,
                     int64_t ignore_index, ptrdiff_t *bad, double *total)
{
    int64_t wrong = 0, used = 0;
    for (ptrdiff_t r = 0; r < N; r++) {
        int64_t keep = target[r] != ignore_index;
        wrong |= keep & ((target[r] < 0) | (target[r] >= C));
        used += keep;
    }
    *bad = -1;
    *total = (double)used;
    for (ptrdiff_t r = 0; wrong && *bad < 0; r++)
        if (target[r] != ignore_index && (target[r] < 0 || target[r] >= C))
            *bad = r;
    if (wrong || !weight)
        return;
    *total = 0.0;
    for (ptrdiff_t r = 0; r < N; r++)
        if (target[r] != ignore_index)
            *total += weight[target[r]];
}

/* x (size,) */
void K(sum)(const float *x, ptrdiff_t size, double *total)
{
    d16 sum = d_zero();
    ptrdiff_t i = 0;
    for (; i + 16 <= size; i += 16)
        sum = d_add_v(sum, v_load(x + i));
    *total = d_sum(d_add_v(sum, v_load_part(x + i, (int)(size - i))));
}

/* log_probs (N, C), target (N,) with labels in range, weight (C,) or NULL, loss (N,) */
void K(nll_loss)(const float *log_probs, const int64_t *target, const float *weight, ptrdiff_t N,
                 ptrdiff_t C, int64_t ignore_index, float *loss)
{
    for (ptrdiff_t r = 0; r < N; r++) {
        int64_t t = target[r];
        loss[r] = t == ignore_index ? 0.0f : -(weight ? weight[t] : 1.0f) * log_probs[r * C + t];
    }
}

/* grad (N, C) gets -weight * scale at the targets, 0 elsewhere. With g (N,) the scale is a row's
   own, times `scale`. */
void K(nll_loss_backward)(const int64_t *target, const float *weight, ptrdiff_t N, ptrdiff_t C,
                          int64_t ignore_index, double scale, const float *g, float *grad)
{
    for (ptrdiff_t i = 0; i < N * C; i++)
        grad[i] = 0.0f;
    for (ptrdiff_t r = 0; r < N; r++) {
        int64_t t = target[r];
        if (t != ignore_index)
            grad[r * C + t] = (float)-((weight ? weight[t] : 1.0) * scale * (g ? g[r] : 1.0));
    }
}
