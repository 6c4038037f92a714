/* Cross-entropy of rows of logits, and its gradient. With the row's maximum m and rest = sum of
   exp(x - m) over all classes but the maximum's, a row that puts the mass q[j] on class j costs

       loss = sum of q[j] * (lse - x[j]),  lse - x[j] = (m - x[j]) + log1p(rest)
       gradient[j] = Q * exp(x[j] - m) / (1 + rest) - q[j],  Q = sum of q

   and z_loss * lse^2. For a class index q is the weight at the label, w, and with smoothing a little on all
   classes; the gradient at the label is -w * (sum of the others) / (1 + rest) and what the smoothing adds.
   Nothing is taken from 1 and sums are of numbers of one sign, so that a confident, correct row keeps its
   tiny loss and gradient.

   Rows are worked on in groups of up to sixteen. What is computed once for each row is computed for the
   group, in lanes, whichever way the vectors of exponentials run. */
#include "cross_entropy_along.h"
#include "cross_entropy_tile.h"

typedef void row_function(job *p, double weights, ptrdiff_t first, int count, float *y);

#define CASE(kind, cap)                                                                              \
    static void along_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, float *y)   \
    {                                                                                                \
        along(p, kind, cap, weights, first, count, y);                                               \
    }                                                                                                \
    static void side_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, v16 m,       \
                                    const block *b, float *grad, ptrdiff_t grad_step,                \
                                    float *probs_grad, ptrdiff_t probs_grad_step)                    \
    {                                                                                                \
        side_by_side(p, kind, cap, weights, first, count, m, b, grad, grad_step, probs_grad,         \
                     probs_grad_step);                                                               \
    }
CASE(HARD, 0) CASE(SMOOTH, 0) CASE(SOFT, 0) CASE(HARD, 1) CASE(SMOOTH, 1) CASE(SOFT, 1)

#define CASES(form)                        \
    {{form##_HARD_0, form##_HARD_1},       \
     {form##_SMOOTH_0, form##_SMOOTH_1},   \
     {form##_SOFT_0, form##_SOFT_1}}
static row_function *const along_functions[3][2] = CASES(along);
static group_function *const side_functions[3][2] = CASES(side);

void K(cross_entropy)(const lg_cross_entropy *given)
{
    lg_cross_entropy own = *given;
    const lg_cross_entropy *p = &own;
    if (own.totals) { /* the z term is not weighted by class, nor is its mean */
        own.scale /= own.totals[0];
        own.z_loss *= own.totals[1] != 0.0 ? own.totals[0] / own.totals[1] : 1.0;
    }
    const ptrdiff_t outer = p->rows.outer, C = p->rows.C, inner = p->rows.inner, N = outer * inner;
    const int kind = !p->labels ? SOFT : p->label_smoothing != 0.0 ? SMOOTH : HARD;
    const int cap = p->softcap != 0.0;
    const int by_lanes = (C > LG_FEW && p->logits_at.cls != 1) ||
                         (lg_in_lanes(&p->rows, p->logits_at) &&
                          (!p->grad || lg_in_lanes(&p->rows, p->grad_at)) &&
                          (!p->probs || lg_in_lanes(&p->rows, p->probs_at)) &&
                          (!p->probs_grad || lg_in_lanes(&p->rows, p->probs_grad_at)));
    /* Groups, `parts` of them in each of `spans` sequences of `span` rows. */
    const ptrdiff_t spans = by_lanes ? outer : 1, span = by_lanes ? inner : N;
    const ptrdiff_t fit = LG_ON_STACK / (16 * lg_vectors(C));
    const int in_tiles = by_lanes && C > LG_FEW && kind == HARD && !cap;
    const ptrdiff_t panel = 16 * lg_panel(C);
    ptrdiff_t rows = 16;
    if (in_tiles)
        rows = TILES_ROWS;
    else if (by_lanes)
        rows = panel;
    else if (C > LG_FEW && fit < 16)
        rows = fit > 1 ? fit : 1;
    const size_t each = lg_rows_scratch(&p->rows);
    double weights = p->weight ? 0.0 : (double)C;
    for (ptrdiff_t c = 0; kind == SMOOTH && p->weight && c < C; c++)
        weights += p->weight[c];
    int team = lg_team(50.0 * (double)N * (double)C);
    if (each && team > p->threads)
        team = p->threads;
    while (in_tiles && rows > panel && spans * (span / rows) < team) /* a row's bits do not depend on its tile */
        rows /= 2;
    const ptrdiff_t parts = (span + rows - 1) / rows;
#pragma omp parallel for collapse(2) num_threads(team) schedule(guided)
    for (ptrdiff_t o = 0; o < spans; o++)
        for (ptrdiff_t part = 0; part < parts; part++) {
            _Alignas(64) float on_stack[LG_ON_STACK];
            float *y = each ? p->scratch + each * (size_t)lg_thread() : on_stack;
            ptrdiff_t first = o * span + part * rows, left = span - part * rows;
            int count = (int)(left < rows ? left : rows);
            if (in_tiles)
                tiles(p, side_functions[kind][cap], weights, first, count, y);
            else if (by_lanes)
                for (ptrdiff_t r = 0; r < count; r += panel)
                    lanes(p, side_functions[kind][cap], weights, first + r,
                          (int)(count - r < panel ? count - r : panel), y);
            else if (C > LG_FEW)
                along_functions[kind][cap](p, weights, first, count, y);
            else
                packed(p, side_functions[kind][cap], weights, first, count, y);
        }
}
