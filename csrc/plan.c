/* The list of a recording's calls, and playing it. Compiled with baseline flags only. */
#include "plan.h"

#include "kernels.h"
#include "parallel.h"

#include <stdlib.h>
#include <string.h>

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

static int play_block(const lg_phase *phase, ptrdiff_t b, char *memory)
{
    int bad = 0;
    lg_call **calls = phase->calls + b * phase->parts;
    for (ptrdiff_t i = 0; i < phase->parts; i++) {
        char *args = calls[i]->args; /* no other thread has this block */
        for (int k = 0; k < phase->own_count[i]; k++) {
            const lg_own *own = &phase->own[i][k];
            *(char **)(void *)(args + own->offset) = memory + own->at;
        }
        bad |= calls[i]->op->play(args);
    }
    return bad;
}

static int play_phase(void *args)
{
    const lg_phase *phase = args;
    ptrdiff_t blocks = phase->blocks;
    int team = lg_allowed_threads(), bad = 0;
    team = phase->threads < team ? phase->threads : team;
    team = blocks < team ? (int)blocks : team;
    (void)team;
#pragma omp parallel num_threads(team) reduction(| : bad)
    {
        char *memory = phase->memory + (size_t)lg_thread() * phase->bytes;
        const int before = lg_limit_threads(1);
#pragma omp for schedule(dynamic, 1)
        for (ptrdiff_t b = 0; b < blocks; b++)
            bad |= play_block(phase, b, memory);
        lg_limit_threads(before);
    }
    return bad;
}

static const lg_op op_phase = {.name = "phase", .play = play_phase, .size = sizeof(lg_phase)};

static void free_phase(lg_phase *phase)
{
    for (ptrdiff_t i = 0; phase->calls && i < phase->blocks * phase->parts; i++)
        free(phase->calls[i]);
    for (ptrdiff_t i = 0; phase->own && i < phase->parts; i++)
        free(phase->own[i]);
    free(phase->calls);
    free(phase->own);
    free(phase->own_count);
}

lg_call *lg_new_phase(ptrdiff_t blocks, ptrdiff_t parts)
{
    lg_call *call = calloc(1, sizeof(lg_call) + sizeof(lg_phase));
    if (!call)
        return NULL;
    lg_phase *phase = (lg_phase *)(void *)call->args;
    call->op = &op_phase, call->size = sizeof(lg_phase);
    phase->blocks = blocks, phase->parts = parts;
    phase->calls = calloc((size_t)(blocks * parts), sizeof(lg_call *));
    phase->own = calloc((size_t)parts, sizeof(lg_own *));
    phase->own_count = calloc((size_t)parts, sizeof(int));
    if (!phase->calls || !phase->own || !phase->own_count) {
        free_phase(phase);
        free(call);
        return NULL;
    }
    return call;
}

lg_call *lg_copy_call(const lg_call *call)
{
    lg_call *copy = malloc(sizeof(lg_call) + call->size);
    if (copy) {
        memcpy(copy, call, sizeof(lg_call) + call->size);
        copy->next = NULL;
    }
    return copy;
}

void lg_free_calls(lg_call *calls)
{
    while (calls) {
        lg_call *next = calls->next;
        if (calls->op == &op_phase)
            free_phase((lg_phase *)(void *)calls->args);
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
