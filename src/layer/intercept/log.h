/* Writes a trace (log_format.h): records appended to a file that is mapped, so that what was
 * written is kept however the process ends. Every function is safe to call from any thread; its
 * lock is the innermost one. */
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
    unsigned char *block; /* the last one; those before stay mapped: kernels' figures grow */
    size_t used;          /* bytes of the last block */
    uint64_t block_count;
    struct cvl_log_process *process; /* the first record */
};

#define CVL_LOG_INITIALIZER                                                                        \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .file = -1                                              \
    }

/* Begins the trace of this process in that folder. @return false where it cannot be made; nothing
 * is written then */
bool cvl_log_open(struct cvl_log *log, const char *folder);
/* Writes no more; what was written stays. */
void cvl_log_close(struct cvl_log *log);

/* Appends a record: `record` begins with a head, of which size and time are filled in here, and
 * `text` goes behind it.
 * @return where it stands, for as long as the process lives; NULL: not open, or no space */
void *cvl_log_append(struct cvl_log *log, enum cvl_log_kind kind, const void *record, size_t size,
                     const char *text, size_t text_size);

/* An object is missing from the books. */
void cvl_log_count_unknown(struct cvl_log *log);

#endif
