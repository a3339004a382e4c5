/* An open store, and statements within it. */
#ifndef CVL_STORE_STORE_H
#define CVL_STORE_STORE_H

#include <jansson.h>
#include <sqlite3.h>

#include <convlens/store.h>

struct cvl_store {
    sqlite3 *db;
};

/* Reads a row's document, of this version or an earlier one, without lists: those come from their
 * tables, whatever a foreign hand wrote into the document. `row` need not be inited.
 * @return CVL_OK; CVL_BAD_INPUT; CVL_NO_MEMORY. On anything but CVL_OK the row is as cvl_row_init
 * leaves it. */
enum cvl_status cvl_store_read_figures(const char *document, struct cvl_row *row,
                                       struct cvl_error *err);

/* Reading and writing within a transaction of the caller. */

/* Sweep, start, command, host, version and devices of a run. @param run_id 0: the newest, and
 * receives its number. Release *out in every case. */
enum cvl_status cvl_store_read_head(struct cvl_store *store, int64_t *run_id,
                                    struct cvl_results *out, struct cvl_error *err);

/* Takes a row of a run with its lists; what it does not move away is cleared after it. `document`
 * is the row's text in the store. */
typedef enum cvl_status cvl_store_take(void *user, struct cvl_row *row, const char *document,
                                       struct cvl_error *err);
/* Gives each row of a run, in the order in which they were recorded. */
enum cvl_status cvl_store_each_row(struct cvl_store *store, int64_t run_id, cvl_store_take *take,
                                   void *user, struct cvl_error *err);

/* A run as it was recorded: not judged by what was measured later. Clear in every case. */
enum cvl_status cvl_store_read_run(struct cvl_store *store, int64_t run_id, struct cvl_results *out,
                                   struct cvl_error *err);

/* Where a run comes from. */
struct cvl_run_origin {
    const char *version;     /* of the convlens that made it; NULL: not known */
    const char *merged_from; /* NULL: it is recorded here */
};
enum cvl_status cvl_store_insert_run(struct cvl_store *store, const struct cvl_results *head,
                                     const char *identity, const struct cvl_run_origin *origin,
                                     int64_t *run_id, struct cvl_error *err);
/* Adds a device's document, or replaces that of the same key; releases it. NULL: memory ran out. */
enum cvl_status cvl_store_insert_device(struct cvl_store *store, int64_t run_id, json_t *object,
                                        struct cvl_error *err);
/* @param document the row's text; NULL: made of the row */
enum cvl_status cvl_store_insert_row(struct cvl_store *store, int64_t run_id,
                                     const struct cvl_row *row, const char *document,
                                     struct cvl_error *err);

#endif
