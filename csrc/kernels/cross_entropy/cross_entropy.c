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
#include "along.h"
#include "wide.h"

typedef void row_function(job *p, double weights, ptrdiff_t first, int count, float *y);

#define CASE(kind, cap)                                                                                  \
    static void along_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, float *y)       \
    {                                                                                                    \
        along(p, kind, cap, weights, first, count, y);                                                   \
    }                                                                                                    \
    static void side_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, v16 m,           \
                                    const block *b, float *grad, ptrdiff_t grad_step, float *probs_grad, \
                                    ptrdiff_t probs_grad_step)                                           \
    {                                                                                                    \
        side_by_side(p, kind, cap, weights, first, count, m, b, grad, grad_step, probs_grad,             \
                     probs_grad_step);                                                                   \
    }
/* clang-format off */
CASE(HARD, 0)
CASE(SMOOTH, 0)
CASE(SOFT, 0)
CASE(HARD, 1)
CASE(SMOOTH, 1)
CASE(SOFT, 1)

#define CASES(form) \
    {{form##_HARD_0, form##_HARD_1}, {form##_SMOOTH_0, form##_SMOOTH_1}, {form##_SOFT_0, form##_SOFT_1}}
static row_function *const along_functions[3][2] = CASES(along);
static group_function *const side_functions[3][2] = CASES(side);
/* clang-format on */

enum { RUNS = 16 }; /* that a thread's share is taken in: others may take over some */

/* How rows are shared out: `spans` sequences of `span` rows, in `parts` of `rows` each, of which `run` are
   taken at a time. */
typedef struct walk {
    job *p;
    int kind, cap, by_lanes, in_tiles;
    double weights;
    ptrdiff_t spans, span, rows, parts, run;
    ptrdiff_t wide; /* rows of wide tiles; else */
    cut cut;
    size_t scratch; /* of each thread */
} walk;

static void take_rows(const walk *w, ptrdiff_t o, ptrdiff_t part)
{
    _Alignas(64) float on_stack[LG_ON_STACK];
    float *y = w->scratch ? w->p->scratch + w->scratch * (size_t)lg_thread() : on_stack;
    const ptrdiff_t first = o * w->span + part * w->rows, left = w->span - part * w->rows;
    const ptrdiff_t C = w->p->rows.C, panel = 16 * panel_groups(C);
    const int count = (int)(left < w->rows ? left : w->rows);
    group_function *side = side_functions[w->kind][w->cap];
    if (w->wide)
        wide_tile(w->p, side, w->weights, w->wide, first, y);
    else if (w->in_tiles)
        tiles(w->p, &w->cut, side, w->weights, first, first + count, y);
    else if (w->by_lanes)
        for (ptrdiff_t r = 0; r < count; r += panel)
            lanes(w->p, side, w->weights, first + r, (int)(count - r < panel ? count - r : panel), y);
    else if (C > LG_FEW)
        along_functions[w->kind][w->cap](w->p, w->weights, first, count, y);
    else
        packed(w->p, side, w->weights, first, count, y);
}

static void take_run(const void *work, ptrdiff_t i)
{
    const walk *w = work;
    const ptrdiff_t all = w->spans * w->parts, end = (i + 1) * w->run < all ? (i + 1) * w->run : all;
    for (ptrdiff_t n = i * w->run; n < end; n++)
        take_rows(w, n / w->parts, n % w->parts);
}

void K(cross_entropy)(const lg_cross_entropy *given)
{
    lg_cross_entropy own = *given;
    const lg_cross_entropy *p = &own;
    if (p->rows.outer * p->rows.inner * p->rows.C ==
        0) /* no rows to be shared out, or no classes to have a loss */
        return;
    if (own.totals) { /* the z term is not weighted by class, nor is its mean */
        own.scale /= own.totals[0];
        own.z_loss *= own.totals[1] != 0.0 ? own.totals[0] / own.totals[1] : 1.0;
    }
    const ptrdiff_t outer = p->rows.outer, C = p->rows.C, inner = p->rows.inner, N = outer * inner;
    walk w = {.p = p,
              .cap = p->softcap != 0.0,
              .scratch = lg_rows_scratch(&p->rows),
              .rows = 16,
              .kind = !p->labels                  ? SOFT
                      : p->label_smoothing != 0.0 ? SMOOTH
                                                  : HARD,
              .weights = p->weight ? 0.0 : (double)C};
    w.by_lanes =
        (C > LG_FEW && p->logits_at.cls != 1) ||
        (stand_in_lanes(&p->rows, p->logits_at) && (!p->grad || stand_in_lanes(&p->rows, p->grad_at)) &&
         (!p->probs || stand_in_lanes(&p->rows, p->probs_at)) &&
         (!p->probs_grad || stand_in_lanes(&p->rows, p->probs_grad_at)));
    w.in_tiles = w.by_lanes && w.kind == HARD && !w.cap;
    w.spans = w.by_lanes ? outer : 1, w.span = w.by_lanes ? inner : N;
    const ptrdiff_t fit = LG_ON_STACK / (16 * vectors_of(C)), panel = 16 * panel_groups(C);
    if (w.by_lanes)
        w.rows = panel;
    else if (C > LG_FEW && fit < 16)
        w.rows = fit > 1 ? fit : 1;
    for (ptrdiff_t c = 0; w.kind == SMOOTH && p->weight && c < C; c++)
        w.weights += p->weight[c];
    int team = lg_team(50.0 * (double)N * (double)C);
    if (w.scratch && team > p->threads)
        team = p->threads;
    if (w.in_tiles) { /* are shared out, several that follow on each other unless they are wide */
        w.cut = cut_rows(p);
        /* Few rows take narrow ones, and so do stores past the caches: their lines are whole, and none is
           written twice. */
        if (inner >= WIDE_LEAST && !(p->grad && w.cut.lines && goes_past_caches(p)))
            w.wide = wide_rows(p, team);
        w.spans = 1, w.span = outer * (w.wide ? ceil_div(inner, w.wide) : w.cut.tiles);
        w.rows = w.wide ? 1 : w.span < 16 * team ? ceil_div(w.span, team) : 16;
    }
    w.parts = ceil_div(w.span, w.rows);
    w.run = ceil_div(w.spans * w.parts, RUNS * team);
    if (w.run > 0)
        lg_share_out(team, ceil_div(w.spans * w.parts, w.run), take_run, &w);
}
