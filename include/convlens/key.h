/** What names a row: no two rows of a run have equal keys. */
#ifndef CONVLENS_KEY_H
#define CONVLENS_KEY_H

#include <convlens/network.h>
#include <convlens/problem.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CVL_DEVICE_ID_BYTES = 24, CVL_VARIANT_NAME_BYTES = 32, CVL_KEY_TEXT_BYTES = 640 };

struct cvl_key {
    char device[CVL_DEVICE_ID_BYTES];
    char network[CVL_SWEEP_NAME_BYTES]; /* empty: the row of a single layer */
    char layer[CVL_LAYER_NAME_BYTES];   /* of a single layer */
    struct cvl_problem problem;         /* of a single layer; of a network its form, all else 0 */
    enum cvl_layout layout;
    enum cvl_dtype dtype;
    enum cvl_passes passes;
    enum cvl_optimizer optimizer; /* of training; else CVL_SGD */
    char variant[CVL_VARIANT_NAME_BYTES];
};

/** Parts of a key that may be compared by themselves. */
enum cvl_key_part {
    CVL_KEY_DEVICE = 1 << 0,
    CVL_KEY_NETWORK = 1 << 1,
    CVL_KEY_LAYER = 1 << 2,    /* its name */
    CVL_KEY_GEOMETRY = 1 << 3, /* the dimensions that problems of all forms have */
    CVL_KEY_PROBLEM = 1 << 4,  /* what else a problem has: form, mc, res and dm, name */
    CVL_KEY_LAYOUT = 1 << 5,
    CVL_KEY_DTYPE = 1 << 6,
    CVL_KEY_PASSES = 1 << 7, /* with the optimizer */
    CVL_KEY_VARIANT = 1 << 8,
    CVL_KEY_ALL = (1 << 9) - 1,
    CVL_KEY_GROUP = CVL_KEY_ALL & ~(CVL_KEY_PROBLEM | CVL_KEY_VARIANT) /* rows that are compared
                                                                          with each other */
};

/** Orders keys by the given parts, in the order of cvl_key_part. @return < 0, 0: equal, > 0 */
CVL_API int cvl_key_compare(const struct cvl_key *a, const struct cvl_key *b, unsigned parts);

/** A hash of the given parts: keys that compare equal in them have the same. */
CVL_API uint64_t cvl_key_hash(const struct cvl_key *key, unsigned parts);

CVL_API bool cvl_key_is_network(const struct cvl_key *key);

/** Writes the whole key as one line; equal keys have equal texts.
 *    <device> <variant> <layout> <dtype> <passes> <problem> <layer>
 *    <device> <variant> <layout> <dtype> <passes> network:<form> <network>
 *  Training is `training/adam`.
 *  @return the text's length, cut to `size` - 1 as snprintf does; never more than
 *          CVL_KEY_TEXT_BYTES - 1 */
CVL_API size_t cvl_key_print(const struct cvl_key *key, char *text, size_t size);

/** Reads such a line back. @return CVL_OK, or CVL_BAD_INPUT with the part that is wrong */
CVL_API enum cvl_status cvl_key_parse(const char *text, struct cvl_key *out, struct cvl_error *err);

/** What people read after layout and type: "" for a forward row, " training adam" for training. */
CVL_API const char *cvl_key_passes_text(const struct cvl_key *key);

#ifdef __cplusplus
}
#endif

#endif
