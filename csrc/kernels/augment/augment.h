/* The kernels that change pictures at random, each by a row of a table. Vectors have no part in them: they
   are compiled once, with baseline flags, and each instruction set has functions that call them. */
#ifndef LG_AUGMENT_AUGMENT_H
#define LG_AUGMENT_AUGMENT_H

#include "kernels.h"

#define SAME_AUGMENT(F)                                                                                      \
    F(draws, (uint64_t key, ptrdiff_t stream, const int64_t *image, ptrdiff_t N, ptrdiff_t M, double *y),    \
      (key, stream, image, N, M, y))                                                                         \
    F(window,                                                                                                \
      (const lg_pictures *p, const uint8_t *x, const int64_t *index, const int64_t *at, const uint8_t *fill, \
       const float *table, uint8_t *y),                                                                      \
      (p, x, index, at, fill, table, y))                                                                     \
    F(erase, (const lg_pictures *p, const int64_t *box, const uint8_t *fill, uint8_t *y), (p, box, fill, y)) \
    F(mix,                                                                                                   \
      (const lg_pictures *p, const float *a, const float *b, const float *share, const int64_t *box,         \
       float *y),                                                                                            \
      (p, a, b, share, box, y))                                                                              \
    F(warp, (const lg_pictures *p, const uint8_t *x, const int64_t *map, const uint8_t *fill, uint8_t *y),   \
      (p, x, map, fill, y))                                                                                  \
    F(resized_crop,                                                                                          \
      (const lg_pictures *p, const uint8_t *x, const int64_t *box, int32_t *scratch, uint8_t *y),            \
      (p, x, box, scratch, y))                                                                               \
    F(jitter, (const lg_pictures *p, const double *factor, const int64_t *order, uint8_t *y),                \
      (p, factor, order, y))

#define DECLARE(name, parameters, arguments) void lg_augment_##name parameters;
SAME_AUGMENT(DECLARE)

#endif
