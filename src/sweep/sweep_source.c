/* Reading of sweep files: the lines that inih is given, and the keys that it gives back. */
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sweep/sweep_document.h"
#include "sweep/sweep_file.h"
#include "sweep/sweep_values.h"

enum { INCLUDE_DEPTH_MAX = 8, INCLUDES_MAX = 1000 };

static const char blanks[] = " \t\r";

/* A file under reading. inih (55, as Debian builds it) gives its handler no line numbers and no
 * sections without keys, cuts lines at 200 characters and section names at 50, and takes an
 * indented line for the continuation of the one before. So the lines it is given come from here,
 * counted, checked and without leading blanks, and headings are read here too. */
struct source {
    struct cvl_sweep_document *document;
    const struct source *parent; /* the file that includes this one */
    const char *path;
    struct cvl_sweep_file file;
    size_t offset;    /* of the next line in the file */
    const char *line; /* the last one, in the file, without blanks around it */
    size_t line_length;
    struct cvl_sweep_place place;
    enum cvl_sweep_section section;
    bool awaits_key; /* the line was handed out, and its key has not come back */
    enum cvl_status status;
    struct cvl_error *err;
};

static enum cvl_status read_file(const char *path, const struct source *parent,
                                 struct cvl_sweep_document *document, struct cvl_error *err);

static enum cvl_status refuse_line(struct source *source, const char *expected)
{
    char line[64];
    int length = source->line_length < sizeof line ? (int)source->line_length : 63;
    (void)snprintf(line, sizeof line, "%.*s", length, source->line);
    return cvl_sweep_fail(source->err, &source->place, NULL, line, "%s", expected);
}

static const char headings[] = "[sweep], [network], [layer NAME] or [op NAME]";

/* "[sweep]", "[network]", "[layer NAME]" or "[op NAME]", perhaps with a comment after it. */
static enum cvl_status open_section(struct source *source, char *line)
{
    char *end = strchr(line, ']');
    const char *rest = end ? end + 1 + strspn(end + 1, blanks) : "";
    if (!end || (*rest != '\0' && *rest != ';' && *rest != '#'))
        return refuse_line(source,
                           "[sweep], [network], [layer NAME] or [op NAME] alone on its line");
    *end = '\0';
    char *heading = cvl_sweep_trim(line + 1);
    size_t word = strcspn(heading, blanks);
    if (strcmp(heading, "sweep") == 0) {
        source->section = CVL_SECTION_sweep;
        return CVL_OK;
    }
    if (strcmp(heading, "network") == 0) {
        source->section = CVL_SECTION_network;
        if (!source->document->network.file)
            source->document->network = source->place;
        return CVL_OK;
    }
    const bool is_layer = word == strlen("layer") && strncmp(heading, "layer", word) == 0;
    if (!is_layer && !(word == strlen("op") && strncmp(heading, "op", word) == 0))
        return refuse_line(source, headings);
    source->section = is_layer ? CVL_SECTION_layer : CVL_SECTION_op;
    return cvl_sweep_document_add_layer(source->document, source->section,
                                        heading + word + strspn(heading + word, blanks),
                                        &source->place, source->err);
}

/* Goes to the next line; false at the file's end. */
static bool next_line(struct source *source)
{
    if (source->offset >= source->file.size)
        return false;
    const char *start = source->file.bytes + source->offset;
    const char *limit = source->file.bytes + source->file.size;
    const char *newline = memchr(start, '\n', (size_t)(limit - start));
    const char *end = newline ? newline : limit;
    source->offset = (size_t)(end - source->file.bytes) + 1;
    source->place.line++;
    while (start < end && memchr(blanks, *start, strlen(blanks)))
        start++;
    while (end > start && memchr(blanks, end[-1], strlen(blanks)))
        end--;
    source->line = start;
    source->line_length = (size_t)(end - start);
    return true;
}

/* Neither text nor anything that a terminal should see. */
static bool is_binary(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7F)
            return true;
    return false;
}

static enum cvl_status check_line(struct source *source, size_t limit)
{
    if (is_binary(source->line, source->line_length))
        return cvl_sweep_fail(source->err, &source->place, NULL, "binary data",
                              "a sweep file (INI text)");
    if (source->line_length <= limit)
        return CVL_OK;
    char got[48];
    (void)snprintf(got, sizeof got, "a line of %zu bytes", source->line_length);
    return cvl_sweep_fail(source->err, &source->place, NULL, got, "at most %zu", limit);
}

/* inih's reader of lines: fills `line` and returns it, or NULL at the end. */
static char *hand_out(char *line, int size, void *user)
{
    struct source *source = user;
    if (source->status == CVL_OK && source->awaits_key)
        source->status = refuse_line(source, "key = value or [section]");
    if (source->status != CVL_OK || !next_line(source))
        return NULL;
    source->status = check_line(source, (size_t)size - 1);
    if (source->status != CVL_OK)
        return NULL;
    memcpy(line, source->line, source->line_length);
    line[source->line_length] = '\0';
    source->awaits_key = *line != '\0' && !strchr("[;#", *line);
    if (*line == '[') {
        source->status = open_section(source, line);
        *line = '\0'; /* inih need not see headings */
    }
    return source->status == CVL_OK ? line : NULL;
}

/* Joins a path to the folder of the file that names it. */
static char *in_folder_of(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    struct cvl_text joined = {0};
    if (*path != '/' && slash)
        cvl_text_append_bytes(&joined, file, (size_t)(slash - file) + 1);
    cvl_text_append(&joined, "%s", path);
    return cvl_text_take(&joined);
}

static enum cvl_status include_one(struct source *source, const char *path)
{
    if (source->place.depth >= INCLUDE_DEPTH_MAX)
        return cvl_sweep_fail(source->err, &source->place, "include", path,
                              "at most %d files inside each other", INCLUDE_DEPTH_MAX);
    if (source->document->file_count >= INCLUDES_MAX)
        return cvl_sweep_fail(source->err, &source->place, "include", path,
                              "at most %d files in all", INCLUDES_MAX);
    char *joined = in_folder_of(source->path, path);
    if (!joined)
        return cvl_sweep_out_of_memory(source->err);
    enum cvl_status status = read_file(joined, source, source->document, source->err);
    free(joined);
    return status;
}

static enum cvl_status include_all(struct source *source, const char *value)
{
    char *copy = cvl_duplicate(value), *rest = copy;
    if (!copy)
        return cvl_sweep_out_of_memory(source->err);
    enum cvl_status status = CVL_OK;
    for (char *path; status == CVL_OK && (path = cvl_sweep_next_piece(&rest));)
        status = *path != '\0' ? include_one(source, path)
                               : cvl_sweep_fail(source->err, &source->place, "include", value, "%s",
                                                cvl_sweep_types[CVL_TYPE_paths].expected);
    free(copy);
    return status;
}

static enum cvl_status refuse_key(struct source *source, const char *name)
{
    if (*name == '\0')
        return refuse_line(source, "a key before the =");
    if (source->section == CVL_SECTION_NONE)
        return cvl_sweep_fail(source->err, &source->place, name, "a key outside a section",
                              "%s before it", headings);
    struct cvl_text keys = {0};
    cvl_sweep_key_list(&keys, source->section);
    enum cvl_status status =
        cvl_sweep_fail(source->err, &source->place, name, "an unknown key", "one of %s",
                       keys.data ? keys.data : "those documented");
    cvl_text_clear(&keys);
    return status;
}

/* inih's handler. The section is ours: inih's is empty, since it sees no headings. */
static int take_key(void *user, const char *section, const char *name, const char *value)
{
    (void)section;
    struct source *source = user;
    source->awaits_key = false;
    enum cvl_sweep_key key = cvl_sweep_key_find(source->section, name);
    if (key == CVL_KEY_COUNT)
        source->status = refuse_key(source, name);
    else if (key != CVL_KEY_sweep_name || !source->parent) /* an included name is not ours */
        source->status =
            cvl_sweep_document_set(source->document, key, value, &source->place, source->err);
    if (source->status == CVL_OK && key == CVL_KEY_sweep_include)
        source->status = include_all(source, value);
    return source->status == CVL_OK;
}

static enum cvl_status read_source(struct source *source)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (strncmp(source->file.bytes, byte_order_mark, strlen(byte_order_mark)) == 0)
        source->offset = strlen(byte_order_mark);
    if (source->file.size == source->offset)
        return cvl_sweep_fail(source->err, &source->place, NULL, "an empty file",
                              "[sweep] or [layer NAME]");
    int bad_line = ini_parse_stream(hand_out, source, take_key, source);
    if (source->status == CVL_OK && bad_line != 0)
        source->status = refuse_line(source, "key = value or [section]");
    return source->status;
}

static bool is_open(const struct source *source, const struct cvl_sweep_file *file)
{
    for (; source; source = source->parent)
        if (source->file.known && file->known && source->file.device == file->device &&
            source->file.inode == file->inode)
            return true;
    return false;
}

/* Reads the bytes of a file that `parent` includes, if there is one. */
static enum cvl_status load(struct source *source, const struct source *parent)
{
    struct cvl_error why = {0};
    enum cvl_status status =
        cvl_sweep_file_read(&source->file, source->path, source->place.file, parent != NULL, &why);
    if (status == CVL_OK && is_open(parent, &source->file))
        return cvl_sweep_fail(source->err, &parent->place, "include", source->path,
                              "a file that does not include this one");
    if (status == CVL_BAD_INPUT && parent)
        return cvl_sweep_fail(source->err, &parent->place, "include", source->path,
                              "a file that can be read (%s)", why.text);
    return status == CVL_OK ? CVL_OK : cvl_fail(source->err, status, "%s", why.text);
}

static enum cvl_status read_file(const char *path, const struct source *parent,
                                 struct cvl_sweep_document *document, struct cvl_error *err)
{
    struct source source = {
        .document = document,
        .parent = parent,
        .path = path,
        .place = {.file = cvl_sweep_document_add_file(document, path),
                  .depth = parent ? parent->place.depth + 1 : 0},
        .section = CVL_SECTION_NONE,
        .err = err,
    };
    if (!source.place.file)
        return cvl_sweep_out_of_memory(err);
    enum cvl_status status = load(&source, parent);
    if (status == CVL_OK)
        status = read_source(&source);
    free(source.file.bytes);
    return status;
}

static enum cvl_status read_text(const char *path, const char *text,
                                 struct cvl_sweep_document *document, struct cvl_error *err)
{
    struct source source = {
        .document = document,
        .path = path,
        .file = {.bytes = cvl_duplicate(text), .size = strlen(text)},
        .place = {.file = cvl_sweep_document_add_file(document, path)},
        .section = CVL_SECTION_NONE,
        .err = err,
    };
    enum cvl_status status = source.place.file && source.file.bytes ? read_source(&source)
                                                                    : cvl_sweep_out_of_memory(err);
    free(source.file.bytes);
    return status;
}

enum cvl_status cvl_sweep_document_read(struct cvl_sweep_document *out, const char *path,
                                        const char *text, struct cvl_error *err)
{
    enum cvl_status status =
        text ? read_text(path, text, out, err) : read_file(path, NULL, out, err);
    return status == CVL_OK ? cvl_sweep_document_check(out, err) : status;
}
