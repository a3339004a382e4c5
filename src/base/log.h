/* The library's messages. They go to a sink that the program installs; without one they are
 * dropped. */
#ifndef CVL_BASE_LOG_H
#define CVL_BASE_LOG_H

#include <convlens/status.h>

enum cvl_log_level { CVL_LOG_WARNING, CVL_LOG_INFO };

typedef void (*cvl_log_sink)(void *user, enum cvl_log_level level, const char *line);

/* Sets the sink of the process; call it before threads start. NULL removes the sink. */
void cvl_log_sink_set(cvl_log_sink sink, void *user);

/* "area: what happened; what it means". One line, no newline. */
void cvl_log(enum cvl_log_level level, const char *format, ...) CVL_PRINTF(2, 3);

#endif
