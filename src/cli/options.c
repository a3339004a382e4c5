/* Reading the command line. */
#include "cli/options.h"

#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/policy.h"
#include "problem/names.h"

/* What getopt_long returns for the first row: no letter. */
enum { FIRST_CODE = 256 };

enum {
    DEVICES = CVL_FOR_DEVICES,
    RUN = CVL_FOR_RUN,
    PLAN = CVL_FOR_PLAN,
    REPORT = CVL_FOR_REPORT,
    LIST = CVL_FOR_LIST,
    WORKER = CVL_FOR_WORKER,
    TUNE = CVL_FOR_TUNE,
    CHOOSE = CVL_FOR_CHOOSE,
    TRACE = CVL_FOR_TRACE,
    MERGE = CVL_FOR_MERGE,
    COMPARE = CVL_FOR_COMPARE
};

/* --- kinds of options: each reads a value into the option's member ---------------------------- */

static enum cvl_status read_FLAG(const char *value, void *member, struct cvl_error *err)
{
    (void)value;
    (void)err;
    *(bool *)member = true;
    return CVL_OK;
}

static enum cvl_status read_TEXT(const char *value, void *member, struct cvl_error *err)
{
    (void)err;
    *(const char **)member = value;
    return CVL_OK;
}

static enum cvl_status read_TEXTS(const char *value, void *member, struct cvl_error *err)
{
    struct cvl_texts *texts = member;
    const char **longer = realloc(texts->at, (texts->count + 1) * sizeof *longer);
    if (!longer)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the command line");
    texts->at = longer;
    longer[texts->count++] = value;
    return CVL_OK;
}

/* --memory */
static enum cvl_status read_FORMAT_MEMORY(const char *value, void *member, struct cvl_error *err)
{
    (void)value;
    return read_TEXTS("memory", member, err);
}

/* The part of a comma list, without the blanks around it. @return the next part; NULL: none */
static const char *cut_part(const char *list, char *part, size_t size)
{
    const char *comma = strchr(list, ',');
    size_t length = comma ? (size_t)(comma - list) : strlen(list);
    while (length > 0 && *list == ' ') {
        list++;
        length--;
    }
    while (length > 0 && list[length - 1] == ' ')
        length--;
    (void)snprintf(part, size, "%.*s", (int)(length < size ? length : size - 1), list);
    return comma ? comma + 1 : NULL;
}

/* Adds each name of a comma list to an enum's values, once. The array has room for all of them. */
static enum cvl_status read_names(const char *list, const struct cvl_names *names, unsigned *values,
                                  size_t *count, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && list) {
        char part[64];
        unsigned value = 0;
        size_t i = 0;
        list = cut_part(list, part, sizeof part);
        status = cvl_names_find(names, part, &value, err);
        while (i < *count && values[i] != value)
            i++;
        if (status == CVL_OK && i == *count)
            values[(*count)++] = value;
    }
    return status;
}

#define LIST(KIND, family, array, number)                                                          \
    static enum cvl_status read_##KIND(const char *value, void *member, struct cvl_error *err)     \
    {                                                                                              \
        struct cvl_case_filter *filter = member;                                                   \
        return read_names(value, &cvl_##family##_names, (unsigned *)filter->array,                 \
                          &filter->number, err);                                                   \
    }
LIST(LAYOUTS, layout, layouts, layout_count)
LIST(DTYPES, dtype, dtypes, dtype_count)
LIST(PASSES, passes, passes, passes_count)
LIST(OPTIMIZERS, optimizer, optimizers, optimizer_count)
#undef LIST

static enum cvl_status read_SECONDS(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_double(text, 1e-3, 1e6, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected seconds from 0.001 to 1000000", text);
}

static enum cvl_status read_SHARD(const char *text, void *member, struct cvl_error *err)
{
    struct cvl_case_filter *filter = member;
    char first[16];
    int64_t shard = 0, shards = 0;
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : 0;
    if (slash && length < sizeof first) {
        memcpy(first, text, length);
        first[length] = '\0';
        if (cvl_parse_i64(slash + 1, 1, 1000000, &shards) &&
            cvl_parse_i64(first, 1, shards, &shard)) {
            filter->shard = (uint32_t)shard;
            filter->shards = (uint32_t)shards;
            return CVL_OK;
        }
    }
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected I/N with 1 <= I <= N", text);
}

static enum cvl_status read_BYTES(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_bytes(text, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "got '%s', expected a size from 1B on, with B, KiB, MiB, GiB or TiB after it: "
                    "64MiB",
                    text);
}

static enum cvl_status read_POLICY(const char *text, void *out, struct cvl_error *err)
{
    return cvl_policy_parse(text, out, err);
}

static enum cvl_status read_PERCENT(const char *text, void *out, struct cvl_error *err)
{
    double percent;
    if (!cvl_parse_double(text, 0.0, 1e6, &percent))
        return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected percent from 0 to 1000000", text);
    *(double *)out = percent / 100.0;
    return CVL_OK;
}

static enum cvl_status read_PROBABILITY(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_double(text, 0.0, 1.0, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected a probability from 0 to 1", text);
}

static enum cvl_status read_RUN_ID(const char *text, void *out, struct cvl_error *err)
{
    if (cvl_parse_i64(text, 1, INT64_MAX, out))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT, "got '%s', expected the number of a run", text);
}

struct option_row {
    const char *name;
    char letter;
    const char *argument;
    unsigned verbs;
    enum cvl_status (*read)(const char *value, void *member, struct cvl_error *err);
    size_t member; /* its offset in struct cvl_options */
    const char *help;
};

static const struct option_row rows[] = {
#define CVL_OPTION(name, letter, argument, verbs, kind, member, help)                              \
    {name, letter, argument, verbs, read_##kind, offsetof(struct cvl_options, member), help},
#include "cli/options.def"
#undef CVL_OPTION
};

enum { OPTION_COUNT = sizeof rows / sizeof rows[0] };

/* What getopt_long refused: `word` is the last that it took, but an unknown letter may stand in the
 * middle of one. */
static enum cvl_status refuse_option(int code, const char *word, const char *verb,
                                     struct cvl_error *err)
{
    if (code == ':')
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected a value after it", word);
    if (optopt >= FIRST_CODE)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected no value", word);
    if (optopt > 0)
        return cvl_fail(err, CVL_BAD_INPUT, "-%c: unknown option; see convlens %s --help", optopt,
                        verb);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: unknown or ambiguous option; see convlens %s --help",
                    word, verb);
}

static enum cvl_status store_option(int code, const char *value, const char *word,
                                    unsigned verb_bit, const char *verb, struct cvl_options *out,
                                    struct cvl_error *err)
{
    if (code < FIRST_CODE)
        return refuse_option(code, word, verb, err);
    const struct option_row *row = &rows[code - FIRST_CODE];
    if (!(row->verbs & verb_bit))
        return cvl_fail(err, CVL_BAD_INPUT, "--%s: not an option of convlens %s", row->name, verb);
    struct cvl_error reason = {0};
    enum cvl_status status = row->read(value, (char *)out + row->member, &reason);
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
    struct cvl_text safe = {.failed = text.failed};
    if (!text.failed)
        cvl_text_append_safe(&safe, text.data);
    cvl_text_clear(&text);
    return cvl_text_take(&safe);
}

enum cvl_status cvl_options_read(int argc, char **argv, unsigned verb_bit, struct cvl_options *out,
                                 struct cvl_error *err)
{
    struct option table[OPTION_COUNT + 1] = {{0}};
    char letters[2 * OPTION_COUNT + 2] = ":";
    for (int i = 0; i < OPTION_COUNT; i++) {
        table[i] = (struct option){rows[i].name, rows[i].argument ? 1 : 0, NULL, FIRST_CODE + i};
        size_t used = strlen(letters);
        if (rows[i].letter)
            (void)snprintf(letters + used, sizeof letters - used, "%c%s", rows[i].letter,
                           rows[i].argument ? ":" : "");
    }
    *out = (struct cvl_options){.store = "convlens.db",
                                .policy = CVL_FREED,
                                .within = 0.1,
                                .min_change = (double)NAN,
                                .p_value = (double)NAN};
    out->command = join_command(argc, argv);
    enum cvl_status status = CVL_OK;
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    for (int code;
         status == CVL_OK && (code = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        for (int i = 0; i < OPTION_COUNT; i++)
            if (code == rows[i].letter && code != 0)
                code = FIRST_CODE + i;
        const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
        status = store_option(code, optarg, word, verb_bit, argv[0], out, err);
    }
    out->operands = (const char *const *)argv + optind;
    out->operand_count = (size_t)(argc - optind);
    return status;
}

void cvl_options_clear(struct cvl_options *options)
{
    free(options->selectors.at);
    free(options->problems.at);
    free(options->formats.at);
    free(options->command);
    *options = (struct cvl_options){0};
}

/* A word of a help text; "{layout}" stands for the names of all layouts. @return its bytes */
static size_t take_word(const char *help, struct cvl_text *word)
{
    static const struct cvl_names *const families[] = {&cvl_layout_names, &cvl_dtype_names,
                                                       &cvl_passes_names, &cvl_optimizer_names,
                                                       &cvl_policy_names};
    const size_t length = strcspn(help, " ");
    const size_t end = *help == '{' ? strcspn(help, "}") : 0;
    for (size_t i = 0; end && i < sizeof families / sizeof families[0]; i++)
        if (strlen(families[i]->what) == end - 1 &&
            strncmp(help + 1, families[i]->what, end - 1) == 0)
            for (unsigned k = 0; k < families[i]->count; k++)
                cvl_text_append(word, "%s%s", k ? ", " : "", families[i]->at[k]);
    const size_t rest = end ? end + 1 : 0;
    cvl_text_append_bytes(word, help + rest, length - rest);
    return length;
}

static char *fill_in(const char *help)
{
    struct cvl_text text = {0};
    while (*help != '\0') {
        help += take_word(help, &text);
        const size_t blanks = strspn(help, " ");
        cvl_text_append_bytes(&text, help, blanks);
        help += blanks;
    }
    return cvl_text_take(&text);
}

/* Words from column 30 on, at most 96 wide. */
static void print_wrapped(const char *help)
{
    size_t column = 30;
    while (*help != '\0') {
        size_t word = strcspn(help, " ");
        if (column > 30 && column + 1 + word > 96) {
            (void)printf("\n%30s", "");
            column = 30;
        } else if (column > 30) {
            (void)printf(" ");
            column++;
        }
        (void)printf("%.*s", (int)word, help);
        column += word;
        help += word + strspn(help + word, " ");
    }
    (void)printf("\n");
}

void cvl_options_help(unsigned verb_bit)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        char name[48];
        if (!(rows[i].verbs & verb_bit))
            continue;
        (void)snprintf(name, sizeof name, "%c%c%s--%s %s", rows[i].letter ? '-' : ' ',
                       rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "  ",
                       rows[i].name, rows[i].argument ? rows[i].argument : "");
        (void)printf("  %-27s ", name);
        char *help = fill_in(rows[i].help);
        print_wrapped(help ? help : rows[i].help);
        free(help);
    }
}
