/* Lists of noted calls and plans of them. Compiled with baseline flags only. */
#include "record.h"

#include "kernels.h"
#include "parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Thread_local lg_list *lg_noting_list;
lg_hooks lg_note_hooks;

int lg_pointer_count(const lg_call *call)
{
    const lg_op *op = call->op;
    ptrdiff_t rows = 0;
    if (op->row)
        memcpy(&rows, call->args + op->rows, sizeof rows);
    return op->pointer_count + (int)rows * op->row_pointer_count;
}

size_t *lg_pointer_at(lg_call *call, int i, int *role)
{
    const lg_op *op = call->op;
    const lg_pointer *pointer;
    char *at = call->args;
    if (i < op->pointer_count) {
        pointer = op->pointers + i;
    } else {
        i -= op->pointer_count;
        pointer = op->row_pointers + i % op->row_pointer_count;
        at += op->size + (size_t)(i / op->row_pointer_count) * op->row;
    }
    *role = pointer->role;
    return (size_t *)(void *)(at + pointer->offset);
}

/* --- lists ------------------------------------------------------------------------------------------ */

static int grow(void **array, size_t *room, size_t wanted, size_t each)
{
    if (wanted <= *room)
        return 1;
    size_t more = wanted > 2 * *room ? wanted : 2 * *room;
    void *larger = realloc(*array, more * each);
    if (!larger)
        return 0;
    *array = larger, *room = more;
    return 1;
}

int lg_list_reserve(lg_list *list, size_t bytes)
{
    return grow((void **)&list->calls, &list->room, list->used + bytes, 1) &&
           grow((void **)&list->numbers, &list->number_room, list->number_count + bytes / 16, sizeof(double));
}

void lg_list_clear(lg_list *list)
{
    list->used = list->number_count = list->ran_bytes = list->ran_numbers = 0;
    list->count = list->ran = 0;
}

void lg_list_free(lg_list *list)
{
    free(list->calls);
    free(list->numbers);
    memset(list, 0, sizeof *list);
}

/* Four chains, so that multiplications need not wait for each other. */
uint64_t lg_list_hash(const lg_list *list)
{
    uint64_t h[4] = {0x9E3779B97F4A7C15u, 0xC2B2AE3D27D4EB4Fu, 0x165667B19E3779F9u, 0x27D4EB2F165667C5u};
    for (size_t i = 0; i < list->used; i += 32) {
        uint64_t words[4] = {0};
        memcpy(words, list->calls + i, list->used - i < 32 ? list->used - i : 32);
        for (int k = 0; k < 4; k++) {
            h[k] = (h[k] ^ words[k]) * 0x9E3779B97F4A7C15u;
            h[k] ^= h[k] >> 29;
        }
    }
    for (int k = 1; k < 4; k++)
        h[0] = ((h[0] << 7 | h[0] >> 57) ^ h[k]) * 0xC2B2AE3D27D4EB4Fu;
    return h[0] ^ h[0] >> 31;
}

lg_call *lg_list_next(const lg_list *list, const lg_call *call)
{
    char *next = call ? (char *)call + sizeof(lg_call) + call->size : list->calls + list->ran_bytes;
    return next < list->calls + list->used ? (lg_call *)(void *)next : NULL;
}

void lg_list_last_uses(const lg_list *list, ptrdiff_t *last)
{
    ptrdiff_t number = list->ran;
    for (lg_call *call = lg_list_next(list, NULL); call; call = lg_list_next(list, call), number++)
        for (int i = 0, count = lg_pointer_count(call), role; i < count; i++) {
            size_t token = *lg_pointer_at(call, i, &role);
            if (token)
                last[token_storage(token)] = number;
        }
}

static void set_number(void *at, int kind, double number)
{
    if (kind == LG_FLOAT)
        *(float *)at = (float)number;
    else
        *(double *)at = number;
}

void lg_list_run(lg_list *list, char *const *bases)
{
    _Alignas(16) char small[1024];
    void *large = NULL;
    size_t room = sizeof small;
    const double *numbers = list->numbers + list->ran_numbers;
    lg_call *copy = (lg_call *)(void *)small;
    for (lg_call *call = lg_list_next(list, NULL); call; call = lg_list_next(list, call)) {
        size_t size = sizeof(lg_call) + call->size;
        if (size > room) {
            free(large);
            large = malloc(size);
            if (!large) {
                fprintf(stderr, "lanegrad: out of memory\n");
                abort();
            }
            room = size, copy = large;
        }
        memcpy(copy, call, size);
        for (int i = 0, count = lg_pointer_count(copy), role; i < count; i++) {
            size_t *at = lg_pointer_at(copy, i, &role), token = *at;
            if (token)
                *(char **)(void *)at = bases[token_storage(token)] + token_offset(token);
        }
        for (int i = 0; i < call->op->number_count; i++)
            set_number(copy->args + call->op->numbers[i].offset, call->op->numbers[i].kind, *numbers++);
        copy->op->make(copy->args);
        list->ran++;
    }
    free(large);
    list->ran_bytes = list->used;
    list->ran_numbers = list->number_count;
}

void *lg_note(const lg_op *op, ptrdiff_t rows, double **numbers)
{
    lg_list *list = lg_noting_list;
    if (list->flags)
        lg_note_hooks.before();
    size_t size = round_up(op->size + op->row * (size_t)rows, 16);
    if (!lg_list_reserve(list, sizeof(lg_call) + size + 16 * (size_t)op->number_count)) {
        fprintf(stderr,
                "lanegrad: out of memory\n"); /* some hundred bytes, which were asked for beforehand */
        abort();
    }
    lg_call *call = (lg_call *)(void *)(list->calls + list->used);
    memset(call, 0, sizeof(lg_call) + size);
    call->op = op, call->size = size;
    list->used += sizeof(lg_call) + size;
    list->count++;
    *numbers = list->numbers + list->number_count;
    list->number_count += (size_t)op->number_count;
    return call->args;
}

void lg_noted(void)
{
    if (lg_noting_list->flags)
        lg_note_hooks.after();
}

/* --- plans ------------------------------------------------------------------------------------------ */

lg_call *lg_copy_call(const lg_call *call)
{
    lg_call *copy = malloc(sizeof(lg_call) + call->size);
    if (copy)
        memcpy(copy, call, sizeof(lg_call) + call->size);
    return copy;
}

int lg_phase_init(lg_phase *phase, ptrdiff_t blocks, ptrdiff_t parts)
{
    phase->blocks = blocks, phase->parts = parts;
    phase->calls = calloc((size_t)(blocks * parts), sizeof(lg_call *));
    phase->own = calloc((size_t)parts, sizeof(lg_own *));
    phase->own_count = calloc((size_t)parts, sizeof(int));
    return phase->calls && phase->own && phase->own_count;
}

int lg_plan_init(lg_plan *plan, size_t phases, size_t memories, size_t numbers)
{
    memset(plan, 0, sizeof *plan);
    plan->phases = calloc(phases + 1, sizeof(lg_phase));
    plan->site_end = calloc(memories + 1, sizeof(size_t));
    plan->bases = calloc(memories + 1, sizeof(char *));
    plan->number_end = calloc(numbers + 1, sizeof(size_t));
    plan->numbers = malloc((numbers + 1) * sizeof(double));
    if (!plan->phases || !plan->site_end || !plan->bases || !plan->number_end || !plan->numbers)
        return 0;
    plan->phase_count = (ptrdiff_t)phases, plan->memories = memories, plan->number_count = numbers;
    memset(plan->numbers, 0xff, (numbers + 1) * sizeof(double)); /* no number has these bits */
    return 1;
}

void lg_plan_free(lg_plan *plan)
{
    for (ptrdiff_t k = 0; plan->phases && k < plan->phase_count; k++) {
        lg_phase *phase = plan->phases + k;
        for (ptrdiff_t i = 0; phase->calls && i < phase->blocks * phase->parts; i++)
            free(phase->calls[i]);
        for (ptrdiff_t i = 0; phase->own && i < phase->parts; i++)
            free(phase->own[i]);
        free(phase->calls);
        free(phase->own);
        free(phase->own_count);
    }
    free(plan->phases);
    free(plan->sites);
    free(plan->site_end);
    free(plan->bases);
    free(plan->number_sites);
    free(plan->number_end);
    free(plan->numbers);
    memset(plan, 0, sizeof *plan);
}

void lg_plan_prepare(lg_plan *plan, char *const *bases, const double *numbers)
{
    for (size_t m = 0, i = 0; m < plan->memories; m++) {
        if (plan->bases[m] == bases[m]) {
            i = plan->site_end[m];
            continue;
        }
        plan->bases[m] = bases[m];
        for (; i < plan->site_end[m]; i++)
            *plan->sites[i].at = bases[m] + plan->sites[i].offset;
    }
    for (size_t m = 0, i = 0; m < plan->number_count; m++) {
        if (memcmp(plan->numbers + m, numbers + m, sizeof(double)) == 0) {
            i = plan->number_end[m];
            continue;
        }
        plan->numbers[m] = numbers[m];
        for (; i < plan->number_end[m]; i++)
            set_number(plan->number_sites[i].at, plan->number_sites[i].kind, numbers[m]);
    }
}

static void run_block(const lg_phase *phase, ptrdiff_t b, char *memory)
{
    lg_call **calls = phase->calls + b * phase->parts;
    for (ptrdiff_t i = 0; i < phase->parts; i++) {
        char *args = calls[i]->args; /* no other thread has this block */
        for (int k = 0; k < phase->own_count[i]; k++) {
            const lg_own *own = &phase->own[i][k];
            *(char **)(void *)(args + own->offset) = memory + own->at;
        }
        calls[i]->op->make(args);
    }
}

static void run_phase(const lg_phase *phase, int threads, char *memory, size_t bytes)
{
    ptrdiff_t blocks = phase->blocks;
    int team = lg_allowed_threads();
    team = (int)minimum(minimum(threads, blocks), team);
    const int processor = lg_processor();
    (void)team;
#pragma omp parallel num_threads(team)
    {
        if (lg_thread() > 0)
            lg_leave_processor(processor);
        char *mine = memory + (size_t)lg_thread() * bytes;
        const int before = lg_limit_threads(1);
#pragma omp for schedule(dynamic, 1)
        for (ptrdiff_t b = 0; b < blocks; b++)
            run_block(phase, b, mine);
        lg_limit_threads(before);
    }
}

void lg_plan_run(const lg_plan *plan, char *own)
{
    for (ptrdiff_t i = 0; i < plan->phase_count; i++) {
        const lg_phase *phase = plan->phases + i;
        if (phase->blocks == 1)
            run_block(phase, 0, own);
        else
            run_phase(phase, plan->threads, own, plan->own_bytes);
    }
}
