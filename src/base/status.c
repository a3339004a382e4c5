/* Statuses, error texts and the version. */
#include <convlens/status.h>

#include <stdarg.h>
#include <stdio.h>

enum cvl_status cvl_fail(struct cvl_error *err, enum cvl_status status, const char *format, ...)
{
    if (err) {
        char text[CVL_ERROR_TEXT_BYTES]; /* an argument may be err->text itself */
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        err->status = status;
        (void)snprintf(err->text, sizeof err->text, "%s", text);
    }
    return status;
}

const char *cvl_status_name(enum cvl_status status)
{
    static const char *const names[] = {
        [CVL_OK] = "ok",
        [CVL_BAD_INPUT] = "bad input",
        [CVL_UNSUPPORTED] = "unsupported",
        [CVL_NO_DEVICE] = "no device",
        [CVL_NO_MEMORY] = "host out of memory",
        [CVL_OUT_OF_MEMORY] = "device out of memory",
        [CVL_BUILD_FAILED] = "build failed",
        [CVL_WRONG_ANSWER] = "wrong answer",
        [CVL_TIMEOUT] = "timeout",
        [CVL_CRASHED] = "crashed",
        [CVL_INTERRUPTED] = "interrupted",
        [CVL_IO] = "input/output error",
        [CVL_FAILED] = "failed",
    };
    return (unsigned)status < sizeof names / sizeof names[0] ? names[status] : "unknown status";
}

const char *cvl_version(void)
{
    return CONVLENS_VERSION;
}
