/* What a caller asks before it calls a kernel: how much scratch that wants, and whether rows are to be
   copied. Depends on the shape, and for what each thread has of its own on their number; not on the
   instruction set. Compiled with baseline flags only. */
#include "kernels/conv2d/algorithm.h"
#include "kernels/matmul/sizes.h"
#include "kernels/rows/ways.h"

static size_t packed(const lg_conv2d *p, const correlation *q)
{
    switch (correlation_algorithm(p, q)) {
    case WINOGRAD: return (size_t)winograd_packed_floats(q);
    case WINOGRAD_ROWS: return (size_t)winograd_rows_packed_floats(q);
    default: return (size_t)packed_floats(q);
    }
}

static size_t scratch(const lg_conv2d *p, const correlation *q, int threads)
{
    switch (correlation_algorithm(p, q)) {
    case WINOGRAD: return (size_t)(threads * winograd_floats(q));
    case WINOGRAD_ROWS: return (size_t)(threads * winograd_rows_floats(q));
    default: return (size_t)(threads * band_floats(q, p->B));
    }
}

size_t lg_conv2d_packed(const lg_conv2d *p)
{
    const correlation q = forward_correlation(p);
    return packed(p, &q);
}

size_t lg_conv2d_backward_input_packed(const lg_conv2d *p)
{
    const correlation q = input_gradient_correlation(p);
    return packed(p, &q);
}

size_t lg_conv2d_scratch(const lg_conv2d *p, int threads)
{
    const correlation q = forward_correlation(p);
    return scratch(p, &q, threads);
}

size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads)
{
    const correlation q = input_gradient_correlation(p);
    return scratch(p, &q, threads);
}

size_t lg_conv2d_weight_scratch(const lg_conv2d *p, int threads)
{
    const correlation q = forward_correlation(p);
    switch (weight_algorithm(p, &q)) {
    case WINOGRAD: return (size_t)(threads * winograd_weight_floats(&q));
    case WINOGRAD_ROWS: return (size_t)(threads * winograd_rows_weight_floats(&q));
    default: return (size_t)(threads * weight_copy(&q));
    }
}

size_t lg_rows_scratch(const lg_rows *rows) { return rows_scratch(rows); }

int lg_rows_fit(const lg_rows *rows, const lg_strides *at, int count)
{
    return choose_way(rows, at, count, LANES) != NO_WAY;
}

size_t lg_matmul_scratch(const lg_matmul *p, int threads)
{
    return matmul_packs_a(p) ? (size_t)(threads * matmul_packed_group(p)) : 0;
}
