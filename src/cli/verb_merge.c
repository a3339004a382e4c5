/* convlens merge */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <convlens/store.h>

#include "base/text.h"
#include "cli/verb.h"

/* What a merge holds. */
struct merge {
    const char *path; /* of what is made or extended */
    struct cvl_store *store;
    struct cvl_store **sources;
    size_t source_count;
    bool is_new; /* the file was not there */
};

static enum cvl_status open_sources(const struct cvl_options *options, struct merge *merge,
                                    struct cvl_error *err)
{
    const size_t count = options->operand_count - 1;
    enum cvl_status status = CVL_OK;
    merge->sources = calloc(count, sizeof(struct cvl_store *));
    if (!merge->sources)
        return cvl_fail(err, CVL_NO_MEMORY, "merge: no memory for %zu stores", count);
    for (; merge->source_count < count && status == CVL_OK; merge->source_count++)
        status = cvl_store_open(options->operands[1 + merge->source_count], CVL_STORE_READ,
                                &merge->sources[merge->source_count], err);
    return status;
}

/* Nothing was merged: no empty store is left of what was not there. */
static void remove_new_file(const struct merge *merge)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct cvl_text name = {0};
        cvl_text_append(&name, "%s%s", merge->path, ends[i]);
        if (!name.failed)
            (void)unlink(name.data);
        cvl_text_clear(&name);
    }
}

static void print_merged(const char *path, const struct cvl_store_merged *merged)
{
    char safe[256];
    cvl_copy_safe(safe, sizeof safe, path);
    (void)printf("%s: %zu run%s added", safe, merged->runs_added,
                 merged->runs_added == 1 ? "" : "s");
    if (merged->runs_completed > 0)
        (void)printf(", %zu completed", merged->runs_completed);
    (void)printf(", %zu already there; %zu row%s added\n", merged->runs_there, merged->rows_added,
                 merged->rows_added == 1 ? "" : "s");
}

static enum cvl_status merge_into(struct merge *merge, struct cvl_store_merged *merged,
                                  struct cvl_error *err)
{
    merge->is_new = access(merge->path, F_OK) != 0;
    enum cvl_status status = cvl_store_open(merge->path, CVL_STORE_WRITE, &merge->store, err);
    const bool is_made = status == CVL_OK && merge->is_new;
    if (status == CVL_OK)
        status = cvl_store_merge(merge->store, merge->sources, merge->source_count, merged, err);
    cvl_store_close(&merge->store);
    if (status != CVL_OK && is_made)
        remove_new_file(merge);
    return status;
}

static int merge(const struct cvl_options *options)
{
    struct merge merge = {0};
    struct cvl_store_merged merged = {0};
    struct cvl_error err = {0};
    enum cvl_status status = CVL_OK;
    if (options->operand_count < 2)
        status = cvl_fail(&err, CVL_BAD_INPUT,
                          "merge: expected the store to make or extend, then one or more stores to "
                          "read, got %zu",
                          options->operand_count);
    if (status == CVL_OK)
        status = open_sources(options, &merge, &err);
    if (status == CVL_OK) {
        merge.path = options->operands[0];
        status = merge_into(&merge, &merged, &err);
    }
    if (status == CVL_OK)
        print_merged(merge.path, &merged);
    for (size_t i = 0; i < merge.source_count; i++)
        cvl_store_close(&merge.sources[i]);
    free(merge.sources);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_merge = {
    .name = "merge",
    .arguments = "OUT.db STORE...",
    .details = "A run that OUT.db has already is not added again. All runs are added, or none.",
    .examples = "convlens merge all.db server.db phone.db",
    .summary = "add the runs of stores to OUT.db, each once",
    .options = CVL_FOR_MERGE,
    .run = merge,
};
