/* Rows in order, and what that tells: the first few, the k-th, the middle and the most frequent element; and
   what goes along rows one element at a time. An
   element is one word, a key of 32 bits that grows with it and its number; equal keys stay in their order.
   Integers that lie further apart are sorted by their lower halves first. */
#include "places.h"

#include <string.h>

#include "kernels.h"
#include "parallel.h"

enum { FEW = 48 /* words that are sorted one by one */, FEW_KEPT = 32, MANY = 2048 };

static uint64_t word(uint32_t key, ptrdiff_t i) { return (uint64_t)key << 32 | (uint64_t)i; }
static uint32_t key_of(uint64_t word) { return (uint32_t)(word >> 32); }
static ptrdiff_t number_of(uint64_t word) { return (ptrdiff_t)(word & 0xffffffffu); }

/* Keys of floats: zeros are equal, and NaNs, which are larger than all others. */
static uint32_t float_key(float x)
{
    uint32_t bits;
    x += 0.0f;
    memcpy(&bits, &x, sizeof bits);
    return x != x ? 0xffffffffu : bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}

/* Sorts words by their keys; a is where the result is, b room for as many. */
static void sort_words(uint64_t *a, uint64_t *b, ptrdiff_t n)
{
    uint32_t counts[3 << 11];
    uint64_t *from = a, *to = b;
    const int bits = n < MANY ? 8 : 11, passes = n < MANY ? 4 : 3;
    const uint32_t mask = (1u << bits) - 1;
    if (n <= FEW) {
        for (ptrdiff_t i = 1, k; i < n; i++) {
            const uint64_t x = a[i];
            for (k = i; k > 0 && key_of(a[k - 1]) > key_of(x); k--)
                a[k] = a[k - 1];
            a[k] = x;
        }
        return;
    }
    memset(counts, 0, ((size_t)passes << bits) * sizeof *counts);
    for (ptrdiff_t i = 0; i < n; i++)
        for (int pass = 0; pass < passes; pass++)
            counts[(pass << bits) + (key_of(a[i]) >> (pass * bits) & mask)]++;
    for (int pass = 0; pass < passes; pass++) {
        uint32_t *at = counts + (pass << bits), total = 0;
        const int shift = 32 + pass * bits;
        if (at[from[0] >> shift & mask] == n) /* all have the same digit */
            continue;
        for (uint32_t d = 0; d <= mask; d++) {
            const uint32_t count = at[d];
            at[d] = total, total += count;
        }
        for (ptrdiff_t i = 0; i < n; i++)
            to[at[from[i] >> shift & mask]++] = from[i];
        uint64_t *t = from;
        from = to, to = t;
    }
    if (from != a)
        memcpy(a, from, (size_t)n * sizeof *a);
}

/* Of words, in the order that they have, those alone that may be between two places in order, by the upper
   bits of their keys; gives how many there are, and in *below how many go before them. */
static ptrdiff_t narrow_words(uint64_t *a, ptrdiff_t n, ptrdiff_t first, ptrdiff_t last, ptrdiff_t *below)
{
    enum { SHIFT = 64 - 11 };
    uint32_t counts[1 << 11] = {0};
    ptrdiff_t low = 0, high, total, found = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        counts[a[i] >> SHIFT]++;
    for (total = counts[0]; total <= first;)
        total += counts[++low];
    *below = total - counts[low];
    for (high = low; total <= last;)
        total += counts[++high];
    for (ptrdiff_t i = 0; i < n; i++) {
        const ptrdiff_t digit = (ptrdiff_t)(a[i] >> SHIFT);
        a[found] = a[i];
        found += digit >= low && digit <= high;
    }
    return found;
}

/* The first `kept` of the words in order, where that is few: a place is searched for those alone that come
   before the last. */
static void select_words(uint64_t *a, ptrdiff_t n, ptrdiff_t kept)
{
    for (ptrdiff_t i = 0, k; i < n; i++) {
        const uint64_t x = a[i];
        if (i >= kept && x > a[kept - 1])
            continue;
        for (k = minimum(i, kept - 1); k > 0 && a[k - 1] > x; k--)
            a[k] = a[k - 1];
        a[k] = x;
    }
}

static void float_words(const lg_sort *p, const float *x, uint64_t *a)
{
    const uint32_t turn = p->descending ? 0xffffffffu : 0;
    for (ptrdiff_t i = 0; i < p->n; i++)
        a[i] = word(float_key(x[i]) ^ turn, i);
}

/* Words of integers, or if they lie far apart those of the upper halves, in order by the lower: then 1. */
static int int64_words(const lg_sort *p, const int64_t *x, uint64_t *a, uint64_t *b)
{
    const uint64_t turn = p->descending ? ~(uint64_t)0 : 0;
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (ptrdiff_t i = 0; i < p->n; i++) {
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
    }
    const uint64_t start = (uint64_t)least;
    for (ptrdiff_t i = 0; i < p->n; i++)
        a[i] = word((uint32_t)(((uint64_t)x[i] - start) ^ turn), i);
    if (((uint64_t)most - start) >> 32 == 0)
        return 0;
    sort_words(a, b, p->n);
    for (ptrdiff_t i = 0; i < p->n; i++) {
        const ptrdiff_t at = number_of(a[i]);
        a[i] = word((uint32_t)((((uint64_t)x[at] - start) ^ turn) >> 32), at);
    }
    return 1;
}

/* Whether elements of two words of a row are equal. */
static int equal(const lg_sort *p, const uint8_t *row, uint64_t a, uint64_t b)
{
    const float *floats = (const void *)row;
    const int64_t *int64s = (const void *)row;
    if (p->integers)
        return int64s[number_of(a)] == int64s[number_of(b)];
    return floats[number_of(a)] == floats[number_of(b)];
}

/* The place of the most frequent element of a row in order: the last of the first longest run of equals. */
static ptrdiff_t mode_of(const lg_sort *p, const uint8_t *row, const uint64_t *a)
{
    ptrdiff_t best = 0, longest = 0, run = 0;
    for (ptrdiff_t i = 0; i < p->n; i++) {
        run = i > 0 && equal(p, row, a[i], a[i - 1]) ? run + 1 : 1;
        if (run > longest)
            longest = run, best = i;
    }
    return best;
}

/* The place in order that is asked for: in the middle, the lower one of two, or the first NaN. */
static ptrdiff_t place(const lg_sort *p, const uint8_t *row)
{
    const float *floats = (const void *)row;
    ptrdiff_t there = p->n;
    if (p->pick == LG_SORT_KTH)
        return p->kept - 1;
    if (p->pick != LG_SORT_MEDIAN && p->pick != LG_SORT_NANMEDIAN)
        return 0;
    for (ptrdiff_t i = 0; i < p->n && !p->integers; i++)
        there -= floats[i] != floats[i];
    return there < p->n && p->pick == LG_SORT_MEDIAN ? there : maximum(there - 1, 0) / 2;
}

/* Of rows x (rows, n), values and indices (rows, kept) of what is first in order, or (rows, 1) of another
   pick; either may be NULL. scratch (threads, 2, n) */
void lg_movement_sort(const lg_sort *p, const uint8_t *x, uint64_t *scratch, uint8_t *values,
                      int64_t *indices)
{
    const ptrdiff_t n = p->n, itemsize = p->integers ? 8 : 4, width = p->pick == LG_SORT_FIRST ? p->kept : 1;
    const int team = lg_team(4.0 * LG_MOVE * (double)p->rows * (double)n);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < p->rows; r++) {
        uint64_t *a = scratch + lg_thread() * 2 * n, *b = a + n;
        const uint8_t *row = x + r * n * itemsize;
        int wide = 0;
        if (p->integers)
            wide = int64_words(p, (const void *)row, a, b);
        else
            float_words(p, (const void *)row, a);
        ptrdiff_t first = place(p, row), below = 0, left = n;
        if (!wide && p->pick != LG_SORT_MODE && n >= MANY && 4 * width <= n)
            left = narrow_words(a, n, first, first + width - 1, &below);
        if (!wide && p->pick == LG_SORT_FIRST && width <= FEW_KEPT && 4 * width <= left)
            select_words(a, left, width);
        else
            sort_words(a, b, left);
        first = p->pick == LG_SORT_MODE ? mode_of(p, row, a) : first - below;
        for (ptrdiff_t i = 0; i < width; i++) {
            const ptrdiff_t at = number_of(a[first + i]);
            if (indices != NULL)
                indices[r * width + i] = at;
            if (values != NULL)
                memcpy(values + (r * width + i) * itemsize, row + at * itemsize, (size_t)itemsize);
        }
    }
}

/* Of equals the last counts, and a NaN is more extreme than all others. An extreme is the same until the next
   one, so that no element waits for the choice before it. */
#define EXTREMES(type)                                                                            \
    static void extremes_##type(ptrdiff_t n, int least, const type *x, type *y, int64_t *indices) \
    {                                                                                             \
        for (ptrdiff_t j = 0; j < n;) {                                                           \
            const ptrdiff_t place = j;                                                            \
            const type most = x[j];                                                               \
            do                                                                                    \
                y[j] = most, indices[j] = place, j++;                                             \
            while (j < n && x[j] == x[j] && !(least ? x[j] <= most : x[j] >= most));              \
        }                                                                                         \
    }
EXTREMES(float)
EXTREMES(int64_t)

/* The largest, or least, of the elements up to each one of rows x (outer, n), and where they are */
void lg_movement_scan_extremes(const lg_scan *p, const uint8_t *x, uint8_t *y, int64_t *indices)
{
    const int team = lg_team(LG_MOVE * (double)p->outer * (double)p->n);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t o = 0; o < (p->n > 0 ? p->outer : 0); o++) {
        const ptrdiff_t at = o * p->n;
        if (p->integers)
            extremes_int64_t(p->n, p->least, (const int64_t *)(const void *)x + at, (int64_t *)(void *)y + at,
                             indices + at);
        else
            extremes_float(p->n, p->least, (const float *)(const void *)x + at, (float *)(void *)y + at,
                           indices + at);
    }
}

/* gx, the gradient of x (outer, n, inner) where gy is that of its products. The first zero of a column is
   left out of the products: the sum behind it is its slope, and others see no further.
   products (threads, n) */
void lg_movement_cumprod_backward(const lg_scan *p, const float *gy, const float *x, double *products,
                                  float *gx)
{
    const int team = lg_team(2.0 * LG_MOVE * (double)p->outer * (double)p->n * (double)p->inner);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t unit = 0; unit < p->outer * p->inner; unit++) {
        const ptrdiff_t at = unit / p->inner * p->n * p->inner + unit % p->inner;
        double *product = products + lg_thread() * p->n, total = 1.0, sum = 0.0;
        ptrdiff_t zero = p->n, j;
        for (j = 0; j < p->n; j++) {
            const double v = x[at + j * p->inner];
            if (v == 0.0 && zero == p->n)
                zero = j;
            else
                total *= v;
            product[j] = total * gy[at + j * p->inner];
        }
        for (j = p->n - 1; j > zero; j--) {
            sum += product[j];
            gx[at + j * p->inner] = 0.0f;
        }
        if (zero < p->n)
            gx[at + zero * p->inner] = (float)(sum + product[zero]);
        for (j = zero - 1, sum = 0.0; j >= 0; j--) {
            sum += product[j];
            gx[at + j * p->inner] = (float)(sum / x[at + j * p->inner]);
        }
    }
}
