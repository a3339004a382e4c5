/* The store's tables. */
#ifndef CVL_STORE_SCHEMA_H
#define CVL_STORE_SCHEMA_H

enum {
    CVL_STORE_APPLICATION_ID = 0x43564C53, /* "CVLS", in the file's header */
    CVL_STORE_SCHEMA = 1                   /* user_version; a change of meaning is a new number */
};

/* Statements that make the tables of an empty file; run in a transaction. */
extern const char *const cvl_store_schema[];
extern const unsigned cvl_store_schema_count;

/* Statements that renew the table of rows of a store from before there was training, whose rows had
 * no passes to be told apart by; each list ends with NULL. Those of a failed renewal are undone by
 * ROLLBACK. */
extern const char *const cvl_store_before_renewal[];
extern const char *const cvl_store_renewal[];
extern const char *const cvl_store_after_renewal[];

/* Makes the table of peaks where it is missing. */
extern const char cvl_store_peaks_table[];

/* Makes the table of networks where it is missing. */
extern const char cvl_store_chain_table[];

/* Columns of `stage` that stores of earlier versions lack; added when one is opened to write. */
struct cvl_store_column {
    const char *name, *type;
};
extern const struct cvl_store_column cvl_store_stage_later[];
extern const unsigned cvl_store_stage_later_count;

#endif
