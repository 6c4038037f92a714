/* How much scratch a convolution wants, for the caller to allocate. Depends on the shape, and for what each
   thread has of its own on their number; not on the instruction set: compiled once, with baseline flags. */
#include "algorithm.h"

static size_t packed_weights(const lg_conv2d *p, const correlation *q)
{
    switch (correlation_algorithm(p, q)) {
    case WINOGRAD: return (size_t)winograd_packed_floats(q);
    case WINOGRAD_ROWS: return (size_t)winograd_rows_packed_floats(q);
    default: return (size_t)packed_floats(q);
    }
}

static size_t correlation_scratch(const lg_conv2d *p, const correlation *q, int threads)
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
    return packed_weights(p, &q);
}

size_t lg_conv2d_backward_input_packed(const lg_conv2d *p)
{
    const correlation q = input_gradient_correlation(p);
    return packed_weights(p, &q);
}

size_t lg_conv2d_scratch(const lg_conv2d *p, int threads)
{
    const correlation q = forward_correlation(p);
    return correlation_scratch(p, &q, threads);
}

size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads)
{
    const correlation q = input_gradient_correlation(p);
    return correlation_scratch(p, &q, threads);
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
