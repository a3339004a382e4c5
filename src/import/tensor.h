/* What is known of the tensors of a model: their shapes, and the few numbers of those that shapes
 * are computed with. */
#ifndef CVL_IMPORT_TENSOR_H
#define CVL_IMPORT_TENSOR_H

#include "base/index.h"
#include "import/padding.h"
#include "import/wire.h"

enum { CVL_TENSOR_RANK_MAX = 8, CVL_TENSOR_DATA_MAX = 32, CVL_TENSORS_MAX = 100000 };

/* Where a tensor comes from. */
enum {
    CVL_SOURCE_NONE,  /* it is a constant, or a size */
    CVL_SOURCE_INPUT, /* it is the network's input */
    CVL_SOURCE_STEP   /* and more: the number of the step that makes it */
};

struct cvl_tensor {
    bool is_known;   /* its shape is */
    uint32_t source; /* CVL_SOURCE_NONE, ... */
    int rank;
    int64_t dims[CVL_TENSOR_RANK_MAX]; /* from 0 to INT32_MAX each */
    bool is_float;                     /* the data are no integers */
    struct {
        struct cvl_bytes node, type;
    } origin; /* where it is not known: the first node on the way to it that says no shape */
    struct {
        struct cvl_bytes from; /* a tensor's name; none: it is not padded */
        struct cvl_padding by;
    } padded;       /* that tensor with zeros around its images */
    int data_count; /* elements whose values are known: all or none; none: 0 */
    double data[CVL_TENSOR_DATA_MAX];
};

/* Tensors by name. Names are bytes of the file, which must outlive the map. */
struct cvl_tensor_map {
    struct cvl_tensor_entry *entries; /* owned */
    size_t count, capacity;
    struct cvl_index index;
};

/* The tensor of that name, made with nothing known of it where there is none; NULL: out of memory,
 * or more than CVL_TENSORS_MAX. Valid until the next call. */
struct cvl_tensor *cvl_tensor_put(struct cvl_tensor_map *map, struct cvl_bytes name);

/* NULL: there is none. */
const struct cvl_tensor *cvl_tensor_get(const struct cvl_tensor_map *map, struct cvl_bytes name);

void cvl_tensor_map_clear(struct cvl_tensor_map *map);

/* Sets the shape, with its data not known; not known at all where a size or the rank is beyond what
 * there is room for. @return is it known? */
bool cvl_tensor_set(struct cvl_tensor *tensor, int rank, const int64_t *dims);

/* Elements, capped at INT64_MAX. */
int64_t cvl_tensor_elements(const struct cvl_tensor *tensor);

/* "1x3x224x224" */
void cvl_tensor_print(const struct cvl_tensor *tensor, char *text, size_t size);

#endif
