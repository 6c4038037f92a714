/* Brightness, contrast, saturation and hue of pictures in bytes, with the arithmetic of floats that
   vision/transforms/functional/_color.py has. */
#include <math.h>

#include "augment.h"
#include "parallel.h"

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE };

/* factor * x + (1 - factor) * other, as a byte */
static uint8_t blended(double factor, float x, float other)
{
    const float mixed = (float)factor * x + (float)(1.0 - factor) * other;
    return (uint8_t)(mixed < 0.0f ? 0.0f : mixed > 255.0f ? 255.0f : mixed);
}

/* The gray of pixel i of one channel or three, x (C, size). */
static float gray(const uint8_t *x, ptrdiff_t C, ptrdiff_t size, ptrdiff_t i)
{
    if (C == 1)
        return x[i];
    return (float)(uint8_t)(0.2989f * x[i] + 0.587f * x[i + size] + 0.114f * x[i + 2 * size]);
}

static float mean_gray(const uint8_t *x, ptrdiff_t C, ptrdiff_t size)
{
    int64_t sum = 0;
    for (ptrdiff_t i = 0; i < size; i++)
        sum += (int64_t)gray(x, C, size, i);
    return (float)sum / (float)size;
}

static uint8_t byte_of(float x) { return (uint8_t)(x * 255.999f); }
static float at_most_one(float x) { return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x; }

/* The colours of three bytes moved around the wheel by `turn` of it. */
static void turn_hue(uint8_t *red, uint8_t *green, uint8_t *blue, float turn)
{
    const float x[3] = {(float)*red / 255.0f, (float)*green / 255.0f, (float)*blue / 255.0f};
    const float value = fmaxf(fmaxf(x[0], x[1]), x[2]), low = fminf(fminf(x[0], x[1]), x[2]);
    const float chroma = value - low, divisor = value == low ? 1.0f : chroma;
    const float saturation = chroma / (value == low ? 1.0f : value);
    const float r = (value - x[0]) / divisor, g = (value - x[1]) / divisor, b = (value - x[2]) / divisor;
    const float sixth = value == x[0] ? b - g : value == x[1] ? 2.0f + r - b : 4.0f + g - r;
    const float around = sixth / 6.0f + 1.0f, moved = (around < 1.0f ? around : around - 1.0f) + turn;
    const float hue = 6.0f * (moved < 0.0f ? moved + 1.0f : moved < 1.0f ? moved : moved - 1.0f);
    const int sector = (int)hue;
    const float part = hue - (float)sector;
    const float p = at_most_one(value * (1.0f - saturation)),
                q = at_most_one(value * (1.0f - saturation * part)),
                t = at_most_one(value * (1.0f - saturation * (1.0f - part)));
    const float wheel[6][3] = {{value, t, p}, {q, value, p}, {p, value, t},
                               {p, q, value}, {t, p, value}, {value, p, q}};
    const float *to = wheel[sector % 6];
    *red = byte_of(to[0]), *green = byte_of(to[1]), *blue = byte_of(to[2]);
}

static void change(int what, double factor, ptrdiff_t C, ptrdiff_t size, uint8_t *y)
{
    const float other = what == CONTRAST ? mean_gray(y, C, size) : 0.0f;
    if (what == BRIGHTNESS || what == CONTRAST) {
        uint8_t value[256];
        for (int i = 0; i < 256; i++)
            value[i] = blended(factor, (float)i, other);
        for (ptrdiff_t i = 0; i < C * size; i++)
            y[i] = value[y[i]];
    }
    for (ptrdiff_t i = 0; i < size && what == SATURATION && C == 3; i++) {
        const float g = gray(y, C, size, i);
        for (ptrdiff_t c = 0; c < 3; c++)
            y[c * size + i] = blended(factor, y[c * size + i], g);
    }
    for (ptrdiff_t i = 0; i < size && what == HUE && C == 3; i++)
        turn_hue(y + i, y + size + i, y + 2 * size + i, (float)factor);
}

/* Changes each of y (N, C, H, W), one channel or three, in its order (N, 4) of the four changes, by their
   factors (N, 4); NaN leaves one out. */
void lg_augment_jitter(const lg_pictures *p, const double *factor, const int64_t *order, uint8_t *y)
{
    const int team = lg_team(8 * LG_MOVE * (double)(p->N * p->C * p->H * p->W));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t i = 0; i < p->N; i++)
        for (int k = 0; k < 4; k++) {
            const int what = (int)order[4 * i + k];
            if (factor[4 * i + what] == factor[4 * i + what])
                change(what, factor[4 * i + what], p->C, p->H * p->W, y + i * p->C * p->H * p->W);
        }
}
