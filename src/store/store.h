/* An open store, and statements within it. */
#ifndef CVL_STORE_STORE_H
#define CVL_STORE_STORE_H

#include <sqlite3.h>

#include <convlens/store.h>

struct cvl_store {
    sqlite3 *db;
};

#endif
