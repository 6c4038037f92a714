/* Reductions over any axes of arrays of any strides. Sums are in doubles, each piece's, and pieces are added
   along a balanced tree; what is on several threads is whole branches of it. */
#include "parallel.h"
#include "results.h"
#include "wholes.h"

enum {
    BUFFER_ROWS = 64,
    MOST_PARTS = 32,    /* of all results, where these are too few for the threads */
    AT_A_TIME = 1 << 13 /* elements that a thread does, at least, if there are so many */
};

typedef struct {
    results to;
    walk w;
    const uint8_t *x;
    ptrdiff_t each, items; /* rows of results that are one item of work, items along the next axis */
} job;

/* Copies elements to where they stand side by side: y (rows, LANES). */
#define GATHER(type)                     \
    for (ptrdiff_t r = 0; r < rows; r++) \
        for (int l = 0; l < width; l++)  \
            memcpy(y + (r * LANES + l) * (ptrdiff_t)sizeof(type), x + r * down + l * across, sizeof(type));

SPECIALIZE void gather_columns(const uint8_t *x, ptrdiff_t across, ptrdiff_t rows, float *y)
{
    for (ptrdiff_t i = 0; i < rows; i += 4) {
        const ptrdiff_t r = minimum(i, rows - 4);
        v16 v[4];
        v_load_t4((const float *)(const void *)x + r, across / (ptrdiff_t)sizeof(float), v);
        FOR_UNROLLED(4, j, 4)
            v_store(y + (r + j) * LANES, v[j]);
    }
}

/* Rows of `width` elements, `across` bytes from one to the next. What has no element becomes neutral. */
V_CALL void gather(const pass *p, const uint8_t *x, ptrdiff_t across, ptrdiff_t down, ptrdiff_t rows,
                   int width, int itemsize, uint8_t *y)
{
    float *floats = (float *)(void *)y;
    if (width < LANES && p->p->x_type == LG_FLOAT32) {
        const v16 low = neutral_floats(p, 0), high = neutral_floats(p, 16);
        for (ptrdiff_t r = 0; r < rows; r++)
            v_store(floats + r * LANES, low), v_store(floats + r * LANES + 16, high);
    } else if (width < LANES) {
        const int64_t neutral = neutral_whole(p); /* 0.0, where these are doubles */
        for (ptrdiff_t i = 0; i < rows * LANES; i++)
            memcpy(y + i * itemsize, &neutral, (size_t)itemsize);
    }
    if (itemsize == 4 && down == 4 && width == LANES && rows >= 4) {
        gather_columns(x, across, rows, floats);
        gather_columns(x + 16 * across, across, rows, floats + 16);
    } else if (itemsize == 4) {
        GATHER(uint32_t)
    } else if (itemsize == 8) {
        GATHER(uint64_t)
    } else {
        GATHER(uint8_t)
    }
}

/* Rows that stand `step` bytes apart. */
SPECIALIZE void take_rows(const pass *p, state *to, const uint8_t *x, ptrdiff_t step, ptrdiff_t count,
                          int64_t place)
{
    const void *from = x;
    switch (p->p->x_type) {
    case LG_FLOAT32: float_rows(p, to, from, step / 4, count, place); break;
    case LG_INT64: int_rows(p, to, from, step / 8, count, place); break;
    case LG_UINT8: byte_rows(p, to, from, step, count, place); break;
    default: double_rows(to, from, step / 8, count);
    }
}

/* `count` elements of a run, of each result of a row; `width` of these are there. */
static void take_run(const walk *w, const pass *p, state *to, const uint8_t *x, ptrdiff_t count, int width,
                     int64_t place)
{
    _Alignas(64) uint8_t buffer[BUFFER_ROWS * LANES * sizeof(double)];
    const ptrdiff_t across = w->g == LANES ? w->run.x : w->gathered ? w->lane.x : w->itemsize;
    const ptrdiff_t full = count / w->g, down = w->g * w->run.x;
    const int all = w->g == 1 ? width : w->g * w->c, left = (int)(count % w->g) * w->c;
    if (!w->gathered && all == LANES) {
        take_rows(p, to, x, down, full, place);
    } else {
        for (ptrdiff_t r = 0; r < full; r += BUFFER_ROWS) {
            const ptrdiff_t rows = minimum(BUFFER_ROWS, full - r);
            gather(p, x + r * down, across, down, rows, all, w->itemsize, buffer);
            take_rows(p, to, buffer, LANES * w->itemsize, rows, place + r * p->row_y);
        }
    }
    if (left) {
        gather(p, x + full * down, across, down, 1, left, w->itemsize, buffer);
        take_rows(p, to, buffer, 0, 1, place + full * p->row_y);
    }
}

static void take_piece(const walk *w, const pass *p, state *to, const uint8_t *x, ptrdiff_t piece, int width)
{
    ptrdiff_t place;
    clear_state(p, to);
    if (w->chunks > 1) {
        const ptrdiff_t start = piece % w->chunks * w->piece;
        x += place_in(&w->reduced, piece / w->chunks, &place) + start * w->run.x;
        take_run(w, p, to, x, minimum(w->piece, w->run.size - start), width, place + start * w->run.y);
        return;
    }
    const ptrdiff_t end = minimum(w->runs, (piece + 1) * w->runs_together);
    for (ptrdiff_t run = piece * w->runs_together; run < end; run++) {
        const uint8_t *from = x + place_in(&w->reduced, run, &place);
        take_run(w, p, to, from, w->run.size, width, place);
    }
}

/* A row of results: where it is, and how many it has. */
typedef struct {
    const uint8_t *x;
    ptrdiff_t y;
    int width;
} row;

V_CALL row row_of(const job *j, ptrdiff_t outer, ptrdiff_t next)
{
    const walk *w = &j->w;
    row r = {.width = (int)minimum(w->c, w->lane.size)};
    if (w->lane.size > w->c)
        r.width = (int)minimum(w->c, w->lane.size - next * w->c);
    r.x = j->x + next * w->next.x + place_in(&j->w.kept, outer, &r.y);
    r.y += next * w->next.y;
    return r;
}

/* Of VAR, what deviations are taken from at first: an element of each result. */
SPECIALIZE void give_elements(const walk *w, const pass *p, const row *r)
{
    for (int l = 0; l < LANES; l++) {
        float x = 0.0f;
        if (w->count && l % w->c < r->width)
            memcpy(&x, r->x + l % w->c * w->lane.x, sizeof x);
        p->given[l] = (double)x;
    }
}

/* The state of some pieces, in room for a tree. */
V_CALL state *take_pieces(const job *j, const pass *p, const row *r, ptrdiff_t first, ptrdiff_t end, tree *t)
{
    t->count = t->height = 0;
    if (end - first == 1) {
        take_piece(&j->w, p, t->of, r->x, first, r->width);
        return t->of;
    }
    for (ptrdiff_t piece = first; piece < end; piece++) {
        take_piece(&j->w, p, next_part(t), r->x, piece, r->width);
        take_part(p, t);
    }
    return whole_tree(p, t);
}

/* Extremes in all lanes, of one result, put together in the first. */
SPECIALIZE void fold_extremes(const pass *p, double *a, double *b)
{
    const v16 low = d_hi(d_load(a)), high = d_hi(d_load(a + 16));
    const int nan = m_any(v_unordered(low, high));
    const double best = nan ? NAN : (double)v_hmax(v_max(low, high));
    double place = (double)NOWHERE, all = 0.0;
    for (int l = 0; l < LANES && p->p->keep != LG_KEEP_NOTHING; l++) {
        const int same = nan ? a[l] != a[l] : a[l] == best;
        place = same && b[l] < place ? b[l] : place;
        all += same ? b[l] : 0.0;
    }
    a[0] = best;
    b[0] = p->p->keep == LG_KEEP_SLOPES ? all : place;
}

/* Elements of a result that are in several lanes, put together: those half of all lanes apart, and so on. */
V_CALL void fold(const walk *w, const pass *p, state *s)
{
    if (w->g == LANES && !p->whole) {
        if (p->extreme) {
            fold_extremes(p, s->a.d, s->b.d);
            return;
        }
        const d16 low = d_load(s->a.d), high = d_load(s->a.d + 16);
        if (p->product) {
            d_store(s->a.d, d_mul(low, high));
            for (int n = 8; n > 0; n /= 2)
                for (int l = 0; l < n; l++)
                    s->a.d[l] *= s->a.d[l + n];
        } else {
            s->a.d[0] = d_sum(d_add(low, high));
        }
        if (has_second_sum(p->op))
            s->b.d[0] = d_sum(d_add(d_load(s->b.d), d_load(s->b.d + 16)));
        return;
    }
    for (int n = w->g; n > 1; n -= n / 2)
        join(p, s, s, (n - n / 2) * w->c, n / 2 * w->c);
}

/* A row of results, all of it. */
static void take_row(const job *j, const row *r, const pass *first)
{
    const walk *w = &j->w;
    const pass *p = first;
    pass second;
    tree t;
    if (p->op == LG_REDUCE_VAR)
        give_elements(w, p, r);
    state *s = take_pieces(j, p, r, 0, w->pieces, &t);
    fold(w, p, s);
    if (second_op(p->p) != NONE) {
        second = *first, p = &second;
        second_pass(&second, w, s);
        s = take_pieces(j, p, r, 0, w->pieces, &t);
        fold(w, p, s);
    }
    finish(&j->to, w, p, s, r->y, r->width);
}

static void take_rows_of_results(const void *job_, ptrdiff_t item)
{
    const job *j = job_;
    const ptrdiff_t outer = item / j->items, first = item % j->items * j->each;
    const ptrdiff_t end = minimum(first + j->each, j->w.next.size);
    double given[2][LANES];
    const pass p = new_pass(j->to.p, &j->w, first_op(j->to.p), given);
    for (ptrdiff_t next = first; next < end; next++) {
        const row r = row_of(j, outer, next);
        take_row(j, &r, &p);
    }
}

/* Of results that are too few for the threads, some pieces. */
typedef struct {
    const job *all;
    ptrdiff_t parts, pieces; /* of each row, of each part */
    row rows[MOST_PARTS / 2];
    pass passes[MOST_PARTS / 2];
    double given[MOST_PARTS / 2][2][LANES];
    state of_part[MOST_PARTS]; /* (rows, parts) */
} parts_job;

static void take_part_of_row(const void *job_, ptrdiff_t i)
{
    parts_job *j = (parts_job *)job_;
    const ptrdiff_t number = i / j->parts, first = i % j->parts * j->pieces;
    const ptrdiff_t end = minimum(first + j->pieces, j->all->w.pieces);
    tree t;
    j->of_part[i] = *take_pieces(j->all, j->passes + number, j->rows + number, first, end, &t);
}

/* Joins the parts of row i. Not inlined: trees are large, and stacks of threads may be small. */
__attribute__((noinline)) static void join_parts(parts_job *j, ptrdiff_t i, int last)
{
    const walk *w = &j->all->w;
    pass *p = j->passes + i;
    tree t;
    t.count = t.height = 0;
    for (ptrdiff_t part = 0; part < j->parts; part++) {
        *next_part(&t) = j->of_part[i * j->parts + part];
        take_part(p, &t);
    }
    state *s = whole_tree(p, &t);
    fold(w, p, s);
    if (last)
        finish(&j->all->to, w, p, s, j->rows[i].y, j->rows[i].width);
    else
        second_pass(p, w, s);
}

static void take_all_parts(parts_job *j, int team, ptrdiff_t rows, int last)
{
    lg_share_out(team, rows * j->parts, take_part_of_row, j);
    for (ptrdiff_t i = 0; i < rows; i++)
        join_parts(j, i, last);
}

V_CALL void take_few_rows(const job *all, int team, ptrdiff_t rows)
{
    parts_job j;
    j.all = all;
    for (j.pieces = 1; ceil_div(all->w.pieces, j.pieces) > MOST_PARTS / rows;)
        j.pieces *= 2; /* a branch of the tree */
    j.parts = ceil_div(all->w.pieces, j.pieces);
    for (ptrdiff_t i = 0; i < rows; i++) {
        j.rows[i] = row_of(all, i / all->w.next.size, i % all->w.next.size);
        j.passes[i] = new_pass(all->to.p, &all->w, first_op(all->to.p), j.given[i]);
        if (j.passes[i].op == LG_REDUCE_VAR)
            give_elements(&all->w, j.passes + i, j.rows + i);
    }
    const int twice = second_op(all->to.p) != NONE;
    take_all_parts(&j, team, rows, !twice);
    if (twice)
        take_all_parts(&j, team, rows, 1);
}

/* x -> y, as *p says, and places, as many, and saved, twice as many; NULL where they are not wanted */
void K(reduce)(const lg_reduce *p, const uint8_t *x, uint8_t *y, int64_t *places, double *saved)
{
    job j = {.to = {p, y, places, saved}, .x = x};
    lg_reduce_walk(p, &j.w);
    const ptrdiff_t rows = lg_size_of_axes(&j.w.kept) * j.w.next.size;
    const double elements = (double)j.w.c * (double)j.w.count;
    const int team = lg_team(LG_MOVE / 2 * (double)rows * elements);
    if (team > 1 && rows > 0 && rows < 4 * team && rows <= MOST_PARTS / 2 && j.w.pieces > 1) {
        take_few_rows(&j, team, rows);
        return;
    }
    j.each = minimum(j.w.next.size, (ptrdiff_t)(AT_A_TIME / (elements + 1.0)) + 1);
    j.items = ceil_div(j.w.next.size, maximum(j.each, 1));
    lg_share_out(team, lg_size_of_axes(&j.w.kept) * j.items, take_rows_of_results, &j);
}
