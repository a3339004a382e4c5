/* Reading files whole. */
#ifndef CVL_BASE_FILE_H
#define CVL_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Appends a part of an open file, at most `max` bytes.
 * @param code receives 0, or an errno value: ENOMEM where memory ran out, EFBIG where the text
 * grows beyond 1 GiB
 * @return false at the file's end, or where it failed */
bool cvl_file_read_some(int file, struct cvl_text *text, size_t max, int *code);

/* Appends a whole file. @return 0, or an errno value as above */
int cvl_file_read(const char *path, struct cvl_text *text);

#endif
