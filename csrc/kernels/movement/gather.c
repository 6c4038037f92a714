/* Elements taken from places along an axis, and put or added there. An index has been checked before; whoever
   takes part in the work, what goes to one place gets there in the index's order. */
#include "places.h"

#include "bytes.h"
#include "kernels.h"
#include "parallel.h"

/* Rows `first` to `end` of y, those of one outer index after the other. */
#define GATHER(bits)                                                                             \
    static void gather_##bits(const lg_gather *p, const uint##bits##_t *x, const int64_t *index, \
                              ptrdiff_t first, ptrdiff_t end, uint##bits##_t *y)                 \
    {                                                                                            \
        const ptrdiff_t inner = p->inner, step = p->index_count, column = p->index_inner;        \
        for (ptrdiff_t r = first, run; r < end; r += run) {                                      \
            const ptrdiff_t o = r / p->count, j = r % p->count;                                  \
            const int64_t *at = index + o * p->index_outer + j * step;                           \
            const uint##bits##_t *from = x + o * p->size * inner;                                \
            uint##bits##_t *to = y + r * inner;                                                  \
            run = minimum(end - r, p->count - j);                                                \
            if (inner == 1)                                                                      \
                for (ptrdiff_t k = 0; k < run; k++)                                              \
                    to[k] = from[at[k * step]];                                                  \
            else                                                                                 \
                for (ptrdiff_t k = 0; k < run; k++)                                              \
                    for (ptrdiff_t i = 0; i < inner; i++)                                        \
                        to[k * inner + i] = from[at[k * step + i * column] * inner + i];         \
        }                                                                                        \
    }
GATHER(8)
GATHER(16)
GATHER(32)
GATHER(64)

/* The same, where an index is for a whole row. */
static void gather_rows(const lg_gather *p, const uint8_t *x, const int64_t *index, ptrdiff_t first,
                        ptrdiff_t end, uint8_t *y)
{
    const ptrdiff_t width = p->inner * p->itemsize;
    for (ptrdiff_t r = first, o = first / p->count, j = first % p->count; r < end; r++) {
        const ptrdiff_t row = o * p->size + index[o * p->index_outer + j * p->index_count];
        copy_bytes(x + row * width, width, y + r * width);
        if (++j == p->count)
            j = 0, o++;
    }
}

/* y (outer, count, inner): y[o, j, i] = x[o, index[o, j, i], i], x (outer, size, inner) */
void lg_movement_gather(const lg_gather *p, const uint8_t *x, const int64_t *index, uint8_t *y)
{
    const ptrdiff_t rows = p->outer * p->count, each = maximum(LG_PIECE / maximum(p->inner, 1), 1);
    const int team = lg_team(LG_MOVE * (double)rows * (double)p->inner);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < rows; r += each) {
        const ptrdiff_t end = minimum(r + each, rows);
        if (p->inner > 1 && p->index_inner == 0) {
            gather_rows(p, x, index, r, end, y);
            continue;
        }
        switch (p->itemsize) {
        case 1: gather_8(p, x, index, r, end, y); break;
        case 2: gather_16(p, (const void *)x, index, r, end, (void *)y); break;
        case 4: gather_32(p, (const void *)x, index, r, end, (void *)y); break;
        default: gather_64(p, (const void *)x, index, r, end, (void *)y); break;
        }
    }
}

/* For each element of source (count, width), its steps in `p`, the place in y (size, width) that it goes to,
   whose rows are `pitch` elements apart. A single column is gone along as a row is; where an index is for a
   whole row, it is read once. */
#define FOR_PLACES(place, element, pitch, ...)                                           \
    const int line = width == 1;                                                         \
    const ptrdiff_t rows = line ? 1 : p->count, columns = line ? p->count : width;       \
    const ptrdiff_t index_row = p->index_count, source_row = p->source_count;            \
    const ptrdiff_t index_column = line ? p->index_count : p->index_inner;               \
    const ptrdiff_t source_column = line ? p->source_count : p->source_inner;            \
    for (ptrdiff_t j = 0; j < rows; j++) {                                               \
        const int64_t *at = index + j * index_row;                                       \
        if (!line && index_column == 0)                                                  \
            for (ptrdiff_t i = 0, to_ = *at * (pitch); i < columns; i++) {               \
                const ptrdiff_t place = to_ + i;                                         \
                const ptrdiff_t element = j * source_row + i * source_column;            \
                __VA_ARGS__                                                              \
            }                                                                            \
        else                                                                             \
            for (ptrdiff_t i = 0; i < columns; i++) {                                    \
                const ptrdiff_t place = at[i * index_column] * (pitch) + (line ? 0 : i); \
                const ptrdiff_t element = j * source_row + i * source_column;            \
                __VA_ARGS__                                                              \
            }                                                                            \
    }

#define PUT(bits)                                                                                   \
    static void put_##bits(const lg_scatter *p, const uint##bits##_t *source, const int64_t *index, \
                           ptrdiff_t width, uint##bits##_t *y)                                      \
    {                                                                                               \
        const ptrdiff_t pitch = p->inner;                                                           \
        FOR_PLACES(to, from, pitch, y[to] = source[from];)                                          \
    }
PUT(8)
PUT(16)
PUT(32)
PUT(64)

/* Rows that stand side by side in y as in the source. */
static void put_rows(const lg_scatter *p, const uint8_t *source, const int64_t *index, ptrdiff_t width,
                     uint8_t *y)
{
    for (ptrdiff_t j = 0; j < p->count; j++)
        copy_bytes(source + j * p->source_count * p->itemsize, width * p->itemsize,
                   y + index[j * p->index_count] * p->inner * p->itemsize);
}

static void put(const lg_scatter *p, const uint8_t *source, const int64_t *index, ptrdiff_t width, uint8_t *y)
{
    if (width > 1 && p->index_inner == 0 && p->source_inner == 1)
        put_rows(p, source, index, width, y);
    else if (p->itemsize == 1)
        put_8(p, source, index, width, y);
    else if (p->itemsize == 2)
        put_16(p, (const void *)source, index, width, (void *)y);
    else if (p->itemsize == 4)
        put_32(p, (const void *)source, index, width, (void *)y);
    else
        put_64(p, (const void *)source, index, width, (void *)y);
}

/* The element of y becomes the result of the reduction of it and one of source, which is NaN if one of them
   is. ADD and MUL may be more than one operation, such as integers want that wrap around. */
#define REDUCE(name, type, value, ADD, MUL)                                                   \
    static void reduce_##name(const lg_scatter *p, const value *source, const int64_t *index, \
                              ptrdiff_t width, type *y, ptrdiff_t pitch)                      \
    {                                                                                         \
        const int op = p->op;                                                                 \
        if (op == LG_SCATTER_ADD) {                                                           \
            FOR_PLACES(to, from, pitch, y[to] = ADD(y[to], source[from]);)                    \
        } else {                                                                              \
            FOR_PLACES(to, from, pitch, const type v = source[from], w = y[to];               \
                       const int first = (op == LG_SCATTER_MAX ? v > w : v < w) || v != v;    \
                       y[to] = op == LG_SCATTER_MUL ? MUL(w, v)                               \
                               : first              ? v                                       \
                                                    : w;)                                     \
        }                                                                                     \
    }
#define SUM(a, b) ((a) + (b))
#define PRODUCT(a, b) ((a) * (b))
#define WRAPPED_SUM(a, b) ((int64_t)((uint64_t)(a) + (uint64_t)(b)))
#define WRAPPED_PRODUCT(a, b) ((int64_t)((uint64_t)(a) * (uint64_t)(b)))
REDUCE(floats, double, float, SUM, PRODUCT)
REDUCE(int64s, int64_t, int64_t, WRAPPED_SUM, WRAPPED_PRODUCT)

/* As reduce_floats of sums, where rows are side by side in the source. */
static void add_rows(const lg_scatter *p, const float *source, const int64_t *index, ptrdiff_t width,
                     double *sums, const lg_doubles *v)
{
    for (ptrdiff_t j = 0; j < p->count; j++)
        v->add(source + j * p->source_count, width, sums + index[j * p->index_count] * width);
}

/* Columns of y (size, inner), of which there are `width`, in doubles meanwhile. */
static void reduce_columns(const lg_scatter *p, const float *source, const int64_t *index, ptrdiff_t width,
                           double *sums, float *y, const lg_doubles *v)
{
    const int whole = width == p->inner; /* rows that are one */
    const ptrdiff_t rows = whole ? 1 : p->size, each = whole ? p->size * width : width;
    for (ptrdiff_t r = 0; r < rows; r++)
        v->widen(y + r * p->inner, each, sums + r * each);
    if (p->op == LG_SCATTER_ADD && width > 1 && p->index_inner == 0 && p->source_inner == 1)
        add_rows(p, source, index, width, sums, v);
    else
        reduce_floats(p, source, index, width, sums, width);
    for (ptrdiff_t r = 0; r < rows; r++)
        v->narrow(sums + r * each, each, y + r * p->inner);
}

/* y (outer, size, inner): each source[o, j, i] put at, or reduced with, y[o, index[o, j, i], i].
   sums (threads, size, lg_scatter_width), for floats that are reduced */
void lg_movement_scatter(const lg_scatter *p, const uint8_t *source, const int64_t *index, double *sums,
                         uint8_t *y, const lg_doubles *v)
{
    const int team = lg_team(LG_MOVE * (double)p->outer * (double)(p->count + p->size) * (double)p->inner);
    const ptrdiff_t some = ceil_div(p->inner, p->outer < team ? team : 1); /* each column is by itself */
    const ptrdiff_t width = p->op == LG_SCATTER_PUT ? maximum(some, 1) : scatter_width(p->size, p->inner);
    const ptrdiff_t parts = ceil_div(p->inner, width);
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t unit = 0; unit < p->outer * parts; unit++) {
        const ptrdiff_t o = unit / parts, i = unit % parts * width, columns = minimum(width, p->inner - i);
        const int64_t *at = index + o * p->index_outer + i * p->index_inner;
        const uint8_t *from = source + (o * p->source_outer + i * p->source_inner) * p->itemsize;
        uint8_t *to = y + (o * p->size * p->inner + i) * p->itemsize;
        if (p->op == LG_SCATTER_PUT)
            put(p, from, at, columns, to);
        else if (p->itemsize == 8)
            reduce_int64s(p, (const void *)from, at, columns, (void *)to, p->inner);
        else
            reduce_columns(p, (const void *)from, at, columns, sums + lg_thread() * p->size * width,
                           (void *)to, v);
    }
}

/* How many of mask (size) are true: *count; or where those are, if that has been found: places (*count). */
void lg_movement_find_places(const uint8_t *mask, ptrdiff_t size, int64_t *places, ptrdiff_t *count)
{
    ptrdiff_t found = 0;
    if (places == NULL) {
        for (ptrdiff_t i = 0; i < size; i++)
            found += mask[i] != 0;
        *count = found;
        return;
    }
    for (ptrdiff_t i = 0; i < size && found < *count; i++) { /* without a guess at what comes next */
        places[found] = i;
        found += mask[i] != 0;
    }
    while (found < *count) /* of a mask that somebody has changed meanwhile */
        places[found++] = 0;
}

/* Of an index (count): in flags[0] whether some are negative, in flags[1] whether some are not in
   -size..size-1. */
void lg_movement_check_index(const int64_t *index, ptrdiff_t count, ptrdiff_t size, int *flags)
{
    int64_t negative = 0, outside = 0; /* their signs */
    for (ptrdiff_t i = 0; i < count; i++) {
        negative |= index[i];
        outside |= (int64_t)((uint64_t)index[i] + (uint64_t)size) |
                   (int64_t)((uint64_t)(size - 1) - (uint64_t)index[i]);
    }
    flags[0] = negative < 0, flags[1] = outside < 0;
}

/* flat (count) = step * index, where negative ones count from the end of `size`; or += that. */
void lg_movement_flat_index(const int64_t *index, ptrdiff_t count, ptrdiff_t size, ptrdiff_t step,
                            int accumulate, int64_t *flat)
{
    const int team = lg_team(2.0 * LG_MOVE * (double)count);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t i = 0; i < count; i++)
        flat[i] = (index[i] + (index[i] < 0 ? size : 0)) * step + (accumulate ? flat[i] : 0);
}

/* y is x (matrices, rows, columns) with zeros above the diagonal that begins at column `diagonal`, or below
   it if `upper`. */
void lg_movement_triangle(const uint8_t *x, int itemsize, ptrdiff_t matrices, ptrdiff_t rows,
                          ptrdiff_t columns, ptrdiff_t diagonal, int upper, uint8_t *y)
{
    const ptrdiff_t width = columns * itemsize;
    const int team = lg_team(LG_MOVE / 4 * (double)matrices * (double)rows * (double)width);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t r = 0; r < matrices * rows; r++) {
        const ptrdiff_t edge =
            r % rows + diagonal + !upper; /* the first element behind what is kept, or cut */
        const ptrdiff_t cut = minimum(maximum(edge, 0), columns) * itemsize;
        const uint8_t *from = x + r * width;
        uint8_t *to = y + r * width;
        if (upper) {
            memset(to, 0, (size_t)cut);
            memcpy(to + cut, from + cut, (size_t)(width - cut));
        } else {
            memcpy(to, from, (size_t)cut);
            memset(to + cut, 0, (size_t)(width - cut));
        }
    }
}
