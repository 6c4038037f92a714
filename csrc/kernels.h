/* The kernels' common header: argument structs, and the table of function pointers that
   every instruction set fills once. Expanded from ops.def, so that the list exists once. */
#ifndef LG_KERNELS_H
#define LG_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Geometry of a 2-D convolution. Activations are in lanes: x is (B, groups*C, H, W, n),
   y is (B, groups*O, OH, OW, n); the weight is (groups*O, C, KH, KW). */
typedef struct lg_conv2d {
    ptrdiff_t B, n, groups;
    ptrdiff_t C, H, W;
    ptrdiff_t O, OH, OW;
    ptrdiff_t KH, KW;
    ptrdiff_t sh, sw; /* stride */
    ptrdiff_t ph, pw; /* padding */
    ptrdiff_t dh, dw; /* dilation */
} lg_conv2d;

/* Geometry of a 2-D pooling: x is (P, H, W, n), y is (P, OH, OW, n), P planes. */
typedef struct lg_pool2d {
    ptrdiff_t P, n;
    ptrdiff_t H, W, OH, OW;
    ptrdiff_t KH, KW;
    ptrdiff_t sh, sw;
    ptrdiff_t ph, pw;
    ptrdiff_t dh, dw;
} lg_pool2d;

/* One step of stochastic gradient descent. `first` is true when the momentum buffer is yet empty. */
typedef struct lg_sgd {
    float lr, momentum, dampening, weight_decay;
    int nesterov, first, maximize;
} lg_sgd;

#define OP(name, args) void(*name) args;
typedef struct lg_kernels {
    const char *isa;
#include "ops.def"
} lg_kernels;
#undef OP

/* Inside a file compiled for one instruction set (LG_ISA), K(name) is that set's own symbol. */
#ifdef LG_ISA
#define LG_PASTE_(name, isa) lg_##name##_##isa
#define LG_PASTE(name, isa) LG_PASTE_(name, isa)
#define K(name) LG_PASTE(name, LG_ISA)
#define OP(name, args) void K(name) args;
#include "ops.def"
#undef OP
#endif

/* Scratch, in floats, that the caller must hand to a kernel. Depends on the shape alone. */
size_t lg_conv2d_scratch(const lg_conv2d *p);
size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p);
size_t lg_conv2d_backward_weight_scratch(const lg_conv2d *p);
size_t lg_matmul_scratch(ptrdiff_t transpose_b, ptrdiff_t N, ptrdiff_t K);

/* dispatch.c: the table in use, and the choice of it. */
extern const lg_kernels *lg;
const char *lg_isa_runnable(int i); /* name of the i-th set this CPU runs, best first; NULL past the end */
int lg_isa_select(const char *name); /* 0, or -1 when this CPU or this build lacks the set */

#endif
