/* Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form), one pass over a
   parameter. */
#include "../kernels.h"
#include "../parallel.h"
#include "../simd/v16.h"

#define CHUNK 4096

/* g = grad (negated to maximize) + weight_decay * param
   buf = first ? g : momentum * buf + (1 - dampening) * g;  g = nesterov ? g + momentum * buf : buf
   param -= lr * g.      param, grad, momentum_buffer (size); the buffer is NULL without momentum. */
void K(sgd_step)(float *param, const float *grad, float *momentum_buffer, ptrdiff_t size,
                 const lg_sgd *p)
{
    v16 lr = v_set1(p->lr), momentum = v_set1(p->momentum), decay = v_set1(p->weight_decay);
    v16 fresh = v_set1(1.0f - p->dampening), sign = v_set1(p->maximize ? -1.0f : 1.0f);
#pragma omp parallel for num_threads(lg_team(2.0 * LG_MOVE * (double)size)) schedule(guided)
    for (ptrdiff_t chunk = 0; chunk < size; chunk += CHUNK) {
        ptrdiff_t end = chunk + CHUNK < size ? chunk + CHUNK : size;
        for (ptrdiff_t i = chunk; i < end; i += 16) {
            int k = end - i < 16 ? (int)(end - i) : 16;
            v16 w = v_load_part(param + i, k);
            v16 g = v_mul(sign, v_load_part(grad + i, k));
            if (p->weight_decay != 0.0f)
                g = v_fma(decay, w, g);
            if (momentum_buffer) {
                v16 buf = g;
                if (!p->first)
                    buf = v_fma(momentum, v_load_part(momentum_buffer + i, k), v_mul(fresh, g));
                v_store_part(momentum_buffer + i, buf, k);
                g = p->nesterov ? v_fma(momentum, buf, g) : buf;
            }
            v_store_part(param + i, v_fnma(lr, g, w), k);
        }
    }
}
