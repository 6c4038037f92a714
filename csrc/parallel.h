/* How many threads a kernel uses. Work is split by shape, never by thread count: threads write
   disjoint parts of the result, so that the count changes the time a kernel takes and nothing else. */
#ifndef LG_PARALLEL_H
#define LG_PARALLEL_H

#include <stddef.h>

/* Threads for `work`, counted in floating-point operations of well-fed vector code; a float that is
   loaded and stored again counts as LG_MOVE. One thread where a team would not pay, else at most
   lg_get_num_threads(). */
#define LG_MOVE 8.0
int lg_team(double work);

/* Calls work(job, i) for i from 0 to count - 1 on a team. Each thread begins with a share of its own, about
   the same images in one kernel as in the next, so that it finds in its cache what it has left there; then it
   helps others. */
void lg_share_out(int team, ptrdiff_t count, void (*work)(const void *job, ptrdiff_t i), const void *job);

/* The number of this thread within its team. */
int lg_thread(void);

/* The processor that this thread is on, and what a thread that helps it does first: it moves to another, if
   it is on that one too. Some systems wake a thread where it was before, though the one that is to be helped
   is there now and spins; then it is late by the time that takes, each time. */
int lg_processor(void);
void lg_leave_processor(int number);

/* From now on kernels that this thread calls use at most so many threads; gives how many it was before. With
   one, the others are left alone, since they are busy with other calls of the same step, and this one's
   number is 0. */
int lg_limit_threads(int most);

/* How many threads a kernel that this thread calls may use. */
int lg_allowed_threads(void);

int lg_get_num_threads(void);
void lg_set_num_threads(int count);

/* Makes fork safe for a process that has used threads. Called once, at import. */
void lg_parallel_init(void);

/* What the build has: the OpenMP version date (_OPENMP), or 0 for a serial build. */
int lg_openmp_version(void);

#endif
