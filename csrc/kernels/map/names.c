/* The names of steps: what programs are made by. Compiled with baseline flags only. */
#include "kernels.h"

#include <stddef.h>

static const char *const names[] = {
#define STEP(name, operands, type, value, fix) #name,
#include "steps.def"
#undef STEP
};

static const char *const float_names[] = {
#define FLOAT_STEP(name, value) #name,
#include "float_steps.def"
#undef FLOAT_STEP
};

const char *lg_float_step_name(int i)
{
    return i < (int)(sizeof float_names / sizeof *float_names) ? float_names[i] : NULL;
}

const char *lg_step_name(int i) { return i < (int)(sizeof names / sizeof *names) ? names[i] : NULL; }
