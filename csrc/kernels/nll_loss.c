/* Negative log-likelihood of class indices under rows of log-probabilities, and its gradient. */
#include "parallel.h"
#include "kernels/rows/rows.h"

#include <string.h>

/* The weight of row r, of class t. */
static double row_weight(const lg_nll_loss *p, ptrdiff_t r, ptrdiff_t t)
{
    double w = p->weight ? p->weight[t] : 1.0;
    return p->sample_weight ? w * p->sample_weight[r] : w;
}

void K(nll_loss)(const lg_nll_loss *p)
{
    const ptrdiff_t N = p->rows.outer * p->rows.inner;
#pragma omp parallel for num_threads(lg_team(LG_MOVE * 4.0 * (double)N))
    for (ptrdiff_t r = 0; r < N; r++) {
        const float *row = p->log_probs + row_offset(p->at, p->rows.inner, r);
        ptrdiff_t t = label_of(p->labels, r, p->rows.C, p->ignore_index);
        double loss = t < 0 ? 0.0 : -row_weight(p, r, t) * row[t * p->at.cls];
        if (p->loss)
            p->loss[r] = (float)loss;
        else
            p->exact_loss[r] = loss;
    }
}

void K(nll_loss_backward)(const lg_nll_loss *p)
{
    const ptrdiff_t inner = p->rows.inner, image = p->rows.C * inner;
#pragma omp parallel for num_threads(lg_team(LG_MOVE *(double)p->rows.outer *(double)image))
    for (ptrdiff_t o = 0; o < p->rows.outer; o++) {
        float *grad = p->grad + o * image;
        memset(grad, 0, (size_t)image * sizeof(float));
        for (ptrdiff_t r = o * inner; r < (o + 1) * inner; r++) {
            ptrdiff_t t = label_of(p->labels, r, p->rows.C, p->ignore_index);
            double g = p->upstream[p->each ? r : 0];
            if (t >= 0)
                grad[t * inner + r % inner] =
                    (float)(-row_weight(p, r, t) * (p->totals ? g / p->totals[0] : g));
        }
    }
}
