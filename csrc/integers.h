/* Whole numbers: what every layer of the C code needs of them. */
#ifndef LG_INTEGERS_H
#define LG_INTEGERS_H

#include <stddef.h>

static inline ptrdiff_t minimum(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t maximum(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/* Of x >= 0 and by > 0: x / by, rounded up, and the multiple of `by` that is. */
static inline ptrdiff_t ceil_div(ptrdiff_t x, ptrdiff_t by) { return (x + by - 1) / by; }
static inline ptrdiff_t round_up(ptrdiff_t x, ptrdiff_t by) { return ceil_div(x, by) * by; }

#endif
