/* Rows by parts of their keys. */
#ifndef CVL_RESULT_ROW_INDEX_H
#define CVL_RESULT_ROW_INDEX_H

#include <convlens/result.h>

#include "base/index.h"

/* Zero-initialise it. The rows are the caller's. */
struct cvl_row_index {
    const struct cvl_row *rows;
    unsigned parts; /* of enum cvl_key_part: what tells rows apart */
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

#endif
