/* The parameters of CLBlast's matrix product. They belong to a whole device and are set once, when
 * a worker opens it. They are tuned as if they were a variant, under a name of its own.
 *
 * A set of values selects one of the library's two kernels. The indirect one (MWG and others) is
 * faster for large products, but the library pads and transposes into hidden buffers where sizes do
 * not divide evenly; MIN_INDIRECT is the edge of the smallest cube that uses it. The direct one
 * (WGD and others) is a single kernel without hidden buffers, which every product then uses. So
 * values change the library bytes of a row as well as its time. */
#ifndef CVL_TUNING_LIBRARY_H
#define CVL_TUNING_LIBRARY_H

#include "tuning/class.h"
#include "tuning/search.h"

#define CVL_LIBRARY_VARIANT "clblast_gemm"

/* The class of all its problems. */
void cvl_library_class(struct cvl_problem_class *out);

/* Does a name belong to the library, and not to one of our variants? */
bool cvl_library_has(const char *name);
/* Returns the values that belong to the library. */
struct cvl_values cvl_library_part(const struct cvl_values *values);
/* Are the values a complete set, within the limits of the library's kernels? An empty set is. */
bool cvl_library_allows(const struct cvl_values *values);

/* The sets worth trying, most promising first. Each costs the compilation of a whole routine, so
 * this is a short list instead of a space. */
size_t cvl_library_candidate_count(void);
struct cvl_values cvl_library_candidate(size_t index);

/* Creates a search of the default and these sets. */
enum cvl_status cvl_library_search(uint64_t seed, struct cvl_search **out, struct cvl_error *err);

#endif
