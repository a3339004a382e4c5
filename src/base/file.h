/* Reading files whole, and writing them so that they appear whole. */
#ifndef CVL_BASE_FILE_H
#define CVL_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

/* Appends a part of an open file, at most `max` bytes.
 * @param code receives 0, or an errno value: ENOMEM where memory ran out, EFBIG where the text
 * grows beyond 1 GiB
 * @return false at the file's end, or where it failed */
bool cvl_file_read_some(int file, struct cvl_text *text, size_t max, int *code);

/* Appends a whole file. @return 0, or an errno value as above */
int cvl_file_read(const char *path, struct cvl_text *text);

/* A file under a name of its own beside another, whose place it can take. */
struct cvl_draft {
    char *name; /* NULL: there is none */
    FILE *stream;
};

/* Creates a draft beside `path`: a new file, under a name that nothing has. The caller writes to
 * the stream, and finishes the draft. @return 0, or an errno value */
int cvl_draft_create(const char *path, struct cvl_draft *out);

/* Closes the draft. It takes the place of `path` in one step if all of it could be written and
 * `keep` is true; else it is removed. @return 0, or an errno value: `path` is as it was */
int cvl_draft_finish(struct cvl_draft *draft, const char *path, bool keep);

#endif
