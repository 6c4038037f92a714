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
    ptrdiff_t pieces; /* of a group's planes of a block of images; how large they are, the algorithm knows: */
    ptrdiff_t size, all;
    const void *tiling;
} correlation_work;

/* Piece number k of a group's planes, and where these are. */
typedef struct {
    ptrdiff_t group, k;
    const float *x, *bias;
    float *y, *scratch;
} correlation_piece;

static inline correlation_piece piece_of(const correlation_work *w, ptrdiff_t i)
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
