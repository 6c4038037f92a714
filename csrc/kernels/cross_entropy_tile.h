/* Cross-entropy of rows of many classes that stand side by side in memory, for class indices and without softcap:
   by tiles of rows, which are read class by class, in pieces as long as a tile is wide. The maxima are guessed.
   Narrow tiles have their exponentials in a cache until the sums are known, and their gradient is written while
   the next tile's are computed. Memory takes long pieces best: where there are such, tiles are too wide for that,
   and the exponentials are computed again, which is less work than to store and load them. */
#ifndef LG_CROSS_ENTROPY_TILE_H
#define LG_CROSS_ENTROPY_TILE_H

#include "cross_entropy_side.h"

enum {
    TILE_ROWS = 1024,
    TILE_FLOATS = 1 << 20,   /* of a tile, at most: they are read twice, from a cache if there is room */
    LONG_PIECE = 128,        /* rows */
    TILE_VECTORS = 128,      /* are worked on at a time, while the next are fetched */
    AHEAD = 8,               /* classes */
    BEYOND_CACHES = 1 << 20, /* floats of a gradient that is not expected to stay in a cache */
};

/* A tile whose exponentials are computed, and then the one whose gradient is written. */
typedef struct tile {
    ptrdiff_t first;
    int count, groups; /* rows; groups of sixteen of them, the last of which may have some of those before again */
    float max[TILE_ROWS];
    double sum[TILE_ROWS];    /* of exponentials, group by group; then */
    double factor[TILE_ROWS]; /* of the gradient; as two floats: */
    float hi[TILE_ROWS], lo[TILE_ROWS];
    float grad_at_label[TILE_ROWS];
    int careful;
} tile;

/* Where group i begins. */
V_INLINE int group_row(const tile *t, int i) { return i < t->groups - 1 || t->count < 16 ? 16 * i : t->count - 16; }

/* The exponentials of some classes of x (classes, count), strided, to y likewise, or NULL, and their part of the
   sums. What is read and written `soon` classes later is fetched. `part` rows are in each group. */
V_INLINE void some_exponentials(tile *t, const int classes, const float *x, ptrdiff_t step, ptrdiff_t soon, float *y,
                                ptrdiff_t y_step, const int part)
{
    const lg_reference ref = lg_guess();
    for (int i = 0; i < t->groups; i++) {
        const int r = group_row(t, i);
        v16 max = v_load(t->max + r);
        d16 sum = d_load(t->sum + 16 * i);
        _Pragma("GCC unroll 8") for (int j = 0; j < classes; j++) {
            const float *from = x + j * step + r;
            __builtin_prefetch(from + soon * step, 0, 2);
            v16 v = v_load_part(from, part);
            max = v_max(max, v);
            v = lg_exponential(&ref, v, v_zero(), 0);
            sum = d_add_v(sum, v);
            if (y) {
                __builtin_prefetch(y + (soon + j) * y_step + r, 1, 2);
                v_store(y + j * y_step + r, v);
            }
        }
        v_store(t->max + r, max);
        d_store(t->sum + 16 * i, sum);
    }
}

/* Those of classes c to end - 1, `at_once` of them together as long as there are so many. */
V_INLINE void tile_exponentials(tile *t, const int at_once, const float *x, ptrdiff_t step, float *y,
                                ptrdiff_t y_step, ptrdiff_t c, ptrdiff_t end, const int part)
{
    const ptrdiff_t soon = end - c;
    for (; c + at_once <= end; c += at_once)
        some_exponentials(t, at_once, x + c * step, step, soon, y ? y + c * y_step : NULL, y_step, part);
    for (; c < end; c++)
        some_exponentials(t, 1, x + c * step, step, soon, y ? y + c * y_step : NULL, y_step, part);
}

static void exponentials(tile *t, const float *x, ptrdiff_t step, float *y, ptrdiff_t y_step, ptrdiff_t c,
                         ptrdiff_t end)
{
    if (t->count < 16)
        tile_exponentials(t, 1, x, step, y, y_step, c, end, t->count);
    else if (y)
        tile_exponentials(t, 8, x, step, y, y_step, c, end, 16);
    else
        tile_exponentials(t, 4, x, step, NULL, 0, c, end, 16);
}

/* The sum of `part` rows' exponentials but the maximum's, x (C, part), strided: see lg_tiny_rest. */
V_CALL d16 tiny_rest_of(const float *x, ptrdiff_t step, ptrdiff_t C, int part, v16 top)
{
    const lg_reference ref = lg_guess();
    d16 sum = d_zero();
    for (ptrdiff_t c = 0; c < C; c++) {
        v16 y = lg_exponential(&ref, v_load_part(x + c * step, part), v_zero(), 0);
        sum = d_add_v(sum, v_select(v_eq(y, top), v_zero(), y));
    }
    return sum;
}

/* Losses and factors, or 0 where a maximum was not as guessed. */
static int finish_tile(job *p, double weights, const float *x, tile *t)
{
    const lg_reference ref = lg_guess();
    const int part = t->count < 16 ? t->count : 16;
    m16 small = m_first(0);
    for (int i = 0; i < t->groups; i++)
        if (!lg_guessed(v_load(t->max + group_row(t, i))))
            return 0;
    for (int i = 0; i < t->groups; i++) {
        const int r = group_row(t, i);
        group g;
        v16 hi, lo, lost, max = v_load(t->max + r), top = lg_top(&ref, max, v_zero(), &lost);
        sums s = {.rest = d_sub(d_load(t->sum + 16 * i), d_from(top))};
        m16 tiny = lg_is_tiny(s.rest, top, p->rows.C);
        if (m_any(tiny))
            s.rest = d_select(tiny, tiny_rest_of(x + r, p->logits_at.cls, p->rows.C, part, top), s.rest);
        s.total = d_add(s.rest, d_add(d_from(top), d_from(lost)));
        start_group(p, t->first + r, part, &g);
        v_store(g.exp_at_label, lg_exponential(&ref, v_load(g.at_label), v_zero(), 0));
        finish_group(p, HARD, 0, max, &s, weights, &g);
        largest_classes(p, g.first, g.count);
        d_split(d_load(g.factor), &hi, &lo);
        v_store(t->hi + r, hi);
        v_store(t->lo + r, lo);
        memcpy(t->factor + r, g.factor, sizeof g.factor);
        memcpy(t->grad_at_label + r, g.grad_at_label, sizeof g.grad_at_label);
        small = m_or(small, lg_small(d_load(g.factor)));
    }
    t->careful = m_any(small);
    return 1;
}

/* The gradient of k rows, from row r on, from their logits or exponentials x. */
V_INLINE v16 tile_gradient(const tile *t, const int logits, const float *x, int r, int k)
{
    const lg_reference ref = lg_guess();
    v16 y = v_load_part(x + r, k);
    if (logits)
        y = lg_exponential(&ref, y, v_zero(), 0);
    return t->careful ? lg_careful(y, d_load(t->factor + r))
                      : lg_scaled(y, v_load(t->hi + r), v_load(t->lo + r));
}

/* The gradient of classes c to end - 1 of `count` rows, grad (C, count), strided, from their logits or exponentials
   x likewise; `stream`: past the caches. What is read and written `soon` classes later is fetched. */
V_INLINE void tile_gradients(const tile *t, int count, const int logits, const float *x, ptrdiff_t x_step,
                             float *grad, ptrdiff_t step, ptrdiff_t c, ptrdiff_t end, ptrdiff_t soon,
                             const int stream)
{
    for (x += c * x_step, grad += c * step; c < end; c++, grad += step, x += x_step) {
        int r = 0;
        for (; r + 16 <= count; r += 16) {
            if (logits)
                __builtin_prefetch(x + soon * x_step + r, 0, 2);
            v16 v = tile_gradient(t, logits, x, r, 16);
            if (!stream) {
                __builtin_prefetch(grad + soon * step + r, 1, 2);
                v_store(grad + r, v);
            } else {
                v_stream(grad + r, v);
            }
        }
        if (r < count)
            v_store_part(grad + r, tile_gradient(t, logits, x, r, count - r), count - r);
    }
}

/* Labels come last: their lines are not to be in a cache while others are written past it. */
static void finish_gradient(job *p, ptrdiff_t first, int count, const tile *t, float *grad, int stream)
{
    if (stream)
        v_stream_end();
    grad_at_labels(p, first, count, t->grad_at_label, grad, p->grad_at.cls);
}

/* How many rows a tile has; *wide: too many for their exponentials to be kept. */
static ptrdiff_t rows_of_tile(job *p, int team, int *wide)
{
    const ptrdiff_t inner = p->rows.inner, panel = 16 * lg_panel(p->rows.C), fit = TILE_FLOATS / p->rows.C;
    const ptrdiff_t most = fit < 16 ? 16 : fit < TILE_ROWS ? fit : TILE_ROWS;
    ptrdiff_t tiles = (inner + most - 1) / most;
    while (p->rows.outer * tiles < team && inner / tiles > LONG_PIECE)
        tiles++;
    const ptrdiff_t rows = ((inner + tiles - 1) / tiles + 15) / 16 * 16;
    *wide = !p->grad || rows >= LONG_PIECE;
    return *wide || rows < panel ? rows : panel;
}

/* Tiles number `from` to `to` - 1; a tile has `rows` rows or what is left of a run of them. See rows_of_tile for
   `wide`; scratch as lg_rows_scratch says. */
static void tiles(job *p, group_function *side, double weights, ptrdiff_t rows, int wide, ptrdiff_t from,
                  ptrdiff_t to, float *scratch)
{
    const ptrdiff_t C = p->rows.C, inner = p->rows.inner, parts = (inner + rows - 1) / rows;
    const ptrdiff_t x_step = p->logits_at.cls, step = p->grad_at.cls, panel = 16 * lg_panel(C);
    const ptrdiff_t fit = 16 * TILE_VECTORS / rows, chunk = fit < 4 ? 4 : fit;
    float *y = wide ? NULL : scratch;
    const int lines = (uintptr_t)p->grad % 64 == 0 && step % 16 == 0 && p->grad_at.outer % 16 == 0 && inner % 16 == 0;
    const int stream = V_STREAMS && lines && p->rows.outer * C * inner >= BEYOND_CACHES;
    float *grad = NULL; /* of the tile before, if that is still to be written */
    tile t;
    t.first = 0, t.count = 0;
    for (ptrdiff_t n = from; n <= to; n++) {
        const ptrdiff_t last = t.first, left = inner - n % parts * rows;
        const int count = t.count, more = n < to;
        t.first = more ? n / parts * inner + n % parts * rows : 0;
        t.count = !more ? 0 : left < rows ? (int)left : (int)rows;
        t.groups = (t.count + 15) / 16;
        for (int i = 0; i < t.groups; i++) {
            v_store(t.max + 16 * i, v_set1(-INFINITY));
            d_store(t.sum + 16 * i, d_zero());
        }
        const float *x = p->logits + lg_row(p->logits_at, inner, t.first);
        float *own = p->grad ? p->grad + lg_row(p->grad_at, inner, t.first) : NULL;
        for (ptrdiff_t c = 0, end; c < C; c = end) {
            end = c + chunk < C ? c + chunk : C;
            if (grad && stream)
                tile_gradients(&t, count, 0, y, rows, grad, step, c, end, 0, 1);
            else if (grad)
                tile_gradients(&t, count, 0, y, rows, grad, step, c, end, chunk, 0);
            exponentials(&t, x, x_step, y, rows, c, end);
        }
        if (grad)
            finish_gradient(p, last, count, &t, grad, stream);
        grad = NULL;
        if (!more)
            return;
        if (!finish_tile(p, weights, x, &t)) {
            for (ptrdiff_t r = 0; r < t.count; r += panel)
                lanes(p, side, weights, t.first + r, (int)(t.count - r < panel ? t.count - r : panel), scratch);
        } else if (!wide) {
            grad = own;
        } else if (own) {
            if (stream)
                tile_gradients(&t, t.count, 1, x, x_step, own, step, 0, C, AHEAD, 1);
            else
                tile_gradients(&t, t.count, 1, x, x_step, own, step, 0, C, AHEAD, 0);
            finish_gradient(p, t.first, t.count, &t, own, stream);
        }
    }
}

#endif
