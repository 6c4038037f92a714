/* Dropout: elements, or whole channels, become zero at random, and the others grow by 1 / (1 - p).

   The random numbers come from Philox4x32-10 (Salmon et al. 2011), a function of a key and a counter: the
   number of element f of image i in call c is a function of the seed, i, f and c alone, so that layout and
   threads make no difference, and the gradient needs no mask but the numbers again. */
#include <string.h>

#include "vectors.h"

typedef struct {
    uint32_t word[4][16];
} words16; /* word w of sixteen times four numbers */

/* Ten rounds over sixteen counters at once, in plain C: compilers make vectors of it, in a function of its
   own at least. */
V_CALL void philox(words16 *c, uint64_t seed)
{
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
#pragma omp simd
        for (int j = 0; j < 16; j++) {
            uint64_t a = (uint64_t)0xD2511F53u * c->word[0][j], b = (uint64_t)0xCD9E8D57u * c->word[2][j];
            c->word[0][j] = (uint32_t)(b >> 32) ^ c->word[1][j] ^ k0;
            c->word[2][j] = (uint32_t)(a >> 32) ^ c->word[3][j] ^ k1;
            c->word[1][j] = (uint32_t)b;
            c->word[3][j] = (uint32_t)a;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* What elements are multiplied with. */
typedef struct {
    uint64_t seed, call;
    uint32_t last; /* numbers up to this stand for elements that stay */
    float scale;
} dropping;

/* The factors of 64 elements of n images that stand together: of the features f ... f + 64 / n - 1 of the
   images from `image` on, in memory's order. f is a multiple of four. A counter is made of the features'
   number by four, the image and the call. */
SPECIALIZE void factors_of(const dropping *d, uint64_t image, uint64_t f, int n, float out[64])
{
    words16 c;
    for (int j = 0; j < 16; j++) {
        uint64_t four = f / 4 + (uint64_t)(j / n);
        c.word[0][j] = (uint32_t)four;
        c.word[1][j] = (uint32_t)(four >> 32);
        c.word[2][j] = (uint32_t)(image + (uint64_t)(j % n));
        c.word[3][j] = (uint32_t)d->call;
    }
    philox(&c, d->seed);
    float factor[4][16];
    const uint32_t last = d->last;
    const float scale = d->scale;
    for (int w = 0; w < 4; w++)
#pragma omp simd
        for (int j = 0; j < 16; j++)
            factor[w][j] = c.word[w][j] <= last ? scale : 0.0f;
    if (n == 1) {
        v16 rows[4] = {v_load(factor[0]), v_load(factor[1]), v_load(factor[2]), v_load(factor[3])};
        v_store_t4(out, 4, rows);
        return;
    }
    for (int w = 0; w < 4; w++) /* n at a time are side by side in both */
        for (int j = 0; j < 16; j += n)
            memcpy(out + (4 * (j / n) + w) * n, &factor[w][j], (size_t)n * sizeof(float));
}

V_CALL void factors(const dropping *d, ptrdiff_t image, ptrdiff_t f, ptrdiff_t n, float out[64])
{
    switch (n) { /* constants, for the compiler */
    case 1: factors_of(d, (uint64_t)image, (uint64_t)f, 1, out); break;
    case 2: factors_of(d, (uint64_t)image, (uint64_t)f, 2, out); break;
    case 4: factors_of(d, (uint64_t)image, (uint64_t)f, 4, out); break;
    case 8: factors_of(d, (uint64_t)image, (uint64_t)f, 8, out); break;
    default: factors_of(d, (uint64_t)image, (uint64_t)f, 16, out);
    }
}

/* used (2) = state (2): the seed and the number of this call, which goes up by one. */
void K(dropout_next)(uint64_t *state, uint64_t *used)
{
    used[0] = state[0];
    used[1] = __atomic_fetch_add(state + 1, 1, __ATOMIC_RELAXED);
}

/* y = x with its elements, or rows of `inner` of them, dropped with probability p. x, y (B, F, inner, n), n
   images side by side, of which the first is number `image`, and the first of the F is number `feature`, a
   multiple of four; used (2): what dropout_next gave. The gradient of x is the same of that of y. */
void K(dropout)(const float *x, ptrdiff_t image, ptrdiff_t feature, ptrdiff_t B, ptrdiff_t F, ptrdiff_t inner,
                ptrdiff_t n, double p, const uint64_t *used, float *y)
{
    const uint64_t kept = (uint64_t)((1.0 - p) * 0x1p32); /* so many of 2^32 numbers */
    const dropping d = {used[0], used[1], (uint32_t)(kept - 1), kept ? (float)(1.0 / (1.0 - p)) : 0.0f};
    const ptrdiff_t at_once = 64 / n, groups = ceil_div(F, at_once);
#pragma omp parallel for num_threads( \
        lg_team((inner == 1 ? 3.0 : 1.0) * LG_MOVE * (double)(B * F * inner * n))) schedule(static)
    for (ptrdiff_t group = 0; group < B * groups; group++) {
        ptrdiff_t b = group / groups, f = group % groups * at_once, count = F - f < at_once ? F - f : at_once;
        float factor[64];
        factors(&d, image + b * n, feature + f, n, factor);
        const float *from = x + (b * F + f) * inner * n;
        float *to = y + (b * F + f) * inner * n;
        if (inner == 1) {
            FOR_VECTORS(i, k, 0, count * n,
                        { v_store_part(to + i, v_mul(v_load(factor + i), v_load_part(from + i, k)), k); })
            continue;
        }
        for (ptrdiff_t c = 0; c < count; c++, from += inner * n, to += inner * n) {
            float each[16]; /* 16 is a multiple of n */
            for (int j = 0; j < 16; j++)
                each[j] = factor[c * n + j % n];
            const v16 by = v_load(each);
            FOR_VECTORS(i, k, 0, inner * n, { v_store_part(to + i, v_mul(by, v_load_part(from + i, k)), k); })
        }
    }
}
