/* The kernels' common header: argument structs, and the table of function pointers that
   every instruction set fills once. Expanded from ops.def, so that the list exists once. */
#ifndef LG_KERNELS_H
#define LG_KERNELS_H

#include "integers.h"

#include <stddef.h>
#include <stdint.h>

/* What pointers are for, as ops.def says: the compiler need not know, generate.py reads it. */
#define OUT
#define INOUT
#define SCRATCH
#define SHARED
#define VERDICT /* a place for what was wrong with the data: the caller's alone */

/* Geometry of a 2-D convolution. Activations are in lanes: x is (B, groups*C, H, W, n),
   y is (B, groups*O, OH, OW, n); the weight is (groups*O, C, KH, KW). */
typedef struct lg_conv2d {
    ptrdiff_t B, n, groups;
    ptrdiff_t C, H, W;
    ptrdiff_t O, OH, OW;
    ptrdiff_t KH, KW;
    ptrdiff_t sh, sw; /* stride */
    ptrdiff_t ph, pw; /* padding above and to the left; what is below and to the right shows in OH and OW */
    ptrdiff_t dh, dw; /* dilation */
    int relu;         /* whether the forward pass gives max(0, y) */
    int winograd;     /* whether Winograd's algorithm may be used */
} lg_conv2d;

/* A 2-D pooling: x is (P, H, W, n), y is (P, OH, OW, n), P planes. */
typedef struct lg_pool2d {
    ptrdiff_t P, n;
    ptrdiff_t H, W, OH, OW;
    ptrdiff_t KH, KW;
    ptrdiff_t sh, sw;
    ptrdiff_t ph, pw;
    ptrdiff_t dh, dw;      /* of max pooling */
    int relu;              /* max: of max(x, 0) */
    int count_include_pad; /* average: pixels of the padding count */
    ptrdiff_t divisor;     /* average: of the sum of any window; 0: its number of pixels */
    int adaptive;          /* average: windows share out the input, whatever kernel, stride and padding */
} lg_pool2d;

/* c (batch, M, N) = a @ b + bias, where a is (M, K) and b (K, N). */
typedef struct lg_matmul {
    ptrdiff_t M, N, K;
    int transpose_a, transpose_b; /* a is stored as (K, M), b as (N, K) */
    int packed_b;                 /* b is what matmul_pack made of it */
    int accumulate; /* c += a @ b: sums go on from c, with the bits as if they had never stopped */
    int relu;       /* of the result */
    ptrdiff_t batch, a_batch, b_batch; /* so many products; floats from one a, b to the next: maybe 0 */
} lg_matmul;

/* So many floats of b may be packed at once, or read anew for each block of images: they stay in a cache. */
enum { LG_MATMUL_SMALL = 1 << 16, LG_MATMUL_ROWS = 6 /* of a register tile, at most */ };

/* Options of an optimizer: those that it does not have are not read. */
typedef struct lg_optimizer {
    double lr, weight_decay, momentum, dampening, eps;
    double beta1, beta2; /* RMSprop's alpha is beta2 */
    int nesterov, maximize, decoupled_weight_decay;
} lg_optimizer;

/* A parameter of those that an optimizer's kernel takes in one call (see kernels/optim/params.h). */
typedef struct lg_param {
    INOUT float *param;    /* (size) */
    INOUT float *grad;     /* (size); written by clipping alone */
    INOUT float *state[3]; /* (size) each, or NULL: what they are, the kernel says */
    INOUT float *step;     /* (1), or NULL: the steps that have been made, which a step advances */
    ptrdiff_t start;       /* its place in the row of all parameters, a multiple of 16 */
    ptrdiff_t size;
    int first;        /* SGD's momentum buffer is yet empty */
    float rate, root; /* Adam's own, for the length of a call */
} lg_param;

/* Threads take so many elements at a time: that many pieces there are. */
enum { LG_PIECE = 4096 };
static inline ptrdiff_t pieces_of_size(ptrdiff_t size) { return ceil_div(size, LG_PIECE); }

/* Batch normalization of N images in lanes, (B, C, HW, n) with B = ceil(N / n). */
typedef struct lg_batch_norm {
    ptrdiff_t N, C, HW, n;
    double count;    /* of pixels that the statistics are taken over: N * HW where a call sees all images */
    double eps;      /* added to the variance */
    double momentum; /* of the running statistics */
    int cumulative;  /* the momentum is 1 / number of batches instead */
    int training;    /* the statistics are the batch's own */
    int relu;        /* y = max(y, 0), after a residual is added */
} lg_batch_norm;

enum { LG_PAD_AXES = 32, LG_PAD_CONSTANT = 0, LG_PAD_REFLECT, LG_PAD_REPLICATE, LG_PAD_CIRCULAR };

/* Padding of an array (outer, size[0], ..., size[axes - 1], inner) to (outer, padded[0], ..., inner). */
typedef struct lg_pad {
    int mode, axes;
    ptrdiff_t outer, inner;
    ptrdiff_t size[LG_PAD_AXES], padded[LG_PAD_AXES];
    ptrdiff_t left[LG_PAD_AXES]; /* elements before the first; cut off where negative */
    float value;                 /* of what a constant padding adds */
} lg_pad;

enum { LG_COPY_AXES = 32 };

/* A copy of an array (size[0], ..., size[axes - 1]) whose elements stand x_stride bytes apart, to where they
   are to stand y_stride bytes apart. Steps may be negative, those of x also 0. */
typedef struct lg_copy {
    int axes, itemsize; /* 1, 2, 4 or 8 bytes an element */
    ptrdiff_t size[LG_COPY_AXES], x_stride[LG_COPY_AXES], y_stride[LG_COPY_AXES];
} lg_copy;

enum { LG_REDUCE_AXES = 32 };

enum { LG_FLOATS, LG_INTS, LG_BYTES, LG_DOUBLES };

/* What a reduction makes of elements. Its `number` is what a sum is divided by, the power of a norm, or what
   the sum of squared deviations is divided by. */
enum {
    LG_REDUCE_SUM,
    LG_REDUCE_NAN_SUM,
    LG_REDUCE_NAN_MEAN,
    LG_REDUCE_COUNT, /* of what is not 0 */
    LG_REDUCE_ANY,
    LG_REDUCE_ALL,
    LG_REDUCE_PROD,
    LG_REDUCE_LARGEST,
    LG_REDUCE_LEAST,
    LG_REDUCE_VAR,
    LG_REDUCE_STD,
    LG_REDUCE_LOGSUMEXP,
    LG_REDUCE_NORM_1,
    LG_REDUCE_NORM_2,
    LG_REDUCE_NORM_P,
    LG_REDUCE_ABS_LARGEST,
    LG_REDUCE_ABS_LEAST,
    /* steps of the above */
    LG_REDUCE_EXPONENTIALS
};

/* What is kept beside results: of the largest or least elements the first one's place; or for a gradient two
   numbers of each result, which the kernel says. */
enum { LG_KEEP_NOTHING, LG_KEEP_PLACES, LG_KEEP_SLOPES };

/* A reduction of an array x to results y, C-contiguous. The axes that are kept come first. */
typedef struct lg_reduce {
    int op, x_type, y_type;
    int axes, kept;
    int images; /* an element of axis 0 is so many images in lanes, or, as 1, one of them; 0: it is none */
    int keep;
    ptrdiff_t size[LG_REDUCE_AXES], x_stride[LG_REDUCE_AXES]; /* in bytes; maybe negative, or 0 */
    ptrdiff_t y_stride[LG_REDUCE_AXES]; /* in elements; of a reduced axis, by how much places differ */
    double number;
} lg_reduce;

/* Rows of C classes: outer * inner of them, row r = o * inner + i. */
typedef struct lg_rows {
    ptrdiff_t outer, C, inner;
} lg_rows;

/* Where they stand in an array: class c of row (o, i) at o * outer + c * cls + i * inner, in floats. */
typedef struct lg_strides {
    ptrdiff_t outer, cls, inner;
} lg_strides;

enum { LG_PEAK_FMAS = 24000 }; /* in a round of fma_loop */

/* Cross-entropy of N = outer * inner rows, in arrays that lg_rows_fit. A row's target is a class index, or C
   probabilities. Labels are in range, weights not negative. What may be NULL is not wanted, or 1 where it is
   a weight. */
typedef struct lg_cross_entropy {
    lg_rows rows;
    lg_strides logits_at, grad_at, probs_at, probs_grad_at;
    const float *logits;
    const int64_t *labels;      /* (N,), or NULL: then probs is not */
    const float *probs;         /* of the logits' shape */
    const float *weight;        /* (C,), or NULL */
    const float *sample_weight; /* (N,), or NULL */
    int64_t ignore_index;       /* rows with this label have loss and gradient 0 */
    double label_smoothing;
    double z_loss;
    double softcap;         /* 0: none */
    double scale;           /* of the gradients */
    const double *totals;   /* (2,), of total_weight: the gradients are a mean's; or NULL */
    OUT float *loss;        /* (N,), or NULL: then exact_loss is not */
    OUT double *exact_loss; /* (N,), to be summed: a mean may be a float where a row's loss is not */
    OUT float *logsumexp;   /* (N,), or NULL */
    OUT int64_t *argmax;    /* (N,), or NULL */
    OUT float *grad;        /* of the logits' shape; maybe the logits; or NULL */
    OUT float *probs_grad;  /* likewise, but not over the logits; or NULL */
    VERDICT int *bad_probs; /* becomes 1 where a probability is negative, infinite or NaN */
    SCRATCH float *scratch; /* (threads, lg_rows_scratch), or NULL where that is 0 */
    int threads;
} lg_cross_entropy;

/* Softmax of N rows likewise, or a gradient: y from a, and for a gradient b, the function's result. */
typedef struct lg_softmax {
    lg_rows rows;
    lg_strides a_at, b_at, y_at;
    const float *a, *b;
    OUT float *y;
    SCRATCH float *scratch; /* as in lg_cross_entropy */
    int threads;
} lg_softmax;

/* Negative log-likelihood of class indices under N rows of log-probabilities; weights as in
   lg_cross_entropy. */
typedef struct lg_nll_loss {
    lg_rows rows;
    lg_strides at; /* of log_probs */
    const float *log_probs;
    const int64_t *labels; /* (N,) */
    const float *weight;
    const float *sample_weight;
    int64_t ignore_index;
    OUT float *loss;        /* (N,), or NULL: then exact_loss is not */
    OUT double *exact_loss; /* (N,) */
    const float *upstream;  /* (1,), or (N,) where `each` row has its own: factors of the gradient */
    int each;
    const double *totals; /* (2,), of total_weight, where the gradient is that of a mean; or NULL */
    OUT float *grad;      /* (outer, C, inner) */
} lg_nll_loss;

#define OP(name, trait, args) void(*name) args;
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
#define OP(name, trait, args) void K(name) args;
#include "ops.def"
#undef OP
#endif

/* Scratch, in floats, that the caller must hand to a kernel. Depends on the shape, and on the number of
   threads where it is given. */
size_t lg_conv2d_packed(const lg_conv2d *p);                /* packed weights */
size_t lg_conv2d_backward_input_packed(const lg_conv2d *p); /* likewise */
size_t lg_conv2d_scratch(const lg_conv2d *p, int threads);
size_t lg_conv2d_backward_input_scratch(const lg_conv2d *p, int threads);
size_t lg_conv2d_weight_scratch(const lg_conv2d *p, int threads);
size_t lg_rows_scratch(const lg_rows *rows); /* for each thread */
size_t lg_matmul_scratch(const lg_matmul *p, int threads);

/* Whether there is a way through rows that stand so in the arrays of a call, `count` of them: else copies are
   to be made, whose classes stand side by side. */
int lg_rows_fit(const lg_rows *rows, const lg_strides *at, int count);

/* dispatch.c: the table in use, and the choice of it. */
extern const lg_kernels *lg;
const char *lg_isa_runnable(int i);  /* name of the i-th set this CPU runs, best first; NULL past the end */
int lg_isa_select(const char *name); /* 0, or -1 when this CPU or this build lacks the set */

/* Whether this CPU is quick with stores past its caches: AMD's are, where Intel's large last caches take
   ordinary ones in less time. The results are the same. */
extern int lg_streams;
void lg_dispatch_init(void); /* finds that out; called once, at import */

#endif
