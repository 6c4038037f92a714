/* As tile_tpl.h, for wide tiles, whose exponentials no cache would hold: they are computed again for the
   gradient, which is less work than to store and load them. Memory takes long stretches best, even where
   these are not whole lines. */
#ifndef LG_CROSS_ENTROPY_WIDE_TPL_H
#define LG_CROSS_ENTROPY_WIDE_TPL_H

#include "tile_tpl.h"

enum {
    WIDE_MOST = 1024,      /* rows of a tile */
    WIDE_FLOATS = 1 << 20, /* at most: they are read twice, from a cache if there is room */
    CLASSES_AT_ONCE = 4,
    CLASSES_AHEAD = 8 /* whose logits and gradient are fetched */
};

typedef struct wide {
    ptrdiff_t first;
    int count,
        groups; /* rows; groups of sixteen of them, the last of which may have some of those before again */
    float max[WIDE_MOST];
    double sum[WIDE_MOST];    /* of exponentials, group by group; then */
    double factor[WIDE_MOST]; /* of the gradient; as two floats: */
    float hi[WIDE_MOST], lo[WIDE_MOST];
    float at_label[WIDE_MOST];
    int careful;
} wide;

/* How many rows a tile has, for at least `team` tiles in all if that leaves them wide. */
static ptrdiff_t wide_rows(job *p, int team)
{
    const ptrdiff_t inner = p->rows.inner, fit = WIDE_FLOATS / p->rows.C;
    const ptrdiff_t most = fit < 16 ? 16 : fit < WIDE_MOST ? fit : WIDE_MOST;
    ptrdiff_t tiles = ceil_div(inner, most);
    while (p->rows.outer * tiles < team && inner / tiles > WIDE_LEAST)
        tiles++;
    return round_up(ceil_div(inner, tiles), 16);
}

/* Where group i begins. */
SPECIALIZE int group_row(const wide *t, int i)
{
    return i < t->groups - 1 || t->count < 16 ? 16 * i : t->count - 16;
}

/* Maxima, and sums of exponentials, of some classes of x (classes, count), strided; `part` rows are in a
 * group. */
SPECIALIZE void sum_classes(wide *t, const int classes, const float *x, ptrdiff_t step, const int part)
{
    const exp_reference ref = guess_reference();
    for (int i = 0; i < t->groups; i++) {
        const int r = group_row(t, i);
        v16 max = v_load(t->max + r);
        d16 sum = d_load(t->sum + 16 * i);
        FOR_UNROLLED(4, j, classes) {
            __builtin_prefetch(x + (j + CLASSES_AT_ONCE) * step + r, 0, 2);
            v16 v = v_load_part(x + j * step + r, part);
            max = v_max(max, v);
            sum = d_add_v(sum, exp_of(&ref, v, v_zero(), 0));
        }
        v_store(t->max + r, max);
        d_store(t->sum + 16 * i, sum);
    }
}

static void sum_wide(wide *t, const float *x, ptrdiff_t step, ptrdiff_t C)
{
    ptrdiff_t c = 0;
    for (int i = 0; i < t->groups; i++) {
        v_store(t->max + 16 * i, v_set1(-INFINITY));
        d_store(t->sum + 16 * i, d_zero());
    }
    for (; t->count >= 16 && c + CLASSES_AT_ONCE <= C; c += CLASSES_AT_ONCE)
        sum_classes(t, CLASSES_AT_ONCE, x + c * step, step, 16);
    for (; c < C; c++)
        sum_classes(t, 1, x + c * step, step, t->count < 16 ? t->count : 16);
}

/* Losses and factors, or 0 where a maximum was not as guessed. */
static int finish_wide(job *p, double weights, const float *x, wide *t)
{
    m16 small = m_first(0);
    for (int i = 0; i < t->groups; i++)
        if (!as_guessed(v_load(t->max + group_row(t, i))))
            return 0;
    for (int i = 0; i < t->groups; i++) {
        const int r = group_row(t, i);
        group g;
        v16 hi, lo;
        finish_guessed(p, weights, x + r, t->first + r, t->count < 16 ? t->count : 16, v_load(t->max + r),
                       d_load(t->sum + 16 * i), &g);
        d_split(d_load(g.factor), &hi, &lo);
        v_store(t->hi + r, hi);
        v_store(t->lo + r, lo);
        memcpy(t->factor + r, g.factor, sizeof g.factor);
        memcpy(t->at_label + r, g.grad_at_label, sizeof g.grad_at_label);
        small = m_or(small, is_small(d_load(g.factor)));
    }
    t->careful = m_any(small);
    return 1;
}

/* The gradient, grad (C, count), strided, from the logits x likewise; `stream`: past the caches. */
SPECIALIZE void wide_gradient(const wide *t, const float *x, ptrdiff_t x_stride, float *grad, ptrdiff_t step,
                              ptrdiff_t C, const int stream)
{
    const exp_reference ref = guess_reference();
    for (; C > 0; C--, grad += step, x += x_stride)
        for (int r = 0; r < t->count; r += 16) {
            const int k = t->count - r < 16 ? t->count - r : 16;
            __builtin_prefetch(x + CLASSES_AHEAD * x_stride + r, 0, 2);
            v16 y = exp_of(&ref, v_load_part(x + r, k), v_zero(), 0);
            v16 v = grad_of(y, v_load(t->hi + r), v_load(t->lo + r), t->factor + r, t->careful);
            if (stream) {
                v_stream(grad + r, v);
            } else {
                __builtin_prefetch(grad + CLASSES_AHEAD * step + r, 1, 2);
                v_store_part(grad + r, v, k);
            }
        }
}

/* A tile. scratch as tile_in_lanes wants it. */
static void wide_tile(job *p, side_function *side, double weights, ptrdiff_t first, int count, float *scratch)
{
    const ptrdiff_t C = p->rows.C, inner = p->rows.inner, step = p->grad_at.cls;
    const float *x = p->logits + row_offset(p->logits_at, inner, first);
    float *grad = p->grad ? p->grad + row_offset(p->grad_at, inner, first) : NULL;
    wide t;
    t.first = first, t.count = count, t.groups = ceil_div(count, 16);
    const int lines = (uintptr_t)grad % 64 == 0 && step % 16 == 0 && t.count % 16 == 0;
    const int stream = lines && goes_past_caches(p);
    sum_wide(&t, x, p->logits_at.cls, C);
    if (!finish_wide(p, weights, x, &t)) {
        const int part = 16 * (int)tile_groups(C); /* that tile_in_lanes takes at a time */
        for (int r = 0; r < count; r += part)
            tile_in_lanes(p, side, weights, first + r, count - r < part ? count - r : part, scratch);
        return;
    }
    if (grad && stream)
        wide_gradient(&t, x, p->logits_at.cls, grad, step, C, 1);
    else if (grad)
        wide_gradient(&t, x, p->logits_at.cls, grad, step, C, 0);
    if (grad)
        finish_gradient(p, t.first, t.count, t.at_label, grad, stream);
}

#endif
