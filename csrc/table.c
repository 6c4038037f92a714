/* Compiled once per instruction set: the table of that set's kernels. */
#include "kernels.h"

#define LG_STRING_(x) #x
#define LG_STRING(x) LG_STRING_(x)

extern const lg_kernels K(table);

#define OP(name, trait, args) .name = K(name),
const lg_kernels K(table) = {
    .isa = LG_STRING(LG_ISA),
#include "ops.def"
};
#undef OP
