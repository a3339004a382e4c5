/* Finds the number of an entry by a hash of what it holds; the entries are the caller's. */
#ifndef CVL_BASE_INDEX_H
#define CVL_BASE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise it. */
struct cvl_index {
    struct cvl_index_slot *slots; /* owned; `capacity` of them, a power of two */
    size_t count, capacity;
};

enum { CVL_INDEX_NONE = -1 };

/* Does the entry of that number hold what is looked for? */
typedef bool cvl_index_matches(const void *user, uint32_t number);

/* The number of an entry of that hash which matches, or CVL_INDEX_NONE. */
int64_t cvl_index_find(const struct cvl_index *index, uint64_t hash, cvl_index_matches *matches,
                       const void *user);

/* Adds an entry, which must not be there. @return false where memory ran out */
bool cvl_index_add(struct cvl_index *index, uint64_t hash, uint32_t number);

void cvl_index_clear(struct cvl_index *index);

/* Goes on with a hash of bytes; begin with 0. */
uint64_t cvl_hash(uint64_t hash, const void *bytes, size_t size);

#endif
