/* The lists of a row, each in a table of its own: samples, stages, the allocation timeline. */
#ifndef CVL_STORE_LISTS_H
#define CVL_STORE_LISTS_H

#include <convlens/result.h>

#include "store/sql.h"

enum { CVL_STORE_LISTS = 3 };

enum cvl_status cvl_store_write_lists(sqlite3 *db, int64_t result_id, const struct cvl_row *row,
                                      struct cvl_error *err);

enum cvl_status cvl_store_remove_lists(sqlite3 *db, int64_t result_id, struct cvl_error *err);

/* Statements that read the lists of one row after the other; clear them in every case. */
struct cvl_store_readers {
    struct cvl_statement at[CVL_STORE_LISTS];
};
enum cvl_status cvl_store_readers_prepare(sqlite3 *db, struct cvl_store_readers *out,
                                          struct cvl_error *err);
void cvl_store_readers_clear(struct cvl_store_readers *readers);
enum cvl_status cvl_store_read_lists(struct cvl_store_readers *readers, int64_t result_id,
                                     struct cvl_row *row, struct cvl_error *err);

#endif
