/* The store's tables, and how those of earlier versions become today's. */
#ifndef CVL_STORE_SCHEMA_H
#define CVL_STORE_SCHEMA_H

#include <sqlite3.h>

#include <convlens/status.h>

enum {
    CVL_STORE_APPLICATION_ID = 0x43564C53, /* "CVLS", in the file's header */
    /* user_version. A change of tables or of meaning is a new number and one more upgrade; a new
     * field of row.def or a fact about a run is neither: its column is added by
     * cvl_store_add_columns. */
    CVL_STORE_SCHEMA = 3
};

/* Makes the tables of an empty file. This and an upgrade run in the caller's transaction, as file.h
 * says. */
enum cvl_status cvl_store_make_tables(sqlite3 *db, struct cvl_error *err);

/* From schema 1, which had a table of networks and rows without a key, to 2. Documents that it
 * cannot read are CVL_BAD_INPUT. */
enum cvl_status cvl_store_upgrade_1(sqlite3 *db, struct cvl_error *err);

/* From schema 2, whose texts of problems left out each width part that was equal to its height, to
 * 3. Documents that it cannot read are CVL_BAD_INPUT. */
enum cvl_status cvl_store_upgrade_2(sqlite3 *db, struct cvl_error *err);

/* Adds the columns that the store lacks, all of them or none: it was written when row.def had fewer
 * fields. */
enum cvl_status cvl_store_add_columns(sqlite3 *db, struct cvl_error *err);

#endif
