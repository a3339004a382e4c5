/* What OpenCL libraries the processes of a traced command load, as /proc shows it: for those that
 * the layer hears nothing of. */
#ifndef CVL_TRACE_WATCH_H
#define CVL_TRACE_WATCH_H

#include <sys/types.h>

#include "trace/trace.h"

/* Looks at a process and at its children, however far down, except those that have a trace in the
 * folder, and notes what is seen in `trace`. */
void cvl_watch_look(pid_t process, const char *folder, struct cvl_trace *trace);

/* Forgets those that were traced after all. */
void cvl_watch_settle(struct cvl_trace *trace);

/* Is it an OpenCL loader, or a vendor's driver, by its file's name? */
enum cvl_trace_sight cvl_watch_judge(const char *path);

#endif
