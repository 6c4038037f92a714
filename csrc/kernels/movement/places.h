/* The kernels of movement in which vectors have no part: they are compiled once, with baseline flags, and
   each instruction set has functions that call them. */
#ifndef LG_MOVEMENT_PLACES_H
#define LG_MOVEMENT_PLACES_H

#include "kernels.h"

#define SAME_KERNELS(F)                                                                                      \
    F(add_overlapping,                                                                                       \
      (const lg_copy *p, const float *x, ptrdiff_t start, ptrdiff_t size, double *sums, float *y),           \
      (p, x, start, size, sums, y))                                                                          \
    F(gather, (const lg_gather *p, const uint8_t *x, const int64_t *index, uint8_t *y), (p, x, index, y))    \
    F(find_places, (const uint8_t *mask, ptrdiff_t size, int64_t *places, ptrdiff_t *count),                 \
      (mask, size, places, count))                                                                           \
    F(check_index, (const int64_t *index, ptrdiff_t count, ptrdiff_t size, int *flags),                      \
      (index, count, size, flags))                                                                           \
    F(flat_index,                                                                                            \
      (const int64_t *index, ptrdiff_t count, ptrdiff_t size, ptrdiff_t step, int accumulate,                \
       int64_t *flat),                                                                                       \
      (index, count, size, step, accumulate, flat))                                                          \
    F(triangle,                                                                                              \
      (const uint8_t *x, int itemsize, ptrdiff_t matrices, ptrdiff_t rows, ptrdiff_t columns,                \
       ptrdiff_t diagonal, int upper, uint8_t *y),                                                           \
      (x, itemsize, matrices, rows, columns, diagonal, upper, y))                                            \
    F(sort, (const lg_sort *p, const uint8_t *x, uint64_t *scratch, uint8_t *values, int64_t *indices),      \
      (p, x, scratch, values, indices))                                                                      \
    F(scan_extremes, (const lg_scan *p, const uint8_t *x, uint8_t *y, int64_t *indices), (p, x, y, indices)) \
    F(cumprod_backward, (const lg_scan *p, const float *gy, const float *x, double *products, float *gx),    \
      (p, gy, x, products, gx))

#define DECLARE(name, parameters, arguments) void lg_movement_##name parameters;
SAME_KERNELS(DECLARE)

/* Of floats as doubles: y = x; y += x; and the reverse, rounded. x, y (size) */
typedef struct {
    void (*widen)(const float *x, ptrdiff_t size, double *y);
    void (*add)(const float *x, ptrdiff_t size, double *y);
    void (*narrow)(const double *x, ptrdiff_t size, float *y);
} lg_doubles;
void lg_movement_scatter(const lg_scatter *p, const uint8_t *source, const int64_t *index, double *sums,
                         uint8_t *y, const lg_doubles *v);

/* tile (16, 16) -> y (rows, columns), its rows y_step apart, y[r, c] = tile[c, r]; at most sixteen of each */
typedef void (*lg_turn)(const float *tile, ptrdiff_t rows, ptrdiff_t columns, float *y, ptrdiff_t y_step);
void lg_movement_copy(const lg_copy *p, const uint8_t *x, uint8_t *y, lg_turn turn);

#endif
