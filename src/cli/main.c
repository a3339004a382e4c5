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
#include "cli/verb.h"

#define CVL_VERB(name) extern const struct cvl_verb cvl_verb_##name;
#include "cli/verbs.def"
#undef CVL_VERB

static const struct cvl_verb *const verbs[] = {
#define CVL_VERB(name) &cvl_verb_##name,
#include "cli/verbs.def"
#undef CVL_VERB
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

int cvl_report_error(const struct cvl_error *err)
{
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(safe, sizeof safe, err->text);
    (void)fprintf(stderr, "convlens: %s\n", safe);
    switch (err->status) {
    case CVL_BAD_INPUT:
        return CVL_EXIT_MISUSE;
    case CVL_NO_DEVICE:
        return CVL_EXIT_NO_DEVICE;
    case CVL_INTERRUPTED:
        return CVL_EXIT_INTERRUPTED;
    default:
        return CVL_EXIT_WRONG;
    }
}

static void print_message(void *user, enum cvl_log_level level, const char *line)
{
    const bool *verbose = user;
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    if (level == CVL_LOG_INFO && !*verbose)
        return;
    cvl_copy_safe(safe, sizeof safe, line);
    (void)fprintf(stderr, "convlens: %s\n", safe);
}

static void print_usage(FILE *stream)
{
    (void)fprintf(stream, "usage: convlens VERB [OPTION...] ...\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        char head[64];
        if (!verbs[i]->summary)
            continue;
        (void)snprintf(head, sizeof head, "%s %s", verbs[i]->name, verbs[i]->arguments);
        (void)fprintf(stream, "  %-26s %s\n", head, verbs[i]->summary);
    }
    (void)fprintf(stream, "\nconvlens VERB --help shows a verb's options; convlens --version.\n"
                          "Exit status: 0 done; 1 a row failed; 2 misuse or bad input; 3 no "
                          "device; 130 interrupted.\n");
}

static const struct cvl_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

/* Standard output is checked last: what it could not take is not done. */
static int end_output(int result)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || result != CVL_EXIT_DONE)
        return result;
    (void)fprintf(stderr, "convlens: standard output could not be written\n");
    return CVL_EXIT_WRONG;
}

static int run_verb(const struct cvl_verb *verb, int argc, char **argv)
{
    struct cvl_options options;
    struct cvl_error err = {0};
    int result = CVL_EXIT_DONE;
    if (cvl_options_read(argc, argv, verb->options, &options, &err) != CVL_OK) {
        result = cvl_report_error(&err);
    } else if (options.help) {
        (void)printf("usage: convlens %s %s\n%s\n\n", verb->name, verb->arguments,
                     verb->summary ? verb->summary : "");
        cvl_options_help(verb->options);
    } else {
        cvl_log_sink_set(print_message, &options.verbose);
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
        (void)printf("convlens %s\n", cvl_version());
        return end_output(CVL_EXIT_DONE);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_usage(stdout);
        return end_output(CVL_EXIT_DONE);
    }
    const struct cvl_verb *verb = find_verb(name);
    if (verb)
        return run_verb(verb, argc - 1, argv + 1);
    if (*name == '\0') {
        print_usage(stderr);
    } else {
        char safe[80];
        cvl_copy_safe(safe, sizeof safe, name);
        (void)fprintf(stderr, "convlens: '%s' is no verb; see convlens --help\n", safe);
    }
    return CVL_EXIT_MISUSE;
}
