/* Resampling along one axis, as interpolation of images takes it along one after the other: each element of
   the result is a sum of one, two or four of the input's, with weights that depend on its place alone. Of
   images in lanes an axis of pixels is an axis like any other. */
#include "vectors.h"

#include <math.h>
#include <string.h>

/* A row whose neighbours along the axis stand further apart is done in chunks. */
enum { WIDE = 1024 };

/* Where the elements of the result read, and how much: both (taps, wanted). */
typedef struct {
    ptrdiff_t taps;
    int32_t *at;
    float *weight;
} table;

/* The weights of four elements, t after the second (Keys, 1981, a = -0.75). */
static void cubic(float t, float weight[4])
{
    const float a = -0.75f, far[2] = {t + 1.0f, 2.0f - t}, near[2] = {t, 1.0f - t};
    for (int i = 0; i < 2; i++) {
        const float x = far[i], y = near[i];
        weight[3 * i] = ((a * x - 5.0f * a) * x + 8.0f * a) * x - 4.0f * a;
        weight[1 + i] = ((a + 2.0f) * y - (a + 3.0f)) * y * y + 1.0f;
    }
}

/* Fills the room that resample_scratch asks for. */
static table table_of(const lg_resample *p, float *scratch)
{
    const table t = {p->mode, (int32_t *)(void *)scratch, scratch + p->mode * p->wanted};
    const ptrdiff_t last = p->size - 1;
    for (ptrdiff_t i = 0; i < p->wanted; i++) {
        const float centre = p->centred ? 0.5f : 0.0f;
        float at = ((float)i + centre) * p->step, weight[4] = {1.0f};
        ptrdiff_t first;
        if (p->mode == LG_NEAREST) {
            first = minimum(p->wanted == p->size ? i : (ptrdiff_t)at, last);
        } else {
            at -= centre;
            if (p->mode == LG_CUBIC) {
                const float below = floorf(at);
                first = (ptrdiff_t)below - 1;
                cubic(at - below, weight);
            } else {
                at = at < 0.0f ? 0.0f : at;
                first = minimum((ptrdiff_t)at, last);
                weight[1] = at - (float)first;
                weight[0] = 1.0f - weight[1];
            }
        }
        for (ptrdiff_t k = 0; k < t.taps; k++) {
            t.at[k * p->wanted + i] = (int32_t)minimum(maximum(first + k, 0), last);
            t.weight[k * p->wanted + i] = weight[k];
        }
    }
    return t;
}

/* Runs the body for `outer` rows, in chunks [from, from + floats) of their inner elements. */
#define FOR_EACH_CHUNK(p, o, from, floats, ...)                                                           \
    do {                                                                                                  \
        const ptrdiff_t chunks = ceil_div((p)->inner, WIDE);                                              \
        const double moved = (double)(p)->outer * (double)(p)->inner * (double)((p)->size + (p)->wanted); \
        const int team = lg_team(0.5 * LG_MOVE * moved);                                                  \
        (void)team;                                                                                       \
        _Pragma("omp parallel for num_threads(team) schedule(static)")                                    \
        for (ptrdiff_t piece = 0; piece < (p)->outer * chunks; piece++) {                                 \
            const ptrdiff_t o = piece / chunks, from = piece % chunks * WIDE;                             \
            const ptrdiff_t floats = minimum((p)->inner - from, WIDE);                                    \
            __VA_ARGS__                                                                                   \
        }                                                                                                 \
    } while (0)

/* x (outer, size, inner) -> y (outer, wanted, inner); scratch: resample_scratch floats for each thread */
void K(resample)(const lg_resample *p, const float *x, float *scratch, float *y)
{
    const table t = table_of(p, scratch);
    FOR_EACH_CHUNK(p, o, start, floats, {
        const float *in = x + o * p->size * p->inner + start;
        float *out = y + o * p->wanted * p->inner + start;
        for (ptrdiff_t i = 0; i < p->wanted; i++, out += p->inner) {
            const int32_t *at = t.at + i;
            const float *weight = t.weight + i;
            if (p->inner == 1) {
                float sum = weight[0] * in[at[0]];
                for (ptrdiff_t tap = p->wanted; tap < t.taps * p->wanted; tap += p->wanted)
                    sum += weight[tap] * in[at[tap]];
                out[0] = sum;
                continue;
            }
            FOR_EACH_PART(j, k, 0, floats, {
                v16 sum = v_mul(v_load_part(in + at[0] * p->inner + j, k), v_set1(weight[0]));
                for (ptrdiff_t tap = p->wanted; tap < t.taps * p->wanted; tap += p->wanted) {
                    v16 v = v_load_part(in + at[tap] * p->inner + j, k);
                    sum = v_add(sum, v_mul(v, v_set1(weight[tap])));
                }
                v_store_part(out + j, sum, k);
            })
        }
    });
}

/* gy (outer, wanted, inner) -> gx (outer, size, inner) */
void K(resample_backward)(const lg_resample *p, const float *gy, float *scratch, float *gx)
{
    const table t = table_of(p, scratch);
    FOR_EACH_CHUNK(p, o, start, floats, {
        const float *up = gy + o * p->wanted * p->inner + start;
        float *to = gx + o * p->size * p->inner + start;
        for (ptrdiff_t i = 0; i < p->size; i++)
            memset(to + i * p->inner, 0, (size_t)floats * sizeof(float));
        for (ptrdiff_t i = 0; i < p->wanted; i++)
            for (ptrdiff_t tap = 0; tap < t.taps; tap++) {
                const ptrdiff_t entry = tap * p->wanted + i;
                const float *from = up + i * p->inner, weight = t.weight[entry];
                float *at = to + t.at[entry] * p->inner;
                if (p->inner == 1)
                    at[0] += from[0] * weight;
                else
                    FOR_EACH_PART(j, k, 0, floats, {
                        v16 share = v_mul(v_load_part(from + j, k), v_set1(weight));
                        v_store_part(at + j, v_add(v_load_part(at + j, k), share), k);
                    })
            }
    });
}
