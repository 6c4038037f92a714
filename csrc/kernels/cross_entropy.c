/* Cross-entropy of rows of logits (N, C) against class indices, and its gradient, in one pass. With the
   row's maximum m and total = 1 + rest = sum of exp(x - m):
       loss = (m - x[target]) + log1p(rest)      gradient[j] = exp(x[j] - m) / total
   and at the target -(sum of the others) / total. Nothing is taken from 1, so that a confident, correct
   row keeps its tiny loss and gradient; differences carry what their rounding loses (see rows.h). */
#include "../kernels.h"
#include "rows.h"

/* One block (see rows.h). Lane r is a row with its target at x[at[r]] and its weight[r]; all lanes are the
   same for a block of one row. loss (16,) gets weight * loss. Where grad (size,) is not NULL, it gets the
   gradient of scale * loss, and may be x; but the targets' gradients go to target_grad (16,). */
static void block(const float *x, const ptrdiff_t at[16], const float weights[16], ptrdiff_t size, int lanes,
                  double scale, float loss[16], float *grad, float target_grad[16])
{
    float picked[16]; /* at the targets */
    for (int r = 0; r < 16; r++)
        picked[r] = x[at[r]];
    v16 m = lg_block_max(x, size, lanes), target = v_load(picked);
    d16 rest = lg_exp_rest(x, size, lanes, m, grad), weight = d_from(v_load(weights));
    d16 margin = d_sub(d_from(m), d_from(target));
    v_store(loss, d_hi(d_mul(weight, d_add(margin, lg_log_total(rest)))));
    if (!grad)
        return;

    for (int r = 0; r < 16; r++)
        picked[r] = grad[at[r]];
    d16 total = d_add(d_set1(1.0), rest);
    d16 factor = d_div(d_mul(weight, d_set1(scale)), total);
    d16 others = d_sub(total, d_mul(d_from(v_load(picked)), d_set1(0x1p-64)));
    v16 at_target = v_select(v_eq(target, m), d_hi(d_mul(factor, rest)), d_hi(d_mul(factor, others)));
    v_store(target_grad, v_sub(v_zero(), at_target));
    lg_block_scale(grad, size, factor);
}

/* One row along the lanes: x (C,), loss (1,), grad (C,) or NULL. */
static void one_row(const float *x, ptrdiff_t target, ptrdiff_t C, float weight, double scale, float *loss,
                    float *grad)
{
    ptrdiff_t at[16];
    float weights[16], losses[16], target_grad[16];
    for (int r = 0; r < 16; r++) {
        at[r] = target;
        weights[r] = weight;
    }
    block(x, at, weights, C, 0, scale, losses, grad, target_grad);
    *loss = losses[0];
    if (grad)
        grad[target] = target_grad[0];
}

/* Rows `first` to first + 15, or to N, in the lanes; the arguments are those of the kernel. */
static void sixteen_rows(ptrdiff_t first, const float *logits, const int64_t *target, const float *weight,
                         ptrdiff_t N, ptrdiff_t C, int64_t ignore_index, double scale, float *loss,
                         float *grad)
{
    _Alignas(64) float x[16 * LG_FEW];
    float weights[16], losses[16], target_grad[16];
    ptrdiff_t at[16], count = N - first < 16 ? N - first : 16;
    lg_load_rows(logits, first, N, C, x);
    for (ptrdiff_t r = 0; r < 16; r++) {
        at[r] = r;
        weights[r] = 0.0f;
        if (r < count && target[first + r] != ignore_index) {
            ptrdiff_t t = (ptrdiff_t)target[first + r];
            at[r] = 16 * t + r;
            weights[r] = weight ? weight[t] : 1.0f;
        } else {
            for (ptrdiff_t c = 0; c < C; c++) /* so that a NaN there stays there */
                x[16 * c + r] = 0.0f;
        }
    }
    block(x, at, weights, 16 * C, 1, scale, losses, grad ? x : NULL, target_grad);
    memcpy(loss + first, losses, (size_t)count * sizeof(float));
    if (!grad)
        return;
    lg_store_rows(x, first, N, C, grad);
    for (ptrdiff_t r = first; r < first + count; r++)
        if (target[r] != ignore_index)
            grad[r * C + target[r]] = target_grad[r - first];
}

/* logits (N, C), target (N,), weight (C,) or NULL; labels are in range. loss (N,) gets weight * loss of
   each row, 0 where its target is ignore_index; grad (N, C) or NULL, maybe the logits themselves, the
   gradient of scale * loss. */
void K(cross_entropy)(const float *logits, const int64_t *target, const float *weight, ptrdiff_t N,
                      ptrdiff_t C, int64_t ignore_index, double scale, float *loss, float *grad)
{
    int team = lg_team(5.0 * (double)N * (double)C);
    (void)team; /* without OpenMP */
    if (C <= LG_FEW) {
#pragma omp parallel for num_threads(team) schedule(static)
        for (ptrdiff_t r = 0; r < N; r += 16)
            sixteen_rows(r, logits, target, weight, N, C, ignore_index, scale, loss, grad);
        return;
    }
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < N; r++) {
        ptrdiff_t t = (ptrdiff_t)target[r];
        if (target[r] != ignore_index) {
            one_row(logits + r * C, t, C, weight ? weight[t] : 1.0f, scale, loss + r,
                    grad ? grad + r * C : NULL);
            continue;
        }
        loss[r] = 0.0f;
        if (grad)
            memset(grad + r * C, 0, (size_t)C * sizeof(float));
    }
}
