/* Between plain (N, F) arrays and lanes (ceil(N/n), F, n): n images side by side. */
#include "../kernels.h"
#include "../parallel.h"
#include "../simd/v16.h"

/* Features per task: a block of images is split so that one batch of 16 still feeds all threads. */
#define CHUNK 512

/* x (N, F) -> y (ceil(N/n), F, n); lanes past N are 0. */
void K(pack_lanes)(const float *x, ptrdiff_t N, ptrdiff_t F, ptrdiff_t n, float *y)
{
    ptrdiff_t blocks = (N + n - 1) / n, chunks = (F + CHUNK - 1) / CHUNK;
#pragma omp parallel for collapse(2) num_threads(lg_team(LG_MOVE * (double)N * (double)F)) schedule(guided)
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
            for (; f < end; f++)
                for (ptrdiff_t l = 0; l < n; l++)
                    to[f * n + l] = l < images ? from[l * F + f] : 0.0f;
        }
}

/* x (ceil(N/n), F, n) -> y (N, F) */
void K(unpack_lanes)(const float *x, ptrdiff_t N, ptrdiff_t F, ptrdiff_t n, float *y)
{
    ptrdiff_t blocks = (N + n - 1) / n, chunks = (F + CHUNK - 1) / CHUNK;
#pragma omp parallel for collapse(2) num_threads(lg_team(LG_MOVE * (double)N * (double)F)) schedule(guided)
    for (ptrdiff_t b = 0; b < blocks; b++)
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
            ptrdiff_t f = chunk * CHUNK, end = f + CHUNK < F ? f + CHUNK : F;
            ptrdiff_t images = N - b * n < n ? N - b * n : n;
            const float *from = x + b * n * F;
            float *to = y + b * n * F;
            if (images == 16)
                for (; f + 4 <= end; f += 4) {
                    v16 t[4];
                    for (int c = 0; c < 4; c++)
                        t[c] = v_load(from + (f + c) * 16);
                    v_store_t4(to + f, F, t);
                }
            for (; f < end; f++)
                for (ptrdiff_t l = 0; l < images; l++)
                    to[l * F + f] = from[f * n + l];
        }
}
