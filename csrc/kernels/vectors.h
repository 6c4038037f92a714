/* Loops over flat arrays, a vector at a time. */
#ifndef LG_VECTORS_H
#define LG_VECTORS_H

#include "kernels.h"
#include "parallel.h"
#include "simd/v16.h"

/* FOR_VECTORS(i, k, from, to, body): the body for each vector of the elements `from` to `to`, where i is its
   first element, and k how many it has. (Bodies are `...`, since they may have commas.) */
#define FOR_VECTORS(i, k, from, to, ...)   \
    {                                      \
        ptrdiff_t i = from, end_ = to;     \
        for (; i + 16 <= end_; i += 16) {  \
            const int k = 16;              \
            __VA_ARGS__                    \
        }                                  \
        if (i < end_) {                    \
            const int k = (int)(end_ - i); \
            __VA_ARGS__                    \
        }                                  \
    }

/* The same with one body for all, where that is large. */
#define FOR_EACH_PART(i, k, from, to, ...)                   \
    for (ptrdiff_t i = from, end_ = to; i < end_; i += 16) { \
        const int k = (int)minimum(16, end_ - i);            \
        __VA_ARGS__                                          \
    }

/* FOR_EACH_VECTOR(i, k, size, cost, body): so for all elements of an array, on several threads; `cost` is the
   work per element. */
#define FOR_EACH_VECTOR(i, k, size, cost, ...)                      \
    int team_ = lg_team((cost) * (double)(size));                   \
    (void)team_;                                                    \
    _Pragma("omp parallel for num_threads(team_) schedule(static)") \
    for (ptrdiff_t piece_ = 0; piece_ < size; piece_ += LG_PIECE)   \
    FOR_VECTORS(i, k, piece_, minimum(piece_ + LG_PIECE, size), __VA_ARGS__)

/* FUNCTION_OF_ONE(name, cost, value): the kernel y = value, a function of one element x. x, y (size) */
#define FUNCTION_OF_ONE(name, cost, value)                  \
    void K(name)(const float *x_, ptrdiff_t size, float *y) \
    {                                                       \
        FOR_EACH_VECTOR(i, k, size, (cost) * LG_MOVE, {     \
            v16 x = v_load_part(x_ + i, k);                 \
            v_store_part(y + i, value, k);                  \
        })                                                  \
    }

#endif
