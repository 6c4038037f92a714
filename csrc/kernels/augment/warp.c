/* Pictures turned, sheared and scaled, and windows of pictures resized, in whole numbers throughout. */
#include <math.h>
#include <string.h>

#include "augment.h"
#include "parallel.h"

enum { PLACE = 16 /* bits of a place behind the point */, WEIGHT = 8 /* of the weight of a pixel */ };

/* The pixel of a channel x (H, W) in a row and a column, which may lie beyond it. */
static uint8_t pixel(const lg_pictures *p, const uint8_t *x, int64_t row, int64_t column, uint8_t fill)
{
    return row < 0 || row >= p->H || column < 0 || column >= p->W ? fill : x[row * p->W + column];
}

/* y (N, C, OH, OW): each pixel, in column c and row r, is what x (N, C, H, W) has in column
   m[0] c + m[1] r + m[2] and row m[3] c + m[4] r + m[5] of its map m (N, 6), in units of 2^-16 pixels: the
   nearest pixel, or a mean of four. fill (C) is what lies beyond the picture. */
void lg_augment_warp(const lg_pictures *p, const uint8_t *x, const int64_t *map, const uint8_t *fill,
                     uint8_t *y)
{
    const int team = lg_team(4 * LG_MOVE * (double)(p->N * p->C * p->OH * p->OW));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t unit = 0; unit < p->N * p->OH; unit++) {
        const ptrdiff_t i = unit / p->OH, r = unit % p->OH, half = p->bilinear ? 0 : 1 << (PLACE - 1);
        const int64_t *m = map + 6 * i;
        int64_t u = m[1] * r + m[2] + half, v = m[4] * r + m[5] + half;
        uint8_t *out = y + (i * p->C * p->OH + r) * p->OW;
        for (ptrdiff_t c = 0; c < p->OW; c++, u += m[0], v += m[3]) {
            const int64_t column = u >> PLACE, row = v >> PLACE;
            const uint32_t mask = (1 << WEIGHT) - 1, right = (uint32_t)(u >> (PLACE - WEIGHT)) & mask,
                           below = (uint32_t)(v >> (PLACE - WEIGHT)) & mask, left = mask + 1 - right,
                           above = mask + 1 - below;
            const int within = column >= 0 && column + 1 < p->W && row >= 0 && row + 1 < p->H;
            for (ptrdiff_t k = 0; k < p->C; k++) {
                const uint8_t *from = x + (i * p->C + k) * p->H * p->W, *at = from + row * p->W + column;
                uint32_t upper, lower;
                if (!p->bilinear) {
                    out[k * p->OH * p->OW + c] = pixel(p, from, row, column, fill[k]);
                    continue;
                }
                if (within) {
                    upper = left * at[0] + right * at[1];
                    lower = left * at[p->W] + right * at[p->W + 1];
                } else {
                    upper = left * pixel(p, from, row, column, fill[k]) +
                            right * pixel(p, from, row, column + 1, fill[k]);
                    lower = left * pixel(p, from, row + 1, column, fill[k]) +
                            right * pixel(p, from, row + 1, column + 1, fill[k]);
                }
                const uint32_t sum = above * upper + below * lower + (1u << (2 * WEIGHT - 1));
                out[k * p->OH * p->OW + c] = (uint8_t)(sum >> (2 * WEIGHT));
            }
        }
    }
}

enum { TAP = 22 /* bits of a filter's weight behind the point, as pillow has them */ };

/* For each of `to` pixels that `from` are resized to: the first of those that it is made of, how many these
   are, and their weights, `taps` at most. A triangle, as wide as a pixel of the coarser side. */
static void lay_filter(ptrdiff_t from, ptrdiff_t to, ptrdiff_t taps, int32_t *filter)
{
    const double scale = (double)from / (double)to, wide = scale > 1.0 ? scale : 1.0;
    for (ptrdiff_t i = 0; i < to; i++, filter += taps + 2) {
        const double centre = ((double)i + 0.5) * scale;
        const ptrdiff_t first = maximum((ptrdiff_t)(centre - wide + 0.5), 0),
                        last = minimum((ptrdiff_t)(centre + wide + 0.5), from);
        double sum = 0.0;
        filter[0] = (int32_t)first, filter[1] = (int32_t)(last - first);
        for (ptrdiff_t k = first; k < last; k++)
            sum += fmax(1.0 - fabs(((double)k - centre + 0.5) * (1.0 / wide)), 0.0);
        for (ptrdiff_t k = first; k < last; k++) {
            const double weight = fmax(1.0 - fabs(((double)k - centre + 0.5) * (1.0 / wide)), 0.0) / sum;
            filter[2 + k - first] = (int32_t)(weight * (1 << TAP) + 0.5);
        }
    }
}

static uint8_t rounded(int32_t sum)
{
    sum = (sum + (1 << (TAP - 1))) >> TAP;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* y (N, C, OH, OW): of each of x (N, C, H, W) the window that box (N, 4) has, by its top, left, height and
   width, resized as pillow does it, by columns and then by rows.
   scratch (threads, OW * (taps + 2) + OH * (taps + 2) + OW) */
void lg_augment_resized_crop(const lg_pictures *p, const uint8_t *x, const int64_t *box, int32_t *scratch,
                             uint8_t *y)
{
    const ptrdiff_t step = p->taps + 2, room = (p->OW + p->OH) * step + p->OW;
    const int team = lg_team(16 * LG_MOVE * (double)(p->N * p->C * p->OH * p->OW));
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t i = 0; i < p->N; i++) {
        const int64_t *b = box + 4 * i;
        int32_t *columns = scratch + lg_thread() * room, *rows = columns + p->OW * step,
                *sum = rows + p->OH * step;
        lay_filter(b[3], p->OW, p->taps, columns);
        lay_filter(b[2], p->OH, p->taps, rows);
        for (ptrdiff_t plane = i * p->C; plane < (i + 1) * p->C; plane++)
            for (ptrdiff_t r = 0; r < p->OH; r++) {
                const int32_t *row = rows + r * step;
                memset(sum, 0, (size_t)p->OW * sizeof *sum);
                for (ptrdiff_t k = 0; k < row[1]; k++) {
                    const uint8_t *from = x + (plane * p->H + b[0] + row[0] + k) * p->W + b[1];
                    for (ptrdiff_t c = 0; c < p->OW && row[2 + k]; c++) {
                        const int32_t *column = columns + c * step;
                        int32_t across = 0;
                        for (ptrdiff_t t = 0; t < column[1]; t++)
                            across += column[2 + t] * from[column[0] + t];
                        sum[c] += row[2 + k] * rounded(across);
                    }
                }
                for (ptrdiff_t c = 0; c < p->OW; c++)
                    y[(plane * p->OH + r) * p->OW + c] = rounded(sum[c]);
            }
    }
}
