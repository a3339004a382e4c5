/* SQLite with statuses of ours. A statement remembers its first failure, of binding or of reading a
 * value: the next step reports it. */
#ifndef CVL_STORE_SQL_H
#define CVL_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include <convlens/status.h>

struct cvl_statement {
    sqlite3 *db;
    sqlite3_stmt *raw; /* owned; NULL: none */
    bool failed;
};

/* The connection's last error as a status: damaged or not a database is CVL_BAD_INPUT, out of
 * memory CVL_NO_MEMORY, all else (locked, full, not readable) CVL_IO. `what` was being done: the
 * file. */
enum cvl_status cvl_sql_fail(sqlite3 *db, const char *what, struct cvl_error *err);

/* Statements without a result. */
enum cvl_status cvl_sql_run(sqlite3 *db, const char *sql, struct cvl_error *err);
/* The same of a NULL-terminated list. */
enum cvl_status cvl_sql_run_all(sqlite3 *db, const char *const *statements, struct cvl_error *err);

/* The caller clears *out in every case. */
enum cvl_status cvl_sql_prepare(sqlite3 *db, const char *sql, struct cvl_statement *out,
                                struct cvl_error *err);
void cvl_sql_clear(struct cvl_statement *statement);

/* Runs a bound statement to its end and makes it ready for new values. */
enum cvl_status cvl_sql_finish(struct cvl_statement *statement, struct cvl_error *err);

/* Steps to the next row. *there: is there one? */
enum cvl_status cvl_sql_step(struct cvl_statement *statement, bool *there, struct cvl_error *err);

/* Makes the statement ready for new values; reports a value that could not be read. */
enum cvl_status cvl_sql_reset(struct cvl_statement *statement, struct cvl_error *err);

/* Bind and read: NULL for CVL_ABSENT and above INT64_MAX, for what is not finite, for no text.
 * A text must outlive the statement's next step. */
void cvl_sql_bind_i64(struct cvl_statement *statement, int index, int64_t value);
void cvl_sql_bind_u64(struct cvl_statement *statement, int index, uint64_t value);
void cvl_sql_bind_real(struct cvl_statement *statement, int index, double value);
void cvl_sql_bind_text(struct cvl_statement *statement, int index, const char *text);
int64_t cvl_sql_i64(struct cvl_statement *statement, int column);
uint64_t cvl_sql_u64(struct cvl_statement *statement, int column);
double cvl_sql_real(struct cvl_statement *statement, int column);
/* "" for NULL; until the next step */
const char *cvl_sql_text(struct cvl_statement *statement, int column);

/* Does the table exist, with such a column? */
bool cvl_sql_has_column(sqlite3 *db, const char *table, const char *column);

#endif
