/* How a matrix product is cut into parts. Every element of the result is one chain of fused multiply-adds in
   the order of k, so no bit depends on any of this; it may, and does, follow the number of threads. */
#ifndef LG_MATMUL_SIZES_H
#define LG_MATMUL_SIZES_H

#include "kernels.h"

enum {
    MATMUL_ROWS = LG_MATMUL_ROWS, /* rows of a tile, at most */
    MATMUL_VECTORS = 8,           /* vectors of sixteen columns of a tile, at most: where it has few rows */
    MATMUL_GROUP = 32,            /* tiles one below the other that share a panel of b, at most */
    MATMUL_DEPTH = 256,           /* terms of k at a time: a panel of b then stays in a core's cache */
    MATMUL_SHALLOW = 64, /* likewise where hardly a tile shares it with another: in the first-level one */
    MATMUL_PANEL = 16384 /* floats of a panel at most, which are on the stack */
};

typedef struct {
    ptrdiff_t tile_rows; /* tiles one below the other */
    ptrdiff_t panels;    /* tiles side by side */
    ptrdiff_t groups;    /* parts of the tile rows */
    ptrdiff_t spans;     /* parts of the panels: work is split into groups x spans */
    ptrdiff_t depth;
    int pack_a, pack_b;
    int turning; /* b is transposed in registers, without a packed copy: few rows use it */
} matmul_shape;

/* Whether sixteen rows so far apart want the same few places of a first-level cache. */
static inline int matmul_rows_collide(ptrdiff_t row) { return row % 1024 == 0; }

/* Whether a tile's few numbers of each k lie so far apart that they are copied first. Tiles have five rows or
   six then. */
static inline int matmul_packs_a(const lg_matmul *p)
{
    return p->transpose_a && p->M > 64 && p->N > 64 && p->M * p->K > 10000;
}

/* Floats of K terms of a tile's part of a, packed, with room for the rest of the last vector. */
static inline ptrdiff_t matmul_packed_tile(ptrdiff_t K) { return MATMUL_ROWS * K + 16; }

/* Floats of the packed part of a that a group needs at a time. */
static inline ptrdiff_t matmul_packed_group(const lg_matmul *p)
{
    ptrdiff_t tile_rows = ceil_div(p->M, MATMUL_ROWS);
    return minimum(tile_rows, MATMUL_GROUP) * matmul_packed_tile(p->K < MATMUL_DEPTH ? p->K : MATMUL_DEPTH);
}

/* For tiles of `sums` vectors of accumulators and a team of so many threads. */
static inline matmul_shape shape_of_matmul(const lg_matmul *p, int sums, int team)
{
    matmul_shape s;
    s.tile_rows = ceil_div(p->M, MATMUL_ROWS);
    ptrdiff_t tallest = ceil_div(p->M, maximum(s.tile_rows, 1)), wide = tallest ? sums / tallest : 1;
    if (wide > MATMUL_VECTORS)
        wide = MATMUL_VECTORS;
    s.turning = p->transpose_b && s.tile_rows == 1 && !matmul_rows_collide(p->K);
    s.panels = ceil_div(ceil_div(p->N, 16), s.turning ? 1 : wide);
    s.pack_a = matmul_packs_a(p);
    s.pack_b = !p->packed_b && (p->transpose_b || (s.tile_rows >= 8 && p->N > 128 && p->K > 32));
    s.depth = s.tile_rows > 2 || s.turning ? MATMUL_DEPTH : MATMUL_SHALLOW;
    s.groups = ceil_div(s.tile_rows, MATMUL_GROUP);
    s.spans = s.pack_a ? ceil_div(p->N, 256) : s.panels;
    if (team > 1) {
        /* Four parts for each thread, unless panels would then be packed for less than eight tiles. */
        ptrdiff_t wanted = ceil_div(4 * team, p->batch * s.spans), most = s.tile_rows / (s.pack_b ? 8 : 2);
        wanted = minimum(wanted, most);
        s.groups = maximum(s.groups, wanted);
    }
    return s;
}

#endif
