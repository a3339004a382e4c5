/* Runs a command under the layer. */
#ifndef CVL_TRACE_SESSION_H
#define CVL_TRACE_SESSION_H

#include "trace/trace.h"

/* Exit statuses of a shell for a command that it cannot run. */
enum { CVL_TRACE_NOT_EXECUTABLE = 126, CVL_TRACE_NOT_FOUND = 127 };

/* Puts the layer into a new folder under TMPDIR (default: /tmp), runs the command with it and waits
 * for the command itself to end, even if it leaves children running. Then reads the traces and
 * removes the folder. Interrupts are meant for the command: this process continues.
 * @param command NULL-terminated
 * @param not_run if the command could not start: CVL_TRACE_NOT_FOUND or …_EXECUTABLE
 * @return CVL_OK; CVL_BAD_INPUT: the command could not start; CVL_IO; CVL_NO_MEMORY */
enum cvl_status cvl_trace_run(const char *const *command, struct cvl_trace *out, int *not_run,
                              struct cvl_error *err);

#endif
