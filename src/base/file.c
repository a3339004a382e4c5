/* Reads files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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
