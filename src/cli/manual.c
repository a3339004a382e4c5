/* Man pages. */
#include "cli/manual.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/option_table.h"
#include "cli/verbs.h"
#include "cli/version.h"

static const struct environment {
    const char *name, *meaning;
} environment[] = {
#define CVL_ENVIRONMENT(name, meaning) {name, meaning},
#include "cli/environment.def"
#undef CVL_ENVIRONMENT
};

/* Text of a page: what roff would take for a request or an escape is escaped. A hyphen is a minus
 * sign, as it has to be typed. */
static void put(const char *text)
{
    for (bool is_first = true; *text != '\0'; text++) {
        if (is_first && (*text == '.' || *text == '\''))
            (void)fputs("\\&", stdout);
        if (*text == '\\')
            (void)fputs("\\e", stdout);
        else if (*text == '-')
            (void)fputs("\\-", stdout);
        else if (*text == '\'')
            (void)fputs("\\(aq", stdout);
        else
            (void)putchar(*text);
        is_first = *text == '\n';
    }
}

static void put_line(const char *text)
{
    put(text);
    (void)putchar('\n');
}

static void put_section(const char *name)
{
    (void)printf(".SH %s\n", name);
}

/* A tagged paragraph. */
static void put_item(const char *tag, const char *text)
{
    (void)printf(".TP\n.B ");
    put_line(tag);
    put_line(text);
}

/* "CONVLENS-RUN" */
static void put_title(const struct cvl_verb *verb)
{
    (void)fputs(".TH CONVLENS", stdout);
    if (verb)
        (void)fputs("\\-", stdout);
    for (const char *c = verb ? verb->name : ""; *c != '\0'; c++)
        (void)putchar(toupper((unsigned char)*c));
    (void)printf(" 1 \"%s\" \"convlens %s\" \"User Commands\"\n", cvl_version_date(),
                 cvl_version());
    (void)fputs(".nh\n.ad l\n", stdout); /* no hyphens in what is typed */
}

static void put_exits(void)
{
    const struct cvl_exit_row *row;
    put_section("EXIT STATUS");
    for (size_t i = 0; (row = cvl_exit_at(i)) != NULL; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d", row->number);
        put_item(number, row->meaning);
    }
}

static void put_environment(void)
{
    put_section("ENVIRONMENT");
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++)
        put_item(environment[i].name, environment[i].meaning);
}

static void put_option(const struct cvl_option *option)
{
    char *help = cvl_option_help(option);
    (void)fputs(".TP\n", stdout);
    if (option->letter)
        (void)printf(".BR \\-%c \", \" ", option->letter);
    else
        (void)fputs(".B ", stdout);
    (void)fputs("\\-\\-", stdout);
    put(option->name);
    if (option->argument && option->letter)
        (void)printf(" \" \\fI%s\\fR\"", option->argument);
    else if (option->argument)
        (void)printf(" \\fI%s\\fR", option->argument);
    (void)putchar('\n');
    put_line(help ? help : option->help);
    free(help);
}

static void put_examples(const char *examples)
{
    put_section("EXAMPLES");
    (void)fputs(".nf\n", stdout);
    put_line(examples);
    (void)fputs(".fi\n", stdout);
}

static void put_verb(const struct cvl_verb *verb)
{
    const struct cvl_option *option;
    put_section("NAME");
    (void)printf("convlens\\-%s \\- ", verb->name);
    put_line(verb->summary);
    put_section("SYNOPSIS");
    (void)printf(".B convlens %s\n[\\fIOPTION\\fR...]%s", verb->name,
                 verb->arguments[0] ? " " : "");
    put_line(verb->arguments);
    if (verb->details) {
        put_section("DESCRIPTION");
        put_line(verb->details);
    }
    put_section("OPTIONS");
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++)
        if (option->verbs & verb->options)
            put_option(option);
    if (verb->examples)
        put_examples(verb->examples);
}

static void put_program(void)
{
    const struct cvl_verb *verb;
    put_section("NAME");
    put_line("convlens - memory and time of convolutions on OpenCL devices");
    put_section("SYNOPSIS");
    (void)fputs(".B convlens\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] ...\n", stdout);
    put_section("DESCRIPTION");
    put_line("convlens shows what a convolution costs, in bytes and in time, on every OpenCL "
             "device of a machine: does the depthwise-separable form of a layer need more device "
             "memory than the standard form, and is it faster?");
    put_section("COMMANDS");
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++)
        if (cvl_verb_is_public(verb)) {
            char tag[80];
            (void)snprintf(tag, sizeof tag, "%s%s%s", verb->name, verb->arguments[0] ? " " : "",
                           verb->arguments);
            put_item(tag, verb->summary);
        }
}

static void put_pages(const struct cvl_verb *self)
{
    const struct cvl_verb *verb;
    bool is_first = true;
    put_section("SEE ALSO");
    if (self) {
        (void)fputs(".BR convlens (1)", stdout);
        is_first = false;
    }
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++) {
        if (!cvl_verb_is_public(verb) || verb == self)
            continue;
        (void)printf("%s.BR convlens\\-%s (1)", is_first ? "" : ",\n", verb->name);
        is_first = false;
    }
    (void)putchar('\n');
}

void cvl_manual_print(const struct cvl_verb *verb)
{
    put_title(verb);
    if (verb)
        put_verb(verb);
    else
        put_program();
    put_exits();
    if (!verb)
        put_environment();
    put_pages(verb);
}
