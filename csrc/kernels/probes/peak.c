/* What the machine can do: a loop that only computes, and one that only moves. `python -m bench kernels`
   holds the times of the other kernels against theirs. */
#include "kernels.h"
#include "parallel.h"
#include "simd/v16.h"

enum {
    CHUNK = 4096,
    ROWS = 6,
    CHAINS = 24 /* a multiple of ROWS * V_TILE on every set, so that all compute the same */
};

/* LG_PEAK_FMAS fused multiply-adds of vectors for each round, in as many chains side by side as the registers
   hold. y (rounds, 16): what they come to, so that no compiler leaves them out. */
void K(fma_loop)(ptrdiff_t rounds, float *y)
{
    const v16 scale = v_set1(0.999f), shift = v_set1(0.001f);
#pragma omp parallel for num_threads(lg_team(32.0 * LG_PEAK_FMAS * (double)rounds)) schedule(guided)
    for (ptrdiff_t round = 0; round < rounds; round++) {
        v16 sum = v_zero();
        for (int first = 0; first < CHAINS; first += ROWS * V_TILE) {
            v16 chain[ROWS][V_TILE];
            for (int r = 0; r < ROWS; r++)
                for (int v = 0; v < V_TILE; v++)
                    chain[r][v] = v_set1((float)(first + r * V_TILE + v));
            for (int i = 0; i < LG_PEAK_FMAS / CHAINS; i++)
                for (int r = 0; r < ROWS; r++)
                    for (int v = 0; v < V_TILE; v++)
                        chain[r][v] = v_fma(chain[r][v], scale, shift);
            for (int r = 0; r < ROWS; r++)
                for (int v = 0; v < V_TILE; v++)
                    sum = v_add(sum, chain[r][v]);
        }
        v_store(y + 16 * round, sum);
    }
}

/* y = x. x, y (size) */
void K(copy_loop)(const float *x, ptrdiff_t size, float *y)
{
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)size)) schedule(guided)
    for (ptrdiff_t chunk = 0; chunk < size; chunk += CHUNK) {
        ptrdiff_t end = chunk + CHUNK < size ? chunk + CHUNK : size, i = chunk;
        for (; i + 16 <= end; i += 16)
            v_store(y + i, v_load(x + i));
        if (i < end)
            v_store_part(y + i, v_load_part(x + i, (int)(end - i)), (int)(end - i));
    }
}
