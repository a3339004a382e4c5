/* convlens import */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/imports.h"
#include "cli/output.h"
#include "cli/verb.h"

/* The subject is the sweep file's text. */
static enum cvl_status write_sweep(const void *subject, FILE *stream, struct cvl_error *err)
{
    (void)err;
    (void)fputs(subject, stream);
    return CVL_OK;
}

static const struct cvl_format sweep_format = {"sweep", write_sweep};

static enum cvl_status import_file(const struct cvl_options *options, struct cvl_import *import,
                                   struct cvl_error *err)
{
    const struct cvl_import_options of_import = cvl_imports_options(options);
    char *text = NULL;
    enum cvl_status status = cvl_import_read(options->operands[0], &of_import, import, err);
    if (status == CVL_OK)
        status = cvl_import_to_sweep(import, &text, err);
    if (status == CVL_OK) {
        cvl_imports_note(import, true);
        status = options->output ? cvl_output_write_file(options->output, &sweep_format, text, err)
                                 : cvl_format_write(&sweep_format, text, stdout, err);
    }
    free(text);
    return status;
}

static int import(const struct cvl_options *options)
{
    struct cvl_import import = {0};
    struct cvl_error err = {0};
    const enum cvl_status status =
        options->operand_count == 1
            ? import_file(options, &import, &err)
            : cvl_fail(&err, CVL_BAD_INPUT, "import: expected one file, got %zu",
                       options->operand_count);
    cvl_import_clear(&import);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_import = {
    .name = "import",
    .arguments = "FILE",
    .details =
        "Layers of the same shape become one with a count. What a sweep cannot say is listed "
        "with its count and reason, on standard error and as comments of the sweep. run, "
        "plan and tune take such a file in place of a sweep, too.",
    .examples = "convlens import shapes_resnet_50 -o resnet_50.ini\n"
                "convlens plan shapes_resnet_50",
    .summary = "make a sweep file of the layers in a file of another program",
    .options = CVL_FOR_IMPORT,
    .run = import,
};
