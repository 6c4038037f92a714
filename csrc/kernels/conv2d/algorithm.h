/* Which algorithm computes which pass of a convolution. Depends on the shape alone. */
#ifndef LG_CONV2D_ALGORITHM_H
#define LG_CONV2D_ALGORITHM_H

#include "winograd_rows_sizes.h"

typedef enum { DIRECT, WINOGRAD, WINOGRAD_ROWS } algorithm;

/* q: the forward pass or the input gradient of p. */
static inline algorithm correlation_algorithm(const lg_conv2d *p, const correlation *q)
{
    if (!p->winograd)
        return DIRECT;
    return fits_winograd(p) ? WINOGRAD : in_row_tiles(q) ? WINOGRAD_ROWS : DIRECT;
}

/* The weight gradient of p, whose forward pass is q. */
static inline algorithm weight_algorithm(const lg_conv2d *p, const correlation *q)
{
    if (!p->winograd)
        return DIRECT;
    return weight_fits_winograd(p) ? WINOGRAD : weight_in_row_tiles(q) ? WINOGRAD_ROWS : DIRECT;
}

#endif
