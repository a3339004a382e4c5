/* A file's bytes, read whole. */
#ifndef CVL_SWEEP_SWEEP_FILE_H
#define CVL_SWEEP_SWEEP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <convlens/status.h>

struct cvl_sweep_file {
    char *bytes; /* 0-terminated; may hold zeros */
    size_t size;
    dev_t device; /* device and inode identify a file; valid where `known` */
    ino_t inode;
    bool known;
};

/* Reads `path`, or standard input where it is "-". `shown` stands for it in messages. `is_plain`: a
 * pipe, which may never end or begin, and a device are refused.
 * @return CVL_OK, CVL_BAD_INPUT, CVL_NO_MEMORY; free `bytes` after CVL_OK */
enum cvl_status cvl_sweep_file_read(struct cvl_sweep_file *out, const char *path, const char *shown,
                                    bool is_plain, struct cvl_error *err);

#endif
