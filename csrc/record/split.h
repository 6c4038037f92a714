/* What each call does to one block of images, where its images can be taken block by block: the calls of
   several kernels are then made for one block before the next (see record.h). Included by calls.c, where
   op_<kernel>, args_<kernel> and the numbers AT_<kernel>_<argument> of pointers are.

   A rule turns the arguments of a call for all images into those for block k->b, but for its pointers: of
   those that go with images it says how far further on the next block finds its data. What all blocks share
   it leaves alone, scratch too, which is then a thread's own. It returns 0 if the call is not of these
   images, or is not to be split. A kernel of the trait IMAGES that has no rule here does not build. */

/* Of k->count equal parts of `all`, how much each has; 0 if it can not be. */
static ptrdiff_t part(const lg_split *k, ptrdiff_t all) { return all % k->count == 0 ? all / k->count : 0; }

/* Images of block k->b. */
static ptrdiff_t images_of(const lg_split *k)
{
    ptrdiff_t left = k->N - k->b * k->n;
    return minimum(left, k->n);
}

/* How many elements further on the next block's data of a pointer is. */
#define STRIDE(kernel, pointer, at, each) \
    (strides[AT_##kernel##_##pointer] = (ptrdiff_t)(each) * (ptrdiff_t)sizeof *(at))

#define LAYOUT(kernel)                                                                 \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        if (c->N != k->N || c->n != k->n)                                              \
            return 0;                                                                  \
        STRIDE(kernel, x, c->x, c->n * c->F);                                          \
        STRIDE(kernel, y, c->y, c->n * c->F);                                          \
        c->N = images_of(k);                                                           \
        return 1;                                                                      \
    }
LAYOUT(pack_lanes)
LAYOUT(unpack_lanes)

/* Rows of a product of matrices, where the other matrix is not so large that reading it anew for each block
   would cost more than is won. */
static int split_matmul(args_matmul *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_matmul *p = &c->p_copy;
    if (p->M != k->N || p->batch != 1 || p->transpose_a || p->K * p->N > LG_MATMUL_SMALL)
        return 0;
    STRIDE(matmul, a, c->a, k->n * p->K);
    STRIDE(matmul, c, c->c, k->n * p->N);
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

static int split_conv2d(args_conv2d *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_conv2d *p = &c->p_copy;
    STRIDE(conv2d, x, c->x, image_in(p));
    STRIDE(conv2d, y, c->y, image_out(p));
    return one_of(k, &p->B);
}

static int split_conv2d_backward_input(args_conv2d_backward_input *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_conv2d *p = &c->p_copy;
    STRIDE(conv2d_backward_input, gy, c->gy, image_out(p));
    STRIDE(conv2d_backward_input, gx, c->gx, image_in(p));
    return one_of(k, &p->B);
}

static int split_conv2d_weight_sums(args_conv2d_weight_sums *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_conv2d *p = &c->p_copy;
    STRIDE(conv2d_weight_sums, gy, c->gy, image_out(p));
    STRIDE(conv2d_weight_sums, x, c->x, image_in(p));
    STRIDE(conv2d_weight_sums, sums, c->sums, p->groups * p->O * p->C * p->KH * p->KW);
    return one_of(k, &p->B);
}

static int split_conv2d_bias_sums(args_conv2d_bias_sums *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_conv2d *p = &c->p_copy;
    STRIDE(conv2d_bias_sums, gy, c->gy, image_out(p));
    STRIDE(conv2d_bias_sums, sums, c->sums, p->groups * p->O);
    return one_of(k, &p->B);
}

#define POOLING(kernel, input, output, ...)                                            \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_pool2d *p = &c->p_copy;                                                     \
        ptrdiff_t planes = part(k, p->P);                                              \
        ptrdiff_t in = planes * p->H * p->W * p->n;                                    \
        ptrdiff_t out = planes * p->OH * p->OW * p->n;                                 \
        STRIDE(kernel, input, c->input, in);                                           \
        STRIDE(kernel, output, c->output, out);                                        \
        __VA_ARGS__                                                                    \
        p->P = planes;                                                                 \
        return planes > 0;                                                             \
    }
POOLING(max_pool2d, x, y, )
POOLING(max_pool2d_backward, gx, gy, STRIDE(max_pool2d_backward, x, c->x, in);
        STRIDE(max_pool2d_backward, y, c->y, out);)
POOLING(avg_pool2d, x, y, )
POOLING(avg_pool2d_backward, gx, gy, )

#define BATCH_NORM(kernel, ...)                                                        \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_batch_norm *p = &c->p_copy;                                                 \
        ptrdiff_t each = p->C * p->HW * p->n;                                          \
        if (p->N != k->N || p->n != k->n)                                              \
            return 0;                                                                  \
        STRIDE(kernel, x, c->x, each);                                                 \
        __VA_ARGS__                                                                    \
        p->N = images_of(k);                                                           \
        return 1;                                                                      \
    }
BATCH_NORM(batch_norm_moments, STRIDE(batch_norm_moments, moments, c->moments, 2 * p->C);)
BATCH_NORM(batch_norm, STRIDE(batch_norm, residual, c->residual, each); STRIDE(batch_norm, y, c->y, each);)
BATCH_NORM(batch_norm_sums, STRIDE(batch_norm_sums, gy, c->gy, each);
           STRIDE(batch_norm_sums, sums, c->sums, 2 * p->C);)
BATCH_NORM(batch_norm_backward, STRIDE(batch_norm_backward, gy, c->gy, each);
           STRIDE(batch_norm_backward, gx, c->gx, each);)

/* Rows of images in lanes, or of the images that would be in one block there. */
#define ROW_NORM(kernel, ...)                                                          \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_row_norm *p = &c->p_copy;                                                   \
        ptrdiff_t each = p->groups * p->C * p->HW * k->n;                              \
        if (p->N != k->N || (p->n != k->n && p->n != 1))                               \
            return 0;                                                                  \
        STRIDE(kernel, x, c->x, each);                                                 \
        STRIDE(kernel, statistics, c->statistics, 2 * p->groups * k->n);               \
        __VA_ARGS__                                                                    \
        p->N = images_of(k);                                                           \
        return 1;                                                                      \
    }
ROW_NORM(row_norm, STRIDE(row_norm, y, c->y, each);)
ROW_NORM(row_norm_backward, STRIDE(row_norm_backward, gy, c->gy, each);
         STRIDE(row_norm_backward, gx, c->gx, each);)
ROW_NORM(row_norm_weight_sums, STRIDE(row_norm_weight_sums, gy, c->gy, each);
         STRIDE(row_norm_weight_sums, sums, c->sums, row_norm_sums(p));)

#define PADDING(kernel, input, output)                                                 \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_pad *p = &c->p_copy;                                                        \
        ptrdiff_t outer = part(k, p->outer);                                           \
        ptrdiff_t in = outer * p->inner, out = outer * p->inner;                       \
        for (int i = 0; i < p->axes; i++)                                              \
            in *= p->size[i], out *= p->padded[i];                                     \
        STRIDE(kernel, input, c->input, in);                                           \
        STRIDE(kernel, output, c->output, out);                                        \
        p->outer = outer;                                                              \
        return outer > 0;                                                              \
    }
PADDING(pad, x, y)
PADDING(pad_backward, gx, gy)

/* Elements of arrays whose first axis goes with the images, in lanes the blocks. */
static int split_map(args_map *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_map *p = &c->p_copy;
    ptrdiff_t all = p->size[0], each = 0;
    if (p->lanes > 0 && p->lanes == k->n && p->blocks == k->count)
        each = part(k, all);
    else if (p->lanes == 0 && all % k->N == 0)
        each = all / k->N * k->n;
    if (each == 0)
        return 0;
    for (int i = 0; i < LG_MAP_INPUTS; i++)
        strides[AT_map_x_0 + i] = each * p->x_stride[i * LG_MAP_AXES];
    strides[AT_map_y] = each * p->y_stride[0];
    p->size[0] = minimum(each, all - k->b * each);
    p->blocks = minimum(p->blocks, 1);
    p->last = k->b == k->count - 1 ? p->last : p->lanes;
    return 1;
}

#define RESPONSE_NORM(kernel, ...)                                                     \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_response_norm *p = &c->p_copy;                                              \
        ptrdiff_t images = part(k, p->B), each = images * p->C * p->inner;             \
        STRIDE(kernel, x, c->x, each);                                                 \
        STRIDE(kernel, y, c->y, each);                                                 \
        STRIDE(kernel, sums, c->sums, each);                                           \
        __VA_ARGS__                                                                    \
        p->B = images;                                                                 \
        return images > 0;                                                             \
    }
RESPONSE_NORM(local_response_norm, )
RESPONSE_NORM(local_response_norm_backward, STRIDE(local_response_norm_backward, gy, c->gy, each);
              STRIDE(local_response_norm_backward, gx, c->gx, each);)

#define GRID_SAMPLING(kernel, output, ...)                                             \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_grid_sample *p = &c->p_copy;                                                \
        if (p->N != k->N)                                                              \
            return 0;                                                                  \
        STRIDE(kernel, x, c->x, k->n * p->C * p->H * p->W);                            \
        STRIDE(kernel, grid, c->grid, k->n * p->OH * p->OW * 2);                       \
        STRIDE(kernel, output, c->output, k->n * p->C * p->OH * p->OW);                \
        __VA_ARGS__                                                                    \
        p->N = images_of(k);                                                           \
        return 1;                                                                      \
    }
GRID_SAMPLING(grid_sample, y, )
GRID_SAMPLING(grid_sample_backward, gy, STRIDE(grid_sample_backward, gx, c->gx, k->n * p->C * p->H * p->W);
              STRIDE(grid_sample_backward, g_grid, c->g_grid, k->n * p->OH * p->OW * 2);)

#define RESAMPLING(kernel, input, output)                                              \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_resample *p = &c->p_copy;                                                   \
        ptrdiff_t outer = part(k, p->outer);                                           \
        STRIDE(kernel, input, c->input, outer * p->size * p->inner);                   \
        STRIDE(kernel, output, c->output, outer * p->wanted * p->inner);               \
        p->outer = outer;                                                              \
        return outer > 0;                                                              \
    }
RESAMPLING(resample, x, y)
RESAMPLING(resample_backward, gx, gy)

/* Reductions that keep the axis of the images, the outermost: elements of it that make a block, or 0. */
static ptrdiff_t split_axis(const lg_split *k, lg_reduce *p)
{
    const ptrdiff_t size = p->size[0];
    if (p->images == k->n && size == k->count)
        return p->size[0] = 1;
    if (p->images != 1 || size != k->N)
        return 0;
    p->size[0] = images_of(k);
    return k->n;
}

static int split_reduce(args_reduce *c, const lg_split *k, ptrdiff_t *strides)
{
    static const ptrdiff_t bytes[] = {[LG_FLOAT32] = 4, [LG_INT64] = 8, [LG_UINT8] = 1, [LG_FLOAT64] = 8};
    lg_reduce *p = &c->p_copy;
    const ptrdiff_t each = split_axis(k, p), results = each * p->y_stride[0];
    STRIDE(reduce, x, c->x, each * p->x_stride[0]);
    STRIDE(reduce, y, c->y, results * bytes[p->y_type]);
    STRIDE(reduce, places, c->places, results);
    STRIDE(reduce, saved, c->saved, 2 * results);
    return each > 0;
}

static int split_reduce_backward(args_reduce_backward *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_reduce *p = &c->p_copy;
    const ptrdiff_t each = split_axis(k, p);
    ptrdiff_t size = each;
    for (int i = 1; i < p->axes; i++)
        size *= p->size[i];
    STRIDE(reduce_backward, g, c->g, each * p->y_stride[0]);
    STRIDE(reduce_backward, x, c->x, each * p->x_stride[0]);
    STRIDE(reduce_backward, saved, c->saved, 2 * each * p->y_stride[0]);
    STRIDE(reduce_backward, gx, c->gx, size);
    return each > 0;
}

/* Rows of classes: those of `images` images. */
static ptrdiff_t split_rows(const lg_split *k, lg_rows *rows)
{
    if (rows->outer != k->N)
        return 0;
    rows->outer = images_of(k);
    return k->n * rows->inner;
}

static int split_cross_entropy(args_cross_entropy *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_cross_entropy *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    STRIDE(cross_entropy, logits, p->logits, k->n * p->logits_at.outer);
    STRIDE(cross_entropy, grad, p->grad, k->n * p->grad_at.outer);
    STRIDE(cross_entropy, probs, p->probs, k->n * p->probs_at.outer);
    STRIDE(cross_entropy, probs_grad, p->probs_grad, k->n * p->probs_grad_at.outer);
    STRIDE(cross_entropy, labels, p->labels, rows);
    STRIDE(cross_entropy, sample_weight, p->sample_weight, rows);
    STRIDE(cross_entropy, loss, p->loss, rows);
    STRIDE(cross_entropy, exact_loss, p->exact_loss, rows);
    STRIDE(cross_entropy, logsumexp, p->logsumexp, rows);
    STRIDE(cross_entropy, argmax, p->argmax, rows);
    p->threads = 1;
    return rows > 0;
}

static int split_nll_loss(args_nll_loss *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_nll_loss *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    STRIDE(nll_loss, log_probs, p->log_probs, k->n * p->at.outer);
    STRIDE(nll_loss, labels, p->labels, rows);
    STRIDE(nll_loss, sample_weight, p->sample_weight, rows);
    STRIDE(nll_loss, loss, p->loss, rows);
    STRIDE(nll_loss, exact_loss, p->exact_loss, rows);
    return rows > 0;
}

static int split_nll_loss_backward(args_nll_loss_backward *c, const lg_split *k, ptrdiff_t *strides)
{
    lg_nll_loss *p = &c->p_copy;
    ptrdiff_t rows = split_rows(k, &p->rows);
    STRIDE(nll_loss_backward, labels, p->labels, rows);
    STRIDE(nll_loss_backward, sample_weight, p->sample_weight, rows);
    STRIDE(nll_loss_backward, grad, p->grad, rows * p->rows.C);
    if (p->each)
        STRIDE(nll_loss_backward, upstream, p->upstream, rows);
    return rows > 0;
}

#define SOFTMAX(kernel)                                                                \
    static int split_##kernel(args_##kernel *c, const lg_split *k, ptrdiff_t *strides) \
    {                                                                                  \
        lg_softmax *p = &c->p_copy;                                                    \
        STRIDE(kernel, a, p->a, k->n * p->a_at.outer);                                 \
        STRIDE(kernel, b, p->b, k->n * p->b_at.outer);                                 \
        STRIDE(kernel, y, p->y, k->n * p->y_at.outer);                                 \
        p->threads = 1;                                                                \
        return split_rows(k, &p->rows) > 0;                                            \
    }
SOFTMAX(softmax)
SOFTMAX(log_softmax)
SOFTMAX(softmax_backward)
SOFTMAX(log_softmax_backward)

/* Images, in lanes or not, or all features of a plain array, which are one row. */
static int split_dropout(args_dropout *c, const lg_split *k, ptrdiff_t *strides)
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
    STRIDE(dropout, x, c->x, each);
    STRIDE(dropout, y, c->y, each);
    return c->feature % 4 == 0;
}

/* The images that a call tells of: their number, and how many stand side by side. */
int lg_images_of_call(const lg_call *call, lg_split *k)
{
    if (call->op == &op_pack_lanes) {
        const args_pack_lanes *c = (const void *)call->args;
        k->N = c->N, k->n = c->n;
    } else if (call->op == &op_unpack_lanes) {
        const args_unpack_lanes *c = (const void *)call->args;
        k->N = c->N, k->n = c->n;
    } else if (call->op == &op_batch_norm) {
        const args_batch_norm *c = (const void *)call->args;
        k->N = c->p_copy.N, k->n = c->p_copy.n;
    } else {
        return 0;
    }
    k->count = ceil_div(k->N, k->n);
    return 1;
}
