/* Bytes to floats by a table: what a data set's images become when each pixel is treated by itself. */
#include "kernels.h"
#include "parallel.h"
#include "simd/v16.h"

/* x (size), value (256) -> y (size) */
SPECIALIZE void look_up(const uint8_t *restrict x, ptrdiff_t size, const float *restrict value,
                        float *restrict y)
{
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] = value[x[i]];
}

/* images (any, C, size), index (N) of those wanted, table (C, 256) -> y (N, C, size). They stand all over
   memory: meanwhile the next one is fetched. */
void K(lookup)(const uint8_t *images, const int64_t *index, const float *table, ptrdiff_t N, ptrdiff_t C,
               ptrdiff_t size, float *y)
{
    const ptrdiff_t line = 64;
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)(N * C * size)))
    for (ptrdiff_t i = 0; i < N; i++) {
        const uint8_t *image = images + index[i] * C * size;
        const uint8_t *next = images + index[i + 1 < N ? i + 1 : i] * C * size;
        for (ptrdiff_t c = 0; c < C; c++) {
            for (ptrdiff_t k = 0; k < size; k += line)
                __builtin_prefetch(next + c * size + k);
            look_up(image + c * size, size, table + 256 * c, y + (i * C + c) * size);
        }
    }
}
