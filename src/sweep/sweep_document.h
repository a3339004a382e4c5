/* A sweep file as it stands, its includes taken in: keys with their texts and where they were. */
#ifndef CVL_SWEEP_SWEEP_DOCUMENT_H
#define CVL_SWEEP_SWEEP_DOCUMENT_H

#include <stddef.h>

#include <convlens/sweep.h>

#include "sweep/sweep_keys.h"

/* Where something stands. `file` is safe to print and belongs to the document. */
struct cvl_sweep_place {
    const char *file;
    unsigned line;  /* 0: the file as a whole */
    unsigned depth; /* of includes: 0 in the file that was asked for */
};

struct cvl_sweep_entry {
    char *text; /* NULL: the key is not given */
    struct cvl_sweep_place place;
};

/* A [layer] or an [op]. */
struct cvl_sweep_layer {
    char name[CVL_LAYER_NAME_BYTES];
    struct cvl_sweep_place place;
    size_t order;                                  /* among all layers and ops */
    enum cvl_sweep_section section;                /* layer or op */
    struct cvl_sweep_entry entries[CVL_KEY_COUNT]; /* those of its section */
    size_t first_item, item_count;                 /* what a layer was expanded to in the sweep */
};

struct cvl_sweep_layers {
    struct cvl_sweep_layer *at;
    size_t count, capacity;
};

struct cvl_sweep_document {
    struct cvl_sweep_entry entries[CVL_KEY_COUNT]; /* those of sections sweep and network */
    struct cvl_sweep_place network; /* of the first [network]; file NULL: there is none */
    struct cvl_sweep_layers layers, ops;
    char **files; /* the first is the one that was asked for */
    size_t file_count, file_capacity;
};

/* Reads a sweep file into an empty document; `text` is read in the file's place where it is given.
 * Clear the document in every case. */
enum cvl_status cvl_sweep_document_read(struct cvl_sweep_document *out, const char *path,
                                        const char *text, struct cvl_error *err);

void cvl_sweep_document_clear(struct cvl_sweep_document *document);

/* Adds a file and returns its path made safe to print; NULL where memory ran out. */
const char *cvl_sweep_document_add_file(struct cvl_sweep_document *document, const char *path);

/* Adds a layer or an op without keys; the name is checked. */
enum cvl_status cvl_sweep_document_add_layer(struct cvl_sweep_document *document,
                                             enum cvl_sweep_section section, const char *name,
                                             const struct cvl_sweep_place *place,
                                             struct cvl_error *err);

/* Sets a key of [sweep], [network], or of the last layer or op. Twice in one file is an error,
 * but lists of sources go on; otherwise the file that includes wins over the included, and the
 * later over the earlier. */
enum cvl_status cvl_sweep_document_set(struct cvl_sweep_document *document, enum cvl_sweep_key key,
                                       const char *value, const struct cvl_sweep_place *place,
                                       struct cvl_error *err);

/* Fails where there is no layer, or two layers or ops of one name. */
enum cvl_status cvl_sweep_document_check(const struct cvl_sweep_document *document,
                                         struct cvl_error *err);

/* Fails with "file:line: key: got X, expected Y". `key` may be NULL; `got` is made safe. */
enum cvl_status cvl_sweep_fail(struct cvl_error *err, const struct cvl_sweep_place *place,
                               const char *key, const char *got, const char *format, ...)
    CVL_PRINTF(5, 6);

enum cvl_status cvl_sweep_out_of_memory(struct cvl_error *err);

#endif
