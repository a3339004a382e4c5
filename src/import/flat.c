/* Reads FlatBuffers where they lie. */
#include "import/flat.h"

#include <string.h>

/* Reads a number of up to four bytes, least first; false where it does not lie in the file. */
static bool read_number(const struct cvl_flat *flat, size_t at, size_t bytes, uint32_t *out)
{
    *out = 0;
    if (at > flat->size || flat->size - at < bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        *out |= (uint32_t)flat->bytes[at + i] << 8 * i;
    return true;
}

/* What the offset at a place refers to; 0: none. */
static size_t follow(const struct cvl_flat *flat, size_t at)
{
    uint32_t offset;
    if (at == 0 || !read_number(flat, at, 4, &offset) || offset == 0 || offset >= flat->size - at)
        return 0;
    return at + offset;
}

size_t cvl_flat_root(const struct cvl_flat *flat)
{
    uint32_t root;
    return read_number(flat, 0, 4, &root) && root < flat->size ? root : 0;
}

size_t cvl_flat_field(const struct cvl_flat *flat, size_t table, unsigned index)
{
    uint32_t back, vtable_bytes, offset;
    if (table == 0 || !read_number(flat, table, 4, &back))
        return 0;
    const int64_t vtable = (int64_t)table - (int32_t)back;
    if (vtable < 0 || !read_number(flat, (size_t)vtable, 2, &vtable_bytes) ||
        4 + 2 * (index + 1) > vtable_bytes ||
        !read_number(flat, (size_t)vtable + 4 + 2 * (size_t)index, 2, &offset) || offset == 0 ||
        offset >= flat->size - table)
        return 0;
    return table + offset;
}

int32_t cvl_flat_int8(const struct cvl_flat *flat, size_t table, unsigned index, int32_t fallback)
{
    const size_t at = cvl_flat_field(flat, table, index);
    return at != 0 ? (int8_t)flat->bytes[at] : fallback;
}

int32_t cvl_flat_int32(const struct cvl_flat *flat, size_t table, unsigned index, int32_t fallback)
{
    const size_t at = cvl_flat_field(flat, table, index);
    uint32_t value;
    return at != 0 && read_number(flat, at, 4, &value) ? (int32_t)value : fallback;
}

size_t cvl_flat_table(const struct cvl_flat *flat, size_t table, unsigned index)
{
    return follow(flat, cvl_flat_field(flat, table, index));
}

struct cvl_flat_vector cvl_flat_vector(const struct cvl_flat *flat, size_t table, unsigned index,
                                       size_t element_bytes)
{
    const size_t at = cvl_flat_table(flat, table, index);
    uint32_t count;
    if (at == 0 || !read_number(flat, at, 4, &count) ||
        count > (flat->size - at - 4) / element_bytes)
        return (struct cvl_flat_vector){0};
    return (struct cvl_flat_vector){at + 4, count};
}

size_t cvl_flat_table_at(const struct cvl_flat *flat, struct cvl_flat_vector vector, uint32_t index)
{
    return index < vector.count ? follow(flat, vector.at + 4 * (size_t)index) : 0;
}

int32_t cvl_flat_int32_at(const struct cvl_flat *flat, struct cvl_flat_vector vector,
                          uint32_t index)
{
    uint32_t value = 0;
    if (index < vector.count)
        (void)read_number(flat, vector.at + 4 * (size_t)index, 4, &value);
    return (int32_t)value;
}

const char *cvl_flat_text(const struct cvl_flat *flat, size_t table, unsigned index, char *text,
                          size_t size)
{
    const struct cvl_flat_vector vector = cvl_flat_vector(flat, table, index, 1);
    const size_t length = vector.count < size ? vector.count : size - 1;
    if (length > 0)
        memcpy(text, flat->bytes + vector.at, length);
    text[length] = '\0';
    return text;
}
