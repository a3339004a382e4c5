/* convlens list */
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "report/family.h"

static enum cvl_status find_family(const struct cvl_options *options, const struct cvl_family **out,
                                   struct cvl_error *err)
{
    const char *wanted = options->operand_count == 1 ? options->operands[0] : "";
    struct cvl_nearest nearest = {.word = wanted};
    struct cvl_text names = {0};
    for (size_t i = 0; (*out = cvl_family_at(i)) != NULL; i++) {
        if (strcmp(cvl_family_name(*out), wanted) == 0)
            break;
        cvl_text_append(&names, "%s%s", i ? ", " : "", cvl_family_name(*out));
        cvl_nearest_offer(&nearest, cvl_family_name(*out));
    }
    cvl_nearest_append(&nearest, &names);
    const enum cvl_status status =
        *out ? CVL_OK
             : cvl_fail(err, CVL_BAD_INPUT, "list: got '%s', expected one of %s", wanted,
                        names.data ? names.data : "");
    cvl_text_clear(&names);
    return status;
}

static int list(const struct cvl_options *options)
{
    const struct cvl_family *family = NULL;
    struct cvl_error err = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_family_formats, &err);
    if (status == CVL_OK)
        status = find_family(options, &family, &err);
    if (status == CVL_OK)
        status = cvl_output_write(options, &cvl_family_formats, family, &err);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_list = {
    .name = "list",
    .arguments = "FAMILY",
    .formats = &cvl_family_formats,
    .summary =
        "list variants, writers, probes, metrics, fields, policies, terms, devices or importers",
    .options = CVL_FOR_LIST,
    .run = list,
};
