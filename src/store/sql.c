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

enum cvl_status cvl_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                                struct cvl_error *err)
{
    *out = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, out, NULL) != SQLITE_OK)
        return cvl_sql_fail(db, sqlite3_db_filename(db, "main"), err);
    return CVL_OK;
}

enum cvl_status cvl_sql_step(sqlite3_stmt *statement, bool *there, struct cvl_error *err)
{
    int code = sqlite3_step(statement);
    *there = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return CVL_OK;
    sqlite3 *db = sqlite3_db_handle(statement);
    return cvl_sql_fail(db, sqlite3_db_filename(db, "main"), err);
}

enum cvl_status cvl_sql_finish(sqlite3_stmt *statement, struct cvl_error *err)
{
    bool there = true;
    enum cvl_status status = CVL_OK;
    while (status == CVL_OK && there)
        status = cvl_sql_step(statement, &there, err);
    (void)sqlite3_reset(statement);
    return status;
}

void cvl_sql_bind_u64(sqlite3_stmt *statement, int index, uint64_t value)
{
    if (value <= INT64_MAX)
        (void)sqlite3_bind_int64(statement, index, (sqlite3_int64)value);
    else
        (void)sqlite3_bind_null(statement, index);
}

void cvl_sql_bind_real(sqlite3_stmt *statement, int index, double value)
{
    if (isfinite(value))
        (void)sqlite3_bind_double(statement, index, value);
    else
        (void)sqlite3_bind_null(statement, index);
}

void cvl_sql_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    (void)sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

uint64_t cvl_sql_u64(sqlite3_stmt *statement, int column)
{
    sqlite3_int64 value = sqlite3_column_int64(statement, column);
    bool absent = sqlite3_column_type(statement, column) == SQLITE_NULL || value < 0;
    return absent ? CVL_ABSENT : (uint64_t)value;
}

double cvl_sql_real(sqlite3_stmt *statement, int column)
{
    bool absent = sqlite3_column_type(statement, column) == SQLITE_NULL;
    return absent ? (double)NAN : sqlite3_column_double(statement, column);
}

const char *cvl_sql_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? (const char *)text : "";
}

bool cvl_sql_has_column(sqlite3 *db, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(db, "main", table, column, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}
