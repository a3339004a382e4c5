/* Child processes of the supervisor: this program again, under a hidden verb, with JSON lines on
 * its standard input and on descriptor 3. Standard output and error of the child, to which drivers
 * print, are kept as a tail of text. */
#ifndef CVL_SUPERVISE_PROCESS_H
#define CVL_SUPERVISE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"

enum { CVL_PROTOCOL_FD = 3 };

struct cvl_process {
    pid_t pid;                /* 0: not running */
    int input, output, noise; /* -1: closed */
    struct cvl_text pending;  /* bytes of lines not yet whole */
    char tail[512];           /* the last of the noise */
    int wait_status;          /* of waitpid, once ended */
    bool echo;                /* pass the noise on to our standard error */
};

/* How a child is started. */
struct cvl_process_setup {
    const char *const *arguments; /* after the program's name; NULL-terminated */
    const char *icd_folder;       /* value of OCL_ICD_VENDORS, or NULL: as it is */
    bool echo;
};

/* Starts the program that is running (/proc/self/exe) anew. The child dies with this process,
 * ignores SIGINT, and gets POCL_AFFINITY=1 unless the user set it: without it PoCL's threads
 * sometimes share a core, and every time is twice as long.
 * @return CVL_OK or CVL_IO */
enum cvl_status cvl_process_start(const struct cvl_process_setup *setup, struct cvl_process *out,
                                  struct cvl_error *err);

enum cvl_process_event {
    CVL_PROCESS_LINE,       /* a line came */
    CVL_PROCESS_ENDED,      /* the child closed its output: it is dead or dying */
    CVL_PROCESS_FLOODED,    /* a line too long to keep */
    CVL_PROCESS_TIMEOUT,    /* nothing until the deadline */
    CVL_PROCESS_INTERRUPTED /* a signal is readable on signal_fd */
};

/* Waits for the next line. @param line receives it without its newline, owned by the caller, on
 * CVL_PROCESS_LINE
 * @param deadline_s by CLOCK_MONOTONIC; @param signal_fd -1: none */
enum cvl_process_event cvl_process_next(struct cvl_process *process, double deadline_s,
                                        int signal_fd, char **line);

/* Writes a line and a newline. A child that is gone is CVL_IO; the caller blocks SIGPIPE. */
enum cvl_status cvl_process_send(struct cvl_process *process, const char *line,
                                 struct cvl_error *err);

/* Lets the child end by itself (its input is closed) for `grace_s`, then kills it; reaps it. One
 * that a driver holds in the kernel, where no signal reaches it, is abandoned after a while. */
void cvl_process_stop(struct cvl_process *process, double grace_s);

/* "signal 11 (Segmentation fault)", "exit status 3", with the last line that it printed, escaped.
 */
void cvl_process_describe_end(const struct cvl_process *process, char *text, size_t size);

#endif
