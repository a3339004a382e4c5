/* A trace on disk: one file a process, written by the layer in it, read by convlens trace.
 *
 * Records one behind the other, each 16 bytes aligned, in blocks of CVL_LOG_BLOCK bytes that no
 * record crosses. Behind the last one there are zeros: a `kind` is written when the rest of its
 * record stands, so that a process may be killed at any moment. Native byte order: reader and
 * writer are the same build on the same machine. */
#ifndef CVL_LAYER_INTERCEPT_LOG_FORMAT_H
#define CVL_LAYER_INTERCEPT_LOG_FORMAT_H

#include <stdint.h>

enum {
    CVL_LOG_VERSION = 1,
    CVL_LOG_BLOCK = 1 << 18,
    CVL_LOG_ALIGNMENT = 16,
    CVL_LOG_MOST_FRAMES = 16
};

/* What files in a trace's folder are called: the layer, and the trace of process 123 is 123.trace
 * (123-1.trace after it executed another program). The layer's own name is what makes it trace. */
#define CVL_LOG_LAYER_NAME "convlens-trace-layer.so"
#define CVL_LOG_SUFFIX     ".trace"

enum cvl_log_kind {
    CVL_LOG_END = 0,
    CVL_LOG_PAD,     /* nothing, to the end of the block */
    CVL_LOG_PROCESS, /* struct cvl_log_process, the first record */
    CVL_LOG_MODULE,  /* struct cvl_log_module */
    CVL_LOG_STACK,   /* struct cvl_log_stack */
    CVL_LOG_KERNEL,  /* struct cvl_log_kernel */
    CVL_LOG_CREATE,  /* struct cvl_log_create */
    CVL_LOG_USE,     /* struct cvl_log_use: the first time that this kernel gets this object */
    CVL_LOG_RELEASE, /* struct cvl_log_end: the application's last reference went */
    CVL_LOG_DESTROY, /* struct cvl_log_end: the driver has destroyed it */
    CVL_LOG_EXIT,    /* head alone: the program came to its end by itself */
    CVL_LOG_KIND_COUNT
};

struct cvl_log_head {
    uint32_t kind;    /* enum cvl_log_kind */
    uint32_t size;    /* of the whole record */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

/* Texts behind it, each ended by a 0: the executable's path, the command line's words. */
struct cvl_log_process {
    struct cvl_log_head head;
    uint32_t version, pid, parent, text_bytes;
    uint64_t lost;    /* grows: records that could not be written */
    uint64_t unknown; /* grows: objects that the host had no memory to enter */
};

/* A library or the executable; its path follows, ended by a 0. Addresses in it minus `base` are
 * those of its file. */
struct cvl_log_module {
    struct cvl_log_head head;
    uint64_t base;
    uint32_t number, text_bytes; /* numbers from 1 */
};

struct cvl_log_frame {
    uint64_t address; /* where a call returns to */
    uint64_t module;  /* 0: none */
};

/* Who called; the innermost frame, of the layer itself or not, comes first. */
struct cvl_log_stack {
    struct cvl_log_head head;
    uint32_t number, frame_count; /* numbers from 1 */
    uint64_t reserved;
    struct cvl_log_frame frames[CVL_LOG_MOST_FRAMES];
};

/* Why a launch has no time. */
enum cvl_log_untimed {
    CVL_LOG_NO_PROFILING = 1 << 0,  /* its queue was made without */
    CVL_LOG_NO_RESOLUTION = 1 << 1, /* the device says that its timer has none */
    CVL_LOG_NO_EVENT = 1 << 2,      /* the driver told no times, or the launch failed */
};

/* All kernels of a name. Its figures are updated where they stand; the name follows, ended by a 0.
 */
struct cvl_log_kernel {
    struct cvl_log_head head;
    uint32_t number, text_bytes; /* numbers from 1 */
    uint64_t launches;
    uint64_t timed; /* launches whose time is in the next three */
    uint64_t total_ns, min_ns, max_ns;
    uint64_t argument_bytes; /* most bytes of memory objects that one launch had as arguments */
    uint32_t untimed;        /* bits of enum cvl_log_untimed */
    uint32_t reserved[3];
};

enum cvl_log_object {
    CVL_LOG_BUFFER,
    CVL_LOG_SUB_BUFFER,
    CVL_LOG_IMAGE,
    CVL_LOG_PIPE,
    CVL_LOG_SVM,
    CVL_LOG_USM_HOST,
    CVL_LOG_USM_DEVICE,
    CVL_LOG_USM_SHARED,
    CVL_LOG_OBJECT_COUNT
};

struct cvl_log_create {
    struct cvl_log_head head;
    uint64_t object; /* number, from 1 in order of creation; never reused */
    uint64_t parent; /* of a part; 0: none */
    uint64_t asked_bytes;
    uint64_t counted_bytes; /* 0 for a part, and for host memory in use by CPU devices */
    uint64_t flags;         /* cl_mem_flags, cl_svm_mem_flags */
    uint32_t object_kind;   /* enum cvl_log_object */
    uint32_t stack;         /* 0: unknown */
};

struct cvl_log_use {
    struct cvl_log_head head;
    uint64_t object;
    uint32_t kernel, reserved;
};

struct cvl_log_end {
    struct cvl_log_head head;
    uint64_t object, reserved;
};

#endif
