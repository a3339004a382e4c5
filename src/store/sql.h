/* SQLite behind statuses of ours. */
#ifndef CVL_STORE_SQL_H
#define CVL_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include <convlens/status.h>

/* The connection's last error as a status: damaged or not a database is CVL_BAD_INPUT, out of
 * memory CVL_NO_MEMORY, all else (locked, full, not readable) CVL_IO. `what` was being done. */
enum cvl_status cvl_sql_fail(sqlite3 *db, const char *what, struct cvl_error *err);

/* Statements without a result. */
enum cvl_status cvl_sql_run(sqlite3 *db, const char *sql, struct cvl_error *err);

/* The caller finalises *out, which is NULL on anything but CVL_OK. */
enum cvl_status cvl_sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out,
                                struct cvl_error *err);

/* Runs a bound statement to its end and makes it ready for new values. */
enum cvl_status cvl_sql_finish(sqlite3_stmt *statement, struct cvl_error *err);

/* Steps to the next row. *there tells whether there is one. */
enum cvl_status cvl_sql_step(sqlite3_stmt *statement, bool *there, struct cvl_error *err);

/* Bind and read: NULL for CVL_ABSENT and above INT64_MAX, for what is not finite, for no text.
 * A text must outlive the statement's next step. */
void cvl_sql_bind_u64(sqlite3_stmt *statement, int index, uint64_t value);
void cvl_sql_bind_real(sqlite3_stmt *statement, int index, double value);
void cvl_sql_bind_text(sqlite3_stmt *statement, int index, const char *text);
uint64_t cvl_sql_u64(sqlite3_stmt *statement, int column);
double cvl_sql_real(sqlite3_stmt *statement, int column);
const char *cvl_sql_text(sqlite3_stmt *statement, int column); /* "" for NULL; till the next step */

/* Is there such a column? */
bool cvl_sql_has_column(sqlite3 *db, const char *table, const char *column);

#endif
