/* A network for a worker, as one line:
 * {"chain": name, "form", "lead": variant, "layout", "dtype",
 *  "steps": [{"layer", "repetition", "repetitions", "problem", "variant", "tuning": {…}}],
 *  "residuals": [[from, to]]} */
#ifndef CVL_SUPERVISE_CHAIN_PROTOCOL_H
#define CVL_SUPERVISE_CHAIN_PROTOCOL_H

#include "sweep/chain_cases.h"

/* What a worker is told of a network. */
struct cvl_chain_task {
    struct cvl_network chain;
    struct cvl_chain_choice *choices; /* owned, one for each step; their tuning is in `tunings` */
    struct cvl_values *tunings;       /* owned, one for each step */
    const struct cvl_variant *lead;
    enum cvl_layout layout;
    enum cvl_dtype dtype;
};

/* The line, owned by the caller; NULL: out of memory. */
char *cvl_chain_task_write(const struct cvl_chain_case *item,
                           const struct cvl_chain_choice *choices);
/* @return CVL_OK, CVL_BAD_INPUT or CVL_NO_MEMORY; clear in every case */
enum cvl_status cvl_chain_task_read(const char *line, struct cvl_chain_task *out,
                                    struct cvl_error *err);
void cvl_chain_task_clear(struct cvl_chain_task *task);

/* A worker's answer. */
char *cvl_message_chain(const struct cvl_chain_row *row);

#endif
