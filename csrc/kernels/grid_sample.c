/* Images read at the places of a grid, as spatial transformers do: a place reads one, two or four pixels each
   way, with weights that depend on where between them it is. Sixteen places are taken at a time: what they
   read is found with a place in each lane, and read with a channel in each. So images are turned first, such
   that the channels of a pixel stand side by side. */
#include "vectors.h"

#include <string.h>

enum { PLACES = 16, MOST_TAPS = 4 };

/* A number for each of the places. */
typedef float numbers[PLACES];

#define FOR_PLACES(l)   \
    _Pragma("omp simd") \
    for (int l = 0; l < PLACES; l++)

/* Where places are along an axis of `size` pixels, brought into the image, and how they move there with where
   they were. */
V_CALL void inside(const lg_grid_sample *p, ptrdiff_t size, numbers at, numbers turn)
{
    const float last = (float)(size - 1);
    FOR_PLACES(l)
    turn[l] = 1.0f;
    if (p->padding == LG_GRID_ZEROS)
        return;
    if (p->padding == LG_GRID_REFLECTION) {
        const float low = p->align_corners ? 0.0f : -0.5f, span = p->align_corners ? last : (float)size;
        for (int l = 0; l < PLACES; l++) {
            const float away = fabsf(at[l] - low), rest = fmodf(away, span);
            const int even = fmodf(floorf(away / span), 2.0f) == 0.0f;
            turn[l] = (at[l] < low) == even ? -1.0f : 1.0f;
            at[l] = span == 0.0f ? 0.0f : (even ? rest : span - rest) + low;
        }
    }
    FOR_PLACES(l)
    {
        const float was = at[l], turned = turn[l], above = was < 0.0f ? 0.0f : was;
        turn[l] = (was <= 0.0f) | (was >= last) ? 0.0f : turned;
        at[l] = above > last ? last : above;
    }
}

/* The pixels that places read along an axis, -1 for one that is outside; their weights, and how these change
   with the grid's numbers. */
typedef struct {
    int32_t at[MOST_TAPS][PLACES];
    numbers weight[MOST_TAPS], slope[MOST_TAPS];
} taps;

/* The pixels of one tap, so far all with a weight. */
static void set_pixels(taps *t, int tap, ptrdiff_t size, const numbers pixel)
{
    const float end = (float)size;
    FOR_PLACES(l)
    {
        const int there = (pixel[l] >= 0.0f) & (pixel[l] < end);
        const int32_t whole = (int32_t)pixel[l];
        const float weight = t->weight[tap][l], slope = t->slope[tap][l];
        t->at[tap][l] = there ? whole : -1;
        t->weight[tap][l] = there ? weight : 0.0f;
        t->slope[tap][l] = there ? slope : 0.0f;
    }
}

/* The weights of pixels x away, and their slopes (Keys, 1981, a = -0.75). */
V_CALL void cubic(const numbers x, numbers weight, numbers slope)
{
    const float a = -0.75f;
    FOR_PLACES(l)
    {
        const float v = x[l], near = ((a + 2.0f) * v - (a + 3.0f)) * v * v + 1.0f;
        const float far = ((a * v - 5.0f * a) * v + 8.0f * a) * v - 4.0f * a;
        const float near_slope = (3.0f * (a + 2.0f) * v - 2.0f * (a + 3.0f)) * v;
        const float far_slope = (3.0f * a * v - 10.0f * a) * v + 8.0f * a;
        weight[l] = v <= 1.0f ? near : far;
        slope[l] = v <= 1.0f ? near_slope : far_slope;
    }
}

/* What the numbers of a grid read along an axis. */
V_CALL void read_axis(const lg_grid_sample *p, const numbers place, ptrdiff_t size, taps *t)
{
    const float scale = (float)((double)(p->align_corners ? size - 1 : size) / 2.0);
    const float shift = p->align_corners ? 0.0f : 0.5f;
    numbers at, low, part, turn, pixel;
    FOR_PLACES(l)
    {
        at[l] = (place[l] + 1.0f) * scale - shift;
        turn[l] = 1.0f;
    }
    if (p->taps != 4) /* else each pixel is brought inside by itself */
        inside(p, size, at, turn);
    FOR_PLACES(l)
    {
        at[l] = fabsf(at[l]) < 0x1p30f ? at[l] : -100.0f;
        low[l] = floorf(at[l]);
        part[l] = at[l] - low[l];
    }
    for (int tap = 0; tap < p->taps; tap++) {
        if (p->taps == 4) {
            const float from = (float)(tap < 2 ? 1 - tap : tap - 1), sign = tap < 2 ? 1.0f : -1.0f;
            FOR_PLACES(l)
            {
                const float after = part[l] + (float)(1 - tap), ahead = from - part[l];
                pixel[l] = low[l] + (float)(tap - 1);
                at[l] = tap < 2 ? after : ahead;
            }
            cubic(at, t->weight[tap], t->slope[tap]);
            inside(p, size, pixel, turn);
            FOR_PLACES(l)
            t->slope[tap][l] *= sign * scale;
        } else {
            const int nearest = p->taps == 1;
            const float from = tap ? 0.0f : 1.0f, sign = tap ? 1.0f : -1.0f, next = (float)tap;
            FOR_PLACES(l)
            {
                const float weight = from + sign * part[l], slope = sign * scale * turn[l];
                /* the nearest of equally near ones is the even one: in this sum it is */
                pixel[l] = nearest ? (at[l] + 0x1.8p23f) - 0x1.8p23f : low[l] + next;
                t->weight[tap][l] = nearest ? 1.0f : weight;
                t->slope[tap][l] = nearest ? 0.0f : slope;
            }
        }
        set_pixels(t, tap, size, pixel);
    }
}

/* What `count` places read: of each pair of a row and a column the pixel, or -1, and the weight. */
typedef struct {
    int pairs;
    taps down, across;
    int32_t at[MOST_TAPS * MOST_TAPS][PLACES];
    numbers weight[MOST_TAPS * MOST_TAPS];
} places;

V_CALL void read_places(const lg_grid_sample *p, const float *grid, ptrdiff_t count, places *r)
{
    numbers x = {0}, y = {0};
    for (ptrdiff_t l = 0; l < count; l++) {
        x[l] = grid[2 * l];
        y[l] = grid[2 * l + 1];
    }
    read_axis(p, x, p->W, &r->across);
    read_axis(p, y, p->H, &r->down);
    r->pairs = p->taps * p->taps;
    for (int k = 0; k < r->pairs; k++) {
        const int row = k / p->taps, column = k % p->taps;
        FOR_PLACES(l)
        {
            const int32_t at = r->down.at[row][l] * (int32_t)p->W + r->across.at[column][l];
            r->at[k][l] = (r->down.at[row][l] < 0) | (r->across.at[column][l] < 0) ? -1 : at;
            r->weight[k][l] = r->down.weight[row][l] * r->across.weight[column][l];
        }
    }
}

/* x (C, size), its rows `step` apart -> y (size, lanes), four channels at a time; lanes past C are 0. */
V_CALL void turn_in(const float *x, ptrdiff_t C, ptrdiff_t size, ptrdiff_t step, ptrdiff_t lanes, float *y)
{
    for (ptrdiff_t c = 0; c < lanes; c += 4)
        for (ptrdiff_t i = 0; i < size; i += 16) {
            const int count = (int)minimum(16, size - i);
            float all[16][4];
            v16 v[4];
            FOR_UNROLLED(4, k, 4)
                v[k] = c + k < C ? v_load_part(x + (c + k) * step + i, count) : v_zero();
            v_store_t4(count == 16 ? y + i * lanes + c : all[0], count == 16 ? lanes : 4, v);
            for (int r = 0; r < count && count < 16; r++)
                memcpy(y + (i + r) * lanes + c, all[r], sizeof all[r]);
        }
}

/* The reverse. */
V_CALL void turn_out(const float *y, ptrdiff_t C, ptrdiff_t size, ptrdiff_t step, ptrdiff_t lanes, float *x)
{
    for (ptrdiff_t c = 0; c < C; c += 4)
        for (ptrdiff_t i = 0; i < size; i += 16) {
            const int count = (int)minimum(16, size - i);
            float all[16][4] = {{0}};
            v16 v[4];
            for (int r = 0; r < count && count < 16; r++)
                memcpy(all[r], y + (i + r) * lanes + c, sizeof all[r]);
            v_load_t4(count == 16 ? y + i * lanes + c : all[0], count == 16 ? lanes : 4, v);
            FOR_UNROLLED(4, k, 4)
                if (c + k < C)
                    v_store_part(x + (c + k) * step + i, v[k], count);
        }
}

/* x (N, C, H, W), grid (N, OH, OW, 2) -> y (N, C, OH, OW); scratch: grid_sample_scratch floats a thread */
void K(grid_sample)(const lg_grid_sample *p, const float *x, const float *grid, float *scratch, float *y)
{
    const ptrdiff_t in = p->H * p->W, out = p->OH * p->OW, lanes = round_up(p->C, 4);
    const double work = 4.0 * (double)(p->N * out) * (double)(p->taps * p->taps * p->C + 32);
#pragma omp parallel for num_threads(lg_team(work)) schedule(static)
    for (ptrdiff_t image = 0; image < p->N; image++) {
        float *none = scratch + lg_thread() * (ptrdiff_t)grid_sample_scratch(p);
        float *pixels = none + lanes, *sums = pixels + in * lanes; /* none: the pixel -1 */
        memset(none, 0, (size_t)lanes * sizeof(float));
        turn_in(x + image * p->C * in, p->C, in, in, lanes, pixels);
        for (ptrdiff_t at = 0; at < out; at += PLACES) {
            const ptrdiff_t count = minimum(out - at, PLACES);
            places r;
            read_places(p, grid + 2 * (image * out + at), count, &r);
            for (ptrdiff_t l = 0; l < count; l++)
                FOR_VECTORS(c, n, 0, lanes, {
                    v16 sum = v_zero();
                    for (int k = 0; k < r.pairs; k++) {
                        const v16 value = v_load_part(pixels + r.at[k][l] * lanes + c, n);
                        sum = v_add(sum, v_mul(value, v_set1(r.weight[k][l])));
                    }
                    v_store_part(sums + l * lanes + c, sum, n);
                })
            turn_out(sums, p->C, count, out, lanes, y + image * p->C * out + at);
        }
    }
}

/* gy (N, C, OH, OW), x, grid as above -> gx alike x, g_grid alike grid; one of them may be NULL. */
void K(grid_sample_backward)(const lg_grid_sample *p, const float *gy, const float *x, const float *grid,
                             float *scratch, float *gx, float *g_grid)
{
    const ptrdiff_t in = p->H * p->W, out = p->OH * p->OW, lanes = round_up(p->C, 4);
    const double work = 8.0 * (double)(p->N * out) * (double)(p->taps * p->taps * p->C + 32);
#pragma omp parallel for num_threads(lg_team(work)) schedule(static)
    for (ptrdiff_t image = 0; image < p->N; image++) {
        float *pixels = scratch + lg_thread() * (ptrdiff_t)grid_sample_scratch(p);
        float *slopes = pixels + in * lanes, *ups = slopes + in * lanes;
        if (g_grid)
            turn_in(x + image * p->C * in, p->C, in, in, lanes, pixels);
        memset(slopes, 0, (size_t)(gx ? in * lanes : 0) * sizeof(float));
        for (ptrdiff_t at = 0; at < out; at += PLACES) {
            const ptrdiff_t count = minimum(out - at, PLACES);
            places r;
            read_places(p, grid + 2 * (image * out + at), count, &r);
            turn_in(gy + image * p->C * out + at, p->C, count, out, lanes, ups);
            for (ptrdiff_t l = 0; l < count; l++) {
                double across = 0.0, down = 0.0;
                for (int k = 0; k < r.pairs; k++) {
                    const int row = k / p->taps, column = k % p->taps;
                    const ptrdiff_t pixel = r.at[k][l];
                    const v16 weight = v_set1(r.weight[k][l]);
                    d16 seen = d_zero();
                    FOR_VECTORS(c, n, 0, pixel < 0 ? 0 : lanes, {
                        const v16 up = v_load_part(ups + l * lanes + c, n);
                        const float *from = pixels + pixel * lanes + c;
                        float *to = slopes + pixel * lanes + c;
                        if (gx)
                            v_store_part(to, v_add(v_load_part(to, n), v_mul(up, weight)), n);
                        if (g_grid)
                            seen = d_add(seen, d_mul(d_from(v_load_part(from, n)), d_from(up)));
                    })
                    const double all = g_grid ? d_sum(seen) : 0.0;
                    across += all * (double)(r.down.weight[row][l] * r.across.slope[column][l]);
                    down += all * (double)(r.down.slope[row][l] * r.across.weight[column][l]);
                }
                if (g_grid) {
                    g_grid[2 * (image * out + at + l)] = (float)across;
                    g_grid[2 * (image * out + at + l) + 1] = (float)down;
                }
            }
        }
        if (gx)
            turn_out(slopes, p->C, in, in, lanes, gx + image * p->C * in);
    }
}
