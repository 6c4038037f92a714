/* Two noted calls made one, where the second does something to the result of the first that the first can do
   before it is stored. Included by calls.c, where op_<kernel> and args_<kernel> are. Pointers are tokens. */

#include "fuse_maps.h"

/* Of a batch norm's result. */
static ptrdiff_t batch_norm_floats(const lg_batch_norm *p)
{
    return (p->rows ? p->N : round_up(p->N, p->n)) * p->C * p->HW;
}

static int then_relu(lg_call *call, const args_relu *relu)
{
    if (call->op == &op_conv2d) {
        args_conv2d *c = (args_conv2d *)(void *)call->args;
        lg_conv2d *p = &c->p_copy;
        if (p->relu || relu->size != p->B * p->n * p->groups * p->O * p->OH * p->OW)
            return 0;
        p->relu = 1, c->y = relu->y;
        return 1;
    }
    if (call->op == &op_conv2d_backward_input) {
        args_conv2d_backward_input *c = (args_conv2d_backward_input *)(void *)call->args;
        lg_conv2d *p = &c->p_copy;
        if (p->relu || relu->size != p->B * p->n * p->groups * p->C * p->H * p->W)
            return 0;
        p->relu = 1, c->gx = relu->y;
        return 1;
    }
    if (call->op == &op_matmul) {
        args_matmul *c = (args_matmul *)(void *)call->args;
        lg_matmul *p = &c->p_copy;
        if (p->relu || p->accumulate || relu->size != p->batch * p->M * p->N)
            return 0;
        p->relu = 1, c->c = relu->y;
        return 1;
    }
    if (call->op == &op_batch_norm) {
        args_batch_norm *c = (args_batch_norm *)(void *)call->args;
        lg_batch_norm *p = &c->p_copy;
        if (p->relu || relu->size != batch_norm_floats(p))
            return 0;
        p->relu = 1, c->y = relu->y;
        return 1;
    }
    if (call->op == &op_row_norm) {
        args_row_norm *c = (args_row_norm *)(void *)call->args;
        lg_row_norm *p = &c->p_copy;
        if (p->relu || relu->size != round_up(p->N, p->n) * p->groups * p->C * p->HW)
            return 0;
        p->relu = 1, c->y = relu->y;
        return 1;
    }
    return 0;
}

static int then_relu_backward(lg_call *call, const args_relu_backward *relu)
{
    if (call->op == &op_max_pool2d_backward) {
        args_max_pool2d_backward *c = (args_max_pool2d_backward *)(void *)call->args;
        lg_pool2d *p = &c->p_copy;
        /* Whether a pixel of x is above 0 says as much of the window whose maximum it is. */
        if (p->relu || relu->gy != c->gx || relu->y != c->x || relu->size != p->P * p->H * p->W * p->n)
            return 0;
        p->relu = 1, c->gx = relu->gx;
        return 1;
    }
    if (call->op == &op_add) {
        args_add *c = (args_add *)(void *)call->args;
        if (c->mask || relu->gy != c->y || relu->size != c->size)
            return 0;
        c->mask = relu->y, c->y = relu->gx;
        return 1;
    }
    return 0;
}

static int then_add(lg_call *call, const args_add *add)
{
    if (call->op == &op_batch_norm) {
        args_batch_norm *c = (args_batch_norm *)(void *)call->args;
        lg_batch_norm *p = &c->p_copy;
        if (p->relu || c->residual || add->mask || add->size != batch_norm_floats(p))
            return 0;
        c->residual = add->a == c->y ? add->b : add->a, c->y = add->y;
        return 1;
    }
    return 0;
}

int lg_fuse(lg_call *first, const lg_call *second, int *moved)
{
    const void *args = second->args;
    if (first->op == &op_map) {
        lg_map *p = &((args_map *)(void *)first->args)->p_copy;
        if (second->op == &op_map)
            return join_maps(p, &((const args_map *)args)->p_copy, moved);
        if (second->op == &op_add && !((const args_add *)args)->mask) {
            const lg_map sum = map_of_add(args, p);
            return join_maps(p, &sum, moved);
        }
    }
    return second->op == &op_relu            ? then_relu(first, args)
           : second->op == &op_relu_backward ? then_relu_backward(first, args)
           : second->op == &op_add           ? then_add(first, args)
                                             : 0;
}
