/* A store in a folder of its own, for tests that open it again and again, and look into it with
 * SQLite. Each test of Criterion is a process, which has one. */
#ifndef FIXTURE_STORE_H
#define FIXTURE_STORE_H

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <convlens/store.h>
#include <sqlite3.h>

static struct cvl_error error;
static char folder[64];
static char path[96]; /* of the store, which is not made yet */

static inline void make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/convlens-store-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/it's a 100%% store?#.db", folder);
}

/* Fails where anything but the store and what SQLite puts beside it is left. */
static inline void remove_folder(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    cr_assert_eq(rmdir(folder), 0);
}

static inline struct cvl_store *open_store(enum cvl_store_mode mode)
{
    struct cvl_store *store = NULL;
    enum cvl_status status = cvl_store_open(path, mode, &store, &error);
    cr_assert_eq(status, CVL_OK, "%s", error.text);
    return store;
}

static inline enum cvl_status open_status(enum cvl_store_mode mode)
{
    struct cvl_store *store = NULL;
    enum cvl_status status = cvl_store_open(path, mode, &store, &error);
    cr_assert((status == CVL_OK) == (store != NULL));
    cvl_store_close(&store);
    return status;
}

static inline int64_t begin(struct cvl_store *store, const char *identity, bool resume,
                            bool *resumed)
{
    struct cvl_results head = {.sweep = "made_up", .command = (char *)"convlens run 'x'"};
    int64_t run_id = 0;
    enum cvl_status status =
        cvl_store_begin(store, &head, identity, resume, &run_id, resumed, &error);
    cr_assert_eq(status, CVL_OK, "%s", error.text);
    return run_id;
}

/* A run of a store that is opened to be read alone. @param run_id 0: the newest */
static inline struct cvl_results load_run(int64_t run_id)
{
    struct cvl_results results;
    struct cvl_store *store = open_store(CVL_STORE_READ);
    cr_assert_eq(cvl_store_load(store, run_id, &results, &error), CVL_OK, "%s", error.text);
    cvl_store_close(&store);
    return results;
}

static inline void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

/* The only value of a query, as a number. */
static inline int64_t query(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, "%s",
                 sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return value;
}

static inline void assert_equal_rows(const struct cvl_row *a, const struct cvl_row *b)
{
    char *json_a = cvl_row_to_json(a, true);
    char *json_b = cvl_row_to_json(b, true);
    cr_assert_str_eq(json_a, json_b);
    free(json_a);
    free(json_b);
}

#endif
