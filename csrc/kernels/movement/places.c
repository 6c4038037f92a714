/* Kernels of an instruction set of which most, or all, is the same for each; and constants. */
#include "places.h"

#include "kernels/vectors.h"

#define CALL(name, parameters, arguments) \
    void K(name) parameters { lg_movement_##name arguments; }
SAME_KERNELS(CALL)

static void turn(const float *tile, ptrdiff_t rows, ptrdiff_t columns, float *y, ptrdiff_t y_step)
{
    for (ptrdiff_t r = 0; r < rows; r += 4) {
        v16 out[4];
        v_load_t4(tile + r, 16, out);
        FOR_UNROLLED(4, i, 4)
            if (r + i < rows)
                v_store_part(y + (r + i) * y_step, out[i], (int)columns);
    }
}

void K(copy)(const lg_copy *p, const uint8_t *x, uint8_t *y) { lg_movement_copy(p, x, y, turn); }

static void widen(const float *x, ptrdiff_t size, double *y)
{
#pragma omp simd
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] = (double)x[i];
}

static void add(const float *x, ptrdiff_t size, double *y)
{
#pragma omp simd
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] += (double)x[i];
}

static void narrow(const double *x, ptrdiff_t size, float *y)
{
#pragma omp simd
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] = (float)x[i];
}

void K(scatter)(const lg_scatter *p, const uint8_t *source, const int64_t *index, double *sums, uint8_t *y)
{
    const lg_doubles doubles = {widen, add, narrow};
    lg_movement_scatter(p, source, index, sums, y, &doubles);
}

/* y = value, rounded to float. y (size) */
void K(fill)(ptrdiff_t size, double value, float *y)
{
    const v16 v = v_set1((float)value);
    FOR_EACH_VECTOR(i, k, size, LG_MOVE / 2, { v_store_part(y + i, v, k); })
}
