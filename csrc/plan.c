/* The list of a recording's calls, and playing it. Compiled with baseline flags only. */
#include "plan.h"

#include "kernels.h"

#include <stdlib.h>

static _Thread_local int recording; /* this thread */
static const lg_kernels *real;
static lg_call *first, **end, *last;
static int incomplete;

void lg_record_start(void)
{
    lg_kernels *table = lg_recording_table();
    real = lg;
    table->isa = real->isa;
    first = last = NULL, end = &first, incomplete = 0;
    recording = 1;
    lg = table;
}

lg_call *lg_record_stop(int *complete)
{
    recording = 0;
    if (lg == lg_recording_table())
        lg = real;
    else
        incomplete = 1; /* another instruction set was chosen meanwhile */
    *complete = !incomplete;
    return first;
}

lg_call *lg_record_last(void) { return recording ? last : NULL; }

const lg_kernels *lg_recorded_kernels(void) { return real; }

void lg_unrecordable(void)
{
    if (recording)
        incomplete = 1;
}

void *lg_record(const lg_op *op, ptrdiff_t rows)
{
    if (!recording)
        return NULL;
    size_t size = op->size + op->row * (size_t)rows;
    lg_call *call = calloc(1, sizeof(lg_call) + size);
    if (!call) {
        incomplete = 1;
        return NULL;
    }
    call->op = op, call->size = size;
    *end = last = call;
    end = &call->next;
    return call->args;
}

void lg_free_calls(lg_call *calls)
{
    while (calls) {
        lg_call *next = calls->next;
        free(calls);
        calls = next;
    }
}

int lg_play(lg_call *calls)
{
    for (; calls; calls = calls->next)
        if (calls->op->play(calls->args))
            return 0;
    return 1;
}
