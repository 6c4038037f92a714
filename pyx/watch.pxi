# Watching where NumPy puts the data of its arrays, while a step is recorded (see plan.pxi).

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    /* Where NumPy puts the data of arrays while a step is recorded. Such an array was computed by NumPy, and
       playing the kernels would not compute it again. Nothing is given back until the end, so that an address
       stays what it was. */
    typedef struct { uintptr_t at; size_t size; } lg_span;
    static lg_span *lg_spans;
    static void **lg_released;
    static size_t lg_span_count, lg_span_room, lg_released_count, lg_released_room;
    static int lg_watching, lg_watch_failed;

    static void *lg_watched(void *memory, size_t size)
    {
        if (!memory || !lg_watching)
            return memory;
        if (lg_span_count == lg_span_room) {
            size_t room = 2 * lg_span_room + 64;
            lg_span *more = (lg_span *)realloc(lg_spans, room * sizeof *more);
            if (!more) {
                lg_watch_failed = 1;
                return memory;
            }
            lg_spans = more, lg_span_room = room;
        }
        lg_spans[lg_span_count].at = (uintptr_t)memory;
        lg_spans[lg_span_count++].size = size;
        return memory;
    }

    static void *lg_numpy_malloc(void *context, size_t size)
    {
        (void)context;
        return lg_watched(malloc(size ? size : 1), size);
    }

    static void *lg_numpy_calloc(void *context, size_t count, size_t size)
    {
        (void)context;
        return lg_watched(calloc(count ? count : 1, size ? size : 1), count * size);
    }

    static void *lg_numpy_realloc(void *context, void *memory, size_t size)
    {
        (void)context;
        return lg_watched(realloc(memory, size ? size : 1), size);
    }

    static void lg_numpy_free(void *context, void *memory, size_t size)
    {
        (void)context, (void)size;
        if (lg_watching && lg_released_count == lg_released_room) {
            size_t room = 2 * lg_released_room + 64;
            void **more = (void **)realloc(lg_released, room * sizeof *more);
            if (!more) {
                lg_watch_failed = 1; /* and the memory is lost */
                return;
            }
            lg_released = more, lg_released_room = room;
        }
        if (lg_watching)
            lg_released[lg_released_count++] = memory;
        else
            free(memory);
    }

    static PyDataMem_Handler lg_numpy_handler = {
        "lanegrad", 1, {NULL, lg_numpy_malloc, lg_numpy_calloc, lg_numpy_realloc, lg_numpy_free}};

    /* Begins to watch; gives the handler that was in use. */
    static PyObject *lg_watch_start(void)
    {
        PyObject *before, *handler = PyCapsule_New(&lg_numpy_handler, "mem_handler", NULL);
        if (!handler)
            return NULL;
        lg_span_count = lg_released_count = 0;
        lg_watch_failed = 0;
        before = PyDataMem_SetHandler(handler);
        lg_watching = before != NULL;
        Py_DECREF(handler);
        return before;
    }

    static int lg_watch_stop(PyObject *before)
    {
        PyObject *mine = PyDataMem_SetHandler(before);
        lg_watching = 0;
        for (size_t i = 0; i < lg_released_count; i++)
            free(lg_released[i]);
        free(lg_released);
        lg_released = NULL, lg_released_count = lg_released_room = 0;
        Py_XDECREF(mine);
        return mine ? !lg_watch_failed : -1;
    }

    static int lg_is_watched(uintptr_t at)
    {
        for (size_t i = 0; i < lg_span_count; i++)
            if (at >= lg_spans[i].at && at < lg_spans[i].at + lg_spans[i].size)
                return 1;
        return 0;
    }

    static void lg_watch_forget(void)
    {
        free(lg_spans);
        lg_spans = NULL, lg_span_count = lg_span_room = 0;
    }
    """
    object lg_watch_start()
    int lg_watch_stop(object before) except -1
    bint lg_is_watched(size_t at)
    void lg_watch_forget()
