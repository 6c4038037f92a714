/* Random numbers of pictures, by Philox4x32-10 (Salmon et al. 2011): functions of a key and of the picture,
   whatever else is in its batch. dropout.c has the same for sixteen counters at once. */
#include "augment.h"

static void philox(uint32_t c[4], uint64_t key)
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)0xD2511F53u * c[0], b = (uint64_t)0xCD9E8D57u * c[2];
        c[0] = (uint32_t)(b >> 32) ^ c[1] ^ k0;
        c[2] = (uint32_t)(a >> 32) ^ c[3] ^ k1;
        c[1] = (uint32_t)b;
        c[3] = (uint32_t)a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* y (N, M): numbers from 0 to below 1, for what is drawn in `stream`. image (N, 2): a picture's number, and
   how often it came before in the pass. A counter is made of both, the stream, and the place in y by four. */
void lg_augment_draws(uint64_t key, ptrdiff_t stream, const int64_t *image, ptrdiff_t N, ptrdiff_t M,
                      double *y)
{
    for (ptrdiff_t i = 0; i < N; i++)
        for (ptrdiff_t m = 0; m < M; m += 4) {
            const uint64_t number = (uint64_t)image[2 * i];
            uint32_t c[4] = {(uint32_t)number, (uint32_t)(number >> 32), (uint32_t)image[2 * i + 1],
                             (uint32_t)stream << 16 | (uint32_t)(m / 4)};
            philox(c, key);
            for (ptrdiff_t k = 0; k < minimum(4, M - m); k++)
                y[i * M + m + k] = c[k] * 0x1p-32;
        }
}
