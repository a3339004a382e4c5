/* Reading the stores of a command line. */
#include "cli/stores.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/operand.h"

static enum cvl_status load(const char *path, int64_t run_id, struct cvl_results *out,
                            struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    if (run_id == 0)
        return cvl_operand_load(path, out, err);
    enum cvl_status status = cvl_store_open(path, CVL_STORE_READ, &store, err);
    if (status == CVL_OK)
        status = cvl_store_load(store, run_id, out, err);
    cvl_store_close(&store);
    return status;
}

/* "b" of "runs/b.db". The caller frees it; NULL: memory ran out. */
static char *make_label(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *label = cvl_duplicate(slash ? slash + 1 : path);
    char *dot = label ? strrchr(label, '.') : NULL;
    if (dot && dot != label)
        *dot = '\0';
    return label;
}

static enum cvl_status load_all(const struct cvl_options *options, const char *verb,
                                struct cvl_results *parts, char **labels, struct cvl_results *out,
                                struct cvl_error *err)
{
    const size_t count = options->operand_count;
    size_t left_out = 0;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        struct cvl_error reason = {0};
        labels[i] = make_label(options->operands[i]);
        if (!labels[i])
            return cvl_fail(err, CVL_NO_MEMORY, "%s: no memory", verb);
        status = load(options->operands[i], 0, &parts[i], &reason);
        if (status != CVL_OK && !strstr(reason.text, options->operands[i]))
            (void)cvl_fail(err, status, "%s: %s", options->operands[i], reason.text);
        else if (status != CVL_OK)
            *err = reason;
    }
    if (status == CVL_OK)
        status = cvl_results_join(parts, (const char *const *)labels, count, out, &left_out, err);
    if (status == CVL_OK && left_out > 0)
        cvl_log(CVL_LOG_WARNING,
                "%s: %zu row%s left out: a newer run has the same case on the same device", verb,
                left_out, left_out == 1 ? " is" : "s are");
    return status;
}

enum cvl_status cvl_stores_load(const struct cvl_options *options, const char *verb,
                                struct cvl_results *out, struct cvl_error *err)
{
    const size_t count = options->operand_count;
    *out = (struct cvl_results){0};
    if (count == 0)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected a store, such as convlens.db", verb);
    if (count == 1)
        return load(options->operands[0], options->run_id, out, err);
    if (options->run_id != 0)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "%s: --run names a run of one store, got %zu stores: of several, the "
                        "newest run of each is read",
                        verb, count);
    struct cvl_results *parts = calloc(count, sizeof *parts);
    char **labels = calloc(count, sizeof *labels);
    enum cvl_status status = parts && labels ? load_all(options, verb, parts, labels, out, err)
                                             : cvl_fail(err, CVL_NO_MEMORY, "%s: no memory", verb);
    for (size_t i = 0; i < count; i++) {
        if (parts)
            cvl_results_clear(&parts[i]);
        if (labels)
            free(labels[i]);
    }
    free(parts);
    free(labels);
    return status;
}
