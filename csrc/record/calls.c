/* What setup.py writes for each kernel from ops.def and kernels.h, and the rules for noted calls that go with
   it. Compiled with baseline flags only. */
#include <Python.h>

#include "kernels.h"
#include "parallel.h"
#include "record.h"

#include <string.h>

#include "calls.inc"

/* Functions of one element each: all pointers advance alike, by as much as the data is known to, or by equal
   parts. */
static int split_elements(lg_call *call, const lg_split *k, ptrdiff_t *strides)
{
    ptrdiff_t *size = (ptrdiff_t *)(void *)(call->args + call->op->elements);
    ptrdiff_t each = k->floats ? k->floats : part(k, *size), left = *size - k->b * each;
    if (each == 0 || *size > k->count * each || *size <= (k->count - 1) * each)
        return 0;
    for (int i = 0; i < call->op->pointer_count; i++)
        strides[i] = call->op->pointers[i].role == LG_SHARED ? 0 : each * (ptrdiff_t)sizeof(float);
    *size = minimum(left, each);
    return 1;
}

int lg_split_call(lg_call *call, const lg_split *k, ptrdiff_t *strides)
{
    memset(strides, 0, (size_t)lg_pointer_count(call) * sizeof *strides);
    switch (call->op->trait) {
    case LG_ELEMENTS: return split_elements(call, k, strides);
    case LG_IMAGES: return split_images(call, k, strides);
    default: return 0;
    }
}
