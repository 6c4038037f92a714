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
#include "along_tpl.h"
#include "wide_tpl.h"

typedef void along_function(job *p, double weights, ptrdiff_t first, int count, float *y);

#define CASE(kind, cap)                                                                                      \
    static void along_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, float *y)           \
    {                                                                                                        \
        along(p, kind, cap, weights, first, count, y);                                                       \
    }                                                                                                        \
    static void side_##kind##_##cap(job *p, double weights, ptrdiff_t first, int count, v16 m,               \
                                    const scores *in, float *grad, ptrdiff_t grad_stride, float *probs_grad, \
                                    ptrdiff_t probs_grad_stride)                                             \
    {                                                                                                        \
        side_by_side(p, kind, cap, weights, first, count, m, in, grad, grad_stride, probs_grad,              \
                     probs_grad_stride);                                                                     \
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
static along_function *const along_functions[3][2] = CASES(along);
static side_function *const side_functions[3][2] = CASES(side);
/* clang-format on */

/* What is the same for all rows of a call. */
typedef struct rows_call {
    job *p;
    along_function *along;
    side_function *side;
    double weights; /* of all classes together */
} rows_call;

static void take(const void *given, const walk *w, ptrdiff_t from, ptrdiff_t to, float *scratch)
{
    const rows_call *c = given;
    if (w->way == TILES) { /* one is begun while the one before is finished */
        tiles(c->p, w, c->side, c->weights, from, to, scratch);
        return;
    }
    for (ptrdiff_t n = from; n < to; n++) {
        const piece rows = piece_of(w, n);
        if (w->way == ALONG)
            c->along(c->p, c->weights, rows.first, rows.count, scratch);
        else if (w->way == PACKED)
            packed_group(c->p, c->side, c->weights, rows.first, rows.count, scratch);
        else if (w->way == LANES)
            tile_in_lanes(c->p, c->side, c->weights, rows.first, rows.count, scratch);
        else
            wide_tile(c->p, c->side, c->weights, rows.first, rows.count, scratch);
    }
}

/* The best that there is for rows that stand side by side. */
static way best_of_tiles(job *p, int kind, int cap)
{
    if (kind != HARD || cap)
        return LANES;
    /* Few rows take narrow tiles, and so do stores past the caches: their lines are whole, and none is
       written twice. */
    return p->grad && has_lines(p) && goes_past_caches(p) ? TILES : WIDE;
}

static way way_of(job *p, way best)
{
    lg_strides at[4] = {p->logits_at};
    int count = 1;
    if (p->grad)
        at[count++] = p->grad_at;
    if (p->probs)
        at[count++] = p->probs_at;
    if (p->probs_grad)
        at[count++] = p->probs_grad_at;
    return choose_way(&p->rows, at, count, best);
}

static walk walk_of(job *p, way way, int team)
{
    const ptrdiff_t tile_rows = 16 * tile_groups(p->rows.C);
    const ptrdiff_t fit = ON_STACK / (16 * vectors_of(p->rows.C));
    switch (way) {
    case PACKED: return walk_by_groups(&p->rows, way, 16);
    case LANES: return walk_by_tiles(&p->rows, way, tile_rows, -1);
    case TILES: return walk_by_tiles(&p->rows, way, tile_rows, has_lines(p) ? rows_before_line(p) : -1);
    case WIDE: return walk_by_tiles(&p->rows, way, wide_rows(p, team), -1);
    default: return walk_by_groups(&p->rows, ALONG, maximum(1, minimum(fit, 16)));
    }
}

void K(cross_entropy)(const lg_cross_entropy *given)
{
    lg_cross_entropy own = *given;
    const lg_cross_entropy *p = &own;
    const ptrdiff_t C = p->rows.C, N = p->rows.outer * p->rows.inner;
    if (N * C == 0) /* no rows to be shared out, or no classes to have a loss */
        return;
    if (own.totals) { /* the z term is not weighted by class, nor is its mean */
        own.scale /= own.totals[0];
        own.z_loss *= own.totals[1] != 0.0 ? own.totals[0] / own.totals[1] : 1.0;
    }
    const int kind = !p->labels ? SOFT : p->label_smoothing != 0.0 ? SMOOTH : HARD, cap = p->softcap != 0.0;
    rows_call c = {p, along_functions[kind][cap], side_functions[kind][cap], p->weight ? 0.0 : (double)C};
    for (ptrdiff_t j = 0; kind == SMOOTH && p->weight && j < C; j++)
        c.weights += p->weight[j];
    const int team = walk_team(&p->rows, 50.0 * (double)N * (double)C, p->threads);
    const walk w = walk_of(p, way_of(p, best_of_tiles(p, kind, cap)), team);
    /* One tile is begun before the last is done: so sixteen follow on each other, if there are enough. */
    const ptrdiff_t tiles = w.pieces < 16 * team ? ceil_div(w.pieces, team) : 16;
    walk_through(&w, team, w.way == TILES ? tiles : 1, p->scratch, take, &c);
}
