/* Tables with a heading of shape names: CSV with commas, semicolons or tabs. A column `problem` has
 * whole texts, as convlens writes them itself. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/collect.h"
#include "import/lines.h"
#include "problem/problem_parts.h"

enum { COLUMNS_MAX = 512, CELL_BYTES = 512 };

/* What a column says. */
enum meaning { NOTHING, PART, PROBLEM, FORM, NAME, COUNT };

static const struct {
    const char *name;
    enum meaning meaning;
} names[] = {
    {"problem", PROBLEM}, {"form", FORM}, {"name", NAME}, {"layer", NAME}, {"count", COUNT}};

struct table {
    char separator;
    size_t count;
    struct {
        enum meaning meaning;
        char part[4];
    } columns[COLUMNS_MAX];
};

/* A row's texts. */
struct row {
    struct cvl_text parts; /* "ic64ih56" */
    char problem[CVL_PROBLEM_TEXT_BYTES], form[16], name[CVL_PROBLEM_NAME_BYTES];
    int64_t count;
    const char *wrong;
};

/* Reads the next cell; quotes may be around it, doubled ones in it. An apostrophe that keeps a
 * spreadsheet from reading a formula is dropped. @return false after the last cell */
static bool next_cell(const char **rest, char separator, char cell[CELL_BYTES])
{
    const char *at = *rest;
    size_t length = 0;
    bool is_quoted = false;
    if (!at)
        return false;
    for (; *at != '\0' && (is_quoted || *at != separator); at++) {
        if (*at == '"' && is_quoted && at[1] == '"')
            at++;
        else if (*at == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        if (length + 1 < CELL_BYTES)
            cell[length++] = *at;
    }
    while (length > 0 && cell[length - 1] == ' ')
        length--;
    cell[length] = '\0';
    const size_t blanks = strspn(cell, " ");
    const size_t skipped = blanks + (cell[blanks] == '\'');
    memmove(cell, cell + skipped, length - skipped + 1);
    *rest = *at == '\0' ? NULL : at + 1;
    return true;
}

static bool is_part(const char *name)
{
    for (int part = 0; part < CVL_PART_COUNT; part++)
        if (strcmp(cvl_parts[part].name, name) == 0)
            return true;
    return false;
}

static enum meaning meaning_of(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].meaning;
    return is_part(name) ? PART : NOTHING;
}

static size_t columns_of(const struct table *table, enum meaning meaning)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        count += table->columns[i].meaning == meaning;
    return count;
}

/* Reads a heading. @return does it name problems, or the sizes of some? */
static bool read_heading(const char *line, struct table *table)
{
    static const char separators[] = ",;\t";
    char cell[CELL_BYTES];
    const char *rest = line, *found = strpbrk(line, separators);
    *table = (struct table){.separator = found ? *found : ','};
    while (table->count < COLUMNS_MAX && next_cell(&rest, table->separator, cell)) {
        table->columns[table->count].meaning = meaning_of(cell);
        cvl_copy(table->columns[table->count].part, sizeof table->columns[0].part, cell);
        table->count++;
    }
    return columns_of(table, PROBLEM) == 1 || columns_of(table, PART) >= 4;
}

static void take_cell(const struct table *table, size_t column, const char *cell, struct row *row)
{
    static const char digits[] = "0123456789";
    if (*cell == '\0')
        return;
    switch (table->columns[column].meaning) {
    case PART:
        if (strspn(cell, digits) != strlen(cell))
            row->wrong = "a size that is no number";
        cvl_text_append(&row->parts, "%s%s", table->columns[column].part, cell);
        break;
    case PROBLEM:
        cvl_copy(row->problem, sizeof row->problem, cell);
        break;
    case FORM:
        cvl_copy(row->form, sizeof row->form, cell);
        break;
    case NAME:
        cvl_copy(row->name, sizeof row->name, cell);
        break;
    case COUNT:
        if (!cvl_parse_i64(cell, 1, INT32_MAX, &row->count))
            row->wrong = "a count that is no number from 1";
        break;
    case NOTHING:
        break;
    }
}

static enum cvl_status add_row(const struct row *row, const char *line, unsigned number,
                               struct cvl_import *import, struct cvl_error *err)
{
    const struct cvl_import_label label = {
        .name = row->name, .shown = line, .count = (uint32_t)row->count, .line = number};
    struct cvl_text text = {0};
    if (row->wrong)
        return cvl_import_leave_out(import, number, line, err, "%s", row->wrong);
    if (row->problem[0] != '\0')
        return cvl_import_add_text(import, row->problem, &label, err);
    if (row->parts.length == 0) /* of our own tables: a network */
        return cvl_import_leave_out(import, number, line, err, "a row without a problem");
    cvl_text_append(&text, "%s%s%s", row->form, row->form[0] != '\0' ? ":" : "", row->parts.data);
    const enum cvl_status status = text.failed
                                       ? cvl_fail(err, CVL_NO_MEMORY, "import: out of memory")
                                       : cvl_import_add_text(import, text.data, &label, err);
    cvl_text_clear(&text);
    return status;
}

static enum cvl_status read_row(const struct table *table, const char *line, unsigned number,
                                struct cvl_import *import, struct cvl_error *err)
{
    char cell[CELL_BYTES];
    struct row row = {.count = 1};
    const char *rest = line;
    for (size_t i = 0; i < table->count && next_cell(&rest, table->separator, cell); i++)
        take_cell(table, i, cell, &row);
    const enum cvl_status status = row.parts.failed
                                       ? cvl_fail(err, CVL_NO_MEMORY, "import: out of memory")
                                       : add_row(&row, line, number, import, err);
    cvl_text_clear(&row.parts);
    return status;
}

static bool is_comment(const char *line)
{
    return line[0] == '\0' || line[0] == '#';
}

/* A file under reading: the first line is its heading. */
struct reading {
    const struct cvl_import_file *file;
    struct table table;
    bool has_heading;
};

static enum cvl_status refuse_heading(const struct reading *reading, unsigned line,
                                      struct cvl_error *err)
{
    char path[256];
    cvl_copy_safe(path, sizeof path, reading->file->path);
    return cvl_fail(err, CVL_BAD_INPUT,
                    "%s:%u: got no heading, expected one with problem, or with ic, ih, oc, kh and "
                    "other names of sizes",
                    path, line);
}

static enum cvl_status read_line(char *line, unsigned number, struct cvl_import *import, void *user,
                                 struct cvl_error *err)
{
    struct reading *reading = user;
    if (reading->has_heading)
        return read_row(&reading->table, line, number, import, err);
    reading->has_heading = read_heading(line, &reading->table);
    return reading->has_heading ? CVL_OK : refuse_heading(reading, number, err);
}

static enum cvl_status read_file(const struct cvl_import_file *file,
                                 const struct cvl_import_options *options,
                                 struct cvl_import *import, struct cvl_error *err)
{
    (void)options;
    struct reading reading = {.file = file};
    return cvl_import_each_line(file, import, read_line, &reading, err);
}

/* The first line that is no comment is a heading. */
static bool matches(const struct cvl_import_file *file)
{
    struct cvl_import_lines lines = cvl_import_lines(file);
    char line[CVL_IMPORT_LINE_BYTES];
    struct table table;
    bool is_ours = false;
    while (cvl_import_next_line(&lines, line)) {
        if (is_comment(line))
            continue;
        is_ours = strpbrk(line, ",;\t") && read_heading(line, &table);
        break;
    }
    return is_ours;
}

const struct cvl_importer cvl_importer_csv = {
    .name = "csv",
    .summary = "CSV with a heading of sizes (ic, ih, oc, kh, ...), or with a column problem",
    .matches = matches,
    .read = read_file,
};
