/* Negative log-likelihood of class indices under rows of log-probabilities, and its gradient. */
#include "../parallel.h"
#include "rows.h"

/* The weight of row r, whose label is not ignored. */
static double row_weight(const lg_nll_loss *p, ptrdiff_t r)
{
    double w = p->weight ? p->weight[p->labels[r]] : 1.0;
    return p->sample_weight ? w * p->sample_weight[r] : w;
}

void K(nll_loss)(const lg_nll_loss *p)
{
    const ptrdiff_t N = p->rows.outer * p->rows.inner;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * 4.0 * (double)N))
    for (ptrdiff_t r = 0; r < N; r++) {
        const float *row = p->log_probs + lg_row(p->at, p->rows.inner, r);
        int64_t t = p->labels[r];
        p->loss[r] = t == p->ignore_index ? 0.0f : (float)(-row_weight(p, r) * row[t * p->at.cls]);
    }
}

void K(nll_loss_backward)(const lg_nll_loss *p)
{
    const ptrdiff_t N = p->rows.outer * p->rows.inner;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * 4.0 * (double)N))
    for (ptrdiff_t r = 0; r < N; r++) {
        float *row = p->grad + lg_row(p->at, p->rows.inner, r);
        int64_t t = p->labels[r];
        double g = p->upstream ? p->scale * p->upstream[r] : p->scale;
        if (t != p->ignore_index)
            row[t * p->at.cls] = (float)(-row_weight(p, r) * g);
    }
}
