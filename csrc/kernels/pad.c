/* Padding, and joining along an axis: what copies numbers and computes none, but for the gradient of
   paddings that repeat pixels. Along which axes is up to the caller: images in lanes are arrays like any
   other here. */
#include "kernels.h"
#include "parallel.h"

#include <string.h>

/* Which element of an axis stands at place i of the padded one; -1 for none. */
static ptrdiff_t source(const lg_pad *p, int axis, ptrdiff_t i)
{
    ptrdiff_t size = p->size[axis], left = p->left[axis], at = i - left;
    switch (p->mode) {
    case LG_PAD_REFLECT: return at < 0 ? -at : at < size ? at : 2 * (size - 1) - at;
    case LG_PAD_REPLICATE: return at < 0 ? 0 : at < size ? at : size - 1;
    case LG_PAD_CIRCULAR: { /* negative padding cuts off first */
        ptrdiff_t right = p->padded[axis] - size - left, cut = left < 0 ? -left : 0;
        ptrdiff_t period = size - cut - (right < 0 ? -right : 0);
        at -= cut;
        return cut + (at < 0 ? at + period : at < period ? at : at - period);
    }
    default: return at < 0 || at >= size ? -1 : at;
    }
}

/* The places [*begin, *end) of an axis whose elements stand there as in the input. */
static void interior(const lg_pad *p, int axis, ptrdiff_t *begin, ptrdiff_t *end)
{
    ptrdiff_t left = p->left[axis], past = left + p->size[axis];
    *begin = left > 0 ? left : 0;
    *end = past < p->padded[axis] ? past : p->padded[axis];
    if (*end < *begin)
        *end = *begin;
}

static void fill(float *y, ptrdiff_t size, float value)
{
#pragma omp simd
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] = value;
}

/* The floats of one element along each axis, in and out, and of all before it. */
typedef struct {
    ptrdiff_t in[LG_PAD_AXES + 1], out[LG_PAD_AXES + 1];
} steps;

static steps steps_of(const lg_pad *p)
{
    steps s;
    s.in[p->axes] = s.out[p->axes] = p->inner;
    for (int axis = p->axes - 1; axis >= 0; axis--) {
        s.in[axis] = s.in[axis + 1] * p->size[axis];
        s.out[axis] = s.out[axis + 1] * p->padded[axis];
    }
    return s;
}

/* x (size[axis], ..., inner) -> y (padded[axis], ..., inner) */
static void pad_axis(const lg_pad *p, const steps *s, int axis, const float *x, float *y)
{
    ptrdiff_t begin, end, in = s->in[axis + 1], out = s->out[axis + 1];
    interior(p, axis, &begin, &end);
    int last = axis + 1 == p->axes;
    if (last && end > begin)
        memcpy(y + begin * out, x + (begin - p->left[axis]) * in,
               (size_t)((end - begin) * in) * sizeof(float));
    for (ptrdiff_t i = 0; i < p->padded[axis]; i++) {
        if (last && i == begin)
            i = end;
        if (i == p->padded[axis])
            break;
        ptrdiff_t from = source(p, axis, i);
        if (from < 0)
            fill(y + i * out, out, p->value);
        else if (last)
            memcpy(y + i * out, x + from * in, (size_t)in * sizeof(float));
        else
            pad_axis(p, s, axis + 1, x + from * in, y + i * out);
    }
}

/* gx (size[axis], ..., inner) += gy (padded[axis], ..., inner), each element where it came from */
static void pad_axis_backward(const lg_pad *p, const steps *s, int axis, const float *restrict gy,
                              float *restrict gx)
{
    ptrdiff_t in = s->in[axis + 1], out = s->out[axis + 1];
    for (ptrdiff_t i = 0; i < p->padded[axis]; i++) {
        ptrdiff_t from = source(p, axis, i);
        if (axis + 1 < p->axes)
            pad_axis_backward(p, s, axis + 1, gy + i * out, gx + from * in);
        else
#pragma omp simd
            for (ptrdiff_t j = 0; j < in; j++)
                gx[from * in + j] += gy[i * out + j];
    }
}

/* x (outer, size[0], ..., inner) -> y (outer, padded[0], ..., inner) */
void K(pad)(const lg_pad *p, const float *x, float *y)
{
    const steps s = steps_of(p);
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)(p->outer * s.out[0]))) schedule(static)
    for (ptrdiff_t o = 0; o < p->outer; o++)
        pad_axis(p, &s, 0, x + o * s.in[0], y + o * s.out[0]);
}

/* gy (outer, padded[0], ..., inner) -> gx (outer, size[0], ..., inner), for a mode that repeats elements */
void K(pad_backward)(const lg_pad *p, const float *gy, float *gx)
{
    const steps s = steps_of(p);
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)(p->outer * s.out[0]))) schedule(static)
    for (ptrdiff_t o = 0; o < p->outer; o++) {
        memset(gx + o * s.in[0], 0, (size_t)s.in[0] * sizeof(float));
        pad_axis_backward(p, &s, 0, gy + o * s.out[0], gx + o * s.in[0]);
    }
}
