# How many threads the runs of a plan use: found out by trying, since what it costs to wake a thread and to
# hand it data differs from machine to machine, and with what else runs there. The results are the same bits.


cdef class Pace:
    """Counts and times runs, and from that says how many threads the next one is to use.

    Trial runs use all `threads`, half of them, and so on, as long as that is not slower; the quickest number
    is then kept for some runs, for twice as many whenever it is found again, since a trial may have been
    disturbed. Where a run takes long, threads pay and nothing is tried.

    Parameters
    ----------
    threads : int
    """
    TRIES = 7        # runs with each number of threads: of odd count, since their median tells
    SOON = 64        # runs until the next trial, where one has found another number than the last
    SETTLED = 4096   # at most
    LONG = 0.005     # seconds
    GAIN = 0.98      # of the time with fewer threads, at most: more threads leave others without

    cdef readonly int threads  # of the next run
    cdef int most, best, found
    cdef Py_ssize_t left, kept
    cdef double best_time
    cdef list times

    def __cinit__(self, int threads):
        self.most = threads
        self.start()

    cdef start(self):
        self.threads = self.best = self.most
        self.times, self.left = [], 0

    cdef settle(self, int threads):
        self.kept = min(2 * self.kept, self.SETTLED) if threads == self.found else self.SOON
        self.threads, self.found, self.left, self.times = threads, threads, self.kept, None

    def note(self, double seconds):
        """Takes what a run took."""
        if self.times is None:
            self.left -= 1
            if self.left == 0:
                self.start()
            return
        self.times.append(seconds)
        if len(self.times) < self.TRIES:
            return
        seconds = sorted(self.times)[self.TRIES // 2]
        if self.threads < self.most and self.best_time < self.GAIN * seconds:
            self.settle(self.best)
        elif self.threads == 1 or seconds > self.LONG:
            self.settle(self.threads)
        else:
            self.best, self.best_time = self.threads, seconds
            self.threads //= 2
            self.times = []
