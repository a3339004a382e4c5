/* Collects what an importer finds. */
#ifndef CVL_IMPORT_COLLECT_H
#define CVL_IMPORT_COLLECT_H

#include "import/importer.h"

/* What the file says about a layer, besides its problem. */
struct cvl_import_label {
    const char *name;  /* as in the file; NULL or empty: the layer is named after its shape */
    const char *shown; /* what it is called where it is left out; NULL: its text */
    uint32_t count;
    unsigned line; /* 0: the file has no lines */
};

/* Adds a layer that was checked; one that is there already counts once more. A dense layer of one
 * tap is made pointwise. @param number receives which of the layers it is; may be NULL
 * @return CVL_OK, CVL_BAD_INPUT beyond CVL_IMPORT_LAYERS_MAX, CVL_NO_MEMORY
 */
enum cvl_status cvl_import_add(struct cvl_import *import, const struct cvl_problem *problem,
                               const struct cvl_import_label *label, size_t *number,
                               struct cvl_error *err);

/* Makes a name fit for a sweep file, and unlike all that were taken before: layers' and ops' names
 * are of one kind. NULL takes none. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_import_take_name(struct cvl_import *import, const char *name,
                                     char taken[CVL_LAYER_NAME_BYTES], struct cvl_error *err);

/* Adds the problem of a text (cvl_problem_parse), with the text's own name where the label has
 * none; leaves it out where something is wrong with it. */
enum cvl_status cvl_import_add_text(struct cvl_import *import, const char *text,
                                    const struct cvl_import_label *label, struct cvl_error *err);

/* Counts something that the sweep lacks, for a reason. Beyond CVL_IMPORT_REASONS_MAX the last one
 * takes all. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_import_leave_out(struct cvl_import *import, unsigned line, const char *what,
                                     struct cvl_error *err, const char *format, ...)
    CVL_PRINTF(5, 6);

/* Counts what is no convolution, by its type. */
enum cvl_status cvl_import_leave_out_other(struct cvl_import *import, const char *what,
                                           const char *type, struct cvl_error *err);

/* Releases what finds layers while they are collected. */
void cvl_import_index_clear(struct cvl_import *import);

#endif
