/* Registers of a program: rows of memory where those are as they have to be, and else copies. There is a kind
   of them for doubles and whole numbers (steps.h), for floats (float_steps.h), and for truths
   (byte_steps.h). */
#ifndef LG_MAP_REGISTERS_H
#define LG_MAP_REGISTERS_H

#include "index.h"
#include "numbers.h"
#include "simd/v16.h"

#include <string.h>

enum { LG_ROOM = 2048 };   /* bytes of a register: such that several of them stay in the first cache */
enum { LG_TOGETHER = 16 }; /* elements that steps may compute together, behind the last as well */

#define VECTORS _Pragma("omp simd")

/* to, a, b, c (count), count a multiple of LG_TOGETHER; `to` may be any of the others */
typedef void lg_step_loop(void *to, const void *a, const void *b, const void *c, ptrdiff_t count);

typedef struct lg_kind {
    ptrdiff_t width;       /* bytes of an element */
    int load, store, type; /* steps and type of memory that is as a register */
    lg_step_loop *(*loop)(int step);
    /* Rows of elements of a type, into a register and out of it: x, y (r->rows, r->count) */
    void (*load_rows)(int step, int type, const uint8_t *x, const lg_run *r, void *to);
    void (*store_rows)(int step, int type, const void *from, const lg_run *r, uint8_t *y);
    void (*fill)(int step, double number, ptrdiff_t count, void *to);
} lg_kind;

#endif
