/* Copies between arrays of any strides, and constants. */
#include <string.h>

#include "vectors.h"

/* The axes of a copy as few as they can be: those of one element are none, and those along which both arrays
   go on as along the next are one with it. At least one is left. */
static lg_copy merged(const lg_copy *p)
{
    lg_copy q = {.itemsize = p->itemsize};
    for (int i = 0; i < p->axes; i++) {
        int last = q.axes - 1;
        if (p->size[i] == 1)
            continue;
        if (last >= 0 && q.x_stride[last] == p->x_stride[i] * p->size[i] &&
            q.y_stride[last] == p->y_stride[i] * p->size[i]) {
            q.size[last] *= p->size[i];
        } else {
            q.size[++last] = p->size[i];
            q.axes++;
        }
        q.x_stride[last] = p->x_stride[i], q.y_stride[last] = p->y_stride[i];
    }
    if (q.axes == 0) {
        q.size[0] = q.axes = 1;
        q.x_stride[0] = q.y_stride[0] = p->itemsize;
    }
    return q;
}

#define COPY_ROW(type)                                      \
    for (ptrdiff_t i = 0; i < size; i++) {                  \
        type element;                                       \
        memcpy(&element, x + i * x_stride, sizeof element); \
        memcpy(y + i * y_stride, &element, sizeof element); \
    }

/* Elements along one axis. */
static void copy_row(const uint8_t *x, ptrdiff_t x_stride, ptrdiff_t size, int itemsize, uint8_t *y,
                     ptrdiff_t y_stride)
{
    if (x_stride == itemsize && y_stride == itemsize) {
        memcpy(y, x, (size_t)(size * itemsize));
        return;
    }
    switch (itemsize) {
    case 1: COPY_ROW(uint8_t) break;
    case 2: COPY_ROW(uint16_t) break;
    case 4: COPY_ROW(uint32_t) break;
    default: COPY_ROW(uint64_t) break;
    }
}

/* x to y, as *p says */
void K(copy)(const lg_copy *p, const uint8_t *x, uint8_t *y)
{
    enum { CHUNK = 1 << 14 };
    const lg_copy q = merged(p);
    const int inner = q.axes - 1;
    const ptrdiff_t width = q.size[inner];
    ptrdiff_t rows = 1;
    for (int i = 0; i < inner; i++)
        rows *= q.size[i];
    const ptrdiff_t chunks = ceil_div(width, CHUNK);
    const int team = lg_team(LG_MOVE / 4 * q.itemsize * (double)rows * (double)width);
    (void)team;
#pragma omp parallel for collapse(2) num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
            const ptrdiff_t at = chunk * CHUNK, size = width - at < CHUNK ? width - at : CHUNK;
            const uint8_t *from = x + at * q.x_stride[inner];
            uint8_t *to = y + at * q.y_stride[inner];
            ptrdiff_t left = r;
            for (int i = inner - 1; i >= 0; i--) {
                from += left % q.size[i] * q.x_stride[i];
                to += left % q.size[i] * q.y_stride[i];
                left /= q.size[i];
            }
            copy_row(from, q.x_stride[inner], size, q.itemsize, to, q.y_stride[inner]);
        }
}

/* y = value, rounded to float. y (size) */
void K(fill)(ptrdiff_t size, double value, float *y)
{
    const v16 v = v_set1((float)value);
    FOR_EACH_VECTOR(i, k, size, LG_MOVE / 2, { v_store_part(y + i, v, k); })
}
