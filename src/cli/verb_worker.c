#include "cli/verb.h"
#include "supervise/worker.h"

static int run(const struct cvl_options *options)
{
    if (options->selector_count != 1)
        return CVL_EXIT_MISUSE;
    const struct cvl_worker_options how = {
        .budget_s = options->budget_s,
        .program_sizes = options->program_sizes,
        .memory_limit_bytes = options->memory_limit_bytes,
        .dump_folder = options->dump_folder,
        .library = options->library,
    };
    return cvl_worker_main(options->selectors[0], &how);
}

const struct cvl_verb cvl_verb_worker = {
    .name = "worker", .arguments = "", .options = CVL_FOR_WORKER, .run = run};
