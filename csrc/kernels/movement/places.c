/* An instruction set's own names of kernels that are the same for all of them. */
#include "places.h"

#define CALL(name, parameters, arguments) \
    void K(name) parameters { lg_movement_##name arguments; }
SAME_KERNELS(CALL)
