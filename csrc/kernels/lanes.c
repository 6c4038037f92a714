/* Between plain (N, F) arrays and lanes (ceil(N/n), F, n): n images side by side. */
#include "kernels.h"
#include "parallel.h"
#include "simd/v16.h"

/* Features per task: a block of images is split so that one batch of 16 still feeds all threads. */
enum { CHUNK = 512 };

/* Sixteen features of four images at a time: sixteen floats of each image on the one side, rows of four
   floats on the other. An image past the last is 0 in lanes. */
SPECIALIZE void pack_four(const float *x, ptrdiff_t images, ptrdiff_t F, ptrdiff_t n, float *y)
{
    v16 v[4];
    for (int i = 0; i < 4; i++)
        v[i] = i < images ? v_load(x + i * F) : v_zero();
    v_store_t4(y, n, v);
}

SPECIALIZE void unpack_four(const float *x, ptrdiff_t images, ptrdiff_t F, ptrdiff_t n, float *y)
{
    v16 v[4];
    v_load_t4(x, n, v);
    for (int i = 0; i < 4 && i < images; i++)
        v_store(y + i * F, v[i]);
}

/* x (N, F) -> y (ceil(N/n), F, n); lanes past N are 0. */
void K(pack_lanes)(const float *x, ptrdiff_t N, ptrdiff_t F, ptrdiff_t n, float *y)
{
    ptrdiff_t blocks = ceil_div(N, n), chunks = ceil_div(F, CHUNK);
#pragma omp parallel for collapse(2) num_threads(lg_team(LG_MOVE *(double)N *(double)F)) schedule(static)
    for (ptrdiff_t b = 0; b < blocks; b++)
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
            ptrdiff_t f = chunk * CHUNK, end = f + CHUNK < F ? f + CHUNK : F;
            ptrdiff_t images = N - b * n < n ? N - b * n : n;
            const float *from = x + b * n * F;
            float *to = y + b * n * F;
            if (images == 16)
                for (; f + 4 <= end; f += 4) {
                    v16 t[4];
                    v_load_t4(from + f, F, t);
                    for (int c = 0; c < 4; c++)
                        v_store(to + (f + c) * 16, t[c]);
                }
            for (; n >= 4 && f + 16 <= end; f += 16)
                for (ptrdiff_t l = 0; l < n; l += 4)
                    pack_four(from + l * F + f, images - l, F, n, to + f * n + l);
            for (; f < end; f++)
                for (ptrdiff_t l = 0; l < n; l++)
                    to[f * n + l] = l < images ? from[l * F + f] : 0.0f;
        }
}

/* x (ceil(N/n), F, n) -> y (N, F) */
void K(unpack_lanes)(const float *x, ptrdiff_t N, ptrdiff_t F, ptrdiff_t n, float *y)
{
    ptrdiff_t blocks = ceil_div(N, n), chunks = ceil_div(F, CHUNK);
#pragma omp parallel for collapse(2) num_threads(lg_team(LG_MOVE *(double)N *(double)F)) schedule(static)
    for (ptrdiff_t b = 0; b < blocks; b++)
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
            ptrdiff_t f = chunk * CHUNK, end = f + CHUNK < F ? f + CHUNK : F;
            ptrdiff_t images = N - b * n < n ? N - b * n : n;
            const float *from = x + b * n * F;
            float *to = y + b * n * F;
            for (; n >= 4 && f + 16 <= end; f += 16)
                for (ptrdiff_t l = 0; l < images; l += 4)
                    unpack_four(from + f * n + l, images - l, F, n, to + l * F + f);
            for (; f < end; f++)
                for (ptrdiff_t l = 0; l < images; l++)
                    to[l * F + f] = from[f * n + l];
        }
}
