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
    ptrdiff_t C, H, W, O, OH, OW, KH, KW;
    ptrdiff_t sh, sw, dh, dw; /* stride and dilation */
    ptrdiff_t ph, pw; /* padding above and to the left; what is below and to the right shows in OH and OW */
    int relu;         /* whether the forward pass gives max(0, y) */
    int winograd;     /* whether Winograd's algorithm may be used */
} lg_conv2d;

/* A 2-D pooling: x is (P, H, W, n), y is (P, OH, OW, n), P planes. */
typedef struct lg_pool2d {
    ptrdiff_t P, n;
    ptrdiff_t H, W, OH, OW, KH, KW;
    ptrdiff_t sh, sw, ph, pw;
    ptrdiff_t dh, dw;      /* of max pooling */
    int relu;              /* max: of max(x, 0) */
    int count_include_pad; /* average: pixels of the padding count */
    ptrdiff_t divisor;     /* average: of the sum of any window; 0: its number of pixels */
    int adaptive;          /* windows share out the input, whatever kernel, stride and padding */
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

/* Batch normalization of N images in lanes, (B, C, HW, n) with B = ceil(N / n); or, with HW = 1, of rows
   (N, C), of which n are a block, too. */
typedef struct lg_batch_norm {
    ptrdiff_t N, C, HW, n;
    int rows;
    double count;    /* of pixels that the statistics are taken over: N * HW where a call sees all images */
    double eps;      /* added to the variance */
    double momentum; /* of the running statistics */
    int cumulative;  /* the momentum is 1 / number of batches instead */
    int training;    /* the statistics are the batch's own */
    int relu;        /* y = max(y, 0), after a residual is added */
} lg_batch_norm;

/* Normalization of rows: x is (B, groups, C, HW, n), B = ceil(N / n); a row is a group of one image. */
typedef struct lg_row_norm {
    ptrdiff_t N, n, groups, C, HW;
    int shared; /* groups have the same C weights, not each its own */
    int rms;    /* rows are divided by the root of their mean square, and keep their mean */
    int relu;   /* y = max(y, 0) */
    double eps; /* added to the variance */
} lg_row_norm;

/* Its weights, the pieces that each leave sums for their gradients, and doubles from one's to the next's:
   sixteen images of an array, or the block of those in lanes, are a piece. */
static inline ptrdiff_t row_norm_channels(const lg_row_norm *p)
{
    return p->shared ? p->C : p->groups * p->C;
}
static inline ptrdiff_t row_norm_pieces(const lg_row_norm *p) { return ceil_div(p->N, p->n > 1 ? p->n : 16); }
static inline ptrdiff_t row_norm_sums(const lg_row_norm *p) { return round_up(2 * row_norm_channels(p), 16); }

/* Resampling of (outer, size, inner) to (outer, wanted, inner). A mode is the number of elements that each
   element of the result is a sum of. */
enum { LG_NEAREST = 1, LG_LINEAR = 2, LG_CUBIC = 4 };
typedef struct lg_resample {
    int mode;
    int centred; /* elements are in the middle of what they stand for, not at its beginning */
    ptrdiff_t outer, size, wanted, inner;
    float step; /* from one element of the result to the next, in elements of the input */
} lg_resample;

/* Floats for each thread: calls for blocks of images have tables of their own. */
static inline size_t resample_scratch(const lg_resample *p) { return (size_t)(2 * p->mode * p->wanted); }

/* Local response normalization of (B, C, inner) over `size` channels. */
typedef struct lg_response_norm {
    ptrdiff_t B, C, inner, size;
    double alpha, beta, k;
} lg_response_norm;

enum { LG_GRID_ZEROS = 0, LG_GRID_BORDER, LG_GRID_REFLECTION };

/* Images (N, C, H, W) read at the places of a grid (N, OH, OW, 2), by so many pixels each way: 1, 2 or 4. */
typedef struct lg_grid_sample {
    ptrdiff_t N, C, H, W, OH, OW;
    int taps, padding, align_corners;
} lg_grid_sample;

/* Floats for each thread: an image and its gradient, and sixteen results. */
static inline size_t grid_sample_scratch(const lg_grid_sample *p)
{
    return (size_t)((2 * p->H * p->W + 16) * round_up(p->C, 4));
}

enum { LG_PAD_AXES = 32 };
enum { LG_PAD_CONSTANT, LG_PAD_REFLECT, LG_PAD_REPLICATE, LG_PAD_CIRCULAR, LG_PAD_SYMMETRIC };

/* Padding of an array (outer, size[0], ..., size[axes - 1], inner) to (outer, padded[0], ..., inner). */
typedef struct lg_pad {
    int mode, axes;
    ptrdiff_t outer, inner;
    ptrdiff_t size[LG_PAD_AXES], padded[LG_PAD_AXES];
    ptrdiff_t left[LG_PAD_AXES]; /* elements before the first; cut off where negative */
    float value;                 /* of what a constant padding adds */
} lg_pad;

/* Pictures (N, C, H, W) that become (N, C, OH, OW). */
typedef struct lg_pictures {
    ptrdiff_t N, C, H, W, OH, OW;
    ptrdiff_t itemsize; /* bytes of an element: 1 or 4 */
    ptrdiff_t taps;     /* pixels that one of a resized window is made of, along an axis, at most */
    ptrdiff_t padding;  /* what is beyond a picture: LG_PAD_ and so on */
    ptrdiff_t bilinear;
} lg_pictures;

enum { LG_COPY_AXES = 33 }; /* one more than arrays have */

/* A copy of an array (size[0], ..., size[axes - 1]) whose elements stand x_stride bytes apart, to where they
   are to stand y_stride bytes apart. Steps may be negative, those of x also 0. */
typedef struct lg_copy {
    int axes, itemsize; /* 1, 2, 4 or 8 bytes an element */
    ptrdiff_t size[LG_COPY_AXES], x_stride[LG_COPY_AXES], y_stride[LG_COPY_AXES];
} lg_copy;

/* Types of elements: the first LG_MAP_TYPES are what elementwise ops take and give. */
enum { LG_FLOAT32, LG_BOOL, LG_INT64, LG_INT32, LG_INT16, LG_INT8, LG_UINT8, LG_FLOAT64 };

/* At most so many axes, inputs, numbers, registers and steps of LG_MAP_STEP bytes. */
enum { LG_MAP_AXES = 6, LG_MAP_INPUTS = 6, LG_MAP_NUMBERS = 12, LG_MAP_REGISTERS = 12 };
enum { LG_MAP_STEP = 5, LG_MAP_STRIDES = 36, LG_MAP_TYPES = 7, LG_MAP_BYTES = 200 };
/* Steps beside those of map/steps.def: registers are filled, emptied, and turned from one type to another. */
enum { LG_MAP_LOAD = 240, LG_MAP_LOAD_WHOLE, LG_MAP_STORE, LG_MAP_STORE_WHOLE, LG_MAP_NUMBER };
enum { LG_MAP_NUMBER_WHOLE = 245, LG_MAP_TO_WHOLE, LG_MAP_TO_FLOAT };

/* A program's registers: doubles, to round its result alone, floats, to round each step, or what has the same
   bits. */
enum { LG_IN_DOUBLES, LG_IN_FLOATS, LG_IN_EITHER };

/* A program of steps, run for each element of arrays (size[0], ..., size[axes - 1]), x of any strides. A step
   is five bytes: what it does, the register that gets its result, and those that it takes; in place of the
   first of these the number of an input or of a number. */
typedef struct lg_map {
    int axes, steps, inputs;
    int floats; /* whether registers are floats: LG_IN_DOUBLES and so on */
    int steady; /* whether registers with numbers keep them to the end */
    ptrdiff_t size[LG_MAP_AXES];
    ptrdiff_t y_stride[LG_MAP_AXES];    /* in bytes */
    ptrdiff_t x_stride[LG_MAP_STRIDES]; /* (inputs, LG_MAP_AXES) */
    uint8_t type[LG_MAP_TYPES];         /* of the inputs; the last is the result's */
    uint8_t step[LG_MAP_BYTES];
    ptrdiff_t blocks, lanes, last; /* of a result in lanes: blocks, images in each and the last; else 0 */
    const uint8_t *x[LG_MAP_INPUTS];
    OUT uint8_t *y;
    double number[LG_MAP_NUMBERS];
} lg_map;

/* Elements along an axis: y (outer, count, inner) of x (outer, size, inner). The index has one for each of y,
   so many elements apart: 0 where neighbours share it. */
typedef struct lg_gather {
    int itemsize;
    ptrdiff_t outer, count, size, inner;
    ptrdiff_t index_outer, index_count, index_inner;
} lg_gather;

enum { LG_SCATTER_PUT = 0, LG_SCATTER_ADD, LG_SCATTER_MUL, LG_SCATTER_MAX, LG_SCATTER_MIN };

/* The reverse: elements of a source, so many apart, to y (outer, size, inner). What is reduced is floats or,
   of eight bytes, int64. */
typedef struct lg_scatter {
    int op, itemsize;
    ptrdiff_t outer, count, size, inner;
    ptrdiff_t index_outer, index_count, index_inner;
    ptrdiff_t source_outer, source_count, source_inner;
} lg_scatter;

/* Columns of y that are reduced together, whose sums stay in a cache: 16 at least, if there are so many. */
static inline ptrdiff_t scatter_width(ptrdiff_t size, ptrdiff_t inner)
{
    const ptrdiff_t fit = (1 << 15) / maximum(size, 1) / 16 * 16;
    return maximum(minimum(maximum(fit, 16), inner), 1);
}

enum { LG_SORT_FIRST = 0, LG_SORT_KTH, LG_SORT_MEDIAN, LG_SORT_NANMEDIAN, LG_SORT_MODE };

/* Rows of floats or int64 in order, and what is wanted of that. */
typedef struct lg_sort {
    int integers, descending, pick;
    ptrdiff_t rows, n;
    ptrdiff_t kept; /* the first so many of each row, or the number of the k-th, from 1 */
} lg_sort;

/* Running sums, or products, of floats or int64 (outer, n, inner) along n; or the largest, or least. */
typedef struct lg_scan {
    int integers, product, least;
    int reversed; /* from the last to the first */
    ptrdiff_t outer, n, inner;
} lg_scan;

enum { LG_REDUCE_AXES = 32 };

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
    LG_REDUCE_FACTORS,
    LG_REDUCE_EXPONENTIALS
};

/* What is kept beside results: of the largest or least elements the first one's place; or for a gradient two
   numbers of each result, which the kernel says. */
enum { LG_KEEP_NOTHING, LG_KEEP_PLACES, LG_KEEP_SLOPES };

/* A reduction of an array x to results y, C-contiguous. The axes that are kept come first. */
typedef struct lg_reduce {
    int op, x_type, y_type; /* LG_FLOAT32, LG_INT64, LG_UINT8 (bool, too) or LG_FLOAT64 */
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

/* The i-th step of map/steps.def; NULL past the end. */
const char *lg_step_name(int i);
const char *lg_float_step_name(int i); /* likewise of map/float_steps.def */

/* dispatch.c: the table in use, and the choice of it. */
extern const lg_kernels *lg;
const char *lg_isa_runnable(int i);  /* name of the i-th set this CPU runs, best first; NULL past the end */
int lg_isa_select(const char *name); /* 0, or -1 when this CPU or this build lacks the set */

/* Whether this CPU is quick with stores past its caches: AMD's are, where Intel's large last caches take
   ordinary ones in less time. The results are the same. */
extern int lg_streams;
void lg_dispatch_init(void); /* finds that out; called once, at import */

#endif
