/* From a document to the problems that its lists stand for. */
#ifndef CVL_SWEEP_SWEEP_EXPAND_H
#define CVL_SWEEP_SWEEP_EXPAND_H

#include <convlens/sweep.h>

#include "sweep/sweep_document.h"
#include "sweep/sweep_values.h"

/* A key as it counts for a layer. */
struct cvl_sweep_found {
    const char *text; /* NULL: a required key is missing */
    struct cvl_sweep_place place;
};

/* A key's text and place for a layer (NULL: for the sweep): the layer's own, else [sweep]'s, else
 * the default. */
struct cvl_sweep_found cvl_sweep_find(const struct cvl_sweep_document *document,
                                      const struct cvl_sweep_layer *layer, enum cvl_sweep_key key);

/* Reads the values of a key as found. Clear them in every case. */
enum cvl_status cvl_sweep_read_key(struct cvl_sweep_values *out,
                                   const struct cvl_sweep_document *document,
                                   const struct cvl_sweep_layer *layer, enum cvl_sweep_key key,
                                   struct cvl_error *err);

/* Appends a layer's problems to the sweep, whose name is set. */
enum cvl_status cvl_sweep_expand(struct cvl_sweep *sweep, const struct cvl_sweep_document *document,
                                 const struct cvl_sweep_layer *layer, struct cvl_error *err);

#endif
