/** Layers from the files of other programs, made into a sweep. */
#ifndef CONVLENS_IMPORT_H
#define CONVLENS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/network.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CVL_IMPORT_LAYERS_MAX = 20000, CVL_IMPORT_REASONS_MAX = 200 };

/** A convolution of the file. */
struct cvl_imported_layer {
    char name[CVL_LAYER_NAME_BYTES]; /* fit for a sweep file; no two layers have the same */
    struct cvl_problem problem;      /* without a name */
    uint32_t count;                  /* how often the file has it */
};

/** Something of the file that the sweep lacks. */
struct cvl_left_out {
    char reason[160];
    char example[96]; /* the first one, as the file has it, safe to print */
    unsigned line;    /* of the example, from 1; 0: not known */
    uint32_t count;
    bool is_other; /* no convolution, and so no loss to a list of them */
};

struct cvl_import {
    const char *format;              /* "benchdnn", ... */
    char name[CVL_SWEEP_NAME_BYTES]; /* of the sweep: the file's name without its ending */
    struct cvl_imported_layer *layers;
    size_t layer_count;
    struct cvl_left_out *left_out;
    size_t left_out_count;
    struct cvl_import_index *index; /* for cvl_import_read's own use */
    bool dtypes[CVL_DTYPE_COUNT];   /* those that the file names; none: it names none */
    struct cvl_network network;     /* of a model, without a name; no steps: there is none */
    size_t *network_layers;         /* of each step of the network: which of the layers it is;
                                       SIZE_MAX: it is an op */
    char no_network[160];           /* why a model has none; empty for a list of layers */
};

struct cvl_import_options {
    const char *format; /* a name of cvl_importer_name; NULL: the one that the file looks like */
    const char *const *shapes; /* of models: "INPUT=1x3x640x640", or a shape alone for all inputs,
                                  in place of the model's own */
    size_t shape_count;
};

/** Reads a file of convolutions: what cvl_importer_name lists.
 *  @param options NULL: as if it were zero
 *  @return CVL_OK, with at least one layer; CVL_BAD_INPUT with the file, what was found and what
 * was expected; CVL_NO_MEMORY. Clear in every case. */
CVL_API enum cvl_status cvl_import_read(const char *path, const struct cvl_import_options *options,
                                        struct cvl_import *out, struct cvl_error *err);

/** Writes a sweep file with all layers, and the network of a model, what is left out as comments. A
 *  dense layer with a window larger than 1x1 is there in its separable form, too. The caller frees
 *  *text.
 *  @return CVL_OK or CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_import_to_sweep(const struct cvl_import *import, char **text,
                                            struct cvl_error *err);

/** Does the file look like one that cvl_import_read reads, and not like a sweep? False where it
 *  cannot be read. */
CVL_API bool cvl_import_is_one(const char *path);

/** Releases the arrays and zeroes the import. */
CVL_API void cvl_import_clear(struct cvl_import *import);

/** The formats: name and a line about it. `index` from 0; NULL past the end. */
CVL_API const char *cvl_importer_name(size_t index);
CVL_API const char *cvl_importer_summary(size_t index);

#ifdef __cplusplus
}
#endif

#endif
