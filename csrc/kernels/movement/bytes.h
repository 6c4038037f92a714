/* Copies of few bytes, for which calling memcpy would take longer than they do. */
#ifndef LG_MOVEMENT_BYTES_H
#define LG_MOVEMENT_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LINE = 64 /* bytes */ };

/* As memcpy; those in the middle may be written twice. */
static inline void copy_bytes(const uint8_t *x, ptrdiff_t size, uint8_t *y)
{
    if (size >= 16 * LINE) {
        memcpy(y, x, (size_t)size);
    } else if (size >= LINE) {
        for (ptrdiff_t i = 0; i < size - LINE; i += LINE)
            memcpy(y + i, x + i, LINE);
        memcpy(y + size - LINE, x + size - LINE, LINE);
    } else if (size >= 16) {
        for (ptrdiff_t i = 0; i < size - 16; i += 16)
            memcpy(y + i, x + i, 16);
        memcpy(y + size - 16, x + size - 16, 16);
    } else if (size >= 4) {
        for (ptrdiff_t i = 0; i < size - 4; i += 4)
            memcpy(y + i, x + i, 4);
        memcpy(y + size - 4, x + size - 4, 4);
    } else {
        for (ptrdiff_t i = 0; i < size; i++)
            y[i] = x[i];
    }
}

#endif
