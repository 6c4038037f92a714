/* softmax and log_softmax of rows, and their gradients. */
#include "kernels/rows/exponentials.h"
#include "kernels/rows/lanes.h"
#include "kernels/rows/walk.h"

/* Sixteen rows side by side, (count, 16) each: input a with maxima m, result y, which may be a; b is a
   gradient's second input. scratch, for those without one, likewise. */
typedef void lanes_function(const float *a, v16 m, const float *b, ptrdiff_t count, float *scratch, float *y);

/* Some rows, at most sixteen, each in one piece. */
typedef void along_function(const lg_softmax *p, ptrdiff_t first, int count);

/* The exponentials of x (count vectors), to y, and the sum of all but the maximum's. */
SPECIALIZE d16 exponentials(int lanes, const float *x, ptrdiff_t count, int part, v16 m,
                            const exp_reference *ref, float *y)
{
    const int last = lanes ? 16 : part;
    d16 sum = d_zero();
    FOR_SCORES(i, k, lanes, count, part, {
        v16 e = exp_of(ref, load_scores(x + 16 * i, k, lanes), v_zero(), 0);
        v_store_part(y + 16 * i, e, lanes ? 16 : k);
    });
    for (ptrdiff_t i = 0; i < count - 1; i++)
        sum = d_add(sum, d_load_floats(y + 16 * i));
    sum = d_add_v(sum, v_load_part(y + 16 * (count - 1), last));
    return rest_of(sum_across(sum, lanes), lanes, y, count, last, exponential_of_max(ref, m, v_zero(), NULL));
}

/* What exponentials are to be multiplied with, as two floats, to be 2^24 times the probabilities: of sixteen
   rows. But the maximum's, `top`, whose sum with the rest had more digits, has the probability `most`. */
typedef struct {
    v16 hi, lo, top, most;
} factors;

SPECIALIZE factors factors_of(v16 m, d16 rest)
{
    const exp_reference ref = refer_to(m);
    const d16 exact = exact_exponential_of_max(&ref, d_from(m));
    const d16 factor = d_div(d_set1(0x1p24), d_add(exact, rest));
    factors f = {.top = exponential_of_max(&ref, m, v_zero(), NULL), .most = d_hi(d_mul(exact, factor))};
    d_split(factor, &f.hi, &f.lo);
    return f;
}

/* The logarithms of the sums of exp(x - m). */
SPECIALIZE d16 log_totals(v16 m, d16 rest)
{
    const exp_reference ref = refer_to(m);
    return log_of_total(d_div(rest, exact_exponential_of_max(&ref, d_from(m))));
}

SPECIALIZE v16 probability(v16 y, factors f)
{
    return v_mul(v_select(v_eq(y, f.top), f.most, scaled_by(y, f.hi, f.lo)), v_set1(0x1p-24f));
}
SPECIALIZE v16 log_probability(v16 x, d16 top, d16 log_total)
{
    return d_hi(d_sub(d_sub(d_from(x), top), log_total));
}

static void softmax_lanes(const float *x, v16 m, const float *b, ptrdiff_t count, float *scratch, float *y)
{
    (void)b;
    exp_reference ref = refer_to(m);
    const factors f = factors_of(m, exponentials(1, x, count, 16, m, &ref, scratch));
    for (ptrdiff_t i = 0; i < count; i++)
        v_store(y + 16 * i, probability(v_load(scratch + 16 * i), f));
}

static void log_softmax_lanes(const float *x, v16 m, const float *b, ptrdiff_t count, float *scratch,
                              float *y)
{
    (void)b;
    exp_reference ref = refer_to(m);
    d16 log_total = log_totals(m, exponentials(1, x, count, 16, m, &ref, scratch)), top = d_from(m);
    for (ptrdiff_t i = 0; i < count; i++)
        v_store(y + 16 * i, log_probability(v_load(x + 16 * i), top, log_total));
}

/* Up to sixteen rows. Their exponentials are kept in the result's place; what is computed once for each row
   is computed for all together. */
SPECIALIZE void forward_along(const lg_softmax *p, int logs, ptrdiff_t first, int count)
{
    const ptrdiff_t inner = p->rows.inner, vectors = vectors_of(p->rows.C);
    const int part = last_of(p->rows.C);
    float m[16] = {0}, hi[16], lo[16], top[16], most[16];
    double rest[16] = {0}, all[16];
    for (int r = 0; r < count; r++) {
        const float *x = p->a + row_offset(p->a_at, inner, first + r);
        v16 max = max_of_scores(x, 16, vectors, part, 0);
        exp_reference ref = refer_to(max);
        d_store(all,
                exponentials(0, x, vectors, part, max, &ref, p->y + row_offset(p->y_at, inner, first + r)));
        rest[r] = all[0];
        v_store_part(m + r, max, 1);
    }
    if (logs) {
        d_store(all, log_totals(v_load(m), d_load(rest)));
    } else {
        const factors f = factors_of(v_load(m), d_load(rest));
        v_store(hi, f.hi), v_store(lo, f.lo), v_store(top, f.top), v_store(most, f.most);
    }
    for (int r = 0; r < count; r++) {
        const float *x = p->a + row_offset(p->a_at, inner, first + r);
        float *y = p->y + row_offset(p->y_at, inner, first + r);
        const d16 max = d_set1(m[r]), log_total = d_set1(all[r]);
        const factors f = {v_set1(hi[r]), v_set1(lo[r]), v_set1(top[r]), v_set1(most[r])};
        FOR_SCORES(i, k, 0, vectors, part, {
            if (logs)
                v_store_part(y + 16 * i, log_probability(v_load_part(x + 16 * i, k), max, log_total), k);
            else
                v_store_part(y + 16 * i, probability(v_load_part(y + 16 * i, k), f), k);
        });
    }
}

static void softmax_along(const lg_softmax *p, ptrdiff_t first, int count)
{
    forward_along(p, 0, first, count);
}
static void log_softmax_along(const lg_softmax *p, ptrdiff_t first, int count)
{
    forward_along(p, 1, first, count);
}

/* gx = y * (gy - sum(gy * y)) */
SPECIALIZE void softmax_backward_scores(int lanes, const float *gy, const float *y, ptrdiff_t count, int part,
                                        float *gx)
{
    d16 dot = d_zero();
    FOR_SCORES(i, k, lanes, count, part, {
        d16 g = d_from(v_load_part(gy + 16 * i, k));
        dot = d_add(dot, d_mul(g, d_from(v_load_part(y + 16 * i, k))));
    });
    dot = sum_across(dot, lanes);
    FOR_SCORES(i, k, lanes, count, part, {
        v16 g = d_hi(d_sub(d_from(v_load_part(gy + 16 * i, k)), dot));
        v_store_part(gx + 16 * i, v_mul(v_load_part(y + 16 * i, k), g), k);
    });
}

/* gx = gy - exp(y) * sum(gy) */
SPECIALIZE void log_softmax_backward_scores(int lanes, const float *gy, const float *y, ptrdiff_t count,
                                            int part, float *gx)
{
    d16 sum = d_zero();
    FOR_SCORES(i, k, lanes, count, part, { sum = d_add_v(sum, v_load_part(gy + 16 * i, k)); });
    v16 total = d_hi(sum_across(sum, lanes));
    FOR_SCORES(i, k, lanes, count, part, {
        v16 p = v_exp(v_load_part(y + 16 * i, k));
        v_store_part(gx + 16 * i, v_fnma(p, total, v_load_part(gy + 16 * i, k)), k);
    });
}

#define BACKWARD_FORMS(name)                                                                             \
    static void name##_lanes(const float *gy, v16 m, const float *y, ptrdiff_t count, float *scratch,    \
                             float *gx)                                                                  \
    {                                                                                                    \
        (void)m, (void)scratch;                                                                          \
        name##_scores(1, gy, y, count, 16, gx);                                                          \
    }                                                                                                    \
    static void name##_along(const lg_softmax *p, ptrdiff_t first, int count)                            \
    {                                                                                                    \
        const ptrdiff_t inner = p->rows.inner, C = p->rows.C;                                            \
        for (ptrdiff_t r = first; r < first + count; r++)                                                \
            name##_scores(0, p->a + row_offset(p->a_at, inner, r), p->b + row_offset(p->b_at, inner, r), \
                          vectors_of(C), last_of(C), p->y + row_offset(p->y_at, inner, r));              \
    }
BACKWARD_FORMS(softmax_backward)
BACKWARD_FORMS(log_softmax_backward)

/* A tile of rows that stand side by side in memory. They are brought together first, since classes may be a
   multiple of 4 kB apart, which is where caches put everything into one place. scratch (2, groups, C, 16) */
static void tile_in_lanes(const lg_softmax *p, lanes_function *lanes, ptrdiff_t first, int count,
                          float *scratch)
{
    const ptrdiff_t inner = p->rows.inner, C = p->rows.C, size = 16 * C;
    float *a = scratch, *b = scratch + ceil_div(count, 16) * size;
    v16 m[TILE_GROUPS], unused[TILE_GROUPS];
    gather_lanes(p->a + row_offset(p->a_at, inner, first), p->a_at.cls, C, count, a, m);
    if (p->b)
        gather_lanes(p->b + row_offset(p->b_at, inner, first), p->b_at.cls, C, count, b, unused);
    for (int i = 0; i * 16 < count; i++)
        lanes(a + i * size, m[i], p->b ? b + i * size : NULL, C, b, a + i * size);
    scatter_lanes(a, C, count, p->y + row_offset(p->y_at, inner, first), p->y_at.cls);
}

/* A group of rows of few classes, which are brought side by side first. */
static void packed_group(const lg_softmax *p, lanes_function *lanes, ptrdiff_t first, int count,
                         float *scratch)
{
    _Alignas(64) float a[16 * FEW_CLASSES], b[16 * FEW_CLASSES];
    const v16 m = load_rows(p->a, p->a_at, &p->rows, first, count, a);
    if (p->b)
        load_rows(p->b, p->b_at, &p->rows, first, count, b);
    will_write(p->y, p->y_at, &p->rows, first, count);
    lanes(a, m, b, p->rows.C, scratch, a);
    store_rows(a, p->y_at, &p->rows, first, count, p->y);
}

enum { FLOATS_AT_ONCE = 4096 }; /* stay in the first-level cache, and their results */

/* How many rows of many classes are done together: so few, and to leave some to each thread. */
static ptrdiff_t rows_at_once(ptrdiff_t C, ptrdiff_t N, int team)
{
    return maximum(1, minimum(16, minimum(FLOATS_AT_ONCE / C, ceil_div(N, 2 * team))));
}

typedef struct rows_call {
    const lg_softmax *p;
    along_function *along;
    lanes_function *lanes;
} rows_call;

static void take(const void *given, const walk *w, ptrdiff_t from, ptrdiff_t to, float *scratch)
{
    const rows_call *c = given;
    for (ptrdiff_t n = from; n < to; n++) {
        const piece rows = piece_of(w, n);
        if (w->way == ALONG)
            c->along(c->p, rows.first, rows.count);
        else if (w->way == PACKED)
            packed_group(c->p, c->lanes, rows.first, rows.count, scratch);
        else
            tile_in_lanes(c->p, c->lanes, rows.first, rows.count, scratch);
    }
}

static walk walk_of(const lg_softmax *p, int team)
{
    const lg_strides at[3] = {p->a_at, p->y_at, p->b_at};
    const way way = choose_way(&p->rows, at, p->b ? 3 : 2, LANES);
    const ptrdiff_t C = p->rows.C, N = p->rows.outer * p->rows.inner;
    if (way == LANES)
        return walk_by_tiles(&p->rows, way, 16 * tile_groups(C), -1);
    return walk_by_groups(&p->rows, way, way == PACKED ? 16 : rows_at_once(C, N, team));
}

/* One function for all rows. `cost` is operations a float. */
static void each_row(const lg_softmax *p, along_function *along, lanes_function *lanes, double cost)
{
    const double size = (double)p->rows.outer * (double)p->rows.inner * (double)p->rows.C;
    if (size == 0.0) /* what follows divides by the classes */
        return;
    const int team = walk_team(&p->rows, cost * size, p->threads);
    const walk w = walk_of(p, team);
    const rows_call c = {p, along, lanes};
    walk_through(&w, team, 1, p->scratch, take, &c);
}

#define KERNEL(name, cost) \
    void K(name)(const lg_softmax *p) { each_row(p, name##_along, name##_lanes, cost); }

KERNEL(softmax, 50.0)
KERNEL(log_softmax, 50.0)
KERNEL(softmax_backward, 20.0)
KERNEL(log_softmax_backward, 40.0)
