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
   on, and 1 is returned: the second, the only one to read that result, is to be left out. See fuse.h. */
int lg_fuse(lg_call *first, const lg_call *second);

/* For the recording table. lg_record gives the zeroed arguments of a new call, a table of `rows` included, or
   NULL if this thread does not record; lg_unrecordable notes a call that can not be played. */
void *lg_record(const lg_op *op, ptrdiff_t rows);
void lg_unrecordable(void);
const struct lg_kernels *lg_recorded_kernels(void); /* the real ones */
struct lg_kernels *lg_recording_table(void);        /* of the generated file */

#endif
