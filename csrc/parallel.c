/* Thread count and fork safety. Compiled with baseline flags only. */
#include "parallel.h"

#include <limits.h>
#ifdef _OPENMP
#include <omp.h>
#include <pthread.h>
#endif

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

/* GCC's runtime has had omp_pause_resource_all since GCC 9, before it claimed OpenMP 5.0. */
#if _OPENMP >= 201811 || (defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 9)
/* The runtime's worker threads do not survive a fork, and a child that then starts a team would wait
   for them for ever. Letting them go before the fork makes both sides start anew. */
static void before_fork(void) { omp_pause_resource_all(omp_pause_soft); }
void lg_parallel_init(void) { pthread_atfork(before_fork, NULL, NULL); }
#else
/* This runtime cannot let its workers go: the child runs on one thread. */
static void after_fork_in_child(void) { num_threads = 1; }
void lg_parallel_init(void) { pthread_atfork(NULL, NULL, after_fork_in_child); }
#endif

int lg_team(double work)
{
    const double useful = work / WORK_PER_THREAD;
    const int allowed = lg_allowed_threads();
    if (useful < 2.0)
        return 1;
    return useful < allowed ? (int)useful : allowed;
}

#else

int lg_openmp_version(void) { return 0; }
int lg_thread(void) { return 0; }
void lg_parallel_init(void) {}

int lg_team(double work)
{
    (void)work;
    return 1;
}

#endif
