/* How much scratch a matrix product wants, for the caller to allocate. Depends on the shape, and for what
   each thread has of its own on their number; not on the instruction set: compiled once, with baseline
   flags. */
#include "sizes.h"

size_t lg_matmul_scratch(const lg_matmul *p, int threads)
{
    return matmul_packs_a(p) ? (size_t)(threads * matmul_packed_group(p)) : 0;
}
