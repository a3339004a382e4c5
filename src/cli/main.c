/* convlens: what a convolution costs, in bytes and in microseconds, on every OpenCL device. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "cli/version.h"

static void print_message(void *user, enum cvl_log_level level, const char *line)
{
    const struct cvl_options *options = user;
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    if (options->quiet || (level == CVL_LOG_INFO && !options->verbose))
        return;
    cvl_copy_safe(safe, sizeof safe, line);
    (void)fprintf(stderr, "convlens: %s\n", safe);
}

/* Standard output is checked last: what it could not take is not done. */
static int end_output(int result)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || result != CVL_EXIT_DONE)
        return result;
    (void)fprintf(stderr, "convlens: standard output cannot be written\n");
    return CVL_EXIT_UNWRITABLE;
}

static int run_verb(const struct cvl_verb *verb, int argc, char **argv)
{
    struct cvl_options options;
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    if (cvl_options_read(argc, argv, verb->options, &options, &err) != CVL_OK) {
        result = cvl_report_error(&err);
    } else if (options.help) {
        cvl_usage_print_verb(verb);
    } else {
        cvl_log_sink_set(print_message, &options);
        result = verb->run(&options);
        cvl_log_sink_set(NULL, NULL);
    }
    cvl_options_clear(&options);
    return end_output(result);
}

/* What whoever started us may have left in another state. A closed standard descriptor would become
 * a pipe or a file of ours and be written to; opened the wrong way round, it is taken and still
 * fails. Children whose end is ignored could not be waited for. */
static bool prepare_process(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    (void)signal(SIGCHLD, SIG_DFL);
    (void)setlocale(LC_CTYPE, ""); /* for the tables' widths; numbers stay as in C */
    return true;
}

int main(int argc, char **argv)
{
    if (!prepare_process())
        return CVL_EXIT_WRONG;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0) {
        cvl_version_print();
        return end_output(CVL_EXIT_DONE);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        cvl_usage_print(stdout);
        return end_output(CVL_EXIT_DONE);
    }
    const struct cvl_verb *verb = cvl_verb_find(name);
    if (verb)
        return run_verb(verb, argc - 1, argv + 1);
    if (*name != '\0') {
        struct cvl_error err = {0};
        (void)cvl_verb_refuse(name, &err);
        return cvl_report_error(&err);
    }
    cvl_usage_print(stderr);
    return CVL_EXIT_MISUSE;
}
