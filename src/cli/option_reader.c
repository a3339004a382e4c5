/* Reading the command line by the option table. */
#include "cli/options.h"

#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "cli/option_table.h"

/* What getopt_long returns for the first row: no letter. */
enum { FIRST_CODE = 256 };

/* A long name that is none, or the beginning of several. */
static enum cvl_status refuse_name(const char *word, unsigned verb_bit, const char *verb,
                                   struct cvl_error *err)
{
    char name[64], found[64] = "";
    struct cvl_text text = {0};
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    struct cvl_nearest nearest = {.word = name + (name[0] == '-') + (name[1] == '-')};
    for (int i = 0; i < CVL_OPTION_COUNT; i++)
        if (cvl_option_rows[i].verbs & verb_bit)
            cvl_nearest_offer(&nearest, cvl_option_rows[i].name);
    if (nearest.best)
        (void)snprintf(found, sizeof found, "--%s", nearest.best);
    nearest.best = nearest.best ? found : NULL;
    cvl_nearest_append(&nearest, &text);
    const enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "%s: unknown or ambiguous option%s%s see convlens %s --help",
                 name, text.data ? text.data : "", text.data ? "" : ";", verb);
    cvl_text_clear(&text);
    return status;
}

/* What getopt_long refused: `word` is the last that it took, but an unknown letter may stand in the
 * middle of one. */
static enum cvl_status refuse_option(int code, const char *word, unsigned verb_bit,
                                     const char *verb, struct cvl_error *err)
{
    if (code == ':')
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected a value after it", word);
    if (optopt >= FIRST_CODE)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected no value", word);
    if (optopt > 0)
        return cvl_fail(err, CVL_BAD_INPUT, "-%c: unknown option; see convlens %s --help", optopt,
                        verb);
    return refuse_name(word, verb_bit, verb, err);
}

static enum cvl_status store_option(int code, const char *value, const char *word,
                                    unsigned verb_bit, const char *verb, struct cvl_options *out,
                                    bool given[CVL_OPTION_COUNT], struct cvl_error *err)
{
    if (code < FIRST_CODE)
        return refuse_option(code, word, verb_bit, verb, err);
    const struct cvl_option *row = &cvl_option_rows[code - FIRST_CODE];
    if (!(row->verbs & verb_bit))
        return cvl_fail(err, CVL_BAD_INPUT, "--%s: not an option of convlens %s", row->name, verb);
    if (given[code - FIRST_CODE] && !row->kind->is_repeatable)
        return cvl_fail(err, CVL_BAD_INPUT, "--%s: given twice, expected once", row->name);
    given[code - FIRST_CODE] = true;
    struct cvl_error reason = {0};
    enum cvl_status status = row->kind->read(value, (char *)out + row->member, &reason);
    return status == CVL_OK ? CVL_OK : cvl_fail(err, status, "--%s: %s", row->name, reason.text);
}

static char *join_command(int argc, char **argv)
{
    struct cvl_text text = {0};
    cvl_text_append(&text, "convlens");
    for (int i = 0; i < argc; i++) {
        bool plain = argv[i][strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_-./:,=+@%")] == '\0';
        cvl_text_append(&text, " ");
        if (plain && *argv[i])
            cvl_text_append(&text, "%s", argv[i]);
        else
            cvl_text_append_quoted(&text, argv[i]);
    }
    return cvl_text_take(&text);
}

enum cvl_status cvl_options_read(int argc, char **argv, unsigned verb_bit, struct cvl_options *out,
                                 struct cvl_error *err)
{
    struct option table[CVL_OPTION_COUNT + 1] = {{0}};
    char letters[2 * CVL_OPTION_COUNT + 2] = ":";
    for (int i = 0; i < CVL_OPTION_COUNT; i++) {
        table[i] = (struct option){cvl_option_rows[i].name, cvl_option_rows[i].argument ? 1 : 0,
                                   NULL, FIRST_CODE + i};
        size_t used = strlen(letters);
        if (cvl_option_rows[i].letter)
            (void)snprintf(letters + used, sizeof letters - used, "%c%s", cvl_option_rows[i].letter,
                           cvl_option_rows[i].argument ? ":" : "");
    }
    *out = (struct cvl_options){.store = "convlens.db",
                                .policy = CVL_FREED,
                                .within = 0.1,
                                .min_change = (double)NAN,
                                .p_value = (double)NAN};
    out->command = join_command(argc, argv);
    enum cvl_status status =
        out->command ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "no memory for the command line");
    bool given[CVL_OPTION_COUNT] = {false};
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    for (int code;
         status == CVL_OK && (code = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        for (int i = 0; i < CVL_OPTION_COUNT; i++)
            if (code == cvl_option_rows[i].letter && code != 0)
                code = FIRST_CODE + i;
        const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
        status = store_option(code, optarg, word, verb_bit, argv[0], out, given, err);
    }
    out->operands = (const char *const *)argv + optind;
    out->operand_count = (size_t)(argc - optind);
    if (status == CVL_OK && out->quiet && out->verbose)
        status = cvl_fail(err, CVL_BAD_INPUT, "--quiet, --verbose: expected one of them");
    return status;
}

void cvl_options_clear(struct cvl_options *options)
{
    for (int i = 0; i < CVL_OPTION_COUNT; i++)
        if (cvl_option_rows[i].kind->clear)
            cvl_option_rows[i].kind->clear((char *)options + cvl_option_rows[i].member);
    free(options->command);
    *options = (struct cvl_options){0};
}
