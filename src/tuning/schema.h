/* The tuning database's tables. */
#ifndef CVL_TUNING_SCHEMA_H
#define CVL_TUNING_SCHEMA_H

enum {
    CVL_TUNING_APPLICATION_ID = 0x43564C54, /* "CVLT", in the file's header */
    CVL_TUNING_SCHEMA = 1 /* user_version; a change of meaning gets a new number */
};

/* Statements that create the tables; ends with NULL. */
extern const char *const cvl_tuning_schema[];

#endif
