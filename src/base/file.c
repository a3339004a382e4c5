/* Reads and replaces files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 1 << 30 };

bool cvl_file_read_some(int file, struct cvl_text *text, size_t max, int *code)
{
    char block[65536];
    ssize_t count;
    do
        count = read(file, block, max < sizeof block ? max : sizeof block);
    while (count < 0 && errno == EINTR);
    *code = count < 0 ? errno : 0;
    if (count > 0)
        cvl_text_append_bytes(text, block, (size_t)count);
    if (text->failed)
        *code = ENOMEM;
    else if (text->length > MAX_FILE_BYTES)
        *code = EFBIG;
    return count > 0 && *code == 0;
}

int cvl_file_read(const char *path, struct cvl_text *text)
{
    int code = 0;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno;
    while (cvl_file_read_some(file, text, SIZE_MAX, &code))
        ;
    (void)close(file);
    return code;
}

enum { DRAFT_NAMES = 100 }; /* that are tried */

/* A new file: no link is followed, and no file of that name is touched. */
static int create_new(const char *path, unsigned attempt, char **name)
{
    struct cvl_text text = {0};
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    cvl_text_append(&text, "%s.%ld-%ld-%u.part", path, (long)getpid(), now.tv_nsec, attempt);
    *name = text.data;
    if (text.failed) {
        errno = ENOMEM;
        return -1;
    }
    return open(text.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int cvl_draft_create(const char *path, struct cvl_draft *out)
{
    int file = -1, code = EEXIST;
    *out = (struct cvl_draft){0};
    for (unsigned attempt = 0; attempt < DRAFT_NAMES && code == EEXIST; attempt++) {
        free(out->name);
        file = create_new(path, attempt, &out->name);
        code = file >= 0 ? 0 : errno;
    }
    out->stream = code == 0 ? fdopen(file, "w") : NULL;
    if (out->stream)
        return 0;
    if (file >= 0) {
        code = errno;
        (void)close(file);
        (void)unlink(out->name);
    }
    free(out->name);
    out->name = NULL;
    return code;
}

int cvl_draft_finish(struct cvl_draft *draft, const char *path, bool keep)
{
    int code = ferror(draft->stream) ? EIO : 0;
    if (fclose(draft->stream) != 0)
        code = errno;
    if (code == 0 && keep && rename(draft->name, path) != 0)
        code = errno;
    if (code != 0 || !keep)
        (void)unlink(draft->name);
    free(draft->name);
    *draft = (struct cvl_draft){0};
    return code;
}
