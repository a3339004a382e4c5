/* A database file of ours: recognised, made where it is missing, opened with care. */
#ifndef CVL_STORE_FILE_H
#define CVL_STORE_FILE_H

#include <sqlite3.h>

#include <convlens/store.h>

/* What tells one kind of file from another, and makes an empty one. */
struct cvl_sql_format {
    const char *name;              /* "convlens store" */
    int application_id;            /* in the file's header */
    int schema;                    /* user_version; a change of meaning is a new number */
    const char *const *statements; /* that make the tables; run in one transaction */
    unsigned statement_count;
};

/* Opens a file; CVL_STORE_WRITE makes it where it is missing. The caller closes *out.
 * @return CVL_OK; CVL_BAD_INPUT where the file is missing (reading), is a folder, is of another
 * format or of a newer schema; CVL_IO */
enum cvl_status cvl_sql_open(const char *path, enum cvl_store_mode mode,
                             const struct cvl_sql_format *format, sqlite3 **out,
                             struct cvl_error *err);

#endif
