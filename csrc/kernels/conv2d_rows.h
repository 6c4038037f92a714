/* What the three convolution kernels share: a row of the input, laid out so that each tap of the
   kernel is a contiguous shift, whatever the stride and the padding.

   In lanes, a row is (W, n) floats and a shift by one pixel is a shift by n floats; with stride 1 and
   no padding the row can be read where it stands. Otherwise it is copied: padded with zeros and, for a
   stride s > 1, its columns sorted by their phase (column mod s), after which output column `ox` and tap
   `kx` meet at slot ox + (kx*d)/s of phase (kx*d) mod s. The input gradient is the same walk over the
   output's gradient with s - 1 zeros between its columns. Rows need no copy: those that a tap does not
   reach are skipped. */
#ifndef LG_CONV2D_ROWS_H
#define LG_CONV2D_ROWS_H

#include "../kernels.h"

#include <string.h>

/* A correlation of (blocks, groups*in, in_h, in_w, n) to (blocks, groups*out, out_h, out_w, n). */
typedef struct {
    ptrdiff_t n, groups, in, in_h, in_w, out, out_h, out_w, KH, KW;
    ptrdiff_t row_mul, row_add, row_tap, row_div; /* see input_row */
    ptrdiff_t col_mul, col_add, col_div;          /* see copy_row */
    ptrdiff_t tap_first, tap_step, tap_div;       /* see tap_slot */
    ptrdiff_t phases, slots;                      /* of a copied row: (phases, slots, n) */
} correlation;

static inline correlation forward_correlation(const lg_conv2d *p)
{
    ptrdiff_t reach = (p->KW - 1) * p->dw;
    return (correlation){
        .n = p->n, .groups = p->groups, .KH = p->KH, .KW = p->KW,
        .in = p->C, .in_h = p->H, .in_w = p->W, .out = p->O, .out_h = p->OH, .out_w = p->OW,
        .row_mul = p->sh, .row_add = -p->ph, .row_tap = p->dh, .row_div = 1,
        .col_mul = p->sw, .col_add = -p->pw, .col_div = 1,
        .tap_first = 0, .tap_step = p->dw, .tap_div = p->sw,
        .phases = reach + 1 < p->sw ? reach + 1 : p->sw, .slots = p->OW + reach / p->sw,
    };
}

static inline correlation input_gradient_correlation(const lg_conv2d *p)
{
    ptrdiff_t reach = (p->KW - 1) * p->dw, left = reach > p->pw ? reach - p->pw : 0;
    return (correlation){
        .n = p->n, .groups = p->groups, .KH = p->KH, .KW = p->KW,
        .in = p->O, .in_h = p->OH, .in_w = p->OW, .out = p->C, .out_h = p->H, .out_w = p->W,
        .row_mul = 1, .row_add = p->ph, .row_tap = -p->dh, .row_div = p->sh,
        .col_mul = 1, .col_add = -left, .col_div = p->sw,
        .tap_first = left + p->pw, .tap_step = -p->dw, .tap_div = 1,
        .phases = 1, .slots = p->W + p->pw + left,
    };
}

/* The input row that output row `row` meets under tap row `ky`, or -1 for none. */
static inline ptrdiff_t input_row(const correlation *q, ptrdiff_t row, ptrdiff_t ky)
{
    ptrdiff_t at = row * q->row_mul + q->row_add + ky * q->row_tap;
    if (at < 0 || at % q->row_div != 0 || at / q->row_div >= q->in_h)
        return -1;
    return at / q->row_div;
}

/* Where tap column `kx` starts in a row, in pixels. */
static inline ptrdiff_t tap_slot(const correlation *q, ptrdiff_t kx)
{
    ptrdiff_t at = q->tap_first + kx * q->tap_step;
    return at % q->tap_div * q->slots + at / q->tap_div;
}

/* True if the input's rows can be read where they stand. */
static inline int rows_in_place(const correlation *q)
{
    return q->col_mul == 1 && q->col_add == 0 && q->col_div == 1 && q->slots == q->in_w;
}

/* Floats of a row as the taps read it. */
static inline ptrdiff_t row_floats(const correlation *q)
{
    return (rows_in_place(q) ? q->in_w : q->phases * q->slots) * q->n;
}

/* Floats that a copied block of images takes: 0 where none is needed. */
static inline ptrdiff_t copied_floats(const correlation *q)
{
    return rows_in_place(q) ? 0 : q->groups * q->in * q->in_h * row_floats(q);
}

/* Blocks of images handled at a time, so that their copies (and `others` more floats each) stay in
   cache and the scratch stays small however large the batch. */
static inline ptrdiff_t blocks_at_a_time(const correlation *q, ptrdiff_t B, ptrdiff_t others)
{
    ptrdiff_t each = copied_floats(q) + others;
    ptrdiff_t fit = each > 0 ? ((ptrdiff_t)1 << 19) / each : B;
    fit = fit < 4 ? 4 : fit;
    return fit < B ? fit : B;
}

/* from (in_w, n) -> to (phases, slots, n): slot s of phase f is column (s*col_mul + f + col_add) / col_div,
   0 where that is none. */
static inline void copy_row(const correlation *q, const float *from, float *to)
{
    const ptrdiff_t n = q->n;
    for (ptrdiff_t f = 0; f < q->phases; f++)
        for (ptrdiff_t s = 0; s < q->slots; s++, to += n) {
            ptrdiff_t at = s * q->col_mul + f + q->col_add;
            if (at < 0 || at % q->col_div != 0 || at / q->col_div >= q->in_w)
                memset(to, 0, (size_t)n * sizeof(float));
            else
                memcpy(to, from + at / q->col_div * n, (size_t)n * sizeof(float));
        }
}

/* To be called by every thread of a team, which it does not wait for: copies the rows of `blocks` blocks.
   x (blocks, groups*in, in_h, in_w, n) -> copy (blocks, groups*in, in_h, row_floats). */
static inline void copy_rows(const correlation *q, ptrdiff_t blocks, const float *x, float *copy)
{
    ptrdiff_t rows = blocks * q->groups * q->in * q->in_h;
#pragma omp for schedule(guided) nowait
    for (ptrdiff_t r = 0; r < rows; r++)
        copy_row(q, x + r * q->in_w * q->n, copy + r * row_floats(q));
}

#endif
