/* Reads small kernel files under a root that may be a recorded tree. Their contents are not
 * trusted. `area` starts each message: "memory/kfd". */
#ifndef CVL_PROBES_PROBE_FILES_H
#define CVL_PROBES_PROBE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

enum { CVL_PROBE_PATH_BYTES = 512 };

/* Formats a path under the root. @return CVL_OK; CVL_BAD_INPUT: too long */
enum cvl_status cvl_probe_path(const char *area, char path[CVL_PROBE_PATH_BYTES], const char *root,
                               struct cvl_error *err, const char *format, ...) CVL_PRINTF(5, 6);

/* Parses decimal digits; blanks before and after are allowed. */
bool cvl_probe_parse_u64(const char *text, uint64_t *out);

/* Reads a file that holds one number.
 * @return CVL_OK; CVL_UNSUPPORTED: cannot be read; CVL_FAILED: holds something else */
enum cvl_status cvl_probe_read_u64(const char *area, const char *path, uint64_t *out,
                                   struct cvl_error *err);

/* Calls `take` with each line of a file, without its line end, until `take` returns anything but
 * CVL_OK.
 * @return what `take` returned; CVL_UNSUPPORTED: cannot be read */
enum cvl_status cvl_probe_each_line(const char *area, const char *path,
                                    enum cvl_status (*take)(void *user, char *line,
                                                            struct cvl_error *err),
                                    void *user, struct cvl_error *err);

/* Calls `take` with each name in a folder, except "." and "..", until `take` returns anything but
 * CVL_OK.
 * @return what `take` returned; CVL_UNSUPPORTED: cannot be read */
enum cvl_status cvl_probe_each_name(const char *area, const char *path,
                                    enum cvl_status (*take)(void *user, const char *name,
                                                            struct cvl_error *err),
                                    void *user, struct cvl_error *err);

#endif
