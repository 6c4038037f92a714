/* Images read at the places of a grid, as spatial transformers do: a place reads one, two or four pixels each
   way, with weights that depend on where between them it is. Sixteen places are taken at a time. */
#include "kernels.h"
#include "parallel.h"
#include "simd/v16.h"

#include <string.h>

enum { PLACES = 16, MOST_TAPS = 4 };

/* A pixel that a place reads along an axis: at -1 if it is outside. */
typedef struct {
    ptrdiff_t at;
    float weight, slope; /* how the weight changes with the grid's number */
} tap;

/* A place brought into the image, and *turn, how it moves there with where it was. */
static float inside(const lg_grid_sample *p, float at, ptrdiff_t size, float *turn)
{
    const float last = (float)(size - 1);
    *turn = 1.0f;
    if (p->padding == LG_GRID_ZEROS)
        return at;
    if (p->padding == LG_GRID_REFLECTION) {
        const float low = p->align_corners ? 0.0f : -0.5f, span = p->align_corners ? last : (float)size;
        if (span == 0.0f) {
            *turn = 0.0f;
            return 0.0f;
        }
        const float away = fabsf(at - low), rest = fmodf(away, span);
        const int even = fmodf(floorf(away / span), 2.0f) == 0.0f;
        *turn = (at < low) == even ? -1.0f : 1.0f;
        at = (even ? rest : span - rest) + low;
    }
    if (at <= 0.0f || at >= last)
        *turn = 0.0f;
    return at < 0.0f ? 0.0f : at > last ? last : at;
}

static tap tap_of(float at, float weight, float slope, ptrdiff_t size)
{
    return at >= 0.0f && at < (float)size ? (tap){(ptrdiff_t)at, weight, slope} : (tap){-1, 0.0f, 0.0f};
}

/* The weight of a pixel x away, and its slope (Keys, 1981, a = -0.75). */
static float cubic(float x, float *slope)
{
    const float a = -0.75f;
    if (x <= 1.0f) {
        *slope = (3.0f * (a + 2.0f) * x - 2.0f * (a + 3.0f)) * x;
        return ((a + 2.0f) * x - (a + 3.0f)) * x * x + 1.0f;
    }
    *slope = (3.0f * a * x - 10.0f * a) * x + 8.0f * a;
    return ((a * x - 5.0f * a) * x + 8.0f * a) * x - 4.0f * a;
}

/* What a grid's number reads along an axis of `size` pixels. */
static void taps_of(const lg_grid_sample *p, float place, ptrdiff_t size, tap taps[MOST_TAPS])
{
    const float scale = (float)((double)(p->align_corners ? size - 1 : size) / 2.0);
    float at = (place + 1.0f) * scale - (p->align_corners ? 0.0f : 0.5f), slope = scale, turn;
    if (p->taps != 4) { /* else each pixel is brought inside by itself */
        at = inside(p, at, size, &turn);
        slope *= turn;
    }
    if (!(fabsf(at) < 0x1p30f))
        at = -100.0f;
    const float low = floorf(at), part = at - low;
    if (p->taps == 1) {
        taps[0] = tap_of(nearbyintf(at), 1.0f, 0.0f, size);
    } else if (p->taps == 2) {
        taps[0] = tap_of(low, 1.0f - part, -slope, size);
        taps[1] = tap_of(low + 1.0f, part, slope, size);
    } else {
        const float away[4] = {part + 1.0f, part, 1.0f - part, 2.0f - part};
        for (int i = 0; i < 4; i++) {
            float change, weight = cubic(away[i], &change), pixel = low + (float)(i - 1);
            taps[i] = tap_of(inside(p, pixel, size, &turn), weight, (i < 2 ? change : -change) * slope, size);
        }
    }
}

/* What `count` places read: of each pair of a row and a column the pixel, or -1, and the weight. */
typedef struct {
    int pairs;
    tap down[PLACES][MOST_TAPS], across[PLACES][MOST_TAPS];
    ptrdiff_t at[MOST_TAPS * MOST_TAPS][PLACES];
    float weight[MOST_TAPS * MOST_TAPS][PLACES];
} places;

static void read_places(const lg_grid_sample *p, const float *grid, ptrdiff_t count, places *r)
{
    r->pairs = p->taps * p->taps;
    for (ptrdiff_t l = 0; l < count; l++) {
        taps_of(p, grid[2 * l], p->W, r->across[l]);
        taps_of(p, grid[2 * l + 1], p->H, r->down[l]);
        for (int k = 0; k < r->pairs; k++) {
            const tap y = r->down[l][k / p->taps], x = r->across[l][k % p->taps];
            r->at[k][l] = y.at < 0 || x.at < 0 ? -1 : y.at * p->W + x.at;
            r->weight[k][l] = y.weight * x.weight;
        }
    }
}

/* x (N, C, H, W), grid (N, OH, OW, 2) -> y (N, C, OH, OW) */
void K(grid_sample)(const lg_grid_sample *p, const float *x, const float *grid, float *y)
{
    const ptrdiff_t in = p->H * p->W, out = p->OH * p->OW, pieces = ceil_div(out, PLACES);
    const double work = 16.0 * (double)(p->N * out) * (double)(p->C + 8);
#pragma omp parallel for num_threads(lg_team(work)) schedule(static)
    for (ptrdiff_t i = 0; i < p->N * pieces; i++) {
        const ptrdiff_t image = i / pieces, at = i % pieces * PLACES, count = minimum(out - at, PLACES);
        places r;
        read_places(p, grid + 2 * (image * out + at), count, &r);
        for (ptrdiff_t c = image * p->C; c < (image + 1) * p->C; c++)
            for (ptrdiff_t l = 0; l < count; l++) {
                float sum = 0.0f;
                for (int k = 0; k < r.pairs; k++)
                    sum += r.at[k][l] < 0 ? 0.0f : x[c * in + r.at[k][l]] * r.weight[k][l];
                y[c * out + at + l] = sum;
            }
    }
}

/* gy (N, C, OH, OW), x, grid as above -> gx alike x, g_grid alike grid; one of them may be NULL. */
void K(grid_sample_backward)(const lg_grid_sample *p, const float *gy, const float *x, const float *grid,
                             float *gx, float *g_grid)
{
    const ptrdiff_t in = p->H * p->W, out = p->OH * p->OW;
    const double work = 32.0 * (double)(p->N * out) * (double)(p->C + 8);
#pragma omp parallel for num_threads(lg_team(work)) schedule(static)
    for (ptrdiff_t image = 0; image < p->N; image++) {
        const ptrdiff_t planes = image * p->C;
        if (gx)
            memset(gx + planes * in, 0, (size_t)(p->C * in) * sizeof(float));
        for (ptrdiff_t at = 0; at < out; at += PLACES) {
            const ptrdiff_t count = minimum(out - at, PLACES);
            places r;
            read_places(p, grid + 2 * (image * out + at), count, &r);
            for (ptrdiff_t l = 0; l < count; l++) {
                double across = 0.0, down = 0.0;
                for (int k = 0; k < r.pairs; k++) {
                    const ptrdiff_t pixel = r.at[k][l];
                    double seen = 0.0;
                    for (ptrdiff_t c = planes; pixel >= 0 && c < planes + p->C; c++) {
                        const float up = gy[c * out + at + l];
                        if (gx)
                            gx[c * in + pixel] += up * r.weight[k][l];
                        if (g_grid)
                            seen += (double)x[c * in + pixel] * (double)up;
                    }
                    const tap y = r.down[l][k / p->taps], xx = r.across[l][k % p->taps];
                    across += seen * (double)(y.weight * xx.slope);
                    down += seen * (double)(y.slope * xx.weight);
                }
                if (g_grid) {
                    g_grid[2 * (image * out + at + l)] = (float)across;
                    g_grid[2 * (image * out + at + l) + 1] = (float)down;
                }
            }
        }
    }
}
