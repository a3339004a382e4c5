/* A database file of ours: recognised, made if it is missing, opened with checks. */
#ifndef CVL_STORE_FILE_H
#define CVL_STORE_FILE_H

#include <sqlite3.h>

#include <convlens/store.h>

/* What distinguishes one kind of file from another, and makes an empty one. */
struct cvl_sql_format {
    const char *name;   /* "convlens store" */
    int application_id; /* in the file's header */
    int schema;         /* user_version; a change of meaning is a new number */
    enum cvl_status (*make_tables)(sqlite3 *db, struct cvl_error *err);
    /* schema - 1 of them: upgrades[i] leads from schema i + 1 to the next. Foreign keys are off,
     * and a renamed table keeps the name by which others refer to it. */
    enum cvl_status (*const *upgrades)(sqlite3 *db, struct cvl_error *err);
};

/* Opens a file; CVL_STORE_WRITE makes it where it is missing, and upgrades one of an earlier schema
 * in one transaction. Reading leaves the schema as it is. The caller closes *out.
 * @return CVL_OK; CVL_BAD_INPUT where the file is missing (reading), is a folder, is of another
 * format or of a newer schema; CVL_IO */
enum cvl_status cvl_sql_open(const char *path, enum cvl_store_mode mode,
                             const struct cvl_sql_format *format, sqlite3 **out,
                             struct cvl_error *err);

#endif
