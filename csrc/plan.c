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

/* The call with its arguments moved to block b, on this thread. */
static int play_part(const lg_part *part, ptrdiff_t b, int last, char *own)
{
    const lg_call *call = last && part->last ? part->last : part->call;
    _Alignas(16) char args[LG_LARGEST_PART];
    memcpy(args, call->args, call->size);
    for (int i = 0; i < part->place_count; i++) {
        const lg_place *place = &part->places[i];
        char **at = (char **)(void *)(args + place->offset);
        *at = place->own ? own + (size_t)*at : *at + b * place->step;
    }
    return call->op->play(args);
}

static int play_phase(void *args)
{
    const lg_phase *phase = args;
    ptrdiff_t blocks = phase->blocks;
    int team = lg_get_num_threads(), bad = 0;
    team = blocks < team ? (int)blocks : team;
    (void)team;
#pragma omp parallel num_threads(team) reduction(| : bad)
    {
        char *own = phase->memory + (size_t)lg_thread() * phase->own;
        lg_work_alone(1);
#pragma omp for schedule(dynamic, 1)
        for (ptrdiff_t b = 0; b < blocks; b++)
            for (ptrdiff_t i = 0; i < phase->parts; i++)
                bad |= play_part(&phase->part[i], b, b == blocks - 1, own);
        lg_work_alone(0);
    }
    return bad;
}

static const lg_op op_phase = {.name = "phase", .play = play_phase, .size = sizeof(lg_phase)};

lg_call *lg_new_phase(ptrdiff_t blocks, ptrdiff_t parts)
{
    lg_call *call = calloc(1, sizeof(lg_call) + sizeof(lg_phase));
    lg_part *part = calloc((size_t)parts, sizeof(lg_part));
    if (!call || !part) {
        free(call);
        free(part);
        return NULL;
    }
    lg_phase *phase = (lg_phase *)(void *)call->args;
    call->op = &op_phase, call->size = sizeof(lg_phase);
    phase->blocks = blocks, phase->parts = parts, phase->part = part;
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

static void free_parts(lg_phase *phase)
{
    for (ptrdiff_t i = 0; i < phase->parts; i++) {
        free(phase->part[i].call);
        free(phase->part[i].last);
        free(phase->part[i].places);
    }
    free(phase->part);
}

void lg_free_calls(lg_call *calls)
{
    while (calls) {
        lg_call *next = calls->next;
        if (calls->op == &op_phase)
            free_parts((lg_phase *)(void *)calls->args);
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
