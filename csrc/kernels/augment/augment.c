/* Each instruction set's functions that call the kernels of this family. */
#include "augment.h"

#define CALL(name, parameters, arguments) \
    void K(name) parameters { lg_augment_##name arguments; }
SAME_AUGMENT(CALL)
