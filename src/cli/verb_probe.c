/* convlens probe, for the program's own use */
#include "cli/verb.h"
#include "supervise/worker.h"

static int run(const struct cvl_options *options)
{
    (void)options;
    return cvl_probe_main();
}

const struct cvl_verb cvl_verb_probe = {
    .name = "probe", .arguments = "", .options = CVL_FOR_PROBE, .run = run};
