/* convlens explain */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/text.h"
#include "cli/option_table.h"
#include "cli/verbs.h"
#include "report/lines.h"
#include "report/words.h"

/* What is looked for, and what was found. */
struct search {
    const char *word; /* without dashes before it */
    size_t found;
    char best[CVL_METRIC_NAME_BYTES]; /* the nearest name so far */
    struct cvl_nearest nearest;
    bool failed;
};

/* A word, its kind and meaning, where it is the one that is looked for. */
static void consider(struct search *search, const char *word, const char *kind, const char *unit,
                     const char *from, const char *meaning)
{
    struct cvl_text head = {0}, body = {0};
    const unsigned changes = search->nearest.best ? search->nearest.changes : UINT_MAX;
    cvl_nearest_offer(&search->nearest, word);
    if (search->nearest.best && search->nearest.changes < changes) {
        cvl_copy(search->best, sizeof search->best, word); /* the word may not live long */
        search->nearest.best = search->best;
    }
    if (strcasecmp(word, search->word) != 0)
        return;
    cvl_text_append(&head, "%s: %s%s%s%s%s", word, kind, *unit ? ", in " : "", unit,
                    *from ? "; from: " : "", from);
    cvl_lines_put(stdout, &head, 4, &search->failed);
    cvl_text_append(&body, "  %s", meaning);
    cvl_lines_put(stdout, &body, 2, &search->failed);
    search->found++;
}

static void search_words(struct search *search)
{
    struct cvl_word word;
    for (size_t i = 0; cvl_word_at(i, &word); i++)
        consider(search, word.word, word.kind, word.unit, word.from, word.meaning);
}

/* The commands, options and exit statuses of the program. */
static void search_program(struct search *search)
{
    const struct cvl_verb *verb;
    const struct cvl_option *option;
    const struct cvl_exit_row *row;
    for (size_t i = 0; (verb = cvl_verb_at(i)) != NULL; i++)
        if (cvl_verb_is_public(verb))
            consider(search, verb->name, "command", "", "", verb->summary);
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++) {
        char *help = cvl_option_help(option);
        consider(search, option->name, "option", "", "", help ? help : option->help);
        free(help);
    }
    for (size_t i = 0; (row = cvl_exit_at(i)) != NULL; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d", row->number);
        consider(search, number, "exit status", "", "", row->meaning);
    }
}

static enum cvl_status refuse(const struct search *search, struct cvl_error *err)
{
    struct cvl_text text = {0};
    cvl_nearest_append(&search->nearest, &text);
    const enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "explain: unknown word '%s'%s%s see convlens list terms",
                 search->word, text.data ? text.data : "", text.data ? "" : ";");
    cvl_text_clear(&text);
    return status;
}

/* Several operands are one word: "PEAK IN" need not be quoted. */
static char *join_operands(const struct cvl_options *options)
{
    struct cvl_text text = {0};
    for (size_t i = 0; i < options->operand_count; i++)
        cvl_text_append(&text, "%s%s", i ? " " : "", options->operands[i]);
    return cvl_text_take(&text);
}

static int explain(const struct cvl_options *options)
{
    struct cvl_error err = {0};
    enum cvl_status status = CVL_OK;
    char *word = join_operands(options);
    if (!word)
        status = cvl_fail(&err, CVL_NO_MEMORY, "explain: out of memory");
    else if (*word == '\0')
        status = cvl_fail(&err, CVL_BAD_INPUT, "explain: expected a word; see convlens list terms");
    if (status == CVL_OK) {
        const char *plain = word + strspn(word, "-");
        struct search search = {.word = plain, .nearest = {.word = plain}};
        search_words(&search);
        search_program(&search);
        if (search.failed)
            status = cvl_fail(&err, CVL_NO_MEMORY, "explain: out of memory");
        else if (search.found == 0)
            status = refuse(&search, &err);
    }
    free(word);
    return status == CVL_OK ? CVL_EXIT_DONE : cvl_report_error(&err);
}

const struct cvl_verb cvl_verb_explain = {
    .name = "explain",
    .arguments = "WORD",
    .summary = "what a metric, heading, status, doubt, policy or option means",
    .examples = "convlens explain freed\n"
                "convlens explain PEAK IN\n"
                "convlens explain memory-limit\n"
                "convlens explain 4",
    .options = CVL_FOR_EXPLAIN,
    .run = explain,
};
