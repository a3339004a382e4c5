#include <errno.h>
#include <string.h>

#include "report/writer.h"

#define CVL_WRITER(name) extern const struct cvl_writer cvl_writer_##name;
#include "report/writers.def"
#undef CVL_WRITER

static const struct cvl_writer *const writers[] = {
#define CVL_WRITER(name) &cvl_writer_##name,
#include "report/writers.def"
#undef CVL_WRITER
};

size_t cvl_writer_count(void)
{
    return sizeof writers / sizeof writers[0];
}

const struct cvl_writer *cvl_writer_at(size_t index)
{
    return index < cvl_writer_count() ? writers[index] : NULL;
}

const struct cvl_writer *cvl_writer_find(const char *name)
{
    for (size_t i = 0; i < cvl_writer_count(); i++)
        if (strcmp(writers[i]->name, name) == 0)
            return writers[i];
    return NULL;
}

const char *cvl_writer_name(const struct cvl_writer *writer)
{
    return writer->name;
}

const char *cvl_writer_summary(const struct cvl_writer *writer)
{
    return writer->summary;
}

enum cvl_status cvl_results_write(const struct cvl_writer *writer,
                                  const struct cvl_results *results, FILE *stream, bool terminal,
                                  struct cvl_error *err)
{
    const struct cvl_report report = {results, stream, terminal};
    enum cvl_status status = writer->begin ? writer->begin(&report, err) : CVL_OK;
    for (size_t i = 0; writer->row && status == CVL_OK && i < results->row_count; i++)
        status = writer->row(&report, i, err);
    if (status == CVL_OK && writer->end)
        status = writer->end(&report, err);
    errno = 0;
    if (status == CVL_OK && (fflush(stream) != 0 || ferror(stream)))
        status = cvl_fail(err, CVL_IO, "report/%s: cannot write: %s", writer->name,
                          errno ? strerror(errno) : "the stream failed");
    return status;
}
