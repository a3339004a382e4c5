/* A hash table by address. An entry is the first member of the struct that it keeps. */
#ifndef CVL_LAYER_INTERCEPT_HANDLES_H
#define CVL_LAYER_INTERCEPT_HANDLES_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_handle_entry {
    struct cvl_handle_entry *next; /* in its bucket */
    const void *handle;
};

/* Zero-initialise it; release it with free(buckets). */
struct cvl_handles {
    struct cvl_handle_entry **buckets;
    size_t bucket_count, count;
};

/* Makes room for one more entry. @return false if the host has no memory for the first table */
bool cvl_handles_reserve(struct cvl_handles *table);
/* Returns the link that points to the entry, or to NULL for an unknown handle. NULL: the table is
 * empty. */
struct cvl_handle_entry **cvl_handles_find(const struct cvl_handles *table, const void *handle);
/* Call it after cvl_handles_reserve; the handle must not be in the table. */
void cvl_handles_add(struct cvl_handles *table, struct cvl_handle_entry *entry);
void cvl_handles_unlink(struct cvl_handles *table, struct cvl_handle_entry **link);

#endif
