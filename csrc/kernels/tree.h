/* Sums of what each block of images, or each piece of an array, has left: in a balanced binary tree whose
   shape depends on their number alone, so that rounding errors grow with its logarithm. */
#ifndef LG_TREE_H
#define LG_TREE_H

#include "simd/v16.h"

/* parts (count, stride) -> the sums of the first sixteen doubles of each: the left branch of a tree has as
   many parts as the largest power of two below their number. */
SPECIALIZE d16 tree_sum(const double *parts, ptrdiff_t count, ptrdiff_t stride)
{
    d16 branch[64]; /* whole ones that wait for another of their size, the largest first */
    int waiting = 0;
    if (count == 0)
        return d_zero();
    for (ptrdiff_t i = 0; i < count; i++) {
        d16 sum = d_load(parts + i * stride);
        for (ptrdiff_t k = i; k & 1; k >>= 1)
            sum = d_add(branch[--waiting], sum);
        branch[waiting++] = sum;
    }
    d16 sum = branch[--waiting];
    while (waiting)
        sum = d_add(branch[--waiting], sum);
    return sum;
}

#endif
