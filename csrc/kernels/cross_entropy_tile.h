/* Cross-entropy of rows of many classes that stand side by side in memory, for class indices and without softcap:
   by tiles of rows, which are read and written class by class, in pieces as long as a tile is wide. Each tile's
   exponentials stay in a cache until their sums are known; its gradient is written while the next tile's are
   computed. The maxima are guessed. */
#ifndef LG_CROSS_ENTROPY_TILE_H
#define LG_CROSS_ENTROPY_TILE_H

#include "cross_entropy_side.h"

enum {
    TILES_ROWS = 1024,      /* of a sequence of tiles */
    TILE_VECTORS = 128,     /* are worked on at a time, while the next are fetched */
    BEYOND_CACHES = 1 << 20 /* floats of a gradient that is not expected to stay in a cache */
};

typedef struct tile {
    ptrdiff_t first;
    int groups, last; /* groups of sixteen rows; rows of the last */
    const float *x;   /* (C, rows), strided */
    float *grad;      /* likewise, or NULL */
    float *y;         /* (C, groups, 16), exponentials */
    v16 max[MAX_GROUPS];
    t16 sum[MAX_GROUPS];
    group g[MAX_GROUPS];
    v16 hi[MAX_GROUPS], lo[MAX_GROUPS]; /* the factors of the gradient */
    int careful;
} tile;

static void start_tile(job *p, ptrdiff_t first, int count, float *y, tile *t)
{
    t->first = first, t->groups = (count + 15) / 16, t->last = count - 16 * (t->groups - 1);
    t->x = p->logits + lg_row(p->logits_at, p->rows.inner, first);
    t->grad = p->grad ? p->grad + lg_row(p->grad_at, p->rows.inner, first) : NULL;
    t->y = y;
    for (int i = 0; i < t->groups; i++)
        t->max[i] = v_set1(-INFINITY), t->sum[i] = t_zero();
}

/* The exponentials of classes c to end - 1, and the sums of those from `before` to c - 1: not of the same, since
   doubles are made of floats as they are loaded. `groups` is a constant: maxima and sums stay in registers. In
   the order of memory, since a line may be part of two groups. */
V_INLINE void groups_exponentials(job *p, tile *t, const int groups, ptrdiff_t before, ptrdiff_t c, ptrdiff_t end)
{
    const lg_reference ref = lg_guess();
    const int last = t->last;
    const ptrdiff_t x_step = p->logits_at.cls, step = 16 * groups, ahead = (end - c) * x_step;
    const float *x = t->x + c * x_step, *old = t->y + before * step;
    float *y = t->y + c * step;
    v16 max[MAX_GROUPS];
    t16 sum[MAX_GROUPS];
    for (int i = 0; i < groups; i++)
        max[i] = t->max[i], sum[i] = t->sum[i];
    for (ptrdiff_t n = end - c; n > 0; n--, x += x_step, y += step) {
        __builtin_prefetch(x + ahead + 16 * groups - 1, 0, 2);
        for (int i = 0; i < groups; i++) {
            __builtin_prefetch(x + ahead + 16 * i, 0, 2);
            v16 v = v_load_part(x + 16 * i, i < groups - 1 ? 16 : last);
            max[i] = v_max(max[i], v);
            v_store(y + 16 * i, lg_exponential(&ref, v, v_zero(), 0));
            if (before < c)
                sum[i] = t_add(sum[i], old + 16 * i);
        }
        if (before < c)
            before++, old += step;
    }
    for (; before < c; before++, old += step)
        for (int i = 0; i < groups; i++)
            sum[i] = t_add(sum[i], old + 16 * i);
    for (int i = 0; i < groups; i++)
        t->max[i] = max[i], t->sum[i] = sum[i];
}

static void tile_exponentials(job *p, tile *t, ptrdiff_t before, ptrdiff_t c, ptrdiff_t end)
{
    if (t->groups == 1)
        groups_exponentials(p, t, 1, before, c, end);
    else if (t->groups == 2)
        groups_exponentials(p, t, 2, before, c, end);
    else if (t->groups == 3)
        groups_exponentials(p, t, 3, before, c, end);
    else
        groups_exponentials(p, t, 4, before, c, end);
}

/* The sum of group i's exponentials but the maximum's: see lg_tiny_rest. */
V_CALL d16 tiny_rest_of(job *p, const tile *t, int i, v16 top)
{
    d16 sum = d_zero();
    for (ptrdiff_t c = 0; c < p->rows.C; c++) {
        v16 y = v_load(t->y + 16 * (c * t->groups + i));
        sum = d_add_v(sum, v_select(v_eq(y, top), v_zero(), y));
    }
    return sum;
}

/* Losses and factors, or 0 where a maximum was not as guessed. */
static int finish_tile(job *p, double weights, tile *t)
{
    const lg_reference ref = lg_guess();
    m16 small = m_first(0);
    for (int i = 0; i < t->groups; i++)
        if (!lg_guessed(t->max[i]))
            return 0;
    for (int i = 0; i < t->groups; i++) {
        const ptrdiff_t first = t->first + 16 * i;
        group *g = &t->g[i];
        v16 lost, top = lg_top(&ref, t->max[i], v_zero(), &lost);
        sums s = {.rest = d_sub(t_total(t->sum[i]), d_from(top))};
        m16 tiny = lg_is_tiny(s.rest, top, p->rows.C);
        if (m_any(tiny))
            s.rest = d_select(tiny, tiny_rest_of(p, t, i, top), s.rest);
        s.total = d_add(s.rest, d_add(d_from(top), d_from(lost)));
        start_group(p, first, i < t->groups - 1 ? 16 : t->last, g);
        v_store(g->exp_at_label, lg_exponential(&ref, v_load(g->at_label), v_zero(), 0));
        finish_group(p, HARD, 0, t->max[i], &s, weights, g);
        largest_classes(p, first, g->count);
        d_split(d_load(g->factor), &t->hi[i], &t->lo[i]);
        small = m_or(small, lg_small(d_load(g->factor)));
    }
    t->careful = m_any(small);
    return 1;
}

/* The gradient of classes c to end - 1; `stream`: past the caches. */
V_INLINE void tile_gradients(job *p, const tile *t, ptrdiff_t c, ptrdiff_t end, int stream)
{
    const int groups = t->groups, last = t->last, careful = t->careful;
    const ptrdiff_t step = p->grad_at.cls;
    const float *y = t->y + 16 * c * groups;
    for (float *grad = t->grad + c * step; c < end; c++, grad += step)
        for (int i = 0; i < groups; i++, y += 16) {
            v16 v = lg_scaled(v_load(y), t->hi[i], t->lo[i]);
            if (careful)
                v = lg_careful(v_load(y), d_load(t->g[i].factor));
            if (stream)
                v_stream(grad + 16 * i, v);
            else
                v_store_part(grad + 16 * i, v, i < groups - 1 ? 16 : last);
        }
}

/* Rows `first` and following, up to TILES_ROWS. y (2, C, `rows` of a tile). */
static void tiles(job *p, group_function *side, double weights, ptrdiff_t first, int count, float *y)
{
    const ptrdiff_t C = p->rows.C, rows = 16 * lg_panel(C);
    const int number = (int)((count + rows - 1) / rows);
    const int stream = p->rows.outer * C * p->rows.inner >= BEYOND_CACHES && count % 16 == 0 &&
                       p->grad_at.cls % 16 == 0 && p->grad &&
                       v_may_stream(p->grad + lg_row(p->grad_at, p->rows.inner, first));
    int done[TILES_ROWS / 16];
    tile two[2];
    for (int n = 0; n <= number; n++) {
        tile *t = n < number ? &two[n % 2] : NULL;
        const tile *last = n > 0 && done[n - 1] && p->grad ? &two[(n - 1) % 2] : NULL;
        if (t)
            start_tile(p, first + n * rows, (int)(count - n * rows < rows ? count - n * rows : rows),
                       y + n % 2 * rows * C, t);
        for (ptrdiff_t before = 0, c = 0, end; (t || last) && c < C; before = c, c = end) {
            end = c + TILE_VECTORS / (t ? t : last)->groups;
            end = end < C ? end : C;
            if (t)
                tile_exponentials(p, t, before, c, end);
            if (t && end == C)
                tile_exponentials(p, t, c, C, C);
            if (last && stream)
                tile_gradients(p, last, c, end, 1);
            else if (last)
                tile_gradients(p, last, c, end, 0);
        }
        if (last && stream)
            v_stream_end();
        for (int i = 0; last && i < last->groups; i++)
            grad_at_labels(p, &last->g[i], last->grad + 16 * i, p->grad_at.cls);
        if (t)
            done[n] = finish_tile(p, weights, t);
    }
    for (int n = 0; n < number; n++)
        if (!done[n])
            lanes(p, side, weights, first + n * rows,
                  (int)(count - n * rows < rows ? count - n * rows : rows), y);
}

#endif
