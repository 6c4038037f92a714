/* Many parameters in one call: their elements count as one long row, in which each parameter starts at a
   multiple of 16, and which threads take in pieces. So threads share the work evenly, and a parameter of
   six elements costs what six elements cost. */
#ifndef LG_OPTIM_PARAMS_H
#define LG_OPTIM_PARAMS_H

#include "kernels/vectors.h"

/* The length of the row. */
static inline ptrdiff_t params_end(const lg_param *params, ptrdiff_t count)
{
    return count ? params[count - 1].start + params[count - 1].size : 0;
}

/* The parameter in which a place of the row lies, or behind which. */
static inline const lg_param *param_at(const lg_param *params, ptrdiff_t count, ptrdiff_t place)
{
    while (count > 1) {
        ptrdiff_t half = count / 2;
        if (params[half].start <= place) {
            params += half;
            count -= half;
        } else {
            count = half;
        }
    }
    return params;
}

/* FOR_PARTS(params, count, piece, body): the body for each part of a parameter in the piece of the row that
   starts at `piece`: the elements `from` to `to` of *p. */
#define FOR_PARTS(params, count, piece, ...)                             \
    for (const lg_param *p = param_at(params, count, piece);             \
         p < (params) + (count) && p->start < (piece) + LG_PIECE; p++) { \
        ptrdiff_t from = (piece) > p->start ? (piece) - p->start : 0;    \
        ptrdiff_t to = (piece) + LG_PIECE - p->start;                    \
        to = minimum(to, p->size);                                       \
        __VA_ARGS__                                                      \
    }

/* FOR_ALL_PARTS(params, count, cost, body): so for all pieces, on several threads; `cost` is the work per
   element. Each thread always takes the same pieces, whose averages then stay in its cache from step to
   step. */
#define FOR_ALL_PARTS(params, count, cost, ...)                         \
    {                                                                   \
        ptrdiff_t row_ = params_end(params, count);                     \
        int team_ = lg_team((cost) * (double)row_);                     \
        (void)team_;                                                    \
        _Pragma("omp parallel for num_threads(team_) schedule(static)") \
        for (ptrdiff_t piece_ = 0; piece_ < row_; piece_ += LG_PIECE)   \
            FOR_PARTS(params, count, piece_, __VA_ARGS__)                                                   \
    }

#endif
