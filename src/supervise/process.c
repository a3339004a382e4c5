/* Child processes: fork, exec, pipes, and a reader that waits for lines with a deadline. */
#include "supervise/process.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 32 };

/* A row with every sample and event takes a few MiB at most. */
static const size_t most_line_bytes = (size_t)64 << 20;

/* How long a killed child may take to go. */
static const double kill_limit_s = 10.0;

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* The three pipes: [0] the end that is read, [1] the one that is written. */
struct pipes {
    int input[2], output[2], noise[2];
};

static void close_pipes(struct pipes *pipes)
{
    for (int end = 0; end < 2; end++) {
        close_fd(&pipes->input[end]);
        close_fd(&pipes->output[end]);
        close_fd(&pipes->noise[end]);
    }
}

static bool open_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->input, O_CLOEXEC) == 0 && pipe2(pipes->output, O_CLOEXEC) == 0 &&
        pipe2(pipes->noise, O_CLOEXEC) == 0)
        return true;
    close_pipes(pipes);
    return false;
}

/* dup2 onto itself would keep the close-on-exec flag: move the source out of the way first. */
static bool install_fd(int source, int target)
{
    int high = fcntl(source, F_DUPFD_CLOEXEC, 10);
    return high >= 0 && dup2(high, target) == target;
}

/* Between fork and exec: only calls that are safe there; setenv is, since this process has one
 * thread. */
static void become_child(const struct cvl_process_setup *setup, const struct pipes *pipes,
                         char *const *arguments, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_DFL);
    bool installed =
        install_fd(pipes->input[0], STDIN_FILENO) && install_fd(pipes->noise[1], STDOUT_FILENO) &&
        install_fd(pipes->noise[1], STDERR_FILENO) && install_fd(pipes->output[1], CVL_PROTOCOL_FD);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!installed || getppid() != parent)
        _exit(126);
    if (setup->icd_folder)
        (void)setenv("OCL_ICD_VENDORS", setup->icd_folder, 1);
    (void)setenv("POCL_AFFINITY", "1", 0);
    (void)execv("/proc/self/exe", arguments);
    _exit(127);
}

enum cvl_status cvl_process_start(const struct cvl_process_setup *setup, struct cvl_process *out,
                                  struct cvl_error *err)
{
    char *arguments[MAX_ARGUMENTS + 2] = {(char *)"convlens"};
    for (size_t i = 0; i < MAX_ARGUMENTS && setup->arguments[i]; i++)
        arguments[i + 1] = (char *)setup->arguments[i];
    struct pipes pipes;
    *out = (struct cvl_process){.input = -1, .output = -1, .noise = -1, .echo = setup->echo};
    if (!open_pipes(&pipes))
        return cvl_fail(err, CVL_IO, "supervise: pipe: %s", strerror(errno));
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_child(setup, &pipes, arguments, parent);
    if (pid < 0) {
        close_pipes(&pipes);
        return cvl_fail(err, CVL_IO, "supervise: fork: %s", strerror(errno));
    }
    out->pid = pid;
    out->input = pipes.input[1];
    out->output = pipes.output[0];
    out->noise = pipes.noise[0];
    pipes.input[1] = pipes.output[0] = pipes.noise[0] = -1;
    close_pipes(&pipes);
    return CVL_OK;
}

static void keep_tail(struct cvl_process *process, const char *bytes, size_t count)
{
    size_t room = sizeof process->tail - 1;
    size_t kept = strlen(process->tail);
    if (count > room) {
        bytes += count - room;
        count = room;
    }
    if (kept + count > room) {
        size_t drop = kept + count - room;
        memmove(process->tail, process->tail + drop, kept - drop);
        kept -= drop;
    }
    for (size_t i = 0; i < count; i++)
        process->tail[kept + i] = bytes[i] != '\0' ? bytes[i] : ' ';
    process->tail[kept + count] = '\0';
}

static void read_noise(struct cvl_process *process)
{
    char bytes[4096];
    ssize_t count = read(process->noise, bytes, sizeof bytes);
    if (count <= 0) {
        if (count == 0 || errno != EINTR)
            close_fd(&process->noise);
        return;
    }
    keep_tail(process, bytes, (size_t)count);
    if (process->echo)
        (void)!write(STDERR_FILENO, bytes, (size_t)count);
}

static bool take_line(struct cvl_process *process, char **line)
{
    struct cvl_text *pending = &process->pending;
    char *end = pending->length ? memchr(pending->data, '\n', pending->length) : NULL;
    if (!end)
        return false;
    size_t length = (size_t)(end - pending->data);
    *line = strndup(pending->data, length);
    if (!*line) {
        pending->failed = true; /* reported as a flood */
        return false;
    }
    pending->length -= length + 1;
    memmove(pending->data, end + 1, pending->length);
    pending->data[pending->length] = '\0';
    return true;
}

/* @return false at the end of the output */
static bool read_output(struct cvl_process *process)
{
    char bytes[65536];
    ssize_t count = read(process->output, bytes, sizeof bytes);
    if (count > 0)
        cvl_text_append_bytes(&process->pending, bytes, (size_t)count);
    return count > 0 || (count < 0 && errno == EINTR);
}

enum cvl_process_event cvl_process_next(struct cvl_process *process, double deadline_s,
                                        int signal_fd, char **line)
{
    while (!take_line(process, line)) {
        double left_s = deadline_s - now_s();
        if (process->pending.failed || process->pending.length > most_line_bytes)
            return CVL_PROCESS_FLOODED;
        if (process->output < 0)
            return CVL_PROCESS_ENDED;
        if (left_s <= 0.0)
            return CVL_PROCESS_TIMEOUT;
        struct pollfd fds[] = {{process->output, POLLIN, 0},
                               {process->noise, POLLIN, 0},
                               {signal_fd, POLLIN, 0}}; /* negative ones are passed over */
        int ready = poll(fds, 3, (int)fmin(ceil(left_s * 1e3), 1e6));
        if (ready <= 0)
            continue;
        if (fds[2].revents != 0)
            return CVL_PROCESS_INTERRUPTED;
        if (fds[1].revents != 0)
            read_noise(process);
        if (fds[0].revents != 0 && !read_output(process))
            return CVL_PROCESS_ENDED;
    }
    return CVL_PROCESS_LINE;
}

enum cvl_status cvl_process_send(struct cvl_process *process, const char *line,
                                 struct cvl_error *err)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "%s\n", line);
    size_t sent = 0;
    while (!text.failed && sent < text.length) {
        ssize_t count = write(process->input, text.data + sent, text.length - sent);
        if (count < 0 && errno != EINTR)
            break;
        sent += count > 0 ? (size_t)count : 0;
    }
    bool whole = !text.failed && sent == text.length;
    cvl_text_clear(&text);
    return whole ? CVL_OK : cvl_fail(err, CVL_IO, "supervise: the worker takes no input");
}

/* What is still in the pipe may say why the child died. */
static void drain_noise(struct cvl_process *process)
{
    for (int i = 0; i < 64 && process->noise >= 0; i++) {
        struct pollfd fd = {process->noise, POLLIN, 0};
        if (poll(&fd, 1, 0) <= 0)
            return;
        read_noise(process);
    }
}

static bool reap(struct cvl_process *process, double deadline_s)
{
    for (;;) {
        pid_t ended = waitpid(process->pid, &process->wait_status, WNOHANG);
        if (ended == process->pid || (ended < 0 && errno != EINTR))
            return true;
        drain_noise(process); /* a child that waits for room in the pipe would never end */
        if (now_s() >= deadline_s)
            return false;
        (void)usleep(2000);
    }
}

void cvl_process_stop(struct cvl_process *process, double grace_s)
{
    if (process->pid == 0)
        return;
    close_fd(&process->input);
    if (!reap(process, now_s() + grace_s)) {
        (void)kill(process->pid, SIGKILL);
        (void)reap(process, now_s() + kill_limit_s);
    }
    drain_noise(process);
    process->pid = 0;
    close_fd(&process->output);
    close_fd(&process->noise);
    cvl_text_clear(&process->pending);
}

void cvl_process_describe_end(const struct cvl_process *process, char *text, size_t size)
{
    char how[96], noise[256];
    if (WIFSIGNALED(process->wait_status))
        (void)snprintf(how, sizeof how, "signal %d (%s)", WTERMSIG(process->wait_status),
                       strsignal(WTERMSIG(process->wait_status)));
    else
        (void)snprintf(how, sizeof how, "exit status %d", WEXITSTATUS(process->wait_status));
    char last[sizeof process->tail];
    cvl_copy(last, sizeof last, process->tail);
    size_t length = strlen(last);
    while (length > 0 && (last[length - 1] == '\n' || last[length - 1] == ' '))
        last[--length] = '\0';
    const char *line = strrchr(last, '\n');
    cvl_copy_safe(noise, sizeof noise, line ? line + 1 : last);
    (void)snprintf(text, size, "%s%s%s", how, *noise ? "; its last words: " : "", noise);
}
