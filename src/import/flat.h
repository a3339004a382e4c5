/* Reads FlatBuffers where they lie (flatbuffers.dev/internals): every offset is checked, and
 * nothing is copied. A place is an offset from the beginning of the file; 0 is none, for the root
 * stands there. */
#ifndef CVL_IMPORT_FLAT_H
#define CVL_IMPORT_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cvl_flat {
    const uint8_t *bytes;
    size_t size;
};

struct cvl_flat_vector {
    size_t at; /* of the first element */
    uint32_t count;
};

/* The root table; 0: the file is too short. */
size_t cvl_flat_root(const struct cvl_flat *flat);

/* Where the table's field is; 0: it is absent, or the table is damaged. */
size_t cvl_flat_field(const struct cvl_flat *flat, size_t table, unsigned index);

/* A number of a table, of 1 or 4 bytes; the fallback where it is absent. */
int32_t cvl_flat_int8(const struct cvl_flat *flat, size_t table, unsigned index, int32_t fallback);
int32_t cvl_flat_int32(const struct cvl_flat *flat, size_t table, unsigned index, int32_t fallback);

/* The table, or the vector, that a field refers to; 0, or a vector of nothing: it is absent, or
 * does not lie in the file. */
size_t cvl_flat_table(const struct cvl_flat *flat, size_t table, unsigned index);
struct cvl_flat_vector cvl_flat_vector(const struct cvl_flat *flat, size_t table, unsigned index,
                                       size_t element_bytes);

/* An element of a vector of tables, or of 32-bit numbers. */
size_t cvl_flat_table_at(const struct cvl_flat *flat, struct cvl_flat_vector vector,
                         uint32_t index);
int32_t cvl_flat_int32_at(const struct cvl_flat *flat, struct cvl_flat_vector vector,
                          uint32_t index);

/* Copies a text of a table, cut to fit; "" where it is absent. */
const char *cvl_flat_text(const struct cvl_flat *flat, size_t table, unsigned index, char *text,
                          size_t size);

#endif
