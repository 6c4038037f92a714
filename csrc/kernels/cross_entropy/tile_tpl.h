/* Cross-entropy of rows that stand side by side in memory, for class indices and without softcap: by tiles,
   which are read and written class by class, in stretches as long as a tile is wide. A tile's
   exponentials stay in a cache until their sums are known, and its gradient is written while the next tile's
   are computed, which take their place. The maxima are guessed. A stretch is best made of whole lines of
   64 bytes: what is left of a line is read again for the next tile. */
#ifndef LG_CROSS_ENTROPY_TILE_TPL_H
#define LG_CROSS_ENTROPY_TILE_TPL_H

#include "side_tpl.h"
#include "kernels/rows/walk.h"

#include <string.h>

enum {
    TILE_VECTORS = 128,     /* are worked on at a time, while the next are fetched */
    BEYOND_CACHES = 1 << 20 /* floats of a gradient that is not expected to stay in a cache */
};

/* Whether the gradient is large enough to be stored past the caches, where this CPU is quick with that. */
SPECIALIZE int goes_past_caches(job *p)
{
    return V_STREAMS && lg_streams && p->rows.outer * p->rows.C * p->rows.inner >= BEYOND_CACHES;
}

/* Losses, and what gradients are made of, of up to sixteen rows, from their maxima, which are as guessed, and
   the sums of their exponentials; x (C, count), strided. */
static void finish_guessed(job *p, double weights, const float *x, ptrdiff_t first, int count, v16 max,
                           d16 sum, group *g)
{
    const exp_reference ref = guess_reference();
    v16 lost, top = exponential_of_max(&ref, max, v_zero(), &lost);
    sums s = {.rest = d_sub(sum, d_from(top))};
    m16 tiny = is_tiny(s.rest, top, p->rows.C);
    if (m_any(tiny)) { /* see tiny_rest */
        d16 rest = d_zero();
        for (ptrdiff_t c = 0; c < p->rows.C; c++) {
            v16 y = exp_of(&ref, v_load_part(x + c * p->logits_at.cls, count), v_zero(), 0);
            rest = d_add_v(rest, v_select(v_eq(y, top), v_zero(), y));
        }
        s.rest = d_select(tiny, rest, s.rest);
    }
    s.total = d_add(s.rest, d_add(d_from(top), d_from(lost)));
    start_group(p, first, count, g);
    v_store(g->exp_at_label, exp_of(&ref, v_load(g->at_label), v_zero(), 0));
    finish_group(p, HARD, 0, max, &s, weights, g);
    largest_classes(p, first, count);
}

/* The gradient from exponentials; hi and lo are the factor's. */
SPECIALIZE v16 grad_of(v16 y, v16 hi, v16 lo, const double *factor, int careful)
{
    return careful ? carefully(y, d_load(factor)) : scaled_by(y, hi, lo);
}

/* Labels come last: their lines are not to be in a cache while others are written past it. */
static void finish_gradient(job *p, ptrdiff_t first, int count, const float *at_labels, float *grad,
                            int stream)
{
    if (stream)
        v_stream_end();
    grad_at_labels(p, first, count, at_labels, grad, p->grad_at.cls);
}

/* Whether a class's rows are whole lines in a tile, of the gradient too. */
static int has_lines(job *p)
{
    const lg_strides x = p->logits_at, g = p->grad_at;
    return x.cls % 16 == 0 && g.cls % 16 == 0 &&
           (p->rows.outer == 1 || (x.outer % 16 == 0 && g.outer % 16 == 0)) &&
           ((uintptr_t)p->logits - (uintptr_t)p->grad) % 64 == 0;
}

/* The rows before the first line of 64 bytes. */
static ptrdiff_t rows_before_line(job *p) { return (ptrdiff_t)(-(uintptr_t)p->logits % 64 / sizeof(float)); }

/* That whose exponentials are computed; then the one whose gradient is written. */
typedef struct tile {
    int count, groups, last; /* rows; groups of sixteen of them; rows of the last */
    v16 max[TILE_GROUPS];
    t16 sum[TILE_GROUPS];
    v16 hi[TILE_GROUPS], lo[TILE_GROUPS];
    double factor[TILE_GROUPS][16];
    float at_label[TILE_GROUPS * 16];
    int careful;
} tile;

static void start_tile(tile *t, int count)
{
    t->count = count, t->groups = ceil_div(count, 16), t->last = count - 16 * (t->groups - 1);
    for (int i = 0; i < t->groups; i++)
        t->max[i] = v_set1(-INFINITY), t->sum[i] = t_zero();
}

/* The exponentials of classes c to end - 1 of x (C, count), strided, to y (C, y_stride), and the sums of
   those from `before` to c - 1: not of the same, since doubles are made of floats as they are loaded.
   `groups` is a constant: maxima and sums stay in registers. In the order of memory, since a line may be
   part of two groups. */
SPECIALIZE void groups_exponentials(tile *t, const int groups, const float *x, ptrdiff_t x_stride, float *y,
                                    ptrdiff_t y_stride, ptrdiff_t before, ptrdiff_t c, ptrdiff_t end)
{
    const exp_reference ref = guess_reference();
    const int last = t->last;
    const ptrdiff_t ahead = (end - c) * x_stride;
    const float *old = y + before * y_stride;
    v16 max[TILE_GROUPS];
    t16 sum[TILE_GROUPS];
    x += c * x_stride, y += c * y_stride;
    for (int i = 0; i < groups; i++)
        max[i] = t->max[i], sum[i] = t->sum[i];
    for (ptrdiff_t n = end - c; n > 0; n--, x += x_stride, y += y_stride) {
        __builtin_prefetch(x + ahead + 16 * groups - 1, 0, 2);
        for (int i = 0; i < groups; i++) {
            __builtin_prefetch(x + ahead + 16 * i, 0, 2);
            v16 v = v_load_part(x + 16 * i, i < groups - 1 ? 16 : last);
            max[i] = v_max(max[i], v);
            v_store(y + 16 * i, exp_of(&ref, v, v_zero(), 0));
            if (before < c)
                sum[i] = t_add(sum[i], old + 16 * i);
        }
        if (before < c)
            before++, old += y_stride;
    }
    for (; before < c; before++, old += y_stride)
        for (int i = 0; i < groups; i++)
            sum[i] = t_add(sum[i], old + 16 * i);
    for (int i = 0; i < groups; i++)
        t->max[i] = max[i], t->sum[i] = sum[i];
}

static void tile_exponentials(tile *t, const float *x, ptrdiff_t x_stride, float *y, ptrdiff_t y_stride,
                              ptrdiff_t before, ptrdiff_t c, ptrdiff_t end)
{
    if (t->groups == 1)
        groups_exponentials(t, 1, x, x_stride, y, y_stride, before, c, end);
    else if (t->groups == 2)
        groups_exponentials(t, 2, x, x_stride, y, y_stride, before, c, end);
    else if (t->groups == 3)
        groups_exponentials(t, 3, x, x_stride, y, y_stride, before, c, end);
    else
        groups_exponentials(t, 4, x, x_stride, y, y_stride, before, c, end);
}

/* Losses and factors, or 0 where a maximum was not as guessed. */
static int finish_tile(job *p, double weights, const float *x, ptrdiff_t first, tile *t)
{
    m16 small = m_first(0);
    for (int i = 0; i < t->groups; i++)
        if (!as_guessed(t->max[i]))
            return 0;
    for (int i = 0; i < t->groups; i++) {
        group g;
        finish_guessed(p, weights, x + 16 * i, first + 16 * i, i < t->groups - 1 ? 16 : t->last, t->max[i],
                       t_total(t->sum[i]), &g);
        d_split(d_load(g.factor), &t->hi[i], &t->lo[i]);
        memcpy(t->factor[i], g.factor, sizeof g.factor);
        memcpy(t->at_label + 16 * i, g.grad_at_label, sizeof g.grad_at_label);
        small = m_or(small, is_small(d_load(g.factor)));
    }
    t->careful = m_any(small);
    return 1;
}

/* The gradient of classes c to end - 1, grad (C, count), strided, from y (C, y_stride); `stream`: past the
 * caches. */
SPECIALIZE void tile_gradients(const tile *t, const float *y, ptrdiff_t y_stride, float *grad, ptrdiff_t step,
                               ptrdiff_t c, ptrdiff_t end, const int stream)
{
    const ptrdiff_t ahead = (end - c) * step;
    for (y += c * y_stride, grad += c * step; c < end; c++, grad += step, y += y_stride)
        for (int i = 0; i < t->groups; i++) {
            v16 v = grad_of(v_load(y + 16 * i), t->hi[i], t->lo[i], t->factor[i], t->careful);
            if (stream) {
                v_stream(grad + 16 * i, v);
            } else {
                __builtin_prefetch(grad + 16 * i + ahead, 1, 2);
                v_store_part(grad + 16 * i, v, i < t->groups - 1 ? 16 : t->last);
            }
        }
}

/* Tiles number `from` to `to` - 1. scratch (C, piece_rows) */
static void tiles(job *p, const walk *w, side_function *side, double weights, ptrdiff_t from, ptrdiff_t to,
                  float *scratch)
{
    const ptrdiff_t C = p->rows.C, inner = p->rows.inner, step = p->grad_at.cls, y_stride = w->piece_rows;
    const ptrdiff_t at_once = TILE_VECTORS * 16 / y_stride; /* classes */
    const int far = has_lines(p) && goes_past_caches(p);
    ptrdiff_t first = 0;
    float *grad = NULL; /* of the tile before, if that is still to be written */
    tile two[2];
    for (ptrdiff_t n = from; n <= to; n++) {
        const tile *last = &two[(n + 1) % 2];
        const ptrdiff_t last_first = first;
        const int stream = far && grad && last->count % 16 == 0 && (uintptr_t)grad % 64 == 0;
        tile *t = NULL;
        const float *x = NULL;
        if (n < to) {
            const piece rows = piece_of(w, n);
            t = &two[n % 2], first = rows.first;
            start_tile(t, rows.count);
            x = p->logits + row_offset(p->logits_at, inner, first);
        }
        for (ptrdiff_t before = 0, c = 0, end; c < C; before = c, c = end) {
            end = minimum(c + at_once, C);
            if (stream)
                tile_gradients(last, scratch, y_stride, grad, step, c, end, 1);
            else if (grad)
                tile_gradients(last, scratch, y_stride, grad, step, c, end, 0);
            if (t)
                tile_exponentials(t, x, p->logits_at.cls, scratch, y_stride, before, c, end);
            if (t && end == C)
                tile_exponentials(t, x, p->logits_at.cls, scratch, y_stride, c, C, C);
        }
        if (grad)
            finish_gradient(p, last_first, last->count, last->at_label, grad, stream);
        grad = NULL;
        if (!t)
            return;
        if (finish_tile(p, weights, x, first, t))
            grad = p->grad ? p->grad + row_offset(p->grad_at, inner, first) : NULL;
        else
            tile_in_lanes(p, side, weights, first, t->count, scratch);
    }
}

#endif
