/* Recognising, making and upgrading database files. */
#include "store/file.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "store/sql.h"

/* How long a statement waits for another program's transaction. */
enum { BUSY_MS = 2000 };

/* What the file's header and its table of contents say. */
struct identity {
    int64_t application_id, schema, tables;
};

static enum cvl_status read_integer(sqlite3 *db, const char *sql, int64_t *out,
                                    struct cvl_error *err)
{
    struct cvl_statement statement;
    bool there = false;
    enum cvl_status status = cvl_sql_prepare(db, sql, &statement, err);
    if (status == CVL_OK)
        status = cvl_sql_step(&statement, &there, err);
    if (status == CVL_OK)
        *out = there ? cvl_sql_i64(&statement, 0) : 0;
    cvl_sql_clear(&statement);
    return status;
}

static enum cvl_status read_identity(sqlite3 *db, struct identity *out, struct cvl_error *err)
{
    enum cvl_status status =
        read_integer(db, "SELECT count(*) FROM sqlite_schema", &out->tables, err);
    if (status == CVL_OK)
        status = read_integer(db, "PRAGMA application_id", &out->application_id, err);
    if (status == CVL_OK)
        status = read_integer(db, "PRAGMA user_version", &out->schema, err);
    return status;
}

/* An empty database is one to be made into ours, or one whose making was interrupted. */
static bool is_blank(const struct identity *identity)
{
    return identity->application_id == 0 && identity->tables == 0;
}

static enum cvl_status judge(const struct identity *identity, const struct cvl_sql_format *format,
                             const char *path, struct cvl_error *err)
{
    if (identity->application_id != format->application_id || identity->schema < 1)
        return cvl_fail(err, CVL_BAD_INPUT, "store: %s: a database, but not a %s", path,
                        format->name);
    if (identity->schema > format->schema)
        return cvl_fail(err, CVL_BAD_INPUT,
                        "store: %s: schema %lld is newer than this convlens knows (%d)", path,
                        (long long)identity->schema, format->schema);
    return CVL_OK;
}

static enum cvl_status write_identity(sqlite3 *db, const struct cvl_sql_format *format,
                                      struct cvl_error *err)
{
    struct cvl_text sql = {0};
    cvl_text_append(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                    format->application_id, format->schema);
    const enum cvl_status status = sql.failed ? cvl_fail(err, CVL_NO_MEMORY, "store: out of memory")
                                              : cvl_sql_run(db, sql.data, err);
    cvl_text_clear(&sql);
    return status;
}

static enum cvl_status make_tables(sqlite3 *db, const struct cvl_sql_format *format,
                                   struct cvl_error *err)
{
    const enum cvl_status status = format->make_tables(db, err);
    return status == CVL_OK ? write_identity(db, format, err) : status;
}

static enum cvl_status upgrade_tables(sqlite3 *db, const struct cvl_sql_format *format,
                                      int64_t schema, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (int64_t from = schema; from < format->schema && status == CVL_OK; from++)
        status = format->upgrades[from - 1](db, err);
    return status == CVL_OK ? write_identity(db, format, err) : status;
}

/* Who comes second finds what the first has made. */
static enum cvl_status change_tables(sqlite3 *db, const struct cvl_sql_format *format,
                                     const char *path, struct cvl_error *err)
{
    struct identity identity = {0};
    enum cvl_status status = read_identity(db, &identity, err);
    if (status == CVL_OK && is_blank(&identity))
        return make_tables(db, format, err);
    if (status == CVL_OK)
        status = judge(&identity, format, path, err);
    if (status == CVL_OK && identity.schema < format->schema)
        status = upgrade_tables(db, format, identity.schema, err);
    return status;
}

/* Tables and the header's numbers change in one transaction. */
static enum cvl_status change_file(sqlite3 *db, const struct cvl_sql_format *format,
                                   const char *path, struct cvl_error *err)
{
    static const char *const before[] = {"PRAGMA foreign_keys = OFF",
                                         "PRAGMA legacy_alter_table = ON", "BEGIN IMMEDIATE", NULL};
    static const char *const after[] = {"PRAGMA legacy_alter_table = OFF",
                                        "PRAGMA foreign_keys = ON", NULL};
    enum cvl_status status = cvl_sql_run_all(db, before, err);
    if (status == CVL_OK) {
        status = change_tables(db, format, path, err);
        if (status == CVL_OK)
            status = cvl_sql_run(db, "COMMIT", err);
        if (status != CVL_OK)
            (void)cvl_sql_run(db, "ROLLBACK", NULL);
    }
    const enum cvl_status restored = cvl_sql_run_all(db, after, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? restored : status;
}

/* SQLITE_DBCONFIG_TRUSTED_SCHEMA stays on: without it SQLite 3.40 calls json_extract in a generated
 * column unsafe. */
static enum cvl_status protect(sqlite3 *db, struct cvl_error *err)
{
    (void)sqlite3_extended_result_codes(db, 0);
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return cvl_sql_run(db, "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON", err);
}

static enum cvl_status prepare_file(sqlite3 *db, const struct cvl_sql_format *format,
                                    const char *path, enum cvl_store_mode mode,
                                    struct cvl_error *err)
{
    struct identity identity = {0};
    enum cvl_status status = protect(db, err);
    if (status == CVL_OK)
        status = read_identity(db, &identity, err);
    if (status != CVL_OK)
        return status;
    bool blank = is_blank(&identity);
    if (!blank || mode == CVL_STORE_READ)
        status = judge(&identity, format, path, err);
    if (status != CVL_OK || mode == CVL_STORE_READ)
        return status;
    /* FULL: a power cut, too, costs at most the row in flight. */
    status = cvl_sql_run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
    if (status == CVL_OK && (blank || identity.schema < format->schema))
        status = change_file(db, format, path, err);
    return status;
}

/* A file is to be made: is there a folder for it? */
static enum cvl_status check_folder(const char *path, struct cvl_error *err)
{
    struct stat about;
    char *copy = cvl_duplicate(path);
    if (!copy)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    const char *folder = dirname(copy);
    enum cvl_status status = CVL_OK;
    if (stat(folder, &about) != 0)
        status = cvl_fail(err, CVL_IO,
                          "store: %s: cannot be made: there is no folder %s; make it, or name "
                          "another file",
                          path, folder);
    free(copy);
    return status;
}

static enum cvl_status check_path(const char *path, enum cvl_store_mode mode, struct cvl_error *err)
{
    struct stat about;
    if (*path == '\0')
        return cvl_fail(err, CVL_BAD_INPUT, "store: expected a file name, got an empty text");
    if (stat(path, &about) != 0) {
        if (errno == ENOENT && mode == CVL_STORE_READ)
            return cvl_fail(err, CVL_BAD_INPUT, "store: %s: no such file", path);
        return errno == ENOENT ? check_folder(path, err)
                               : cvl_fail(err, CVL_IO, "store: %s: %s; name another file", path,
                                          strerror(errno));
    }
    if (S_ISDIR(about.st_mode))
        return cvl_fail(err, CVL_BAD_INPUT, "store: %s: is a folder, expected a file", path);
    if (!S_ISREG(about.st_mode))
        return cvl_fail(err, CVL_BAD_INPUT, "store: %s: expected a regular file", path);
    return CVL_OK;
}

/* Did SQLite fail for want of a file beside the store that it may not make? Where a WAL holds rows,
 * the store without it would be less than what was measured: no, then. */
static bool is_read_only_place(sqlite3 *db, const char *path)
{
    int code = sqlite3_errcode(db);
    struct cvl_text wal = {0};
    struct stat about;
    cvl_text_append(&wal, "%s-wal", path);
    bool pending = wal.failed || (stat(wal.data, &about) == 0 && about.st_size > 0);
    cvl_text_clear(&wal);
    return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !pending;
}

/* The path as a URI of a file that nobody writes to: on read-only media SQLite cannot make the
 * index that a WAL needs, and does without only where a flag allows it. */
static char *immutable_uri(const char *path)
{
    struct cvl_text uri = {0};
    cvl_text_append(&uri, "file:");
    for (const char *c = path; *c != '\0'; c++)
        cvl_text_append(&uri, strchr("%?#", *c) ? "%%%02X" : "%c", (unsigned char)*c);
    cvl_text_append(&uri, "?immutable=1");
    return cvl_text_take(&uri);
}

static enum cvl_status open_database(const char *path, enum cvl_store_mode mode, bool immutable,
                                     sqlite3 **out, struct cvl_error *err)
{
    int flags =
        mode == CVL_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    char *name = immutable ? immutable_uri(path) : cvl_duplicate(path);
    if (!name)
        return cvl_fail(err, CVL_NO_MEMORY, "store: out of memory");
    int code = sqlite3_open_v2(name, out, immutable ? flags | SQLITE_OPEN_URI : flags, NULL);
    free(name);
    return code == SQLITE_OK ? CVL_OK : cvl_sql_fail(*out, path, err);
}

enum cvl_status cvl_sql_open(const char *path, enum cvl_store_mode mode,
                             const struct cvl_sql_format *format, sqlite3 **out,
                             struct cvl_error *err)
{
    *out = NULL;
    enum cvl_status status = check_path(path, mode, err);
    if (status != CVL_OK)
        return status;
    status = open_database(path, mode, false, out, err);
    if (status == CVL_OK)
        status = prepare_file(*out, format, path, mode, err);
    if (status != CVL_OK && mode == CVL_STORE_READ && is_read_only_place(*out, path)) {
        (void)sqlite3_close(*out);
        *out = NULL;
        status = open_database(path, mode, true, out, err);
        if (status == CVL_OK)
            status = prepare_file(*out, format, path, mode, err);
    }
    if (status != CVL_OK) {
        (void)sqlite3_close(*out);
        *out = NULL;
    }
    return status;
}
