/* Lists of a row to tables and back, by their tables of fields. */
#include "store/lists.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/columns.h"

static const struct cvl_field sample_table[] = {
    {.key = "time_s", .kind = CVL_FIELD_REAL, .offset = 0, .size = sizeof(double)},
};
static const struct cvl_fields sample_fields = {sample_table, 1, sizeof(double)};

/* A list: its table, its entries' fields, and where a row has it. */
static const struct list {
    const char *table;
    const struct cvl_fields *fields;
    size_t entries, count; /* offsets of pointer and size_t */
} lists[CVL_STORE_LISTS] = {
    {"sample", &sample_fields, offsetof(struct cvl_row, samples_s),
     offsetof(struct cvl_row, sample_count)},
    {"stage", &cvl_row_stage_fields, offsetof(struct cvl_row, stages),
     offsetof(struct cvl_row, stage_count)},
    {"allocation", &cvl_row_allocation_fields, offsetof(struct cvl_row, allocations),
     offsetof(struct cvl_row, allocation_count)},
};

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
}

static enum cvl_status prepare(sqlite3 *db, struct cvl_text *sql, struct cvl_statement *out,
                               struct cvl_error *err)
{
    const enum cvl_status status =
        sql->failed ? out_of_memory(err) : cvl_sql_prepare(db, sql->data, out, err);
    cvl_text_clear(sql);
    return status;
}

static enum cvl_status prepare_insert(sqlite3 *db, const struct list *list,
                                      struct cvl_statement *out, struct cvl_error *err)
{
    struct cvl_text sql = {0};
    cvl_text_append(&sql, "INSERT INTO %s (result_id, number", list->table);
    for (size_t i = 0; i < list->fields->count; i++)
        cvl_text_append(&sql, ", %s", list->fields->at[i].key);
    cvl_text_append(&sql, ") VALUES (?, ?");
    for (size_t i = 0; i < list->fields->count; i++)
        cvl_text_append(&sql, ", ?");
    cvl_text_append(&sql, ")");
    return prepare(db, &sql, out, err);
}

/* The list of a row: its first entry. */
static void *entries_of(const struct cvl_row *row, const struct list *list, size_t *count)
{
    assert(row);
    void *entries;
    memcpy(&entries, (const char *)row + list->entries, sizeof entries);
    memcpy(count, (const char *)row + list->count, sizeof *count);
    return entries;
}

static enum cvl_status write_list(sqlite3 *db, const struct list *list, int64_t result_id,
                                  const struct cvl_row *row, struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    size_t count;
    const char *entries = entries_of(row, list, &count);
    enum cvl_status status = prepare_insert(db, list, &statement, err);
    for (size_t i = 0; status == CVL_OK && i < count; i++) {
        cvl_sql_bind_i64(&statement, 1, result_id);
        cvl_sql_bind_i64(&statement, 2, (int64_t)i);
        for (size_t f = 0; f < list->fields->count; f++)
            cvl_field_bind(&statement, (int)(3 + f), &list->fields->at[f],
                           entries + i * list->fields->size);
        status = cvl_sql_finish(&statement, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

enum cvl_status cvl_store_write_lists(sqlite3 *db, int64_t result_id, const struct cvl_row *row,
                                      struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < CVL_STORE_LISTS && status == CVL_OK; i++)
        status = write_list(db, &lists[i], result_id, row, err);
    return status;
}

static enum cvl_status remove_list(sqlite3 *db, const struct list *list, int64_t result_id,
                                   struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    struct cvl_text sql = {0};
    cvl_text_append(&sql, "DELETE FROM %s WHERE result_id = ?1", list->table);
    enum cvl_status status = prepare(db, &sql, &statement, err);
    if (status == CVL_OK) {
        cvl_sql_bind_i64(&statement, 1, result_id);
        status = cvl_sql_finish(&statement, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

enum cvl_status cvl_store_remove_lists(sqlite3 *db, int64_t result_id, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < CVL_STORE_LISTS && status == CVL_OK; i++)
        status = remove_list(db, &lists[i], result_id, err);
    return status;
}

/* A store of an earlier version has fewer columns: NULL stands for those. */
static enum cvl_status prepare_select(sqlite3 *db, const struct list *list,
                                      struct cvl_statement *out, struct cvl_error *err)
{
    struct cvl_text sql = {0};
    for (size_t i = 0; i < list->fields->count; i++) {
        const char *name = list->fields->at[i].key;
        cvl_text_append(&sql, "%s%s", i ? ", " : "SELECT ",
                        cvl_sql_has_column(db, list->table, name) ? name : "NULL");
    }
    cvl_text_append(&sql, " FROM %s WHERE result_id = ?1 ORDER BY number", list->table);
    return prepare(db, &sql, out, err);
}

enum cvl_status cvl_store_readers_prepare(sqlite3 *db, struct cvl_store_readers *out,
                                          struct cvl_error *err)
{
    *out = (struct cvl_store_readers){0};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < CVL_STORE_LISTS && status == CVL_OK; i++)
        status = prepare_select(db, &lists[i], &out->at[i], err);
    return status;
}

void cvl_store_readers_clear(struct cvl_store_readers *readers)
{
    for (size_t i = 0; i < CVL_STORE_LISTS; i++)
        cvl_sql_clear(&readers->at[i]);
}

/* One more entry at the end of a row's list. */
static enum cvl_status take_entry(struct cvl_statement *statement, const struct list *list,
                                  struct cvl_row *row, struct cvl_error *err)
{
    size_t count;
    void *entries = entries_of(row, list, &count);
    char *longer = realloc(entries, (count + 1) * list->fields->size);
    if (!longer)
        return out_of_memory(err);
    char *entry = longer + count * list->fields->size;
    count++;
    memcpy((char *)row + list->entries, &longer, sizeof longer);
    memcpy((char *)row + list->count, &count, sizeof count);
    cvl_fields_init(list->fields, entry);
    enum cvl_status status = CVL_OK;
    for (size_t f = 0; f < list->fields->count && status == CVL_OK; f++)
        status = cvl_field_take(statement, (int)f, &list->fields->at[f], entry, err);
    return status;
}

static enum cvl_status read_list(struct cvl_statement *statement, const struct list *list,
                                 int64_t result_id, struct cvl_row *row, struct cvl_error *err)
{
    bool there = true;
    enum cvl_status status = CVL_OK;
    cvl_sql_bind_i64(statement, 1, result_id);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(statement, &there, err);
        if (status == CVL_OK && there)
            status = take_entry(statement, list, row, err);
    }
    const enum cvl_status ended = cvl_sql_reset(statement, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? ended : status;
}

enum cvl_status cvl_store_read_lists(struct cvl_store_readers *readers, int64_t result_id,
                                     struct cvl_row *row, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < CVL_STORE_LISTS && status == CVL_OK; i++)
        status = read_list(&readers->at[i], &lists[i], result_id, row, err);
    return status;
}
