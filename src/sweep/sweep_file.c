/* Reads a sweep file whole. */
#include "sweep/sweep_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* No sweep written by a person or a script comes near it; a wrong file (a store, an image) does. */
enum { FILE_BYTES_MAX = 4 << 20 };

static const char expectation[] = "a sweep file (INI text)";

/* Reads to the end. Returns an errno value; EFBIG above the limit. */
static int read_whole(int file, struct cvl_text *text)
{
    char block[65536];
    for (;;) {
        ssize_t count = read(file, block, sizeof block);
        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
        if (count > 0)
            cvl_text_append_bytes(text, block, (size_t)count);
        if (text->failed)
            return ENOMEM;
        if (text->length > FILE_BYTES_MAX)
            return EFBIG;
    }
}

static enum cvl_status refuse(struct cvl_error *err, const char *shown, int code)
{
    if (code == ENOMEM)
        return cvl_fail(err, CVL_NO_MEMORY, "%s: out of memory", shown);
    if (code == EISDIR)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: got a directory, expected %s", shown, expectation);
    if (code == ENXIO)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: got a pipe or a device, expected %s", shown,
                        expectation);
    if (code == EFBIG)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: got more than 4 MiB, expected %s", shown,
                        expectation);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: got \"%s\", expected %s", shown, strerror(code),
                    expectation);
}

enum cvl_status cvl_sweep_file_read(struct cvl_sweep_file *out, const char *path, const char *shown,
                                    bool is_plain, struct cvl_error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    struct cvl_text text = {0};
    struct stat facts;
    enum cvl_status status = CVL_OK;
    const int flags =
        O_RDONLY | O_CLOEXEC | (is_plain ? O_NONBLOCK : 0); /* or a pipe would block */
    int file = standard_input ? STDIN_FILENO : open(path, flags);
    if (file < 0 || fstat(file, &facts) != 0) {
        status = refuse(err, shown, errno);
        goto done;
    }
    int code = S_ISDIR(facts.st_mode)                ? EISDIR
               : is_plain && !S_ISREG(facts.st_mode) ? ENXIO
                                                     : read_whole(file, &text);
    if (code != 0) {
        status = refuse(err, shown, code);
        goto done;
    }
    *out = (struct cvl_sweep_file){
        .size = text.length,
        .device = facts.st_dev,
        .inode = facts.st_ino,
        .known = !standard_input,
    };
    out->bytes = cvl_text_take(&text);
    if (!out->bytes)
        status = refuse(err, shown, ENOMEM);
done:
    cvl_text_clear(&text);
    if (file >= 0 && !standard_input)
        (void)close(file);
    return status;
}
