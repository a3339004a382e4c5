/* Columns of the store from the fields of a row. */
#include "store/columns.h"

#include <stdio.h>
#include <string.h>

#define TYPE_TEXT   "TEXT"
#define TYPE_NOTE   "TEXT"
#define TYPE_OWNED  "TEXT"
#define TYPE_CHOICE "TEXT"
#define TYPE_BOOL   "INTEGER"
#define TYPE_U32    "INTEGER"
#define TYPE_U64    "INTEGER"
#define TYPE_REAL   "REAL"

#define FIRST_(a, b)                      a
#define SECOND_(a, b)                     b
#define PLAIN(kind, path, member, column) {{column, "", ""}, TYPE_##kind, {path #member, ""}},
#define OF_POLICY(ID, policy, heading, title, words, summary, path, member, column)                \
    {{FIRST_ column, #policy, SECOND_ column}, "INTEGER", {path #member ".", #policy}},

#define COLUMN_TEXT(path, member, column)            PLAIN(TEXT, path, member, column)
#define COLUMN_NOTE(path, member, column)            PLAIN(NOTE, path, member, column)
#define COLUMN_OWNED(path, member, column)           PLAIN(OWNED, path, member, column)
#define COLUMN_CHOICE(path, member, column)          PLAIN(CHOICE, path, member, column)
#define COLUMN_BOOL(path, member, column)            PLAIN(BOOL, path, member, column)
#define COLUMN_U32(path, member, column)             PLAIN(U32, path, member, column)
#define COLUMN_U64(path, member, column)             PLAIN(U64, path, member, column)
#define COLUMN_REAL(path, member, column)            PLAIN(REAL, path, member, column)
#define COLUMN_POLICIES(path, member, column)        CVL_POLICY_LIST(OF_POLICY, path, member, column)
#define COLUMN(path, kind, arg, member, column, ...) COLUMN_##kind(path, member, column)

const struct cvl_store_column cvl_store_columns[] = {
#define CVL_ROW_KEY(column, ...) PLAIN(TEXT, "", column, #column)
#define CVL_ROW_HEAD(...)        COLUMN("", __VA_ARGS__)
#define CVL_ROW_TIME(...)        COLUMN("time.", __VA_ARGS__)
#define CVL_ROW_COMPUTED(...)    COLUMN("memory.computed.", __VA_ARGS__)
#define CVL_ROW_COUNTED(...)     COLUMN("memory.counted.", __VA_ARGS__)
#define CVL_ROW_MEASURED(...)    COLUMN("memory.measured.", __VA_ARGS__)
#define CVL_ROW_KERNELS(...)     COLUMN("memory.kernels.", __VA_ARGS__)
#define CVL_ROW_CHECK(...)       COLUMN("check.", __VA_ARGS__)
#define CVL_ROW_ROOFLINE(...)    COLUMN("roofline.", __VA_ARGS__)
#include <convlens/row.def>
};

const size_t cvl_store_column_count = sizeof cvl_store_columns / sizeof cvl_store_columns[0];

void cvl_store_column_name(const struct cvl_store_column *column, char name[80])
{
    const bool named = column->name[0][0] != '\0' || column->name[2][0] != '\0';
    (void)snprintf(name, 80, "%s%s%s", column->name[0], named ? column->name[1] : "",
                   column->name[2]);
}

void cvl_store_define_column(const struct cvl_store_column *column, struct cvl_text *sql)
{
    char name[80];
    cvl_store_column_name(column, name);
    cvl_text_append(sql, "%s %s AS (json_extract(document, '$.%s%s'))", name, column->type,
                    column->path[0], column->path[1]);
}

const char *cvl_field_sql_type(const struct cvl_field *field)
{
    switch (field->kind) {
    case CVL_FIELD_REAL:
        return "REAL";
    case CVL_FIELD_BOOL:
    case CVL_FIELD_U32:
    case CVL_FIELD_U64:
        return "INTEGER";
    default:
        return "TEXT";
    }
}

static const char *choice_name(const struct cvl_field *field, const void *member)
{
    unsigned value;
    memcpy(&value, member, sizeof value);
    return value < field->count ? field->name(value) : NULL;
}

void cvl_field_bind(struct cvl_statement *statement, int index, const struct cvl_field *field,
                    const void *base)
{
    const void *member = (const char *)base + field->offset;
    uint64_t integer;
    uint32_t small;
    double real;
    switch (field->kind) {
    case CVL_FIELD_REAL:
        memcpy(&real, member, sizeof real);
        cvl_sql_bind_real(statement, index, real);
        break;
    case CVL_FIELD_U64:
        memcpy(&integer, member, sizeof integer);
        cvl_sql_bind_u64(statement, index, integer);
        break;
    case CVL_FIELD_U32:
        memcpy(&small, member, sizeof small);
        cvl_sql_bind_u64(statement, index, small);
        break;
    case CVL_FIELD_CHOICE:
        cvl_sql_bind_text(statement, index, choice_name(field, member));
        break;
    default:
        cvl_sql_bind_text(statement, index, member);
    }
}

static enum cvl_status take_choice(struct cvl_statement *statement, int column,
                                   const struct cvl_field *field, void *member,
                                   struct cvl_error *err)
{
    const char *text = cvl_sql_text(statement, column);
    for (unsigned i = 0; i < field->count; i++)
        if (strcmp(text, field->name(i)) == 0) {
            memcpy(member, &i, sizeof i);
            return CVL_OK;
        }
    return cvl_fail(err, CVL_BAD_INPUT, "store: unknown %s in a table", field->key);
}

enum cvl_status cvl_field_take(struct cvl_statement *statement, int column,
                               const struct cvl_field *field, void *base, struct cvl_error *err)
{
    void *member = (char *)base + field->offset;
    const uint64_t integer = cvl_sql_u64(statement, column);
    const uint32_t small = (uint32_t)integer;
    const double real = cvl_sql_real(statement, column);
    switch (field->kind) {
    case CVL_FIELD_REAL:
        memcpy(member, &real, sizeof real);
        return CVL_OK;
    case CVL_FIELD_U64:
        memcpy(member, &integer, sizeof integer);
        return CVL_OK;
    case CVL_FIELD_U32:
        memcpy(member, &small, sizeof small);
        return CVL_OK;
    case CVL_FIELD_CHOICE:
        return take_choice(statement, column, field, member, err);
    default:
        cvl_copy(member, field->size, cvl_sql_text(statement, column));
        return CVL_OK;
    }
}
