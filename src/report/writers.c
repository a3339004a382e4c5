/* The list of writers. */
#include <string.h>
#include <unistd.h>

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
    bool failed = false;
    struct cvl_row_groups groups;
    const struct cvl_report report = {results, &groups, stream, terminal, &failed};
    enum cvl_status status = cvl_row_groups_create(results, &groups, err);
    if (status == CVL_OK && writer->begin)
        status = writer->begin(&report, err);
    for (size_t i = 0; writer->row && status == CVL_OK && i < results->row_count; i++)
        status = writer->row(&report, i, err);
    if (status == CVL_OK && writer->end)
        status = writer->end(&report, err);
    cvl_row_groups_clear(&groups);
    if (status == CVL_OK && failed)
        status = cvl_fail(err, CVL_NO_MEMORY, "report/%s: out of memory", writer->name);
    return status == CVL_OK ? cvl_format_check(writer->name, stream, err) : status;
}

/* As a format, a writer finds out by itself whether the stream is a terminal. */
#define CVL_WRITER(name)                                                                           \
    static enum cvl_status write_##name(const void *results, FILE *stream, struct cvl_error *err)  \
    {                                                                                              \
        return cvl_results_write(&cvl_writer_##name, results, stream, isatty(fileno(stream)) == 1, \
                                 err);                                                             \
    }
#include "report/writers.def"
#undef CVL_WRITER

static const struct cvl_format formats[] = {
#define CVL_WRITER(name) {#name, write_##name},
#include "report/writers.def"
#undef CVL_WRITER
};

const struct cvl_formats cvl_results_formats = CVL_FORMATS(formats);
