/* What OpenCL libraries the processes of a traced command load, as /proc shows it: for processes in
 * which the layer does not run. */
#ifndef CVL_TRACE_WATCH_H
#define CVL_TRACE_WATCH_H

#include <sys/types.h>

#include "trace/trace.h"

/* Looks at a process and all its descendants, except those that have a trace in the folder, and
 * records what it sees in `trace`. */
void cvl_watch_look(pid_t process, const char *folder, struct cvl_trace *trace);

/* Removes the processes that were traced after all. */
void cvl_watch_settle(struct cvl_trace *trace);

/* Is it an OpenCL loader or a vendor's driver, judging by its file name? */
enum cvl_trace_sight cvl_watch_judge(const char *path);

#endif
