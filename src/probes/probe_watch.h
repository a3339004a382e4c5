/* The probes of a device, watched over a memory pass: every one that answers, each against its own
 * level before the pass. */
#ifndef CVL_PROBES_PROBE_WATCH_H
#define CVL_PROBES_PROBE_WATCH_H

#include <convlens/result.h>

#include "probes/probe.h"

struct cvl_watch;

/* Opens the probes that answer for the context's device, and reads their level. One that cannot
 * answer after all is kept with its reason.
 * @param probes   `count` of them, in the order of preference; they outlive the watch, as does the
 *                 context
 * @param stages   how many there are to mark
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_watch_create(const struct cvl_probe_context *context,
                                 const struct cvl_probe *const *probes, size_t count, size_t stages,
                                 struct cvl_watch **out, struct cvl_error *err);
void cvl_watch_destroy(struct cvl_watch **watch);

/* A policy begins: new peaks, and what is there already is read. */
void cvl_watch_begin(struct cvl_watch *watch, enum cvl_policy policy);
/* Reads every probe. */
void cvl_watch_sample(struct cvl_watch *watch);
/* The last sample was taken at the end of that stage. */
void cvl_watch_mark(struct cvl_watch *watch, size_t stage);
/* The policy ends: its peaks are noted. */
void cvl_watch_end(struct cvl_watch *watch, enum cvl_policy policy);
/* Everything is released: what remains above the level before the pass is noted. */
void cvl_watch_finish(struct cvl_watch *watch);

/* Moves all figures into the row: `probes`, of which the best one is `measured`, and the stages'
 * levels. The best one saw something move, speaks for the process rather than for the device, and
 * comes first; where there is none, measured.reason says why.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_watch_tell(struct cvl_watch *watch, struct cvl_row *row, struct cvl_error *err);

#endif
