/* The devices that a command line selects, and the signals that end a verb which works on them. */
#ifndef CVL_CLI_CHOSEN_H
#define CVL_CLI_CHOSEN_H

#include "cli/options.h"
#include "supervise/discover.h"

struct cvl_chosen {
    struct cvl_discovery discovery;
    struct cvl_device_facts *devices; /* owned */
    size_t device_count;
};

/* @return CVL_OK; CVL_NO_DEVICE with what there is; CVL_NO_MEMORY; CVL_IO. Clear in every case. */
enum cvl_status cvl_chosen_find(const struct cvl_options *options, struct cvl_chosen *out,
                                struct cvl_error *err);
/* A note on drivers that something keeps from working. */
void cvl_chosen_warn(const struct cvl_device_list *list);
void cvl_chosen_clear(struct cvl_chosen *chosen);

/* SIGINT and SIGTERM become readable on a descriptor; a worker that is gone must not kill us. The
 * caller closes *signal_fd. */
enum cvl_status cvl_signals_watch(int *signal_fd, struct cvl_error *err);
/* With the workers gone, a reader of our output that leaves early ends us as it ends any program.
 */
void cvl_signals_obey_closed_pipes(void);

#endif
