/* Fields of a row as columns: made of convlens/row.def, read and written by tables of fields. */
#ifndef CVL_STORE_COLUMNS_H
#define CVL_STORE_COLUMNS_H

#include "base/text.h"
#include "result/row_fields.h"
#include "store/sql.h"

/* The columns of the table `result` that are views into its document. */
struct cvl_store_column {
    const char *name[3]; /* put together: those of a policy have its name in the middle */
    const char *type;
    const char *path[2]; /* within the document */
};
extern const struct cvl_store_column cvl_store_columns[];
extern const size_t cvl_store_column_count;

/* "name TYPE AS (json_extract(document, '$.path'))" */
void cvl_store_define_column(const struct cvl_store_column *column, struct cvl_text *sql);
/* The column's name. @param name of at least 80 bytes */
void cvl_store_column_name(const struct cvl_store_column *column, char name[80]);

/* The SQL type of a field in a table of its own. */
const char *cvl_field_sql_type(const struct cvl_field *field);
/* Binds a struct's member, and takes it from a column. */
void cvl_field_bind(struct cvl_statement *statement, int index, const struct cvl_field *field,
                    const void *base);
enum cvl_status cvl_field_take(struct cvl_statement *statement, int column,
                               const struct cvl_field *field, void *base, struct cvl_error *err);

#endif
