/* Rows by parts of their keys. */
#ifndef CVL_RESULT_ROW_INDEX_H
#define CVL_RESULT_ROW_INDEX_H

#include <convlens/result.h>

#include "base/index.h"

/* Zero-initialise it. The rows are the caller's. */
struct cvl_row_index {
    const struct cvl_row *rows;
    unsigned parts; /* a set of enum cvl_key_part: rows are looked up by these */
    struct cvl_index index;
};

/* Indexes rows: of several with equal parts the first. @return CVL_OK or CVL_NO_MEMORY; the caller
 * clears in every case */
enum cvl_status cvl_row_index_create(const struct cvl_row *rows, size_t count, unsigned parts,
                                     struct cvl_row_index *out, struct cvl_error *err);

/* The first row with these parts; NULL: there is none. */
const struct cvl_row *cvl_row_index_find(const struct cvl_row_index *index,
                                         const struct cvl_key *key);

void cvl_row_index_clear(struct cvl_row_index *index);

/* The rows of results that may be compared with each other: those with equal CVL_KEY_GROUP. */
struct cvl_row_groups {
    const struct cvl_results *results;
    size_t *first; /* of each row: the first one of its group */
    size_t *next;  /* of each row: the next one of its group; SIZE_MAX: there is none */
};

/* @return CVL_OK or CVL_NO_MEMORY; the caller clears in every case */
enum cvl_status cvl_row_groups_create(const struct cvl_results *results, struct cvl_row_groups *out,
                                      struct cvl_error *err);
void cvl_row_groups_clear(struct cvl_row_groups *groups);

#endif
