/* A table of things by address. An entry is the first member of what is kept. */
#ifndef CVL_LAYER_INTERCEPT_HANDLES_H
#define CVL_LAYER_INTERCEPT_HANDLES_H

#include <stdbool.h>
#include <stddef.h>

struct cvl_handle_entry {
    struct cvl_handle_entry *next; /* in its bucket */
    const void *handle;
};

/* Starts at zero; free(buckets) ends it. */
struct cvl_handles {
    struct cvl_handle_entry **buckets;
    size_t bucket_count, count;
};

/* Room for one more. @return false where the host has no memory for a first table */
bool cvl_handles_reserve(struct cvl_handles *table);
/* Where the entry's address is kept: the link that points at it, or at NULL for an unknown handle.
 * NULL: the table is empty. */
struct cvl_handle_entry **cvl_handles_find(const struct cvl_handles *table, const void *handle);
/* After cvl_handles_reserve; the handle is not in the table. */
void cvl_handles_add(struct cvl_handles *table, struct cvl_handle_entry *entry);
void cvl_handles_unlink(struct cvl_handles *table, struct cvl_handle_entry **link);

#endif
