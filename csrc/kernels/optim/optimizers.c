/* Steps of optimizers, each one pass over all parameters of a group. The formulas are PyTorch's; the options
   are read anew at each call, and how many steps have been made is state that a call advances. */
#include "params.h"

/* x^n for a whole n: what libm's pow gives may differ from system to system. */
static double whole_power(double x, double n)
{
    double y = 1.0;
    for (uint64_t k = (uint64_t)n; k; k >>= 1, x *= x)
        if (k & 1)
            y *= x;
    return y;
}

/* a + weight * (b - a), in the form that is exact at the nearer end. */
SPECIALIZE v16 v_lerp(v16 a, v16 b, double weight)
{
    v16 way = v_sub(b, a);
    return weight < 0.5 ? v_fma(v_set1((float)weight), way, a)
                        : v_fnma(v_set1((float)(1.0 - weight)), way, b);
}

/* A decaying average x, which ends at 0: left to itself it would stay subnormal for ever, since 0.9 times the
   smallest number rounds to that number, and many CPUs take several times as long over arrays with such
   operands. */
SPECIALIZE v16 v_decayed(v16 x) { return v_select(v_lt(v_abs(x), v_set1(0x1p-126f)), v_zero(), x); }

/* The gradient, negated to maximize, with weight decay. */
SPECIALIZE v16 gradient(v16 grad, v16 param, const lg_optimizer *o, int decays)
{
    v16 g = o->maximize ? v_neg(grad) : grad;
    return decays ? v_fma(v_set1((float)o->weight_decay), param, g) : g;
}

/* Sutskever et al. 2013, in PyTorch's form. With g = grad + weight_decay * param:
   buf = first ? g : momentum * buf + (1 - dampening) * g;  g = nesterov ? g + momentum * buf : buf
   param -= lr * g.      state[0] is buf; without it, as with momentum 0, there is none of that. */
void K(sgd_step)(lg_param *params, ptrdiff_t count, const lg_optimizer *o)
{
    const v16 lr = v_set1((float)o->lr), momentum = v_set1((float)o->momentum);
    const v16 fresh = v_set1((float)(1.0 - o->dampening));
    const int decays = o->weight_decay != 0.0, nesterov = o->nesterov;
    FOR_ALL_PARTS(params, count, 2.0 * LG_MOVE, {
        float *buffer = p->state[0];
        FOR_VECTORS(i, k, from, to, {
            v16 w = v_load_part(p->param + i, k);
            v16 g = gradient(v_load_part(p->grad + i, k), w, o, decays);
            if (buffer) {
                v16 buf = g;
                if (!p->first)
                    buf = v_decayed(v_fma(momentum, v_load_part(buffer + i, k), v_mul(fresh, g)));
                v_store_part(buffer + i, buf, k);
                g = nesterov ? v_fma(momentum, buf, g) : buf;
            }
            v_store_part(p->param + i, v_fnma(lr, g, w), k);
        })
    })
}

/* Kingma and Ba 2015; Loshchilov and Hutter 2019 where decay is decoupled; Reddi et al. 2018 with state[2].
   m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g^2;  largest = max(largest, v)
   param -= lr * (m / (1 - beta1^step)) / (sqrt((largest or v) / (1 - beta2^step)) + eps)
   state: m, v, and largest or NULL. */
void K(adam_step)(lg_param *params, ptrdiff_t count, const lg_optimizer *o)
{
    for (ptrdiff_t j = 0; j < count; j++) {
        lg_param *p = params + j;
        double step = *p->step += 1.0f;
        if (j && step == *p[-1].step) { /* as with most parameters */
            p->rate = p[-1].rate;
            p->root = p[-1].root;
        } else {
            p->rate = (float)(o->lr / (1.0 - whole_power(o->beta1, step)));
            p->root = (float)(1.0 / sqrt(1.0 - whole_power(o->beta2, step)));
        }
    }
    const v16 beta2 = v_set1((float)o->beta2), new2 = v_set1((float)(1.0 - o->beta2));
    const v16 eps = v_set1((float)o->eps), kept = v_set1((float)(1.0 - o->lr * o->weight_decay));
    const double new1 = 1.0 - o->beta1;
    const int shrinks = o->weight_decay != 0.0 && o->decoupled_weight_decay;
    const int decays = o->weight_decay != 0.0 && !shrinks;
    FOR_ALL_PARTS(params, count, 4.0 * LG_MOVE, {
        const v16 rate = v_set1(p->rate), root = v_set1(p->root);
        float *m_ = p->state[0];
        float *v_ = p->state[1];
        float *largest = p->state[2];
        FOR_VECTORS(i, k, from, to, {
            v16 w = v_load_part(p->param + i, k);
            v16 g = gradient(v_load_part(p->grad + i, k), w, o, decays);
            v16 m = v_decayed(v_lerp(v_load_part(m_ + i, k), g, new1));
            v16 v = v_decayed(v_fma(v_mul(new2, g), g, v_mul(beta2, v_load_part(v_ + i, k))));
            v_store_part(m_ + i, m, k);
            v_store_part(v_ + i, v, k);
            if (largest) {
                v = v_max(v_load_part(largest + i, k), v);
                v_store_part(largest + i, v, k);
            }
            if (shrinks)
                w = v_mul(w, kept);
            v16 step = v_div(m, v_fma(v_sqrt(v), root, eps));
            v_store_part(p->param + i, v_fnma(rate, step, w), k);
        })
    })
}

/* Tieleman and Hinton 2012; Graves 2013 with the mean. With g as above and alpha in beta2:
   square = alpha * square + (1 - alpha) * g^2;  mean = alpha * mean + (1 - alpha) * g
   g = g / (sqrt(square - mean^2) + eps);  buf = momentum * buf + g;  param -= lr * (buf or g)
   state: square; buf, or NULL; mean, or NULL. */
void K(rmsprop_step)(lg_param *params, ptrdiff_t count, const lg_optimizer *o)
{
    for (ptrdiff_t j = 0; j < count; j++)
        *params[j].step += 1.0f;
    const v16 lr = v_set1((float)o->lr), alpha = v_set1((float)o->beta2);
    const v16 fresh = v_set1((float)(1.0 - o->beta2)), eps = v_set1((float)o->eps);
    const v16 momentum = v_set1((float)o->momentum);
    const int decays = o->weight_decay != 0.0;
    const double new = 1.0 - o->beta2;
    FOR_ALL_PARTS(params, count, 4.0 * LG_MOVE, {
        float *square = p->state[0];
        float *buffer = p->state[1];
        float *mean = p->state[2];
        FOR_VECTORS(i, k, from, to, {
            v16 w = v_load_part(p->param + i, k);
            v16 g = gradient(v_load_part(p->grad + i, k), w, o, decays);
            v16 s = v_decayed(v_fma(v_mul(fresh, g), g, v_mul(alpha, v_load_part(square + i, k))));
            v_store_part(square + i, s, k);
            if (mean) {
                v16 m = v_decayed(v_lerp(v_load_part(mean + i, k), g, new));
                v_store_part(mean + i, m, k);
                s = v_max(v_zero(), v_fnma(m, m, s)); /* below 0 by rounding alone; NaN stays */
            }
            g = v_div(g, v_add(v_sqrt(s), eps));
            if (buffer) {
                g = v_decayed(v_fma(momentum, v_load_part(buffer + i, k), g));
                v_store_part(buffer + i, g, k);
            }
            v_store_part(p->param + i, v_fnma(lr, g, w), k);
        })
    })
}
