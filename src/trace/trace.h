/* The contents of a trace: processes that used OpenCL, their memory objects, kernels and callers,
 * and how the traced command ended. Plain values; no OpenCL. */
#ifndef CVL_TRACE_TRACE_H
#define CVL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

#include "layer/intercept/log_format.h"

#define CVL_TRACE_NEVER UINT64_MAX /* a time of something that did not happen */
#define CVL_TRACE_NONE  SIZE_MAX   /* an index that refers to nothing */

struct cvl_trace_module {
    uint64_t base;
    char *path; /* owned */
};

struct cvl_trace_stack {
    uint32_t frame_count;
    struct cvl_log_frame frames[CVL_LOG_MAX_FRAMES]; /* module: its number; innermost first */
    char *functions[CVL_LOG_MAX_FRAMES];             /* owned; NULL: no symbol */
    size_t caller_frame; /* the first frame of the caller; CVL_TRACE_NONE: unknown */
    size_t entry_frame;  /* how the caller was entered: its outermost frame */
    size_t caller;       /* index in callers */
};

struct cvl_trace_object {
    uint64_t number, parent; /* from 1; parent 0: none */
    uint64_t asked_bytes, bytes, flags;
    enum cvl_log_object kind;
    size_t stack; /* index; CVL_TRACE_NONE: unknown */
    uint64_t created_ns, first_use_ns, released_ns, destroyed_ns;
    size_t first_kernel; /* index */
    size_t created_event, destroyed_event;
};

struct cvl_trace_event {
    uint64_t time_ns;
    enum cvl_log_kind kind; /* CREATE, RELEASE, DESTROY */
    size_t object;          /* index */
    uint64_t live_bytes;    /* after it */
};

struct cvl_trace_use {
    size_t object, kernel;
};

struct cvl_trace_kernel {
    char *name;                    /* owned */
    struct cvl_log_kernel figures; /* the head and the text size are unused */
    uint64_t at_peak_bytes;        /* of objects that it ever uses and that were live at the peak */
};

/* A library, an executable, or a part of one, recognised by its functions' names. */
struct cvl_trace_caller {
    char *name; /* owned */
    size_t objects;
    uint64_t bytes;         /* counted bytes of all its objects */
    uint64_t peak_bytes;    /* max bytes of it that lived at once */
    uint64_t at_peak_bytes; /* of it, at the process's peak */
    uint64_t left_bytes;    /* not released when the process ended */
    size_t left_objects;
};

struct cvl_trace_process {
    uint32_t pid, parent;
    char *program, *command;   /* owned: executable's path; command line */
    bool ended;                /* ended by itself: it ran its exit handlers */
    bool damaged;              /* the trace ends in something that is not a record */
    uint64_t begin_ns, end_ns; /* its first OpenCL call; its exit or, without one, its last event */
    uint64_t lost, unknown;    /* records not written; objects not recorded */
    struct cvl_trace_module *modules;
    struct cvl_trace_stack *stacks;
    struct cvl_trace_object *objects;
    struct cvl_trace_event *events;
    struct cvl_trace_use *uses;
    struct cvl_trace_kernel *kernels;
    struct cvl_trace_caller *callers;
    size_t module_count, stack_count, object_count, event_count, use_count, kernel_count,
        caller_count;
    /* set by cvl_trace_account */
    uint64_t peak_bytes, end_bytes;
    size_t peak_event; /* the first to reach the peak; CVL_TRACE_NONE: no objects */
    uint64_t unreleased_bytes, undestroyed_bytes; /* at its end; the latter were released */
    size_t unreleased, undestroyed;
};

/* What was seen of a process in which the layer was not initialised. */
enum cvl_trace_sight {
    CVL_TRACE_NO_OPENCL, /* neither a loader nor a driver of OpenCL was loaded */
    CVL_TRACE_LOADER,    /* a loader was, but it never loaded the layer */
    CVL_TRACE_DRIVER     /* a driver was, without a loader */
};

struct cvl_trace_bystander {
    uint32_t pid;
    enum cvl_trace_sight sight;
    char *program, *library; /* owned; the loader's or driver's path, NULL: none */
};

struct cvl_trace {
    char *command; /* owned */
    int wait_status;
    uint64_t begin_ns, end_ns;           /* CLOCK_MONOTONIC */
    struct cvl_trace_process *processes; /* in the order of their first OpenCL call */
    struct cvl_trace_bystander *bystanders;
    size_t process_count, bystander_count;
    uint64_t peak_bytes; /* of all processes together */
};

/* Reads the trace of one process from the bytes of its file; any bytes are safe.
 * @return CVL_OK; CVL_BAD_INPUT: it does not start like a trace; CVL_NO_MEMORY */
enum cvl_status cvl_trace_read(const unsigned char *bytes, size_t size,
                               struct cvl_trace_process *out, struct cvl_error *err);
void cvl_trace_process_clear(struct cvl_trace_process *process);

/* Reads all traces of a folder into `trace`, finds the callers and computes the figures. */
enum cvl_status cvl_trace_load(const char *folder, struct cvl_trace *trace, struct cvl_error *err);
void cvl_trace_clear(struct cvl_trace *trace);

/* Finds functions in the files of the modules, then the caller of each stack. */
enum cvl_status cvl_trace_name_callers(struct cvl_trace_process *process, struct cvl_error *err);

/* Computes peaks, leftovers, and figures by caller and kernel. */
void cvl_trace_account(struct cvl_trace_process *process);
/* Was the object live at the peak of its process? */
bool cvl_trace_is_at_peak(const struct cvl_trace_process *process,
                          const struct cvl_trace_object *object);
/* Computes the peak of all processes together. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_trace_account_all(struct cvl_trace *trace, struct cvl_error *err);

/* Seconds since the trace began; `ns` is a time in the trace. */
double cvl_trace_seconds(const struct cvl_trace *trace, uint64_t ns);
/* An object's caller; the caller's function that created the object, and the one through which the
 * caller was entered; "" if unknown. */
const char *cvl_trace_caller_of(const struct cvl_trace_process *process,
                                const struct cvl_trace_object *object);
const char *cvl_trace_entry_of(const struct cvl_trace_process *process,
                               const struct cvl_trace_object *object);
const char *cvl_trace_function_of(const struct cvl_trace_process *process,
                                  const struct cvl_trace_object *object);
/* "buffer", "usm device"; never NULL. */
const char *cvl_trace_kind_name(enum cvl_log_object kind);

#endif
