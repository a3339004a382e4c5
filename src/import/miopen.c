/* Command lines of AMD's MIOpenDriver for convolutions (MIOpen, driver/conv_driver.hpp), as logs
 * and lists of layers have them: [PATH/MIOpenDriver] conv[fp16|...] -n 128 --in_channels 64 ... */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/collect.h"
#include "import/lines.h"

/* The options that say what is computed, with their defaults. */
#define FLAGS(X)                                                                                   \
    X(batchsize, 'n', 100)                                                                         \
    X(in_channels, 'c', 3)                                                                         \
    X(in_d, '!', 32)                                                                               \
    X(in_h, 'H', 32)                                                                               \
    X(in_w, 'W', 32)                                                                               \
    X(out_channels, 'k', 32)                                                                       \
    X(fil_d, '@', 3)                                                                               \
    X(fil_h, 'y', 3)                                                                               \
    X(fil_w, 'x', 3)                                                                               \
    X(conv_stride_d, '#', 1)                                                                       \
    X(conv_stride_h, 'u', 1)                                                                       \
    X(conv_stride_w, 'v', 1)                                                                       \
    X(pad_d, '$', 0)                                                                               \
    X(pad_h, 'p', 0)                                                                               \
    X(pad_w, 'q', 0)                                                                               \
    X(dilation_d, '^', 1)                                                                          \
    X(dilation_h, 'l', 1)                                                                          \
    X(dilation_w, 'j', 1)                                                                          \
    X(group_count, 'g', 1)                                                                         \
    X(spatial_dim, '_', 2)                                                                         \
    X(pad_val, 'r', 0)

enum flag {
#define FLAG(name, letter, value) FLAG_##name,
    FLAGS(FLAG)
#undef FLAG
        FLAG_COUNT
};

static const struct {
    const char *name;
    char letter;
    int32_t value;
} flags[FLAG_COUNT] = {
#define FLAG(name, letter, value) {#name, letter, value},
    FLAGS(FLAG)
#undef FLAG
};

/* Options that say how it is run, and so nothing about the layer. */
static const char without_meaning[] = "FiVCtwsPodebaDSGUTRZLB";

static const struct {
    const char *name;
    enum cvl_dtype dtype;
} forms[] = {{"conv", CVL_F32}, {"convfp16", CVL_F16}};

/* One command line. */
struct command {
    int64_t values[FLAG_COUNT];
    char mode[8], padding[8];
    const char *wrong; /* the reason why it is left out; NULL: none */
};

static void set_text(char *target, size_t size, const char *value)
{
    cvl_copy(target, size, value);
}

static enum flag find_flag(const char *word)
{
    int i = 0;
    for (; i < FLAG_COUNT; i++)
        if (word[1] == '-' ? strcmp(word + 2, flags[i].name) == 0
                           : word[1] == flags[i].letter && word[2] == '\0')
            break;
    return (enum flag)i;
}

static bool is_option(const char *word, char letter, const char *name)
{
    return word[1] == '-' ? strcmp(word + 2, name) == 0 : word[1] == letter && word[2] == '\0';
}

/* Takes an option with its value. */
static enum cvl_status take(struct command *command, const char *option, const char *value,
                            unsigned line, struct cvl_import *import, struct cvl_error *err)
{
    const enum flag flag = find_flag(option);
    if (is_option(option, 'm', "mode"))
        set_text(command->mode, sizeof command->mode, value);
    else if (is_option(option, 'z', "pad_mode"))
        set_text(command->padding, sizeof command->padding, value);
    else if (flag != FLAG_COUNT && !cvl_parse_i64(value, 0, INT32_MAX, &command->values[flag]))
        command->wrong = "an option without its number";
    else if (flag == FLAG_COUNT && (option[1] == '-' || !strchr(without_meaning, option[1])))
        return cvl_import_leave_out(import, line, option, err, "the option %.24s is ignored",
                                    option);
    return CVL_OK;
}

static enum cvl_status read_options(struct command *command, char *rest, unsigned line,
                                    struct cvl_import *import, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    char *word;
    *command = (struct command){.mode = "conv", .padding = "default"};
    for (int i = 0; i < FLAG_COUNT; i++)
        command->values[i] = flags[i].value;
    while (status == CVL_OK && !command->wrong && (word = cvl_import_next_word(&rest))) {
        char *equals = word[0] == '-' && word[1] == '-' ? strchr(word, '=') : NULL;
        char *value = equals ? equals + 1 : NULL;
        if (word[0] != '-' || word[1] == '\0')
            command->wrong = "a word that is no option";
        if (equals)
            *equals = '\0';
        if (!command->wrong && !value)
            value = cvl_import_next_word(&rest);
        if (!command->wrong && !value)
            command->wrong = "an option without its value";
        if (!command->wrong)
            status = take(command, word, value, line, import, err);
    }
    return status;
}

/* Is the depth one that changes nothing? */
static bool is_flat(const int64_t *v)
{
    return v[FLAG_spatial_dim] == 2 ||
           (v[FLAG_in_d] == 1 && v[FLAG_fil_d] == 1 && v[FLAG_pad_d] == 0);
}

static const char *find_fault(const struct command *command)
{
    const int64_t *v = command->values;
    if (command->wrong)
        return command->wrong;
    if (strcmp(command->mode, "conv") != 0)
        return strcmp(command->mode, "trans") == 0 ? "transposed convolutions are not supported"
                                                   : "an unknown --mode";
    if (!is_flat(v))
        return "convolutions of three dimensions are not supported";
    if (v[FLAG_pad_val] != 0)
        return "padding with other values than 0 is not supported";
    if (v[FLAG_dilation_h] < 1 || v[FLAG_dilation_w] < 1)
        return "a dilation of 0, where 1 is dense";
    if (strcmp(command->padding, "default") != 0 && strcmp(command->padding, "same") != 0 &&
        strcmp(command->padding, "valid") != 0)
        return "an unknown --pad_mode";
    return NULL;
}

/* TensorFlow's SAME: as many outputs as strides fit. */
static void append_same(struct cvl_text *text, char axis, int64_t in, int64_t stride)
{
    if (stride > 0)
        cvl_text_append(text, "o%c%" PRId64, axis, (in + stride - 1) / stride);
}

/* The command's problem as a text. */
static void print_problem(const struct command *command, struct cvl_text *text)
{
    const int64_t *v = command->values;
    const bool is_same = strcmp(command->padding, "same") == 0;
    const bool is_valid = strcmp(command->padding, "valid") == 0;
    cvl_text_append(text, "mb%" PRId64 "g%" PRId64 "ic%" PRId64 "oc%" PRId64, v[FLAG_batchsize],
                    v[FLAG_group_count], v[FLAG_in_channels], v[FLAG_out_channels]);
    cvl_text_append(text, "ih%" PRId64 "iw%" PRId64 "kh%" PRId64 "kw%" PRId64, v[FLAG_in_h],
                    v[FLAG_in_w], v[FLAG_fil_h], v[FLAG_fil_w]);
    cvl_text_append(text, "sh%" PRId64 "sw%" PRId64 "dh%" PRId64 "dw%" PRId64,
                    v[FLAG_conv_stride_h], v[FLAG_conv_stride_w], v[FLAG_dilation_h] - 1,
                    v[FLAG_dilation_w] - 1);
    if (is_same) {
        append_same(text, 'h', v[FLAG_in_h], v[FLAG_conv_stride_h]);
        append_same(text, 'w', v[FLAG_in_w], v[FLAG_conv_stride_w]);
    } else {
        cvl_text_append(text, "ph%" PRId64 "pw%" PRId64, is_valid ? 0 : v[FLAG_pad_h],
                        is_valid ? 0 : v[FLAG_pad_w]);
    }
}

static enum cvl_status add_command(const struct command *command, unsigned line, const char *shown,
                                   struct cvl_import *import, struct cvl_error *err)
{
    const char *fault = find_fault(command);
    if (fault)
        return cvl_import_leave_out(import, line, shown, err, "%s", fault);
    struct cvl_text text = {0};
    const struct cvl_import_label label = {.count = 1, .line = line};
    print_problem(command, &text);
    const enum cvl_status status = text.failed
                                       ? cvl_fail(err, CVL_NO_MEMORY, "import: out of memory")
                                       : cvl_import_add_text(import, text.data, &label, err);
    cvl_text_clear(&text);
    return status;
}

/* Finds the word "conv", "convfp16", ... that begins a command: the line's first word, or the one
 * after a path that ends in MIOpenDriver. *rest: what follows it. */
static char *find_command(char *line, char **rest)
{
    static const char driver[] = "MIOpenDriver";
    char *found = strstr(line, driver);
    *rest = found ? found + strlen(driver) : line;
    char *word = cvl_import_next_word(rest);
    return word && strncmp(word, "conv", 4) == 0 ? word : NULL;
}

static enum cvl_status read_line(char *line, unsigned number, struct cvl_import *import, void *user,
                                 struct cvl_error *err)
{
    (void)user;
    char shown[96], *rest;
    struct command command;
    cvl_copy(shown, sizeof shown, line);
    const char *word = find_command(line, &rest);
    if (!word)
        return cvl_import_leave_out(import, number, shown, err, "no command of a convolution");
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(word, forms[i].name) != 0)
            continue;
        import->dtypes[forms[i].dtype] = true;
        const enum cvl_status status = read_options(&command, rest, number, import, err);
        return status == CVL_OK ? add_command(&command, number, shown, import, err) : status;
    }
    return cvl_import_leave_out(import, number, shown, err, "the data type of %.24s", word);
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    (void)options;
    return cvl_import_each_line(file, import, read_line, NULL, err);
}

static bool is_ours(char *line)
{
    char *rest;
    const bool names_driver = strstr(line, "MIOpenDriver") != NULL;
    return find_command(line, &rest) && (names_driver || *rest == '-');
}

static bool matches(const struct cvl_import_file *file)
{
    return cvl_import_has_line(file, is_ours);
}

const struct cvl_importer cvl_importer_miopen = {
    .name = "miopen",
    .summary =
        "command lines of MIOpenDriver: conv -n 128 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1",
    .matches = matches,
    .read = read_file,
};
