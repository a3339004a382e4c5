/* convlens worker, for the program's own use */
#include "cli/verb.h"
#include "supervise/worker.h"

static int run(const struct cvl_options *options)
{
    if (options->selectors.count != 1)
        return CVL_EXIT_MISUSE;
    return cvl_worker_main(options->selectors.at[0]);
}

const struct cvl_verb cvl_verb_worker = {
    .name = "worker", .arguments = "", .options = CVL_FOR_WORKER, .run = run};
