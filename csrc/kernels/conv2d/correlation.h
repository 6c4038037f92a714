/* What the convolution kernels share: the walk of a convolution over its input, and how the input's rows are
   read so that each tap of the kernel is a shift by whole pixels, whatever stride, padding and dilation are.

   In lanes, a row is (W, n) floats and a shift by one pixel is a shift by n floats. With n = 16 a vector is a
   pixel: rows are read where they stand, vectors stride * n floats apart, and a tap that would meet a pixel
   outside of them is left out. With fewer images a vector holds several pixels, and rows are copied in bands:
   padded with zeros, and with stride s > 1 their columns sorted by residue (column mod s), after which output
   column `ox` and tap `kx` meet at slot ox + (kx*d)/s of residue (kx*d) mod s. In the copy the planes of a
   row stand side by side, because planes of an image are often a multiple of 4 kB apart, which is where
   caches put everything into one place. Where nothing is padded and nothing sorted, these are read in place,
   too.

   The input gradient is a correlation too, of the output's gradient. With stride s, the rows (and columns)
   of equal index mod s meet the same taps, each at a shift of its own: s residues, each a correlation with
   stride 1 and some of the taps. */
#ifndef LG_CONV2D_CORRELATION_H
#define LG_CONV2D_CORRELATION_H

#include "kernels.h"

#include <string.h>

/* A convolution along one axis. */
typedef struct {
    ptrdiff_t in, out, K; /* sizes */
    ptrdiff_t stride, pad, dilation;
    int backward; /* in and out are those of the gradients */
} axis;

/* One residue of it: output first + i * residues meets tap k0 + t * k_stride at input at + i * mul + t *
   at_stride, for i < count and t < taps. */
typedef struct {
    ptrdiff_t first, count;       /* outputs */
    ptrdiff_t k0, k_stride, taps; /* of the kernel */
    ptrdiff_t at, mul,
        at_stride; /* the input that output 0 and tap 0 meet; from an output, a tap to the next */
} residue;

/* A correlation of (blocks, groups*in, y.in, x.in, n) to (blocks, groups*out, y.out, x.out, n). */
typedef struct {
    ptrdiff_t n, groups, in, out; /* in, out: planes of a group */
    axis y, x;
    ptrdiff_t sorted, slots, left; /* a row as it is read is (sorted, slots, n): slot s of residue f is the
                                      column s * sorted_by + f + left, 0 where that is none */
    ptrdiff_t sorted_by;
    ptrdiff_t apart; /* from an output's pixel to the next one's, in slots */
} correlation;

static inline ptrdiff_t residues(const axis *a) { return a->backward ? a->stride : 1; }

static inline residue residue_of(const axis *a, ptrdiff_t f)
{
    if (!a->backward)
        return (residue){.count = a->out,
                         .k_stride = 1,
                         .taps = a->K,
                         .at = -a->pad,
                         .mul = a->stride,
                         .at_stride = a->dilation};
    /* Outputs y = f + i * stride, inputs (y + pad - k * dilation) / stride, for taps k that divide evenly. */
    ptrdiff_t every = 1, k0 = 0;
    while (every * a->dilation % a->stride != 0)
        every++;
    while (k0 < every && (f + a->pad - k0 * a->dilation) % a->stride != 0)
        k0++;
    int none = k0 == every || k0 >= a->K;
    return (residue){.first = f,
                     .count = f < a->out ? ceil_div(a->out - f, a->stride) : 0,
                     .k0 = k0,
                     .k_stride = every,
                     .taps = none ? 0 : (a->K - 1 - k0) / every + 1,
                     .at = none ? 0 : (f + a->pad - k0 * a->dilation) / a->stride,
                     .mul = 1,
                     .at_stride = -(every * a->dilation / a->stride)};
}

/* From `begin` up to but not including `end`. */
typedef struct {
    ptrdiff_t begin, end;
} range;

/* The taps with which output i of a residue meets an input of `in` pixels, and not what lies outside. */
static inline range taps_inside(const residue *p, ptrdiff_t in, ptrdiff_t i)
{
    range t = {0, p->taps};
    const ptrdiff_t at = p->at + i * p->mul;
    while (t.begin < t.end && (at + t.begin * p->at_stride < 0 || at + t.begin * p->at_stride >= in))
        t.begin++;
    while (t.begin < t.end && (at + (t.end - 1) * p->at_stride < 0 || at + (t.end - 1) * p->at_stride >= in))
        t.end--;
    return t;
}

/* The outputs, of those in i, with which tap t does so. */
static inline range outputs_inside(const residue *p, ptrdiff_t in, ptrdiff_t t, range i)
{
    const ptrdiff_t at = p->at + t * p->at_stride;
    while (i.begin < i.end && at + i.begin * p->mul < 0)
        i.begin++;
    while (i.begin < i.end && at + (i.end - 1) * p->mul >= in)
        i.end--;
    return i;
}

/* Those with which all taps do. */
static inline range all_inside(const residue *p, ptrdiff_t in, range i)
{
    for (ptrdiff_t t = 0; t < p->taps; t++)
        i = outputs_inside(p, in, t, i);
    return i;
}

/* How many turns there are: in each, every residue has one output at most. */
static inline ptrdiff_t turns(const axis *a) { return a->backward ? ceil_div(a->out, a->stride) : a->out; }

/* The inputs that outputs i, begin <= i < end, of all residues meet: from *low up to but not including *high.
   Either may lie outside the input. */
static inline void reach(const axis *a, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t *low, ptrdiff_t *high)
{
    *low = PTRDIFF_MAX, *high = PTRDIFF_MIN;
    for (ptrdiff_t f = 0; f < residues(a); f++) {
        residue p = residue_of(a, f);
        ptrdiff_t last = (p.taps - 1) * p.at_stride;
        if (p.taps == 0)
            continue;
        *low = minimum(*low, p.at + begin * p.mul + minimum(0, last));
        *high = maximum(*high, p.at + (end - 1) * p.mul + maximum(0, last) + 1);
    }
}

static inline correlation new_correlation(ptrdiff_t n, ptrdiff_t groups, ptrdiff_t in, ptrdiff_t out, axis y,
                                          axis x)
{
    correlation q = {.n = n,
                     .groups = groups,
                     .in = in,
                     .out = out,
                     .y = y,
                     .x = x,
                     .sorted = 1,
                     .slots = x.in,
                     .sorted_by = 1,
                     .apart = x.backward ? 1 : x.stride};
    ptrdiff_t low, high;
    if (n == 16)
        return q;
    q.apart = 1;
    reach(&q.x, 0, turns(&x), &low, &high);
    q.left = low;
    q.sorted_by = x.backward ? 1 : x.stride;
    q.sorted = minimum(q.sorted_by, (x.K - 1) * x.dilation + 1);
    q.slots = ceil_div(high - low, q.sorted_by);
    return q;
}

static inline correlation forward_correlation(const lg_conv2d *p)
{
    axis y = {p->H, p->OH, p->KH, p->sh, p->ph, p->dh, 0}, x = {p->W, p->OW, p->KW, p->sw, p->pw, p->dw, 0};
    return new_correlation(p->n, p->groups, p->C, p->O, y, x);
}

static inline correlation input_gradient_correlation(const lg_conv2d *p)
{
    axis y = {p->OH, p->H, p->KH, p->sh, p->ph, p->dh, 1}, x = {p->OW, p->W, p->KW, p->sw, p->pw, p->dw, 1};
    return new_correlation(p->n, p->groups, p->O, p->C, y, x);
}

/* Where the column that tap t of residue f meets at output 0 stands in a copied row, in pixels. */
static inline ptrdiff_t tap_slot(const correlation *q, const residue *f, ptrdiff_t t)
{
    ptrdiff_t at = f->at + t * f->at_stride - q->left;
    return at % q->sorted_by * q->slots + at / q->sorted_by;
}

/* Floats of a copied row of one plane. */
static inline ptrdiff_t row_floats(const correlation *q) { return q->sorted * q->slots * q->n; }

/* Whether rows can be read where they stand. */
static inline int in_place(const correlation *q)
{
    return q->sorted_by == 1 && q->left >= 0 && q->left + q->slots <= q->x.in;
}

/* From one row to the next of the same plane, and from one plane to the next, of `planes` planes copied
   together: as the taps read them, in floats. */
static inline ptrdiff_t row_stride(const correlation *q, ptrdiff_t planes)
{
    return in_place(q) ? q->x.in * q->n : planes * row_floats(q);
}

static inline ptrdiff_t plane_stride(const correlation *q)
{
    return in_place(q) ? q->y.in * q->x.in * q->n : row_floats(q);
}

/* from (x.in, n) -> to (sorted, slots, n) */
static inline void copy_row(const correlation *q, const float *from, float *to)
{
    const ptrdiff_t n = q->n, by = q->sorted_by;
    for (ptrdiff_t f = 0; f < q->sorted; f++, to += q->slots * n) {
        /* The slots from `begin` up to `end` are columns of the input. */
        ptrdiff_t at = f + q->left, begin = at < 0 ? minimum((by - 1 - at) / by, q->slots) : 0;
        ptrdiff_t end = at < q->x.in ? minimum(ceil_div(q->x.in - at, by), q->slots) : 0;
        end = maximum(end, begin);
        memset(to, 0, (size_t)(begin * n) * sizeof(float));
        if (by == 1)
            memcpy(to + begin * n, from + (begin + at) * n, (size_t)((end - begin) * n) * sizeof(float));
        else if (n == 16) /* in tiles */
            for (ptrdiff_t s = begin; s < end; s++)
                memcpy(to + s * 16, from + (s * by + at) * 16, 16 * sizeof(float));
        else
            for (ptrdiff_t s = begin; s < end; s++)
                memcpy(to + s * n, from + (s * by + at) * n, (size_t)n * sizeof(float));
        memset(to + end * n, 0, (size_t)((q->slots - end) * n) * sizeof(float));
    }
}

/* Where row `low` of the first of `planes` planes begins, for taps to be read: in x (planes, y.in, x.in, n)
   itself, or in a copy (high-low, planes, row_floats) of the rows from low up to high. */
static inline const float *readable_rows(const correlation *q, ptrdiff_t planes, ptrdiff_t low,
                                         ptrdiff_t high, const float *x, float *copy)
{
    const ptrdiff_t row = q->x.in * q->n;
    if (in_place(q))
        return x + low * row + q->left * q->n;
    for (ptrdiff_t c = 0; c < planes; c++)
        for (ptrdiff_t r = low; r < high; r++)
            copy_row(q, x + (c * q->y.in + r) * row, copy + ((r - low) * planes + c) * row_floats(q));
    return copy;
}

/* How many input rows `rows` turns of output rows meet. */
static inline ptrdiff_t rows_met(const correlation *q, ptrdiff_t rows)
{
    ptrdiff_t low, high;
    reach(&q->y, 0, rows, &low, &high);
    return minimum(high - low, q->y.in);
}

/* How many turns of rows are done at a time: so many that the copy of their input stays in the second-level
   cache, but few enough that all threads find work. */
static inline ptrdiff_t band_rows(const correlation *q, ptrdiff_t B)
{
    ptrdiff_t low, high, all = turns(&q->y), fit = 1;
    reach(&q->y, 0, 1, &low, &high);
    ptrdiff_t rows = ((ptrdiff_t)96 << 10) / maximum(q->in * row_floats(q), 1);
    ptrdiff_t mul = q->y.backward ? 1 : q->y.stride;
    if (rows > high - low)
        fit = (rows - (high - low)) / mul + 1;
    ptrdiff_t share = ceil_div(all * B * q->groups, 16);
    return minimum(minimum(fit, maximum(share, 4)), all);
}

/* Floats that a band's copy takes. */
static inline ptrdiff_t band_floats(const correlation *q, ptrdiff_t B)
{
    return in_place(q) ? 0 : round_up(rows_met(q, band_rows(q, B)) * q->in * row_floats(q), 16);
}

/* Floats of the packed weights, and of the offsets before them. */
static inline ptrdiff_t packed_floats(const correlation *q)
{
    ptrdiff_t taps = q->in * q->x.K;
    return taps * (ptrdiff_t)(sizeof(ptrdiff_t) / sizeof(float)) + q->groups * q->out * taps * q->y.K;
}

/* The weight gradient: how many taps (columns of the kernel) its register tile has, how many input planes are
   copied at a time, so that tiles are full; how many output rows are done at a time; floats of their copy. */
enum { W_TAPS = 6 };

static inline ptrdiff_t weight_planes(const correlation *q)
{
    ptrdiff_t planes = 1;
    while (planes * q->x.K % W_TAPS != 0)
        planes++;
    return minimum(planes, q->in);
}

static inline ptrdiff_t weight_rows_at_a_time(const correlation *q)
{
    ptrdiff_t each = maximum(1, weight_planes(q) * row_floats(q) * q->y.stride);
    return minimum(maximum(((ptrdiff_t)64 << 10) / each, 1), q->y.out);
}

static inline ptrdiff_t weight_copy(const correlation *q)
{
    ptrdiff_t rows = rows_met(q, weight_rows_at_a_time(q));
    return in_place(q) ? 0 : round_up(rows * weight_planes(q) * row_floats(q), 16);
}

#endif
