/* Watches all probes that answer for a device during a memory pass, each against its own level
 * before the pass. */
#ifndef CVL_PROBES_PROBE_WATCH_H
#define CVL_PROBES_PROBE_WATCH_H

#include <convlens/result.h>

#include "probes/probe.h"

struct cvl_watch;

/* Opens the probes that answer for the context's device and reads their levels. A probe that fails
 * is kept with its reason.
 * @param probes `count` of them, in order of preference; they and the context must outlive the
 *               watch
 * @param stages the number of stages to mark
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_watch_create(const struct cvl_probe_context *context,
                                 const struct cvl_probe *const *probes, size_t count, size_t stages,
                                 struct cvl_watch **out, struct cvl_error *err);
void cvl_watch_destroy(struct cvl_watch **watch);

/* Starts a policy: resets the peaks and reads what is already in use. */
void cvl_watch_begin(struct cvl_watch *watch, enum cvl_policy policy);
/* Reads every probe. */
void cvl_watch_sample(struct cvl_watch *watch);
/* Records that the last sample was taken at the end of that stage. */
void cvl_watch_mark(struct cvl_watch *watch, size_t stage);
/* Ends the policy and records its peaks. */
void cvl_watch_end(struct cvl_watch *watch, enum cvl_policy policy);
/* Call after everything is released: records what remains above the level before the pass. */
void cvl_watch_finish(struct cvl_watch *watch);

/* Moves all figures into the row: `probes`, the best of which becomes `measured`, and the levels of
 * the stages. The best probe saw a change, covers the process instead of the device, and comes
 * first; if there is none, measured.reason says why.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_watch_report(struct cvl_watch *watch, struct cvl_row *row,
                                 struct cvl_error *err);

#endif
