/* Running sums, products and extremes along an axis, the first two of floats in doubles, which are rounded at
   each element. Sixteen columns, or rows, are in the lanes. */
#include "kernels/vectors.h"

/* Where a column or row of an array (outer, n, inner) begins, and what leads from one of its elements to the
   next: from the last to the first, if `reversed`. */
static ptrdiff_t start_of(const lg_scan *p, ptrdiff_t o, ptrdiff_t i)
{
    return (o * p->n + (p->reversed ? p->n - 1 : 0)) * p->inner + i;
}
static ptrdiff_t step_of(const lg_scan *p) { return p->reversed ? -p->inner : p->inner; }

/* Up to sixteen columns of floats side by side. */
V_CALL void scan_columns(const lg_scan *p, ptrdiff_t at, int columns, const float *x, float *y)
{
    d16 total = d_set1(p->product ? 1.0 : 0.0);
    for (ptrdiff_t j = 0; j < p->n; j++, at += step_of(p)) {
        const d16 v = d_from(v_load_part(x + at, columns));
        total = p->product ? d_mul(total, v) : d_add(total, v);
        v_store_part(y + at, d_hi(total), columns);
    }
}

/* Sixteen rows of floats one below the other, four elements of each at a time, which all rows have. */
V_CALL void scan_rows(const lg_scan *p, ptrdiff_t o, const float *x, float *y)
{
    const ptrdiff_t n = p->n;
    d16 total = d_set1(p->product ? 1.0 : 0.0);
    for (ptrdiff_t j = 0; j + 4 <= n; j += 4) {
        const ptrdiff_t at = o * n + (p->reversed ? n - 4 - j : j);
        v16 v[4];
        v_load_t4(x + at, n, v);
        for (int k = 0; k < 4; k++) {
            v16 *element = v + (p->reversed ? 3 - k : k);
            total = p->product ? d_mul(total, d_from(*element)) : d_add_v(total, *element);
            *element = d_hi(total);
        }
        v_store_t4(y + at, n, v);
    }
    double totals[16];
    d_store(totals, total);
    for (int r = 0; r < 16; r++)
        for (ptrdiff_t j = n / 4 * 4; j < n; j++) {
            const ptrdiff_t at = (o + r) * n + (p->reversed ? n - 1 - j : j);
            totals[r] = p->product ? totals[r] * x[at] : totals[r] + x[at];
            y[at] = (float)totals[r];
        }
}

static void scan_row(const lg_scan *p, ptrdiff_t at, const float *x, float *y)
{
    double total = p->product ? 1.0 : 0.0;
    for (ptrdiff_t j = 0; j < p->n; j++, at += step_of(p)) {
        total = p->product ? total * x[at] : total + x[at];
        y[at] = (float)total;
    }
}

static void scan_int64s(const lg_scan *p, ptrdiff_t at, ptrdiff_t columns, const int64_t *x, int64_t *y)
{
    for (ptrdiff_t j = 0, before = at; j < p->n; j++, before = at, at += step_of(p))
        for (ptrdiff_t i = 0; i < columns; i++) {
            const uint64_t v = (uint64_t)x[at + i], total = (uint64_t)y[before + i];
            y[at + i] = (int64_t)(j == 0 ? v : p->product ? total * v : total + v);
        }
}

/* y = sums or products of the elements of x (outer, n, inner) up to each one */
void K(scan)(const lg_scan *p, const uint8_t *x, uint8_t *y)
{
    const float *floats = (const void *)x;
    float *to = (void *)y;
    const int by_rows = p->inner == 1 && !p->integers; /* sixteen of them */
    const ptrdiff_t parts = ceil_div(p->inner, 16),
                    units = by_rows ? ceil_div(p->outer, 16) : p->outer * parts;
    const int team = lg_team(LG_MOVE * (double)p->outer * (double)p->n * (double)p->inner);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t unit = 0; unit < units; unit++) {
        const ptrdiff_t o = by_rows ? unit * 16 : unit / parts, i = by_rows ? 0 : unit % parts * 16;
        const ptrdiff_t columns = minimum(16, p->inner - i);
        if (p->integers)
            scan_int64s(p, start_of(p, o, i), columns, (const void *)x, (void *)y);
        else if (!by_rows)
            scan_columns(p, start_of(p, o, i), (int)columns, floats, to);
        else if (o + 16 <= p->outer)
            scan_rows(p, o, floats, to);
        else
            for (ptrdiff_t row = o; row < p->outer; row++)
                scan_row(p, start_of(p, row, 0), floats, to);
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
void K(scan_extremes)(const lg_scan *p, const uint8_t *x, uint8_t *y, int64_t *indices)
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
void K(cumprod_backward)(const lg_scan *p, const float *gy, const float *x, double *products, float *gx)
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
