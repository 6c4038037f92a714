/* Recording kernel calls and playing them again. While a thread records, `lg` is a table whose entries, made
   by setup.py from ops.def and kernels.h, keep each call's arguments and then call the kernel: nothing else
   has to know of it, and nothing costs anything when nobody records. */
#ifndef LG_PLAN_H
#define LG_PLAN_H

#include <stddef.h>

/* A pointer to data among a call's arguments, those of argument structs included. */
typedef struct lg_pointer {
    size_t offset; /* in lg_call.args */
    int writes;    /* not const */
    int scratch;   /* what it points to does not matter before and after */
} lg_pointer;

/* What the declaration of a kernel tells. */
typedef struct lg_op {
    const char *name;
    int (*play)(void *args); /* calls the kernel; not 0 if that found something wrong with the data */
    size_t size;             /* of the arguments and of copies of argument structs */
    size_t structs;          /* where the copies begin */
    const lg_pointer *pointers;
    int pointer_count;
    /* A table of structs among the arguments, whose copy follows them: its structs' size (0: there is none),
       where their number stands, and the pointers in each. */
    size_t row, rows;
    const lg_pointer *row_pointers;
    int row_pointer_count;
} lg_op;

typedef struct lg_call {
    const lg_op *op;
    struct lg_call *next;
    size_t size; /* of args */
    _Alignas(16) char args[];
} lg_call;

/* From now on kernel calls of this thread are recorded, which one thread at a time can do. */
void lg_record_start(void);
/* The calls since then, to be freed with lg_free_calls; *complete is 0 where one could not be recorded. */
lg_call *lg_record_stop(int *complete);
/* The newest of them so far, or NULL. */
lg_call *lg_record_last(void);
void lg_free_calls(lg_call *calls);

/* Calls the kernels again, on the instruction set in use. Stops after one that finds something wrong with the
   data, which gives 0. */
int lg_play(lg_call *calls);

/* If the first call can do what the second does to its result, from its start to its end, it does so from now
   on, and 1 is returned: the second, the only one to read that result, is to be left out. What else the second
   reads must be there when the first is called. See fuse.h. */
int lg_fuse(lg_call *first, const lg_call *second);

/* The images of a step, and one block of them: those that stand side by side in lanes. */
typedef struct lg_split {
    ptrdiff_t N, n, count; /* images, images to a block, blocks */
    ptrdiff_t b;           /* the block */
    ptrdiff_t floats;      /* how far apart blocks are in the arrays of a function of one element each; 0: not known */
} lg_split;

/* Whether the call tells how many images there are; then it sets N, n and count. */
int lg_images_of_call(const lg_call *call, lg_split *k);
/* Makes a call for all images one for a block of them; 0 if it cannot be. See split.h. */
int lg_split_call(lg_call *call, const lg_split *k);

/* A pointer among a call's arguments to memory that each thread has of its own: `at` bytes into that. */
typedef struct lg_own {
    size_t offset, at;
} lg_own;

/* A call that makes `parts` calls for one block of images before it goes on to the next; each thread takes
   blocks as they come. Filled by the caller; lg_free_calls frees what is in it. */
typedef struct lg_phase {
    ptrdiff_t blocks, parts;
    lg_call **calls;     /* (blocks, parts) */
    lg_own **own;        /* (parts): the pointers to a thread's own memory among the arguments of each, */
    int *own_count;      /* (parts): so many */
    int threads;
    char *memory; /* (threads, bytes) */
    size_t bytes;
} lg_phase;
lg_call *lg_new_phase(ptrdiff_t blocks, ptrdiff_t parts);
lg_call *lg_copy_call(const lg_call *call);

/* For the recording table. lg_record gives the zeroed arguments of a new call, a table of `rows` included, or
   NULL if this thread does not record; lg_unrecordable notes a call that can not be played. */
void *lg_record(const lg_op *op, ptrdiff_t rows);
void lg_unrecordable(void);
const struct lg_kernels *lg_recorded_kernels(void); /* the real ones */
struct lg_kernels *lg_recording_table(void);        /* of the generated file */

#endif
