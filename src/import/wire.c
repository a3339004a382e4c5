/* Reads messages of Protocol Buffers where they lie. */
#include "import/wire.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10 };

bool cvl_wire_varint(struct cvl_bytes *packed, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < packed->size && i < VARINT_BYTES_MAX; i++) {
        const uint8_t byte = packed->at[i];
        if (i + 1 == VARINT_BYTES_MAX && byte > 1)
            return false; /* more than 64 bits */
        *value |= (uint64_t)(byte & 0x7F) << 7 * i;
        if (byte < 0x80) {
            packed->at += i + 1;
            packed->size -= i + 1;
            return true;
        }
    }
    return false;
}

/* Takes a number of fixed size, least byte first. */
static bool take_fixed(struct cvl_bytes *message, size_t size, uint64_t *value)
{
    if (message->size < size)
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value |= (uint64_t)message->at[i] << 8 * i;
    message->at += size;
    message->size -= size;
    return true;
}

static bool take_bytes(struct cvl_bytes *message, struct cvl_bytes *bytes)
{
    uint64_t size;
    if (!cvl_wire_varint(message, &size) || size > message->size)
        return false;
    *bytes = (struct cvl_bytes){message->at, (size_t)size};
    message->at += size;
    message->size -= (size_t)size;
    return true;
}

static bool take_value(struct cvl_bytes *message, struct cvl_wire_field *field)
{
    switch ((unsigned)field->type) {
    case CVL_WIRE_VARINT:
        return cvl_wire_varint(message, &field->value);
    case CVL_WIRE_64:
        return take_fixed(message, 8, &field->value);
    case CVL_WIRE_32:
        return take_fixed(message, 4, &field->value);
    case CVL_WIRE_BYTES:
        return take_bytes(message, &field->bytes);
    default:
        return false;
    }
}

bool cvl_wire_next(struct cvl_bytes *message, struct cvl_wire_field *field)
{
    uint64_t key;
    if (message->size == 0 || message->size == SIZE_MAX)
        return false;
    *field = (struct cvl_wire_field){0};
    if (cvl_wire_varint(message, &key) && key >> 3 != 0 && key >> 3 <= UINT32_MAX) {
        field->number = (uint32_t)(key >> 3);
        field->type = (enum cvl_wire_type)(key & 7);
        if (take_value(message, field))
            return true;
    }
    message->size = SIZE_MAX;
    return false;
}

bool cvl_wire_is_damaged(const struct cvl_bytes *message)
{
    return message->size == SIZE_MAX;
}

bool cvl_wire_find(struct cvl_bytes message, uint32_t number, enum cvl_wire_type type,
                   struct cvl_wire_field *field)
{
    struct cvl_wire_field each;
    bool found = false;
    while (cvl_wire_next(&message, &each))
        if (each.number == number && each.type == type) {
            *field = each;
            found = true;
        }
    return found;
}

bool cvl_bytes_equal(struct cvl_bytes a, struct cvl_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

const char *cvl_bytes_text(struct cvl_bytes bytes, char *text, size_t size)
{
    const size_t length = bytes.size < size ? bytes.size : size - 1;
    if (length > 0)
        memcpy(text, bytes.at, length);
    text[length] = '\0';
    return text;
}

bool cvl_bytes_are(struct cvl_bytes bytes, const char *text)
{
    return cvl_bytes_equal(bytes, (struct cvl_bytes){(const uint8_t *)text, strlen(text)});
}
