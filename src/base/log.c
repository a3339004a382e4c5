/* Passes messages to the sink. */
#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* A process has one sink: a message may come from where nothing of the caller is at hand, such as a
 * callback of a driver. Set before threads start. */
static struct {
    cvl_log_sink sink;
    void *user;
} installed;

void cvl_log_sink_set(cvl_log_sink sink, void *user)
{
    installed.sink = sink;
    installed.user = user;
}

void cvl_log(enum cvl_log_level level, const char *format, ...)
{
    if (!installed.sink)
        return;
    char line[CVL_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    installed.sink(installed.user, level, line);
}
