/* Statements whose every call is checked. */
#include "store/sql.h"

#include <math.h>

#include <convlens/result.h>

enum cvl_status cvl_sql_fail(sqlite3 *db, const char *what, struct cvl_error *err)
{
    switch (sqlite3_errcode(db)) {
    case SQLITE_NOTADB:
        return cvl_fail(err, CVL_BAD_INPUT, "store: %s: not a convlens store", what);
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or column that the schema number promises is not there */
        return cvl_fail(err, CVL_BAD_INPUT, "store: %s: the store is damaged: %s", what,
                        sqlite3_errmsg(db));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return cvl_fail(err, CVL_IO, "store: %s: another program holds the store locked", what);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return cvl_fail(err, CVL_IO,
                        "store: %s: %s; make the file and its folder writable, or name another "
                        "file",
                        what, sqlite3_errmsg(db));
    case SQLITE_FULL:
        return cvl_fail(err, CVL_IO,
                        "store: %s: the disk is full; make room, or name a file on another disk",
                        what);
    case SQLITE_NOMEM:
        return cvl_fail(err, CVL_NO_MEMORY, "store: %s: out of memory", what);
    default:
        return cvl_fail(err, CVL_IO, "store: %s: %s", what, sqlite3_errmsg(db));
    }
}

enum cvl_status cvl_sql_run(sqlite3 *db, const char *sql, struct cvl_error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return cvl_sql_fail(db, sqlite3_db_filename(db, "main"), err);
    return CVL_OK;
}

enum cvl_status cvl_sql_run_all(sqlite3 *db, const char *const *statements, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; statements[i] && status == CVL_OK; i++)
        status = cvl_sql_run(db, statements[i], err);
    return status;
}

static enum cvl_status fail(const struct cvl_statement *statement, struct cvl_error *err)
{
    return cvl_sql_fail(statement->db, sqlite3_db_filename(statement->db, "main"), err);
}

enum cvl_status cvl_sql_prepare(sqlite3 *db, const char *sql, struct cvl_statement *out,
                                struct cvl_error *err)
{
    *out = (struct cvl_statement){.db = db};
    return sqlite3_prepare_v2(db, sql, -1, &out->raw, NULL) == SQLITE_OK ? CVL_OK : fail(out, err);
}

void cvl_sql_clear(struct cvl_statement *statement)
{
    (void)sqlite3_finalize(statement->raw);
    *statement = (struct cvl_statement){0};
}

/* Binding and reading fail for want of memory only: indices and types are ours. */
static enum cvl_status check_values(const struct cvl_statement *statement, struct cvl_error *err)
{
    return statement->failed ? cvl_fail(err, CVL_NO_MEMORY, "store: out of memory for a value")
                             : CVL_OK;
}

enum cvl_status cvl_sql_step(struct cvl_statement *statement, bool *there, struct cvl_error *err)
{
    *there = false;
    const enum cvl_status status = check_values(statement, err);
    if (status != CVL_OK)
        return status;
    const int code = sqlite3_step(statement->raw);
    *there = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? CVL_OK : fail(statement, err);
}

enum cvl_status cvl_sql_reset(struct cvl_statement *statement, struct cvl_error *err)
{
    const enum cvl_status status = check_values(statement, err);
    (void)sqlite3_reset(statement->raw); /* repeats the failure of the last step */
    statement->failed = false;
    return status;
}

enum cvl_status cvl_sql_finish(struct cvl_statement *statement, struct cvl_error *err)
{
    bool there = true;
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && there)
        status = cvl_sql_step(statement, &there, err);
    (void)cvl_sql_reset(statement, NULL);
    return status;
}

void cvl_sql_bind_i64(struct cvl_statement *statement, int index, int64_t value)
{
    statement->failed |= sqlite3_bind_int64(statement->raw, index, value) != SQLITE_OK;
}

static void bind_null(struct cvl_statement *statement, int index)
{
    statement->failed |= sqlite3_bind_null(statement->raw, index) != SQLITE_OK;
}

void cvl_sql_bind_u64(struct cvl_statement *statement, int index, uint64_t value)
{
    if (value <= INT64_MAX)
        cvl_sql_bind_i64(statement, index, (int64_t)value);
    else
        bind_null(statement, index);
}

void cvl_sql_bind_real(struct cvl_statement *statement, int index, double value)
{
    if (isfinite(value))
        statement->failed |= sqlite3_bind_double(statement->raw, index, value) != SQLITE_OK;
    else
        bind_null(statement, index);
}

void cvl_sql_bind_text(struct cvl_statement *statement, int index, const char *text)
{
    statement->failed |=
        sqlite3_bind_text(statement->raw, index, text, -1, SQLITE_STATIC) != SQLITE_OK;
}

static bool is_null(const struct cvl_statement *statement, int column)
{
    return sqlite3_column_type(statement->raw, column) == SQLITE_NULL;
}

int64_t cvl_sql_i64(struct cvl_statement *statement, int column)
{
    return sqlite3_column_int64(statement->raw, column);
}

uint64_t cvl_sql_u64(struct cvl_statement *statement, int column)
{
    const int64_t value = cvl_sql_i64(statement, column);
    return is_null(statement, column) || value < 0 ? CVL_ABSENT : (uint64_t)value;
}

double cvl_sql_real(struct cvl_statement *statement, int column)
{
    return is_null(statement, column) ? (double)NAN : sqlite3_column_double(statement->raw, column);
}

const char *cvl_sql_text(struct cvl_statement *statement, int column)
{
    const bool there = !is_null(statement, column);
    const char *text = (const char *)sqlite3_column_text(statement->raw, column);
    statement->failed |= there && !text;
    return text ? text : "";
}

bool cvl_sql_has_column(sqlite3 *db, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(db, "main", table, column, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}
