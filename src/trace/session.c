/* Runs a command under the layer. */
#include "trace/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/text.h"
#include "trace/watch.h"

/* A running command that we wait for. */
struct session {
    char folder[256];
    char layer[320]; /* the layer's path */
    pid_t child;
    sigset_t former; /* signals that were blocked before */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool write_all(int file, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* OPENCL_LAYERS separates layers by colons, so the folder's name must not contain one. */
static enum cvl_status create_folder(struct session *session, struct cvl_error *err)
{
    const char *base = getenv("TMPDIR");
    if (!base || *base != '/' || strchr(base, ':') || strlen(base) > 200)
        base = "/tmp";
    (void)snprintf(session->folder, sizeof session->folder, "%s/convlens-trace-XXXXXX", base);
    if (!mkdtemp(session->folder)) {
        session->folder[0] = '\0';
        return cvl_fail(err, CVL_IO, "trace: cannot create a folder in %s: %s", base,
                        strerror(errno));
    }
    (void)snprintf(session->layer, sizeof session->layer, "%s/" CVL_LOG_LAYER_NAME,
                   session->folder);
    int file = open(session->layer, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    bool written =
        file >= 0 && write_all(file, cvl_embedded_layer[0].bytes, cvl_embedded_layer[0].size);
    enum cvl_status status =
        written ? CVL_OK : cvl_fail(err, CVL_IO, "trace: %s: %s", session->layer, strerror(errno));
    if (file >= 0)
        close(file);
    return status;
}

/* The folder contains only our own files. */
static void remove_folder(const struct session *session)
{
    DIR *list = session->folder[0] ? opendir(session->folder) : NULL;
    if (!list)
        return;
    for (struct dirent *entry; (entry = readdir(list));)
        (void)unlinkat(dirfd(list), entry->d_name, 0);
    (void)closedir(list);
    (void)rmdir(session->folder);
}

/* The last layer is nearest to the application. */
static bool set_layer(const struct session *session)
{
    struct cvl_text value = {0};
    const char *former = getenv("OPENCL_LAYERS");
    cvl_text_append(&value, "%s%s%s", former ? former : "", former && *former ? ":" : "",
                    session->layer);
    bool done = !value.failed && setenv("OPENCL_LAYERS", value.data, 1) == 0;
    cvl_text_clear(&value);
    return done;
}

/* @param report receives the error if the command cannot run; closes if it can */
static void exec_command(const struct session *session, const char *const *command, int report)
{
    (void)sigprocmask(SIG_SETMASK, &session->former, NULL);
    errno = ENOMEM;
    if (set_layer(session))
        (void)execvp(command[0], (char *const *)command);
    int code = errno;
    (void)!write(report, &code, sizeof code);
    _exit(CVL_TRACE_NOT_FOUND);
}

static enum cvl_status start(struct session *session, const char *const *command, int *not_run,
                             struct cvl_error *err)
{
    int ends[2], code = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cvl_fail(err, CVL_IO, "trace: cannot create a pipe: %s", strerror(errno));
    session->child = fork();
    if (session->child == 0)
        exec_command(session, command, ends[1]);
    int fork_code = errno;
    close(ends[1]);
    ssize_t got = session->child > 0 ? read(ends[0], &code, sizeof code) : 0;
    close(ends[0]);
    if (session->child < 0)
        return cvl_fail(err, CVL_IO, "trace: cannot start a process: %s", strerror(fork_code));
    if (got != (ssize_t)sizeof code)
        return CVL_OK;
    (void)waitpid(session->child, NULL, 0);
    *not_run = code == ENOENT ? CVL_TRACE_NOT_FOUND : CVL_TRACE_NOT_EXECUTABLE;
    return cvl_fail(err, CVL_BAD_INPUT, "trace: %s: %s", command[0], strerror(code));
}

/* A terminal sends its interrupt to the command as well. Forwards an interrupt sent only to us, and
 * every request to terminate. */
static void forward_signal(const struct session *session, const siginfo_t *signal)
{
    bool from_terminal =
        (signal->si_signo == SIGINT || signal->si_signo == SIGQUIT) && signal->si_code == SI_KERNEL;
    if (signal->si_signo != SIGCHLD && !from_terminal)
        (void)kill(session->child, signal->si_signo);
}

/* Looks at the processes from time to time, more often at first. */
static void wait_for_end(const struct session *session, struct cvl_trace *trace,
                         const sigset_t *signals)
{
    enum { FIRST_NS = 2000000, MAX_NS = 100000000 };
    struct timespec pause = {.tv_nsec = FIRST_NS};
    while (waitpid(session->child, &trace->wait_status, WNOHANG) == 0) {
        siginfo_t signal;
        if (sigtimedwait(signals, &signal, &pause) > 0) {
            forward_signal(session, &signal);
        } else {
            cvl_watch_look(session->child, session->folder, trace);
            pause.tv_nsec = pause.tv_nsec > MAX_NS / 2 ? MAX_NS : 2 * pause.tv_nsec;
        }
    }
}

static enum cvl_status run(struct session *session, const char *const *command,
                           struct cvl_trace *out, int *not_run, struct cvl_error *err)
{
    static const int passed[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    sigset_t signals;
    (void)sigemptyset(&signals);
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        (void)sigaddset(&signals, passed[i]);
    (void)sigprocmask(SIG_BLOCK, &signals, &session->former);
    out->begin_ns = now_ns();
    enum cvl_status status = start(session, command, not_run, err);
    if (status == CVL_OK)
        wait_for_end(session, out, &signals);
    out->end_ns = now_ns();
    (void)sigprocmask(SIG_SETMASK, &session->former, NULL);
    return status;
}

static enum cvl_status copy_command(const char *const *command, struct cvl_trace *out,
                                    struct cvl_error *err)
{
    struct cvl_text text = {0};
    for (size_t i = 0; command[i]; i++)
        cvl_text_append(&text, "%s%s", i ? " " : "", command[i]);
    out->command = cvl_text_take(&text);
    return out->command ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "trace: out of memory");
}

enum cvl_status cvl_trace_run(const char *const *command, struct cvl_trace *out, int *not_run,
                              struct cvl_error *err)
{
    struct session session = {.child = -1};
    *out = (struct cvl_trace){0};
    *not_run = 0;
    enum cvl_status status = copy_command(command, out, err);
    if (status == CVL_OK)
        status = create_folder(&session, err);
    if (status == CVL_OK)
        status = run(&session, command, out, not_run, err);
    if (status == CVL_OK)
        status = cvl_trace_load(session.folder, out, err);
    if (status == CVL_OK)
        cvl_watch_settle(out);
    remove_folder(&session);
    if (status != CVL_OK)
        cvl_trace_clear(out);
    return status;
}
