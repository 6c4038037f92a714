/* Cross-entropy of rows of logits (N, C) against class indices, and its gradient, in one pass. With
   the row's maximum m and total = 1 + rest = sum of exp(x - m):

       loss = (m - x[target]) + log1p(rest)      gradient[j] = exp(x[j] - m) / total

   and at the target -(sum of the others) / total. Nothing is taken from 1, so that a confident,
   correct row keeps its tiny loss and gradient; rows.h carries what differences would lose. */
#include "../kernels.h"
#include "rows.h"

/* x at the targets: at[r] for lane r, or at[0] for a block of one row. */
V_INLINE v16 pick(const float *x, const ptrdiff_t *at, int lanes)
{
    float picked[16];
    if (!lanes)
        return v_set1(x[at[0]]);
    for (int r = 0; r < 16; r++)
        picked[r] = x[at[r]];
    return v_load(picked);
}

/* Loss of one block (see rows.h) with maximum m: a row per lane, or in all lanes the same. weight is that of the
   target's class; the block at `next` comes next. Where grad (size,) is not NULL, it gets the
   gradient of scale * loss, and may be x; but the gradient at the targets goes to *target_grad. */
V_INLINE v16 block(const float *x, v16 m, ptrdiff_t size, int lanes, const float *next,
                   const ptrdiff_t *at, v16 weight, double scale, float *grad, v16 *target_grad)
{
    v16 target = pick(x, at, lanes);
    d16 rest = lg_exp_rest(x, size, lanes, m, grad, next);
    d16 margin = d_sub(d_from(m), d_from(target));
    v16 loss = d_hi(d_mul(d_from(weight), d_add(margin, lg_log_total(rest))));
    if (!grad)
        return loss;
    d16 total = d_add(d_set1(1.0), rest);
    d16 factor = d_div(d_mul(d_from(weight), d_set1(scale)), total);
    d16 others = d_sub(total, d_mul(d_from(pick(grad, at, lanes)), d_set1(0x1p-64)));
    v16 is_max = d_hi(d_mul(factor, rest)), is_not = d_hi(d_mul(factor, others));
    *target_grad = v_sub(v_zero(), v_select(v_eq(target, m), is_max, is_not));
    lg_block_scale(grad, size, factor);
    return loss;
}

static void ignore_row(ptrdiff_t r, ptrdiff_t C, float *loss, float *grad)
{
    loss[r] = 0.0f;
    if (grad)
        memset(grad + r * C, 0, (size_t)C * sizeof(float));
}

/* One row along the lanes: x (C,), loss (1,), grad (C,) or NULL. */
static void one_row(const float *x, ptrdiff_t target, ptrdiff_t C, float weight, double scale,
                    float *loss, float *grad)
{
    v16 at_target = v_zero();
    v16 l = block(x, lg_block_max(x, C, 0), C, 0, x + C, &target, v_set1(weight), scale, grad, &at_target);
    v_store_part(loss, l, 1);
    if (grad)
        v_store_part(grad + target, at_target, 1);
}

/* Rows `first` to first + 15, or to N, in the lanes; the arguments are those of the kernel. */
static void sixteen_rows(ptrdiff_t first, const float *logits, const int64_t *target,
                         const float *weight, ptrdiff_t N, ptrdiff_t C, int64_t ignore_index,
                         double scale, float *loss, float *grad)
{
    _Alignas(64) float x[16 * LG_FEW];
    float weights[16], target_grad[16];
    ptrdiff_t at[16];
    int count = N - first < 16 ? (int)(N - first) : 16;
    v16 m = lg_load_rows(logits, first, N, C, x);
    for (int r = 0; r < 16; r++) {
        int counts = r < count && target[first + r] != ignore_index;
        ptrdiff_t t = counts ? (ptrdiff_t)target[first + r] : 0;
        at[r] = 16 * t + r;
        weights[r] = weight ? weight[t] : 1.0f;
    }
    if (grad)
        lg_will_write(grad + first * C, count * C);
    v16 at_target = v_zero();
    v16 l = block(x, m, 16 * C, 1, logits + (first + 16) * C, at, v_load(weights), scale,
                  grad ? x : NULL, &at_target);
    v_store_part(loss + first, l, count);
    if (grad)
        lg_store_rows(x, first, N, C, grad);
    v_store(target_grad, at_target);
    for (int r = 0; r < count; r++) {
        int64_t t = target[first + r];
        if (t == ignore_index)
            ignore_row(first + r, C, loss, grad);
        else if (grad)
            grad[(first + r) * C + t] = target_grad[r];
    }
}

/* logits (N, C), target (N,), weight (C,) or NULL; labels are in range. loss (N,) gets weight *
   loss of each row, 0 where its target is ignore_index; grad (N, C) or NULL, maybe the logits
   themselves, the gradient of scale * loss. */
void K(cross_entropy)(const float *logits, const int64_t *target, const float *weight, ptrdiff_t N,
                      ptrdiff_t C, int64_t ignore_index, double scale, float *loss, float *grad)
{
    int team = lg_team(50.0 * (double)N * (double)C);
    (void)team; /* without OpenMP */
    if (C <= LG_FEW) {
#pragma omp parallel for num_threads(team) schedule(guided)
        for (ptrdiff_t r = 0; r < N; r += 16)
            sixteen_rows(r, logits, target, weight, N, C, ignore_index, scale, loss, grad);
        return;
    }
#pragma omp parallel for num_threads(team) schedule(guided)
    for (ptrdiff_t r = 0; r < N; r++) {
        ptrdiff_t t = (ptrdiff_t)target[r];
        if (target[r] == ignore_index)
            ignore_row(r, C, loss, grad);
        else
            one_row(logits + r * C, t, C, weight ? weight[t] : 1.0f, scale, loss + r,
                    grad ? grad + r * C : NULL);
    }
}
