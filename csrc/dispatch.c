/* Chooses a table of kernels for the CPU that runs this. Compiled with baseline flags only. */
#include "kernels.h"

#include <string.h>

#define ISA(name, arch, flags, test) extern const lg_kernels lg_table_##name;
#include "isa.def"
#undef ISA

const lg_kernels *lg = &lg_table_portable;
int lg_streams;

/* The i-th table that this CPU can run, best first, or NULL. */
static const lg_kernels *runnable(int i)
{
#define ISA(name, arch, flags, test) \
    if ((test) && i-- == 0)          \
        return &lg_table_##name;
#include "isa.def"
#undef ISA
    return NULL;
}

const char *lg_isa_runnable(int i)
{
    const lg_kernels *table = runnable(i);
    return table ? table->isa : NULL;
}

void lg_dispatch_init(void)
{
#ifdef __x86_64__
    lg_streams = __builtin_cpu_is("amd") != 0;
#endif
}

int lg_isa_select(const char *name)
{
    for (int i = 0;; i++) {
        const lg_kernels *table = runnable(i);
        if (!table)
            return -1;
        if (strcmp(table->isa, name) == 0) {
            lg = table;
            return 0;
        }
    }
}
