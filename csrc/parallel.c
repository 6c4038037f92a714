/* Thread count and fork safety. Compiled with baseline flags only. */
#define _GNU_SOURCE /* clock_gettime, sched_getcpu */
#include "parallel.h"

#ifdef _OPENMP
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#endif
#include <limits.h>

/* A team pays when each of its threads has some five microseconds of work: starting and joining one
   takes about two. */
#define WORK_PER_THREAD 3.0e5

static int num_threads = 1;
static _Thread_local int limit = INT_MAX;

int lg_get_num_threads(void) { return num_threads; }
void lg_set_num_threads(int count) { num_threads = count; }
int lg_allowed_threads(void) { return limit < num_threads ? limit : num_threads; }

int lg_limit_threads(int most)
{
    int before = limit;
    limit = most;
    return before;
}

#ifdef _OPENMP

int lg_openmp_version(void) { return _OPENMP; }
int lg_thread(void) { return limit == 1 ? 0 : omp_get_thread_num(); }

#ifdef __linux__
int lg_processor(void) { return sched_getcpu(); }

/* Once moved, it stays there: it may be on all of them again. */
void lg_leave_processor(int number)
{
    cpu_set_t all, others;
    if (sched_getcpu() != number || sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    others = all;
    CPU_CLR(number, &others);
    if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
        sched_setaffinity(0, sizeof all, &all);
}
#else
int lg_processor(void) { return -1; }
void lg_leave_processor(int number) { (void)number; }
#endif

/* What a team costs here and now, in nanoseconds. On a busy machine a thread that is to help may have to wait
   for a processor for milliseconds, and all others then for it. So now and then it is measured how long an
   empty team takes; where that is long, work that is not much longer stays with the thread that asks.

   On an idle machine it is long, too, after a rest: threads that have had nothing to do for a while sleep,
   and wake late where processors do, in virtual machines most of all. So they are woken when what they could
   have taken off since they were last needed makes up for that. */
typedef struct {
    double recent[4];   /* the last measurements */
    double cost;        /* that is reckoned with: what two of them were at least, and less again over time */
    double waking;      /* the last of threads that slept */
    double next;        /* when to measure again */
    double asleep_from; /* when threads fall asleep */
    double forgone;     /* what sleeping ones could have taken off */
    unsigned count;
} team_cost;

static _Thread_local team_cost cost;

#define BUSY 1.0e6    /* more than waking takes: 40 to 400 microseconds */
#define RESTING 3.0e5 /* how long threads that have nothing to do are awake, or so */
#define NANOSECONDS_PER_WORK (5.0e3 / WORK_PER_THREAD)

/* GCC's runtime has had omp_pause_resource_all since GCC 9, before it claimed OpenMP 5.0. */
#if _OPENMP >= 201811 || (defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 9)
/* The runtime's worker threads do not survive a fork, and a child that then starts a team would wait
   for them for ever. Letting them go before the fork makes both sides start anew, which is not to count as
   what a team costs. */
static void before_fork(void)
{
    omp_pause_resource_all(omp_pause_soft);
    cost = (team_cost){0};
}
void lg_parallel_init(void) { pthread_atfork(before_fork, NULL, NULL); }
#else
/* This runtime cannot let its workers go: the child runs on one thread. */
static void after_fork_in_child(void) { num_threads = 1; }
void lg_parallel_init(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }
#endif

static double nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static double second_largest(const double *x)
{
    double first = 0.0, second = 0.0;
    for (int i = 0; i < 4; i++) {
        if (x[i] >= first)
            second = first, first = x[i];
        else if (x[i] > second)
            second = x[i];
    }
    return second;
}

static void measure_team(int team, double now, int asleep)
{
    const int processor = lg_processor();
#pragma omp parallel num_threads(team)
    if (omp_get_thread_num() > 0)
        lg_leave_processor(processor);
    double taken = nanoseconds() - now, known;
    if (cost.count++ == 0) /* the runtime has made its threads */
        taken = 0.0;
    cost.recent[cost.count % 4] = taken;
    if (asleep)
        cost.waking = taken < BUSY ? taken : BUSY;
    known = second_largest(cost.recent);
    cost.cost = known > 0.9 * cost.cost ? known : 0.9 * cost.cost;
    cost.next = now + (taken > 1e5 ? 50.0 * taken : 5e6); /* two in a hundred parts of the time at most */
}

/* As many of `team` threads as pay for so much work. */
static int team_that_pays(int team, double work)
{
    const double now = nanoseconds(), alone = work * NANOSECONDS_PER_WORK, gain = alone * (1.0 - 1.0 / team);
    const int asleep = now > cost.asleep_from;
    if (asleep) {
        cost.forgone += gain;
        if (cost.forgone < cost.waking)
            return 1;
    }
    if (now >= cost.next || (asleep && cost.cost <= BUSY))
        measure_team(team, now, asleep);
    if (cost.cost > BUSY && gain < 2.0 * cost.cost)
        return 1;
    cost.forgone = 0.0;
    cost.asleep_from = now + alone / team + (asleep ? cost.waking : 0.0) + RESTING;
    return team;
}

int lg_team(double work)
{
    const double useful = work / WORK_PER_THREAD;
    const int allowed = lg_allowed_threads();
    if (useful < 2.0 || allowed < 2)
        return 1;
    return team_that_pays(useful < allowed ? (int)useful : allowed, work);
}

enum { MOST_SHARES = 64 };

typedef struct {
    _Alignas(64) _Atomic ptrdiff_t next; /* in a line of its own */
    ptrdiff_t end;
} share;

void lg_share_out(int team, ptrdiff_t count, void (*work)(const void *job, ptrdiff_t i), const void *job)
{
    share shares[MOST_SHARES];
    const int parts = team < MOST_SHARES ? team : MOST_SHARES;
    if (team == 1) { /* the runtime would take as long as a small job does */
        for (ptrdiff_t i = 0; i < count; i++)
            work(job, i);
        return;
    }
    for (int k = 0; k < parts; k++) {
        atomic_init(&shares[k].next, count * k / parts);
        shares[k].end = count * (k + 1) / parts;
    }
#pragma omp parallel num_threads(team)
    for (int k = 0, own = omp_get_thread_num() * parts / team; k < parts; k++) {
        share *s = &shares[(own + k) % parts];
        for (ptrdiff_t i; (i = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed)) < s->end;)
            work(job, i);
    }
}

#else

int lg_openmp_version(void) { return 0; }
void lg_share_out(int team, ptrdiff_t count, void (*work)(const void *job, ptrdiff_t i), const void *job)
{
    (void)team;
    for (ptrdiff_t i = 0; i < count; i++)
        work(job, i);
}

int lg_thread(void) { return 0; }
int lg_processor(void) { return -1; }
void lg_leave_processor(int number) { (void)number; }
void lg_parallel_init(void) {}

int lg_team(double work)
{
    (void)work;
    return 1;
}

#endif
