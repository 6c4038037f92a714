/* How much scratch kernels of rows want, and whether they can walk through arrays. Depends on shapes and
   strides, not on the instruction set: compiled once, with baseline flags. */
#include "ways.h"

size_t lg_rows_scratch(const lg_rows *rows) { return rows_scratch(rows); }

int lg_rows_fit(const lg_rows *rows, const lg_strides *at, int count)
{
    return choose_way(rows, at, count, LANES) != NO_WAY;
}
