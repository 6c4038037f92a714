/* Noting kernel calls, and making them later: as they stand, or as a plan of them says. Knows nothing of
   Python.

   Whoever notes a call does not yet know where its arrays will be. A pointer among its arguments is a token
   then: the number of a storage, from 1, and how many bytes into that it points. Equal lists of
   calls are equal bytes; what only a kernel reads, floats and doubles, stands beside them and may differ. */
#ifndef LG_RECORD_RECORD_H
#define LG_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* What a pointer is for, and how a call for a batch is cut into blocks of images: see ops.def. */
enum { LG_IN, LG_OUT, LG_INOUT, LG_SCRATCH, LG_SHARED };
enum { LG_ELEMENTS, LG_IMAGES, LG_WHOLE };
enum { LG_FLOAT, LG_DOUBLE };

/* A pointer to data among a call's arguments, those of argument structs included. */
typedef struct lg_pointer {
    size_t offset; /* in lg_call.args, or in a row */
    int role;
} lg_pointer;

/* A float or double among them. */
typedef struct lg_number {
    size_t offset;
    int kind;
} lg_number;

/* What the declaration of a kernel tells. */
typedef struct lg_op {
    const char *name;
    int trait;
    void (*make)(void *args); /* makes the call */
    size_t size;              /* of the arguments and of copies of argument structs */
    const lg_pointer *pointers;
    int pointer_count;
    const lg_number *numbers;
    int number_count;
    /* A table of structs among the arguments, whose copy follows them: its structs' size (0: there is none),
       where their number stands, and the pointers in each. */
    size_t row, rows;
    const lg_pointer *row_pointers;
    int row_pointer_count;
    size_t elements; /* of ELEMENTS: where their number stands */
} lg_op;

typedef struct lg_call {
    const lg_op *op;
    size_t size; /* of args, a multiple of 16 */
    _Alignas(16) char args[];
} lg_call;

enum { LG_TOKEN_SHIFT = 40 };
static inline size_t token_storage(size_t token) { return (token >> LG_TOKEN_SHIFT) - 1; }
static inline size_t token_offset(size_t token) { return token & (((size_t)1 << LG_TOKEN_SHIFT) - 1); }

/* How many pointers a call has, and where the i-th stands. */
int lg_pointer_count(const lg_call *call);
size_t *lg_pointer_at(lg_call *call, int i, int *role);

/* --- lists ------------------------------------------------------------------------------------------ */

typedef struct lg_list {
    char *calls; /* one after the other, each with its head */
    size_t used, room;
    double *numbers;
    size_t number_count, number_room;
    ptrdiff_t count; /* of calls */
    ptrdiff_t ran;   /* so many have been made already, and */
    size_t ran_bytes, ran_numbers;
    int flags; /* not 0: lg_note and lg_noted ask the hooks */
} lg_list;

/* The list that this thread's calls are noted in. */
extern _Thread_local lg_list *lg_noting_list;
/* Called before a call is noted and after, where the list has flags. */
typedef struct lg_hooks {
    void (*before)(void), (*after)(void);
} lg_hooks;
extern lg_hooks lg_note_hooks;

/* Makes room for calls of so many bytes; 0 if there is no memory. */
int lg_list_reserve(lg_list *list, size_t bytes);
void lg_list_clear(lg_list *list);
void lg_list_free(lg_list *list);
/* A number that equal lists share. */
uint64_t lg_list_hash(const lg_list *list);

/* For each storage the last call that uses it, of those from list->ran on; -1: none. last (storages) */
void lg_list_last_uses(const lg_list *list, ptrdiff_t *last);
/* The call after this one, or the first not made yet for NULL; NULL at the end. */
lg_call *lg_list_next(const lg_list *list, const lg_call *call);

/* Makes those calls on the storages at these addresses. bases (storages) */
void lg_list_run(lg_list *list, char *const *bases);

/* For the noting table: zeroed arguments of a new call, with a table of `rows`, and where its numbers go. */
void *lg_note(const lg_op *op, ptrdiff_t rows, double **numbers);
void lg_noted(void);

/* Tables of kernels with the kernels' own signatures: one notes calls, one makes them without Python's
   lock. */
extern const struct lg_kernels lg_noting, lg_at_once;

/* --- plans ------------------------------------------------------------------------------------------ */

/* The images of a step, and one block of them: those that stand side by side in lanes. */
typedef struct lg_split {
    ptrdiff_t N, n, count; /* images, images to a block, blocks */
    ptrdiff_t b;           /* the block */
    ptrdiff_t
        floats; /* how far apart blocks are in the arrays of a function of one element each; 0: not known */
} lg_split;

/* Whether the call tells how many images there are; then it sets N, n and count. */
int lg_images_of_call(const lg_call *call, lg_split *k);
/* Makes a call for all images one for block k->b, but for its pointers: these find their data `strides` bytes
   further on from block to block, 0 where all share it. 0 if it cannot be. strides (pointers) */
int lg_split_call(lg_call *call, const lg_split *k, ptrdiff_t *strides);
/* If the first call can do what the second does to its result, from its start to its end, it does so from now
   on, and 1 is returned: the second, the only one to read that result, is to be left out. What else the
   second reads must be there when the first is called. moved (numbers of the second) gets where each is among
   those of the first, and is left alone where that is nowhere. See fuse.h. */
int lg_fuse(lg_call *first, const lg_call *second, int *moved);
lg_call *lg_copy_call(const lg_call *call);

/* A pointer among a call's arguments to memory that each thread has of its own: `at` bytes into that. */
typedef struct lg_own {
    size_t offset, at;
} lg_own;

/* Calls that are made for one block of images before the next, by a team; or one call, for all images. */
typedef struct lg_phase {
    ptrdiff_t blocks, parts;
    lg_call **calls; /* (blocks, parts) */
    lg_own **own;    /* (parts): the pointers to a thread's own memory among the arguments of each, */
    int *own_count;  /* (parts): so many */
} lg_phase;

/* A pointer that is turned to where a storage is before the calls are made. */
typedef struct lg_site {
    char **at;
    size_t offset;
} lg_site;

/* Where a number of the list goes. */
typedef struct lg_number_site {
    void *at;
    int kind;
} lg_number_site;

typedef struct lg_plan {
    lg_phase *phases;
    ptrdiff_t phase_count;
    int threads;
    size_t own_bytes; /* that each thread needs for itself */
    lg_site *sites;   /* of one memory after the other */
    size_t *site_end; /* (memories): of those of each */
    char **bases;     /* (memories): where its sites point to now */
    size_t memories;
    lg_number_site *number_sites; /* of one number after the other */
    size_t *number_end;           /* (numbers) */
    double *numbers;              /* (numbers): what is there now */
    size_t number_count;
    size_t bytes; /* of all that */
} lg_plan;

int lg_plan_init(lg_plan *plan, size_t phases, size_t memories, size_t numbers);
int lg_phase_init(lg_phase *phase, ptrdiff_t blocks, ptrdiff_t parts);
void lg_plan_free(lg_plan *plan);
/* Turns pointers to where the memories are, and takes the numbers. */
void lg_plan_prepare(lg_plan *plan, char *const *bases, const double *numbers);
void lg_plan_run(const lg_plan *plan, char *own);

#endif
