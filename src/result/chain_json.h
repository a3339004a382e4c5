/* Rows of networks as JSON objects. */
#ifndef CVL_RESULT_CHAIN_JSON_H
#define CVL_RESULT_CHAIN_JSON_H

#include <jansson.h>

#include <convlens/chains.h>

/* A new object; NULL where memory ran out. */
json_t *cvl_chain_row_json(const struct cvl_chain_row *row);

/* Reads such an object. `row` need not be inited.
 * @return CVL_OK; CVL_BAD_INPUT with the key; CVL_NO_MEMORY. On anything but CVL_OK the row is as
 * cvl_chain_row_init leaves it. */
enum cvl_status cvl_chain_row_json_read(const json_t *object, struct cvl_chain_row *row,
                                        struct cvl_error *err);

#endif
