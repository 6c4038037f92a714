/* How much scratch the kernels want, for the caller to allocate. Depends on the shape, and for what each
   thread has of its own on their number; not on the instruction set. Compiled with baseline flags only. */
#include "kernels/conv2d/algorithm.h"
#include "kernels/matmul/sizes.h"

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

size_t lg_rows_scratch(const lg_rows *rows)
{
    if (rows->C == 0) /* of which no panel is made */
        return 0;
    ptrdiff_t wide = round_up(rows->C, 16), groups = panel_groups(rows->C);
    if (rows->inner >
        1) /* exponentials of rows side by side, and copies of their scores, or another tile's */
        wide = 2 * groups * 16 * rows->C;
    return wide <= LG_ON_STACK ? 0 : (size_t)wide;
}

size_t lg_matmul_scratch(const lg_matmul *p, int threads)
{
    return matmul_packs_a(p) ? (size_t)(threads * matmul_packed_group(p)) : 0;
}
