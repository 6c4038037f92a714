/* A correlation as pieces of work that threads share (lg_share_out). */
#ifndef LG_CONV2D_PIECES_H
#define LG_CONV2D_PIECES_H

#include "parallel.h"
#include "correlation.h"

/* x (B, groups*in, y.in, x.in, n) -> y (B, groups*out, y.out, x.out, n); bias (groups*out) or NULL. */
typedef struct {
    const correlation *q;
    const float *x, *packed, *bias;
    int relu;
    float *scratch, *y;
    ptrdiff_t room;   /* of each thread in scratch */
    ptrdiff_t pieces; /* of a group's planes of a block of images */
    /* How large they are, each algorithm says in its own way. */
    ptrdiff_t size,
        all;            /* turns of rows (direct) or vectors: of a piece, in all; along rows, size is bands */
    const void *tiling; /* Winograd: how tiles lie */
} correlation_work;

/* Piece number k of a group's planes, and where these are. */
typedef struct {
    ptrdiff_t group, k;
    const float *x, *bias;
    float *y, *scratch;
} correlation_piece;

static inline correlation_piece correlation_piece_of(const correlation_work *w, ptrdiff_t i)
{
    const correlation *q = w->q;
    const ptrdiff_t at = i / w->pieces, group = at % q->groups;
    return (correlation_piece){.group = group,
                               .k = i % w->pieces,
                               .x = w->x + at * q->in * q->y.in * q->x.in * q->n,
                               .bias = w->bias ? w->bias + group * q->out : NULL,
                               .y = w->y + at * q->out * q->y.out * q->x.out * q->n,
                               .scratch = w->scratch + lg_thread() * w->room};
}

#endif
