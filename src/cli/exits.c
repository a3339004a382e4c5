/* Exit statuses, and what calls for which. */
#include "cli/exits.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

static const struct cvl_exit_row exits[] = {
#define CVL_EXIT_ROW(NAME, number, what, meaning) {number, what, meaning},
#include "cli/exits.def"
#undef CVL_EXIT_ROW
};

const struct cvl_exit_row *cvl_exit_at(size_t index)
{
    return index < sizeof exits / sizeof exits[0] ? &exits[index] : NULL;
}

int cvl_exit_of_status(enum cvl_status status)
{
    switch (status) {
    case CVL_OK:
        return CVL_EXIT_DONE;
    case CVL_BAD_INPUT:
        return CVL_EXIT_MISUSE;
    case CVL_NO_DEVICE:
        return CVL_EXIT_NO_DEVICE;
    case CVL_UNSUPPORTED:
        return CVL_EXIT_NOTHING;
    case CVL_IO:
        return CVL_EXIT_UNWRITABLE;
    case CVL_INTERRUPTED:
        return CVL_EXIT_INTERRUPTED;
    default:
        return CVL_EXIT_WRONG;
    }
}

int cvl_exit_of_rows(const struct cvl_results *results)
{
    size_t refused = 0;
    for (size_t i = 0; i < results->row_count; i++) {
        const enum cvl_row_status status = results->rows[i].status;
        const bool is_refused = status == CVL_ROW_UNSUPPORTED || status == CVL_ROW_SKIPPED;
        refused += is_refused;
        if (status != CVL_ROW_OK && !is_refused)
            return CVL_EXIT_WRONG;
    }
    if (refused == 0 || refused < results->row_count)
        return CVL_EXIT_DONE;
    cvl_log(CVL_LOG_WARNING, "nothing ran: every row is unsupported or skipped");
    return CVL_EXIT_NOTHING;
}

int cvl_report_error(const struct cvl_error *err)
{
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(safe, sizeof safe, err->text);
    (void)fprintf(stderr, "convlens: %s\n", safe);
    return cvl_exit_of_status(err->status);
}
