/* Rows as JSON objects. */
#ifndef CVL_RESULT_ROW_JSON_H
#define CVL_RESULT_ROW_JSON_H

#include <jansson.h>

#include <convlens/result.h>

/* How much of a row is written. */
enum cvl_row_extent {
    CVL_ROW_FIGURES,   /* no list: neither stages nor samples nor timeline */
    CVL_ROW_DOCUMENT,  /* the documented fields */
    CVL_ROW_EVERYTHING /* with samples_s and allocations */
};

/* A new object; NULL where memory ran out. */
json_t *cvl_row_json(const struct cvl_row *row, enum cvl_row_extent extent);

/* Reads an object of any extent, of this version or an earlier one, to which it adds the parts that
 * it lacks. `row` need not be inited; what it held is not released.
 * @return CVL_OK; CVL_BAD_INPUT with the key; CVL_NO_MEMORY. On anything but CVL_OK the row is as
 * cvl_row_init leaves it. */
enum cvl_status cvl_row_json_read(json_t *object, struct cvl_row *row, struct cvl_error *err);

/* Sets layout, dtype, passes and optimizer of a key; the optimizer is null but in training.
 * @return not 0: memory ran out */
int cvl_json_set_settings(json_t *object, const struct cvl_key *key);

#endif
