/* The numbers of steps. */
#ifndef LG_MAP_NUMBERS_H
#define LG_MAP_NUMBERS_H

enum {
#define STEP(name, operands, type, value, fix) LG_STEP_##name,
#include "steps.def"
#undef STEP
    LG_STEP_COUNT
};

#endif
