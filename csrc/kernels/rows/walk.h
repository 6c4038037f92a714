/* The walk over rows: these are cut into pieces, and threads take some pieces at a time. A piece is what a
   way (ways.h) works on at once: a group of up to sixteen rows, or a tile. */
#ifndef LG_ROWS_WALK_H
#define LG_ROWS_WALK_H

#include "parallel.h"
#include "ways.h"

enum { RUNS = 16 }; /* that a thread's share is taken in: others may take over some */

typedef struct walk {
    way way;
    ptrdiff_t span_rows;           /* rows that are cut as one: all, or those that stand side by side */
    ptrdiff_t head_rows;           /* of the first piece of a span, where that is another one; or 0 */
    ptrdiff_t piece_rows;          /* of others, at most */
    ptrdiff_t body_rows;           /* that are cut so; the rest of a span is its last piece */
    ptrdiff_t span_pieces, pieces; /* of a span, and in all */
    size_t scratch_each;           /* floats that a thread wants, beyond its stack */
} walk;

/* Rows `first` to `first + count - 1`. */
typedef struct piece {
    ptrdiff_t first;
    int count;
} piece;

static inline void count_pieces(walk *w, ptrdiff_t spans)
{
    w->span_pieces = (w->head_rows > 0) + ceil_div(w->body_rows, w->piece_rows) +
                     (w->head_rows + w->body_rows < w->span_rows);
    w->pieces = spans * w->span_pieces;
}

/* The walk by groups (ALONG, PACKED) of `group_rows` rows, wherever they stand. */
static inline walk walk_by_groups(const lg_rows *rows, way way, ptrdiff_t group_rows)
{
    const ptrdiff_t N = rows->outer * rows->inner;
    walk w = {.way = way,
              .span_rows = N,
              .piece_rows = group_rows,
              .body_rows = N,
              .scratch_each = rows_scratch(rows)};
    count_pieces(&w, 1);
    return w;
}

/* The walk by tiles (LANES, TILES, WIDE) of `tile_rows` rows. Where `line` is not -1, a line of 64 bytes
   begins at that row, and tiles begin and end with lines, but for the first and the last. */
static inline walk walk_by_tiles(const lg_rows *rows, way way, ptrdiff_t tile_rows, ptrdiff_t line)
{
    walk w = {.way = way,
              .span_rows = rows->inner,
              .piece_rows = tile_rows,
              .body_rows = rows->inner,
              .scratch_each = rows_scratch(rows)};
    if (line >= 0 && rows->inner > tile_rows) {
        w.head_rows = line;
        w.body_rows = (rows->inner - line) / 16 * 16;
    }
    count_pieces(&w, rows->outer);
    return w;
}

static inline piece piece_of(const walk *w, ptrdiff_t n)
{
    const ptrdiff_t span = n / w->span_pieces * w->span_rows, end = w->head_rows + w->body_rows;
    const ptrdiff_t before = n % w->span_pieces - (w->head_rows > 0); /* pieces of the body */
    const ptrdiff_t first = w->head_rows + before * w->piece_rows;
    if (before < 0)
        return (piece){span, (int)w->head_rows};
    if (first >= end)
        return (piece){span + end, (int)(w->span_rows - end)};
    return (piece){span + first, (int)minimum(end - first, w->piece_rows)};
}

/* What a kernel does with pieces `from` to `to` - 1 of a walk. scratch as rows_scratch says. */
typedef void pieces_function(const void *call, const walk *w, ptrdiff_t from, ptrdiff_t to, float *scratch);

typedef struct shared_walk {
    const walk *w;
    ptrdiff_t run;  /* pieces that are taken at a time */
    float *scratch; /* (threads, scratch_each) */
    pieces_function *take;
    const void *call;
} shared_walk;

static void take_run(const void *shared, ptrdiff_t i)
{
    _Alignas(64) float on_stack[ON_STACK];
    const shared_walk *s = shared;
    const size_t each = s->w->scratch_each;
    float *scratch = each ? s->scratch + each * (size_t)lg_thread() : on_stack;
    s->take(s->call, s->w, i * s->run, minimum((i + 1) * s->run, s->w->pieces), scratch);
}

/* The team for `work` (see lg_team), of the threads that there is scratch for. */
static int walk_team(const lg_rows *rows, double work, int threads)
{
    const int team = lg_team(work);
    return rows_scratch(rows) && team > threads ? threads : team;
}

/* Takes all pieces, `together` of them that follow on each other at a time, or some multiple of that. */
static void walk_through(const walk *w, int team, ptrdiff_t together, float *scratch, pieces_function *take,
                         const void *call)
{
    const ptrdiff_t run = together * ceil_div(ceil_div(w->pieces, together), RUNS * team);
    const shared_walk shared = {w, run, scratch, take, call};
    lg_share_out(team, ceil_div(w->pieces, run), take_run, &shared);
}

#endif
