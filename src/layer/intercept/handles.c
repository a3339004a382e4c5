/* A hash table by address. */
#include "layer/intercept/handles.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 256 }; /* a power of two */

static size_t bucket_of(const void *handle, size_t bucket_count)
{
    /* Fibonacci hashing (Knuth, TAOCP 3, 6.4): addresses differ in their middle bits. */
    uint64_t hash = (uint64_t)(uintptr_t)handle * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) & (bucket_count - 1);
}

/* Doubles the table. Without memory the table keeps its size: slower, but correct. */
static void grow(struct cvl_handles *table)
{
    size_t count = table->bucket_count ? 2 * table->bucket_count : FIRST_BUCKETS;
    struct cvl_handle_entry **buckets = calloc(count, sizeof *buckets);
    if (!buckets)
        return;
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct cvl_handle_entry *entry = table->buckets[i], *next; entry; entry = next) {
            size_t bucket = bucket_of(entry->handle, count);
            next = entry->next;
            entry->next = buckets[bucket];
            buckets[bucket] = entry;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
}

bool cvl_handles_reserve(struct cvl_handles *table)
{
    if (table->count >= table->bucket_count)
        grow(table);
    return table->buckets != NULL;
}

struct cvl_handle_entry **cvl_handles_find(const struct cvl_handles *table, const void *handle)
{
    if (!table->buckets)
        return NULL;
    struct cvl_handle_entry **link = &table->buckets[bucket_of(handle, table->bucket_count)];
    while (*link && (*link)->handle != handle)
        link = &(*link)->next;
    return link;
}

void cvl_handles_add(struct cvl_handles *table, struct cvl_handle_entry *entry)
{
    struct cvl_handle_entry **link = &table->buckets[bucket_of(entry->handle, table->bucket_count)];
    entry->next = *link;
    *link = entry;
    table->count++;
}

void cvl_handles_unlink(struct cvl_handles *table, struct cvl_handle_entry **link)
{
    *link = (*link)->next;
    table->count--;
}
