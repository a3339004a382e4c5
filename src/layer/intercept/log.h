/* Writes a trace (log_format.h): appends records to a mapped file, so that they survive however the
 * process ends. All functions are thread-safe; the lock is the innermost one. */
#ifndef CVL_LAYER_INTERCEPT_LOG_H
#define CVL_LAYER_INTERCEPT_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "layer/intercept/log_format.h"

struct cvl_log {
    pthread_mutex_t lock;
    bool open;
    int file;
    unsigned char *block; /* the last one; earlier ones stay mapped, since kernels' figures grow */
    size_t used;          /* bytes used in the last block */
    uint64_t block_count;
    struct cvl_log_process *process; /* the first record */
};

#define CVL_LOG_INITIALIZER                                                                        \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .file = -1                                              \
    }

/* Begins the trace of this process in that folder. @return false if the file cannot be created;
 * then nothing is written */
bool cvl_log_open(struct cvl_log *log, const char *folder);
/* Stops writing; what was written stays. */
void cvl_log_close(struct cvl_log *log);

/* Appends a record: `record` starts with a head, whose size and time are filled in here, and `text`
 * follows it.
 * @return the record in the file, valid as long as the process lives; NULL: not open, or no
 * space */
void *cvl_log_append(struct cvl_log *log, enum cvl_log_kind kind, const void *record, size_t size,
                     const char *text, size_t text_size);

/* Counts an object that the tracker could not record. */
void cvl_log_count_unknown(struct cvl_log *log);

#endif
