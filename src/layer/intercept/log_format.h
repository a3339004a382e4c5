/* A trace on disk: one file per process, written by the layer in it and read by convlens trace.
 *
 * Records follow each other, aligned to 16 bytes, in blocks of CVL_LOG_BLOCK bytes; no record
 * crosses a block. Zeros follow the last one: a record's `kind` is written after the rest of it, so
 * the process may be killed at any moment. Native byte order: reader and writer are the same build
 * on the same machine. */
#ifndef CVL_LAYER_INTERCEPT_LOG_FORMAT_H
#define CVL_LAYER_INTERCEPT_LOG_FORMAT_H

#include <stdint.h>

enum {
    CVL_LOG_VERSION = 1,
    CVL_LOG_BLOCK = 1 << 18,
    CVL_LOG_ALIGNMENT = 16,
    CVL_LOG_MAX_FRAMES = 16
};

/* Names of the files in a trace's folder: the layer itself, and 123.trace for process 123
 * (123-1.trace after it executed another program). The layer traces if it has this name. */
#define CVL_LOG_LAYER_NAME "convlens-trace-layer.so"
#define CVL_LOG_SUFFIX     ".trace"

enum cvl_log_kind {
    CVL_LOG_END = 0,
    CVL_LOG_PAD,     /* nothing, up to the end of the block */
    CVL_LOG_PROCESS, /* struct cvl_log_process, the first record */
    CVL_LOG_MODULE,  /* struct cvl_log_module */
    CVL_LOG_STACK,   /* struct cvl_log_stack */
    CVL_LOG_KERNEL,  /* struct cvl_log_kernel */
    CVL_LOG_CREATE,  /* struct cvl_log_create */
    CVL_LOG_USE,     /* struct cvl_log_use: the first use of this object by this kernel */
    CVL_LOG_RELEASE, /* struct cvl_log_end: the application dropped its last reference */
    CVL_LOG_DESTROY, /* struct cvl_log_end: the driver has destroyed it */
    CVL_LOG_EXIT,    /* head only: the program ended by itself */
    CVL_LOG_KIND_COUNT
};

struct cvl_log_head {
    uint32_t kind;    /* enum cvl_log_kind */
    uint32_t size;    /* of the whole record */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
};

/* Texts follow, each ended by a 0: the executable's path and the words of the command line. */
struct cvl_log_process {
    struct cvl_log_head head;
    uint32_t version, pid, parent, text_bytes;
    uint64_t lost;    /* grows: records that could not be written */
    uint64_t unknown; /* grows: objects that the host had no memory to record */
};

/* A library or the executable; its path follows, ended by a 0. An address in it minus `base` is the
 * address in its file. */
struct cvl_log_module {
    struct cvl_log_head head;
    uint64_t base;
    uint32_t number, text_bytes; /* numbers from 1 */
};

struct cvl_log_frame {
    uint64_t address; /* where a call returns to */
    uint64_t module;  /* 0: none */
};

/* A call stack. The innermost frame comes first, whether it is the layer's own or not. */
struct cvl_log_stack {
    struct cvl_log_head head;
    uint32_t number, frame_count; /* numbers from 1 */
    uint64_t reserved;
    struct cvl_log_frame frames[CVL_LOG_MAX_FRAMES];
};

/* Why a launch has no time. */
enum cvl_log_untimed {
    CVL_LOG_NO_PROFILING = 1 << 0,  /* its queue was created without profiling */
    CVL_LOG_NO_RESOLUTION = 1 << 1, /* the device reports a timer without resolution */
    CVL_LOG_NO_EVENT = 1 << 2,      /* the driver reported no times, or the launch failed */
};

/* All kernels of the same name. The figures are updated in place; the name follows, ended by a
 * 0. */
struct cvl_log_kernel {
    struct cvl_log_head head;
    uint32_t number, text_bytes; /* numbers from 1 */
    uint64_t launches;
    uint64_t timed; /* launches whose time is in the next three */
    uint64_t total_ns, min_ns, max_ns;
    uint64_t argument_bytes; /* max bytes of memory objects that one launch had as arguments */
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
    uint64_t counted_bytes; /* 0 for a part, and for host memory that CPU devices use */
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
