/* oneDNN's benchdnn: batch files (tests/benchdnn/doc/knobs_desc.md and driver_conv.md there) of
 * problem descriptors and options, separated by blanks; # begins a comment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "import/collect.h"
#include "import/lines.h"
#include "problem/problem_parts.h"

enum { BATCH_DEPTH_MAX = 8, BATCHES_MAX = 1000 };

struct identity {
    dev_t device;
    ino_t inode;
};

/* What the options before a descriptor say about it. */
struct reading {
    struct cvl_import *import;
    int32_t mb; /* of --mb, instead of each descriptor's own; 0: none */
    char driver[24];
    struct identity open[BATCH_DEPTH_MAX + 1]; /* the files that are being read */
    unsigned depth;                            /* how many */
    unsigned batches;                          /* that were asked for */
    const char *folder; /* of the file, with its slash; "": the present one */
    struct cvl_error *err;
};

static enum cvl_status read_lines(struct reading *reading, struct cvl_import_lines *lines);

static enum cvl_status leave_out(struct reading *reading, unsigned line, const char *word,
                                 const char *reason)
{
    return cvl_import_leave_out(reading->import, line, word, reading->err, "%s", reason);
}

/* Is the plain file one that is being read? */
static bool is_open(const struct reading *reading, const struct stat *facts)
{
    for (unsigned i = 0; i < reading->depth; i++)
        if (reading->open[i].device == facts->st_dev && reading->open[i].inode == facts->st_ino)
            return true;
    return false;
}

/* Why a batch file is not read; NULL: it may be. */
static const char *find_fault(const struct reading *reading, const char *path, struct stat *facts)
{
    if (stat(path, facts) != 0)
        return strerror(errno);
    if (!S_ISREG(facts->st_mode))
        return "it is no plain file";
    if (is_open(reading, facts))
        return "it includes itself";
    if (reading->depth >= BATCH_DEPTH_MAX)
        return "more than 8 are inside each other";
    return reading->batches >= BATCHES_MAX ? "they are more than 1000" : NULL;
}

static enum cvl_status read_bytes(struct reading *reading, const char *path,
                                  const struct stat *facts, unsigned line, const char *word)
{
    struct cvl_text bytes = {0};
    const int code = cvl_file_read(path, &bytes);
    enum cvl_status status = CVL_OK;
    if (bytes.failed) {
        status = cvl_fail(reading->err, CVL_NO_MEMORY, "import: out of memory");
    } else if (code != 0) {
        status = cvl_import_leave_out(reading->import, line, word, reading->err,
                                      "a batch file that is not read: %s", strerror(code));
    } else if (bytes.length > 0) {
        const struct cvl_import_file file = {path, bytes.data, bytes.length};
        struct cvl_import_lines lines = cvl_import_lines(&file);
        reading->open[reading->depth++] = (struct identity){facts->st_dev, facts->st_ino};
        status = read_lines(reading, &lines);
        reading->depth--;
    }
    cvl_text_clear(&bytes);
    return status;
}

/* Reads another batch file; its options hold after it, too, as benchdnn has it. */
static enum cvl_status read_batch(struct reading *reading, unsigned line, const char *word,
                                  const char *name)
{
    struct cvl_text path = {0};
    struct stat facts;
    cvl_text_append(&path, "%s%s", *name == '/' ? "" : reading->folder, name);
    if (path.failed)
        return cvl_fail(reading->err, CVL_NO_MEMORY, "import: out of memory");
    const char *fault = find_fault(reading, path.data, &facts);
    reading->batches++;
    const enum cvl_status status =
        fault ? cvl_import_leave_out(reading->import, line, word, reading->err,
                                     "a batch file that is not read: %s", fault)
              : read_bytes(reading, path.data, &facts, line, word);
    cvl_text_clear(&path);
    return status;
}

static enum cvl_status set_batch(struct reading *reading, unsigned line, const char *word,
                                 const char *value)
{
    int64_t mb;
    if (!cvl_parse_i64(value, 0, INT32_MAX, &mb))
        return leave_out(reading, line, word, "an option --mb without one number");
    reading->mb = (int32_t)mb;
    return CVL_OK;
}

/* "--name=value", or "--driver". */
static enum cvl_status read_option(struct reading *reading, unsigned line, const char *word)
{
    const char *equals = strchr(word, '=');
    const int length = (int)(equals ? equals - word : (ptrdiff_t)strlen(word));
    if (equals && strncmp(word, "--mb", (size_t)length) == 0 && length == 4)
        return set_batch(reading, line, word, equals + 1);
    if (equals && strncmp(word, "--batch", (size_t)length) == 0 && length == 7)
        return read_batch(reading, line, word, equals + 1);
    if (strcmp(word, "--reset") == 0) {
        reading->mb = 0;
        return CVL_OK;
    }
    if (!equals) {
        cvl_copy(reading->driver, sizeof reading->driver, word + 2);
        return CVL_OK;
    }
    return cvl_import_leave_out(reading->import, line, word, reading->err,
                                "the option %.*s is ignored", length, word);
}

/* Adds a descriptor's problem. Its batch is 2 where it has none: the later part counts, so that 2
 * stands before it. */
static enum cvl_status read_descriptor(struct reading *reading, unsigned line, const char *word)
{
    char text[CVL_IMPORT_LINE_BYTES + 4];
    struct cvl_problem problem;
    const struct cvl_import_label label = {.shown = word, .count = 1, .line = line};
    if (strcmp(reading->driver, "deconv") == 0)
        return leave_out(reading, line, word, "transposed convolutions are not supported");
    if (strcmp(reading->driver, "conv") != 0)
        return cvl_import_leave_out(reading->import, line, word, reading->err,
                                    "no convolution, but a problem of --%s", reading->driver);
    (void)snprintf(text, sizeof text, "mb2%s", word);
    if (reading->mb > 0 && cvl_problem_parse(text, &problem, NULL) == CVL_OK) {
        const struct cvl_import_label named = {.name = problem.name, .count = 1, .line = line};
        problem.mb = reading->mb;
        return cvl_import_add(reading->import, &problem, &named, NULL, reading->err);
    }
    return cvl_import_add_text(reading->import, text, &label, reading->err);
}

static enum cvl_status read_lines(struct reading *reading, struct cvl_import_lines *lines)
{
    char line[CVL_IMPORT_LINE_BYTES];
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && cvl_import_next_line(lines, line)) {
        char *rest = line, *word;
        if (lines->is_cut)
            status = leave_out(reading, lines->number, line, "a line of more than 4095 bytes");
        while (status == CVL_OK && !lines->is_cut && (word = cvl_import_next_word(&rest)) &&
               *word != '#') {
            if (strcmp(word, "\\") == 0)
                continue;
            status = strncmp(word, "--", 2) == 0 ? read_option(reading, lines->number, word)
                                                 : read_descriptor(reading, lines->number, word);
        }
    }
    return status;
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    (void)options;
    const char *slash = strrchr(file->path, '/');
    struct cvl_text folder = {0};
    cvl_text_append_bytes(&folder, file->path, slash ? (size_t)(slash - file->path) + 1 : 0);
    if (folder.failed)
        return cvl_fail(err, CVL_NO_MEMORY, "import: out of memory");
    struct reading reading = {
        .import = import,
        .driver = "conv",
        .folder = folder.data ? folder.data : "",
        .err = err,
    };
    struct cvl_import_lines lines = cvl_import_lines(file);
    struct stat facts;
    if (stat(file->path, &facts) == 0)
        reading.open[reading.depth++] = (struct identity){facts.st_dev, facts.st_ino};
    const enum cvl_status status = read_lines(&reading, &lines);
    cvl_text_clear(&folder);
    return status;
}

/* A descriptor begins with a part and its number, and has channels of both sides. */
static bool is_descriptor(const char *word)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz", digits[] = "0123456789";
    const char *in = strstr(word, "ic"), *out = strstr(word, "oc");
    const size_t length = strspn(word, letters);
    return length > 0 && length <= 2 && in && out && strchr(digits, word[length]) &&
           strspn(in + 2, digits) > 0 && strspn(out + 2, digits) > 0 && !strpbrk(word, ",;=");
}

static bool is_ours(char *line)
{
    char *rest = line, *word;
    while ((word = cvl_import_next_word(&rest)) && *word != '#')
        if (strncmp(word, "--batch=", 8) == 0 || is_descriptor(word))
            return true;
    return false;
}

static bool matches(const struct cvl_import_file *file)
{
    return cvl_import_has_line(file, is_ours);
}

const struct cvl_importer cvl_importer_benchdnn = {
    .name = "benchdnn",
    .summary =
        "batch files of oneDNN's benchdnn: problem descriptors, e.g. mb8ic64ih56oc64oh56kh3ph1",
    .matches = matches,
    .read = read_file,
};
