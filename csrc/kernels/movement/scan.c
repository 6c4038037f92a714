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
        FOR_UNROLLED(4, k, 4) {
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
    if (columns == 1) { /* what is in a register need not be read back */
        uint64_t total = (uint64_t)p->product;
        for (ptrdiff_t j = 0; j < p->n; j++, at += step_of(p)) {
            total = p->product ? total * (uint64_t)x[at] : total + (uint64_t)x[at];
            y[at] = (int64_t)total;
        }
        return;
    }
    for (ptrdiff_t j = 0, before = at; j < p->n; j++, before = at, at += step_of(p))
#pragma omp simd
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
