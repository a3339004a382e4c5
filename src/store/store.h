/* An open store, and statements within it. */
#ifndef CVL_STORE_STORE_H
#define CVL_STORE_STORE_H

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

#endif
