/* The ways through rows of classes: which one a call takes, and how much scratch that wants. Kernels ask here
   (walk.h), and so do those who call them (scratch.c), with baseline flags. */
#ifndef LG_ROWS_WAYS_H
#define LG_ROWS_WAYS_H

#include "kernels.h"

enum {
    FEW_CLASSES = 128, /* up to so many, sixteen rows are brought side by side, whatever their strides */
    ON_STACK = 8192,   /* exponentials of so many scores stay on a thread's stack, and in its cache */
    TILE_GROUPS = 4,   /* of sixteen rows, that a tile has at most, but for wide ones */
    WIDE_LEAST = 128   /* rows of a wide tile, and so many stand side by side then */
};

/* Rows are worked on in groups of up to sixteen, or in tiles of rows that stand side by side in memory. */
typedef enum way {
    NO_WAY, /* these strides fit none: the caller makes copies that do */
    ALONG,  /* groups; vectors run along a row */
    PACKED, /* groups, of few classes, which are brought side by side */
    LANES,  /* tiles, brought together before anything is computed; vectors run across rows */
    TILES,  /* tiles, read and written class by class where they stand */
    WIDE    /* the same, with tiles that no cache would hold the exponentials of */
} way;

/* The way through arrays of these rows that stand as `at` (count) says. `best` is what the kernel takes where
   rows stand side by side: LANES, TILES or, if there are enough of them, WIDE. With more than FEW_CLASSES
   classes either `cls` is to be 1 in all arrays of a call, or `inner` is. */
static inline way choose_way(const lg_rows *rows, const lg_strides *at, int count, way best)
{
    const way tiles = best == WIDE && rows->inner < WIDE_LEAST ? TILES : best;
    int along = 1, side_by_side = rows->inner > 1;
    for (int i = 0; i < count; i++) {
        along = along && at[i].cls == 1;
        side_by_side = side_by_side && at[i].inner == 1;
    }
    if (side_by_side && rows->inner >= 16)
        return tiles;
    if (rows->C <= FEW_CLASSES)
        return PACKED;
    return along ? ALONG : side_by_side ? tiles : NO_WAY;
}

/* Groups of sixteen rows that a tile has, in LANES and TILES: longer stretches of memory are used at once,
   and two such tiles of floats stay in a cache. */
static inline ptrdiff_t tile_groups(ptrdiff_t C)
{
    return maximum(1, minimum(65536 / (16 * C), TILE_GROUPS));
}

/* Floats of scratch for each thread, enough for any way through these rows; 0: they fit on its stack. */
static inline size_t rows_scratch(const lg_rows *rows)
{
    if (rows->C == 0) /* of which no tile is made */
        return 0;
    ptrdiff_t most = round_up(rows->C, 16);
    if (rows->inner > 1) /* exponentials of a tile, and copies of its scores, or another array's */
        most = 2 * tile_groups(rows->C) * 16 * rows->C;
    return most <= ON_STACK ? 0 : (size_t)most;
}

#endif
