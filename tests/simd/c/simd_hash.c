/* Runs every function of simd/v16.h and simd/math.h over the same random and special numbers and
   prints a hash of its results, one line each. Compiled for two instruction sets, two equal
   listings say that both give the same bits. tests/simd/test_simd_cross.py does so, for some sets
   through an emulator. */
#include "kernels/probes/simd_probe.c"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 1 << 15 };

static float inputs[3][SIZE], results[SIZE];
static uint64_t state;

static uint32_t random_bits(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 32);
}

static float random_float(void)
{
    static const float special[] = {
        0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 1.5f, -2.5f, 0x1.6a09e6p-1f, 0x1.6a09e8p-1f,
        INFINITY, -INFINITY, NAN, 0x1p-149f, -0x1p-149f, 0x1p-126f, 0x0.fffffep-126f,
        0x1.fffffep127f, 88.72283f, 88.72284f, 89.0f, -87.33655f, -103.97208f, -103.97209f,
        -104.0f};
    uint32_t bits = random_bits();
    float x;
    switch (random_bits() >> 30) {
    case 0:
        return special[bits % (sizeof special / sizeof *special)];
    case 1:
        memcpy(&x, &bits, sizeof x);
        return x;
    case 2:
        return ((float)(bits >> 8) - 0x1p23f) * 0x1p-16f; /* in [-128, 128) */
    default:
        return ((float)(bits >> 8) - 0x1p23f) * 0x1p-23f; /* in [-1, 1) */
    }
}

static int is(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Fills the inputs, within the range that the function `name` is made for. */
static void fill(const char *name)
{
    state = 1;
    for (int i = 0; i < SIZE; i++) {
        float a = random_float(), b = random_float(), c = random_float();
        if (is(name, "v_pow2"))
            a = (float)((int)(random_bits() % 255) - 127);
        if (is(name, "v_sixteenth") || is(name, "v_raise"))
            b = (float)((int)(random_bits() % 1024) - 512);
        if (is(name, "v_raise"))
            a = 1.0f + 0x1p-24f * (float)(random_bits() >> 8);
        if (is(name, "v_split"))
            a = isnormal(a) ? fabsf(a) : 3.0f;
        if (is(name, "v_exp_scaled"))
            a = -fabsf(a);
        if (is(name, "d_exp"))
            a = -fabsf(isfinite(a) ? fmodf(a, 256.0f) : a - a);
        if ((is(name, "v_exp_scaled") || is(name, "v_log1p2")) && isfinite(a))
            b = a * ((float)(random_bits() >> 8) - 0x1p23f) * 0x1p-47f;
        inputs[0][i] = a, inputs[1][i] = b, inputs[2][i] = c;
    }
}

int main(void)
{
    const char *name;
    for (int op = 0;; op++) {
        K(simd_probe)(op, 0, NULL, NULL, NULL, 0, NULL, &name);
        if (!name)
            return 0;
        fill(name);
        uint64_t hash = 14695981039346656037u;
        for (int k = 0; k <= 16; k++) {
            K(simd_probe)(op, SIZE, inputs[0], inputs[1], inputs[2], k, results, &name);
            for (int i = 0; i < SIZE; i++) {
                uint32_t bits = 0x7fc00000; /* one NaN stands for all */
                if (!isnan(results[i]))
                    memcpy(&bits, &results[i], sizeof bits);
                hash = (hash ^ bits) * 1099511628211u;
            }
        }
        printf("%-16s %016" PRIx64 "\n", name, hash);
    }
}
