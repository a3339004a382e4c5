/* The parameters of CLBlast's matrix product, which are those of a device as a whole: they are set
 * once, when a worker opens it. Tuned as if it were a variant, under a name of its own.
 *
 * A set of values names one of the library's two ways. Indirect (MWG and its like): faster for
 * large products, but the library pads and transposes into hidden buffers where sizes do not
 * divide; MIN_INDIRECT is the edge of the smallest cube that takes this way. Direct (WGD and its
 * like): one kernel, no hidden buffer, taken by every product then. So values change what a row
 * counts as the library's bytes, as they do its time. */
#ifndef CVL_TUNING_LIBRARY_H
#define CVL_TUNING_LIBRARY_H

#include "tuning/class.h"
#include "tuning/search.h"

#define CVL_LIBRARY_VARIANT "clblast_gemm"

/* The class of all its problems. */
void cvl_library_class(struct cvl_problem_class *out);

/* Does a name belong to the library, rather than to a variant of ours? */
bool cvl_library_has(const char *name);
/* Those of the values that belong to it. */
struct cvl_values cvl_library_part(const struct cvl_values *values);
/* Are the values a whole set, within the limits of the library's kernels? No values are. */
bool cvl_library_allows(const struct cvl_values *values);

/* What is worth trying, the most promising first: each costs the compilation of a whole routine,
 * which is why it is a short list and no space. */
size_t cvl_library_candidate_count(void);
struct cvl_values cvl_library_candidate(size_t index);

/* A search of the default and these. */
enum cvl_status cvl_library_search(uint64_t seed, struct cvl_search **out, struct cvl_error *err);

#endif
