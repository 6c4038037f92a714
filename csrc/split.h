/* What each recorded call does to one block of images, where its images can be taken block by block: the calls
   of several kernels are then made for one block before the next (see plan.h). Included by the generated
   recording.c, which defines lg_op op_<kernel> and the struct args_<kernel> of each kernel.

   A function here turns the arguments of a call for all images into those for block k->b: it advances the
   pointers that go with images, by as much for each block, and leaves alone what all blocks share, scratch too,
   which is then a thread's own. It returns 0 if the call is not of these images, or is not to be split. */

/* Of k->count equal parts of `all`, how much each has; 0 if it can not be. */
static ptrdiff_t part(const lg_split *k, ptrdiff_t all) { return all % k->count == 0 ? all / k->count : 0; }

/* Images of block k->b. */
static ptrdiff_t images_of(const lg_split *k)
{
    ptrdiff_t left = k->N - k->b * k->n;
    return left < k->n ? left : k->n;
}

#define ADVANCE(pointer, each) ((pointer) += (pointer) ? k->b * (ptrdiff_t)(each) : 0)

#define LAYOUT(kernel)                                             \
    static int split_##kernel(args_##kernel *c, const lg_split *k) \
    {                                                              \
        if (c->N != k->N || c->n != k->n)                          \
            return 0;                                              \
        ADVANCE(c->x, c->n * c->F);                                \
        ADVANCE(c->y, c->n * c->F);                                \
        c->N = images_of(k);                                       \
        return 1;                                                  \
    }
LAYOUT(pack_lanes)
LAYOUT(unpack_lanes)

/* Rows of a product of matrices, where the other matrix is not so large that reading it anew for each block
   would cost more than is won. */
static int split_matmul(args_matmul *c, const lg_split *k)
{
    lg_matmul *p = &c->p_copy;
    if (p->M != k->N || p->batch != 1 || p->transpose_a || p->K * p->N > LG_MATMUL_SMALL)
        return 0;
    ADVANCE(c->a, k->n * p->K);
    ADVANCE(c->c, k->n * p->N);
    p->M = images_of(k);
    return 1;
}

/* Planes of input and output of a convolution, in floats. */
static ptrdiff_t image_in(const lg_conv2d *p) { return p->groups * p->C * p->H * p->W * p->n; }
static ptrdiff_t image_out(const lg_conv2d *p) { return p->groups * p->O * p->OH * p->OW * p->n; }

static int one_of(const lg_split *k, ptrdiff_t *blocks)
{
    if (*blocks != k->count)
        return 0;
    *blocks = 1;
    return 1;
}

static int split_conv2d(args_conv2d *c, const lg_split *k)
{
    lg_conv2d *p = &c->p_copy;
    ADVANCE(c->x, image_in(p));
    ADVANCE(c->y, image_out(p));
    return one_of(k, &p->B);
}

static int split_conv2d_backward_input(args_conv2d_backward_input *c, const lg_split *k)
{
    lg_conv2d *p = &c->p_copy;
    ADVANCE(c->gy, image_out(p));
    ADVANCE(c->gx, image_in(p));
    return one_of(k, &p->B);
}

static int split_conv2d_weight_sums(args_conv2d_weight_sums *c, const lg_split *k)
{
    lg_conv2d *p = &c->p_copy;
    ADVANCE(c->gy, image_out(p));
    ADVANCE(c->x, image_in(p));
    ADVANCE(c->sums, p->groups * p->O * p->C * p->KH * p->KW);
    return one_of(k, &p->B);
}

static int split_conv2d_bias_sums(args_conv2d_bias_sums *c, const lg_split *k)
{
    lg_conv2d *p = &c->p_copy;
    ADVANCE(c->gy, image_out(p));
    ADVANCE(c->sums, p->groups * p->O);
    return one_of(k, &p->B);
}

#define POOLING(kernel, input, output, ...)                        \
    static int split_##kernel(args_##kernel *c, const lg_split *k) \
    {                                                              \
        lg_pool2d *p = &c->p_copy;                                 \
        ptrdiff_t planes = part(k, p->P);                          \
        ptrdiff_t in = planes * p->H * p->W * p->n;                \
        ptrdiff_t out = planes * p->OH * p->OW * p->n;             \
        ADVANCE(c->input, in);                                     \
        ADVANCE(c->output, out);                                   \
        __VA_ARGS__                                                \
        p->P = planes;                                             \
        return planes > 0;                                         \
    }
POOLING(max_pool2d, x, y, )
POOLING(max_pool2d_backward, gx, gy, ADVANCE(c->x, in); ADVANCE(c->y, out);)
POOLING(avg_pool2d, x, y, )
POOLING(avg_pool2d_backward, gx, gy, )

#define BATCH_NORM(kernel, ...)                                    \
    static int split_##kernel(args_##kernel *c, const lg_split *k) \
    {                                                              \
        lg_batch_norm *p = &c->p_copy;                             \
        ptrdiff_t each = p->C * p->HW * p->n;                      \
        if (p->N != k->N || p->n != k->n)                          \
            return 0;                                              \
        ADVANCE(c->x, each);                                       \
        __VA_ARGS__                                                \
        p->N = images_of(k);                                       \
        return 1;                                                  \
    }
BATCH_NORM(batch_norm_moments, ADVANCE(c->moments, 2 * p->C);)
BATCH_NORM(batch_norm, ADVANCE(c->residual, each); ADVANCE(c->y, each);)
BATCH_NORM(batch_norm_sums, ADVANCE(c->gy, each); ADVANCE(c->sums, 2 * p->C);)
BATCH_NORM(batch_norm_backward, ADVANCE(c->gy, each); ADVANCE(c->gx, each);)

#define PADDING(kernel, input, output)                             \
    static int split_##kernel(args_##kernel *c, const lg_split *k) \
    {                                                              \
        lg_pad *p = &c->p_copy;                                    \
        ptrdiff_t outer = part(k, p->outer);                       \
        ptrdiff_t in = outer * p->inner, out = outer * p->inner;   \
        for (int i = 0; i < p->axes; i++)                          \
            in *= p->size[i], out *= p->padded[i];                 \
        ADVANCE(c->input, in);                                     \
        ADVANCE(c->output, out);                                   \
        p->outer = outer;                                          \
        return outer > 0;                                          \
    }
PADDING(pad, x, y)
PADDING(pad_backward, gx, gy)

/* Rows of classes: those of `images` images. */
static ptrdiff_t split_rows(const lg_split *k, lg_rows *rows)
{
    if (rows->outer != k->N)
        return 0;
    rows->outer = images_of(k);
    return k->n * rows->inner;
}

static int split_cross_entropy(args_cross_entropy *c, const lg_split *k)
{
    lg_cross_entropy *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    ADVANCE(p->logits, k->n * p->logits_at.outer);
    ADVANCE(p->grad, k->n * p->grad_at.outer);
    ADVANCE(p->probs, k->n * p->probs_at.outer);
    ADVANCE(p->probs_grad, k->n * p->probs_grad_at.outer);
    ADVANCE(p->labels, rows);
    ADVANCE(p->sample_weight, rows);
    ADVANCE(p->loss, rows);
    ADVANCE(p->exact_loss, rows);
    ADVANCE(p->logsumexp, rows);
    ADVANCE(p->argmax, rows);
    p->threads = 1;
    return rows > 0;
}

static int split_nll_loss(args_nll_loss *c, const lg_split *k)
{
    lg_nll_loss *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    ADVANCE(p->log_probs, k->n * p->at.outer);
    ADVANCE(p->labels, rows);
    ADVANCE(p->sample_weight, rows);
    ADVANCE(p->loss, rows);
    ADVANCE(p->exact_loss, rows);
    return rows > 0;
}

static int split_nll_loss_backward(args_nll_loss_backward *c, const lg_split *k)
{
    lg_nll_loss *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    ADVANCE(p->labels, rows);
    ADVANCE(p->sample_weight, rows);
    ADVANCE(p->grad, rows * p->rows.C);
    if (p->each)
        ADVANCE(p->upstream, rows);
    return rows > 0;
}

#define SOFTMAX(kernel)                                            \
    static int split_##kernel(args_##kernel *c, const lg_split *k) \
    {                                                              \
        lg_softmax *p = &c->p_copy;                                \
        ADVANCE(p->a, k->n * p->a_at.outer);                       \
        ADVANCE(p->b, k->n * p->b_at.outer);                       \
        ADVANCE(p->y, k->n * p->y_at.outer);                       \
        p->threads = 1;                                            \
        return split_rows(k, &p->rows) > 0;                        \
    }
SOFTMAX(softmax)
SOFTMAX(log_softmax)
SOFTMAX(softmax_backward)
SOFTMAX(log_softmax_backward)

/* Images, in lanes or not, or all features of a plain array, which are one row. */
static int split_dropout(args_dropout *c, const lg_split *k)
{
    ptrdiff_t image = c->F * c->inner * c->n, each;
    if (c->n == k->n && c->B == k->count) {
        each = image;
        c->image = k->b * c->n;
        c->B = 1;
    } else if (c->n == 1 && c->B == k->N) {
        each = k->n * image;
        c->image = k->b * k->n;
        c->B = images_of(k);
    } else if (c->n == 1 && c->B == 1 && c->inner == 1 && c->F % k->N == 0) {
        each = c->F / k->N * k->n;
        c->feature = k->b * each;
        c->F = c->F / k->N * images_of(k);
    } else {
        return 0;
    }
    ADVANCE(c->x, each);
    ADVANCE(c->y, each);
    return c->feature % 4 == 0;
}

/* Functions of one element each: all pointers advance alike, by as much as the data is known to, or by equal
   parts. */
static int split_elements(lg_call *call, ptrdiff_t *size, const lg_split *k)
{
    ptrdiff_t each = k->floats ? k->floats : part(k, *size), left = *size - k->b * each;
    if (each == 0 || *size > k->count * each || *size <= (k->count - 1) * each)
        return 0;
    for (int i = 0; i < call->op->pointer_count; i++) {
        float **at = (float **)(void *)(call->args + call->op->pointers[i].offset);
        ADVANCE(*at, each);
    }
    *size = left < each ? left : each;
    return 1;
}

static int split_scale(args_scale *c, lg_call *call, const lg_split *k)
{
    const float *factor = c->factor; /* one for all */
    int done = split_elements(call, &c->size, k);
    c->factor = factor;
    return done;
}

#define IF_ELEMENTWISE(kernel)    \
    if (call->op == &op_##kernel) \
        return split_elements(call, &((args_##kernel *)(void *)call->args)->size, k);
#define IF(kernel)                \
    if (call->op == &op_##kernel) \
        return split_##kernel((args_##kernel *)(void *)call->args, k);

int lg_split_call(lg_call *call, const lg_split *k)
{
    IF(pack_lanes)
    IF(unpack_lanes)
    IF(matmul)
    IF(conv2d)
    IF(conv2d_backward_input)
    IF(conv2d_weight_sums)
    IF(conv2d_bias_sums)
    IF(max_pool2d)
    IF(max_pool2d_backward)
    IF(avg_pool2d)
    IF(avg_pool2d_backward)
    IF(batch_norm_moments)
    IF(batch_norm)
    IF(batch_norm_sums)
    IF(batch_norm_backward)
    IF(pad)
    IF(pad_backward)
    IF(dropout)
    IF(cross_entropy)
    IF(nll_loss)
    IF(nll_loss_backward)
    IF(softmax)
    IF(log_softmax)
    IF(softmax_backward)
    IF(log_softmax_backward)
    IF_ELEMENTWISE(relu)
    IF_ELEMENTWISE(relu_backward)
    IF_ELEMENTWISE(sigmoid)
    IF_ELEMENTWISE(sigmoid_backward)
    IF_ELEMENTWISE(tanh)
    IF_ELEMENTWISE(tanh_backward)
    IF_ELEMENTWISE(silu)
    IF_ELEMENTWISE(silu_backward)
    IF_ELEMENTWISE(gelu)
    IF_ELEMENTWISE(gelu_backward)
    IF_ELEMENTWISE(gelu_tanh)
    IF_ELEMENTWISE(gelu_tanh_backward)
    IF_ELEMENTWISE(leaky_relu)
    IF_ELEMENTWISE(leaky_relu_backward)
    IF_ELEMENTWISE(add)
    IF_ELEMENTWISE(mul)
    IF_ELEMENTWISE(mul_scalar)
    IF_ELEMENTWISE(exp)
    IF_ELEMENTWISE(log)
    if (call->op == &op_scale)
        return split_scale((args_scale *)(void *)call->args, call, k);
    return 0;
}

/* The images that a call tells of: their number, and how many stand side by side. */
int lg_images_of_call(const lg_call *call, lg_split *k)
{
    if (call->op == &op_pack_lanes) {
        const args_pack_lanes *c = (const void *)call->args;
        k->N = c->N, k->n = c->n;
    } else if (call->op == &op_batch_norm) {
        const args_batch_norm *c = (const void *)call->args;
        k->N = c->p_copy.N, k->n = c->p_copy.n;
    } else {
        return 0;
    }
    k->count = (k->N + k->n - 1) / k->n;
    return 1;
}
