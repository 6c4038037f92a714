/* Copies between arrays of any strides, and constants. Axes are put in the order in which the result stands
   in memory; the last two are a plane, planes are cut into blocks, and a thread takes several at a time. */
#include "bytes.h"
#include "parallel.h"
#include "places.h"

enum { BLOCK = 1 << 14 /* elements, at most */ };

static ptrdiff_t magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }

/* Puts an axis of q where another, before it, is, and those from there on one further; or the reverse. */
static void move_axis(lg_copy *q, int from, int to)
{
    const ptrdiff_t size = q->size[from], x = q->x_stride[from], y = q->y_stride[from];
    for (int i = from; i > to; i--) {
        q->size[i] = q->size[i - 1];
        q->x_stride[i] = q->x_stride[i - 1], q->y_stride[i] = q->y_stride[i - 1];
    }
    q->size[to] = size, q->x_stride[to] = x, q->y_stride[to] = y;
}

static void move_axis_back(lg_copy *q, int from, int to)
{
    for (int i = from; i < to; i++)
        move_axis(q, i + 1, i);
}

/* The same copy, strides in elements, with axes as few as they can be, those first that are far apart in y:
   those of one element are none, and those along which both arrays go on as along the next are one with it.
   At least two are left; last but one is that along which x is read best, if that is not the last. */
static lg_copy ordered(const lg_copy *p)
{
    lg_copy all = *p;
    if (p->itemsize == 2) { /* seldom: an axis of bytes */
        all.itemsize = 1;
        all.size[all.axes] = 2, all.x_stride[all.axes] = all.y_stride[all.axes] = 1;
        all.axes++;
    }
    lg_copy q = {.itemsize = all.itemsize};
    for (int i = 0; i < all.axes; i++) {
        int to = i;
        all.x_stride[i] /= q.itemsize, all.y_stride[i] /= q.itemsize;
        while (to > 0 && magnitude(all.y_stride[i]) > magnitude(all.y_stride[to - 1]))
            to--;
        move_axis(&all, i, to);
    }
    for (int i = 0; i < all.axes; i++) {
        const int last = q.axes - 1;
        const ptrdiff_t size = all.size[i], x = all.x_stride[i], y = all.y_stride[i];
        if (size == 1)
            continue;
        if (last >= 0 && q.x_stride[last] == x * size && q.y_stride[last] == y * size)
            q.size[last] *= size, q.x_stride[last] = x, q.y_stride[last] = y;
        else
            q.size[q.axes] = size, q.x_stride[q.axes] = x, q.y_stride[q.axes++] = y;
    }
    while (q.axes < 2) {
        q.size[q.axes] = 1, q.x_stride[q.axes] = q.y_stride[q.axes] = 1;
        move_axis(&q, q.axes++, 0);
    }
    int row = q.axes - 1, column = q.axes - 1;
    for (int i = row; i >= 0; i--)
        if (q.size[i] > 1 && q.x_stride[i] != 0 && magnitude(q.x_stride[i]) < magnitude(q.x_stride[row]))
            row = i;
    move_axis_back(&q, row, column - (row < column));
    row = column - 1;
    /* Rows that are short, and not copied in one go: a longer axis instead, the next one if it is so. */
    if (q.size[column] < 8 && (q.x_stride[column] != 1 || q.y_stride[column] != 1)) {
        for (int i = row; i >= 0 && q.size[row] < 16; i--)
            if (q.size[i] > q.size[row])
                row = i;
        if (q.size[row] >= 2 * q.size[column])
            move_axis_back(&q, row, column);
    }
    return q;
}

/* For each size of elements, a row of them: those of y may stand side by side, and those of x be all one, or
   stand the other way round. */
#define COPY_ROW(bits)                                                                     \
    static void copy_row_##bits(const uint##bits##_t *x, ptrdiff_t x_step, ptrdiff_t size, \
                                uint##bits##_t *y, ptrdiff_t y_step)                       \
    {                                                                                      \
        if (y_step == 1 && x_step == 0) {                                                  \
            _Pragma("omp simd")                                                            \
            for (ptrdiff_t i = 0; i < size; i++)                                           \
                y[i] = *x;                                                                 \
        } else if (y_step == 1 && x_step == -1) {                                          \
            _Pragma("omp simd")                                                            \
            for (ptrdiff_t i = 0; i < size; i++)                                           \
                y[i] = x[-i];                                                              \
        } else {                                                                           \
            for (ptrdiff_t i = 0; i < size; i++)                                           \
                y[i * y_step] = x[i * x_step];                                             \
        }                                                                                  \
    }
COPY_ROW(8)
COPY_ROW(32)
COPY_ROW(64)

static void copy_row(const uint8_t *x, ptrdiff_t x_step, ptrdiff_t size, int itemsize, uint8_t *y,
                     ptrdiff_t y_step)
{
    switch (itemsize) {
    case 1: copy_row_8(x, x_step, size, y, y_step); break;
    case 4: copy_row_32((const void *)x, x_step, size, (void *)y, y_step); break;
    default: copy_row_64((const void *)x, x_step, size, (void *)y, y_step); break;
    }
}

/* x (columns, rows), its rows x_step apart -> y (rows, columns), at most as many of each as a line of memory
   has: so lines are read and written at once. `turn` does so for floats that are in a tile. */
static void copy_tile(const uint8_t *x, ptrdiff_t x_step, ptrdiff_t rows, ptrdiff_t columns, int itemsize,
                      uint8_t *y, ptrdiff_t y_step, lg_turn turn)
{
    _Alignas(64) uint8_t tile[LINE * LINE];
    for (ptrdiff_t i = 0; i < columns; i++)
        copy_bytes(x + i * x_step * itemsize, rows * itemsize, tile + i * LINE);
    if (itemsize == 4)
        turn((const float *)(const void *)tile, rows, columns, (float *)(void *)y, y_step);
    else
        for (ptrdiff_t r = 0; r < rows; r++)
            copy_row(tile + r * itemsize, LINE / itemsize, columns, itemsize, y + r * y_step * itemsize, 1);
}

/* Whether elements that stand side by side are rows in x and columns in y, and not just a few. */
static int is_turned(const lg_copy *q)
{
    const int row = q->axes - 2, column = q->axes - 1;
    return q->x_stride[row] == 1 && q->y_stride[column] == 1 && magnitude(q->x_stride[column]) > 1 &&
           q->size[row] >= 4;
}

/* A block of a plane, of its last two axes. */
static void copy_plane(const lg_copy *q, const uint8_t *x, ptrdiff_t rows, ptrdiff_t columns, uint8_t *y,
                       lg_turn turn)
{
    const int row = q->axes - 2, column = q->axes - 1, itemsize = q->itemsize;
    const ptrdiff_t x_row = q->x_stride[row], x_column = q->x_stride[column];
    const ptrdiff_t y_row = q->y_stride[row], y_column = q->y_stride[column];
    const ptrdiff_t tile = LINE / itemsize;
    if (is_turned(q)) {
        for (ptrdiff_t i = 0; i < columns; i += tile)
            for (ptrdiff_t r = 0; r < rows; r += tile)
                copy_tile(x + (i * x_column + r) * itemsize, x_column, minimum(tile, rows - r),
                          minimum(tile, columns - i), itemsize, y + (r * y_row + i) * itemsize, y_row, turn);
    } else if (x_column == 1 && y_column == 1) {
        for (ptrdiff_t r = 0; r < rows; r++)
            copy_bytes(x + r * x_row * itemsize, columns * itemsize, y + r * y_row * itemsize);
    } else {
        for (ptrdiff_t r = 0; r < rows; r++)
            copy_row(x + r * x_row * itemsize, x_column, columns, itemsize, y + r * y_row * itemsize,
                     y_column);
    }
}

/* x to y, as *p says */
void lg_movement_copy(const lg_copy *p, const uint8_t *x, uint8_t *y, lg_turn turn)
{
    lg_copy q = ordered(p);
    const int row = q.axes - 2, column = q.axes - 1;
    if (q.x_stride[row] == -1 &&
        q.y_stride[column] == 1) { /* from the other end, so that x can be read in lines */
        x -= (q.size[row] - 1) * q.itemsize, y += (q.size[row] - 1) * q.y_stride[row] * q.itemsize;
        q.x_stride[row] = 1, q.y_stride[row] = -q.y_stride[row];
    }
    const ptrdiff_t columns = minimum(q.size[column], is_turned(&q) ? 2 * LINE : BLOCK / 16);
    const ptrdiff_t rows = minimum(q.size[row], BLOCK / maximum(columns, 1));
    lg_copy blocks = q; /* the axes that lead from block to block */
    blocks.size[row] = ceil_div(q.size[row], maximum(rows, 1));
    blocks.size[column] = ceil_div(q.size[column], maximum(columns, 1));
    blocks.x_stride[row] *= rows, blocks.y_stride[row] *= rows;
    blocks.x_stride[column] *= columns, blocks.y_stride[column] *= columns;
    ptrdiff_t count = 1;
    for (int i = 0; i < blocks.axes; i++)
        count *= blocks.size[i];
    const ptrdiff_t each = maximum(BLOCK / maximum(rows * columns, 1), 1), pieces = ceil_div(count, each);
    const int team = lg_team(LG_MOVE / 4 * q.itemsize * (double)count * (double)rows * (double)columns);
    (void)team;
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t piece = 0; piece < pieces; piece++) {
        const ptrdiff_t first = piece * each, end = minimum(first + each, count);
        ptrdiff_t at[LG_COPY_AXES], left = first, from = 0, to = 0;
        for (int i = column; i >= 0; i--) {
            at[i] = left % blocks.size[i];
            left /= blocks.size[i];
            from += at[i] * blocks.x_stride[i], to += at[i] * blocks.y_stride[i];
        }
        for (ptrdiff_t block = first; block < end; block++) {
            copy_plane(&q, x + from * q.itemsize, minimum(rows, q.size[row] - at[row] * rows),
                       minimum(columns, q.size[column] - at[column] * columns), y + to * q.itemsize, turn);
            for (int i = column; i >= 0; i--) {
                from += blocks.x_stride[i], to += blocks.y_stride[i];
                if (++at[i] < blocks.size[i])
                    break;
                from -= blocks.x_stride[i] * blocks.size[i], to -= blocks.y_stride[i] * blocks.size[i];
                at[i] = 0;
            }
        }
    }
}

/* y (size) = the sums of the elements of x at their places in y, of which several may have one: those that *p
   would copy them to, from y[start] on. sums (size) */
void lg_movement_add_overlapping(const lg_copy *p, const float *x, ptrdiff_t start, ptrdiff_t size,
                                 double *sums, float *y)
{
    const lg_copy q = ordered(p);
    const ptrdiff_t width = q.size[q.axes - 1], x_step = q.x_stride[q.axes - 1],
                    y_step = q.y_stride[q.axes - 1];
    ptrdiff_t each = 1,
              span = 0; /* of what is behind the first axis: rows, and elements of y that they reach */
    for (int i = 1; i < q.axes; i++) {
        each *= i < q.axes - 1 ? q.size[i] : 1;
        span += (q.size[i] - 1) * magnitude(q.y_stride[i]);
    }
    /* Threads take what is apart in y. */
    const int apart = magnitude(q.y_stride[0]) > span;
    const int team = apart ? lg_team(2.0 * LG_MOVE * (double)q.size[0] * (double)each * (double)width) : 1;
    (void)team;
    memset(sums, 0, (size_t)size * sizeof *sums);
#pragma omp parallel for num_threads(team) schedule(static)
    for (ptrdiff_t o = 0; o < q.size[0]; o++)
        for (ptrdiff_t r = 0; r < each; r++) {
            const float *from = x + o * q.x_stride[0];
            double *to = sums + start + o * q.y_stride[0];
            ptrdiff_t left = r;
            for (int i = q.axes - 2; i > 0; i--) {
                from += left % q.size[i] * q.x_stride[i], to += left % q.size[i] * q.y_stride[i];
                left /= q.size[i];
            }
            if (x_step == 1 && y_step == 1)
                for (ptrdiff_t i = 0; i < width; i++)
                    to[i] += (double)from[i];
            else
                for (ptrdiff_t i = 0; i < width; i++)
                    to[i * y_step] += (double)from[i * x_step];
        }
    for (ptrdiff_t i = 0; i < size; i++)
        y[i] = (float)sums[i];
}
