/* Reads messages of Protocol Buffers where they lie (protobuf.dev/programming-guides/encoding): no
 * byte beyond the message is read, and nothing is copied. */
#ifndef CVL_IMPORT_WIRE_H
#define CVL_IMPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the file, NULL where it has none; a text is not ended by a zero. */
struct cvl_bytes {
    const uint8_t *at;
    size_t size;
};

enum cvl_wire_type { CVL_WIRE_VARINT, CVL_WIRE_64, CVL_WIRE_BYTES, CVL_WIRE_32 = 5 };

struct cvl_wire_field {
    uint32_t number;
    enum cvl_wire_type type;
    uint64_t value;         /* of a varint or a fixed size */
    struct cvl_bytes bytes; /* of CVL_WIRE_BYTES: a text, a message or packed numbers */
};

/* Takes the next field off a message. @return false at its end, and where it is damaged */
bool cvl_wire_next(struct cvl_bytes *message, struct cvl_wire_field *field);

/* Did cvl_wire_next stop at damage rather than at the end? */
bool cvl_wire_is_damaged(const struct cvl_bytes *message);

/* The last field of that number and type; false: there is none. */
bool cvl_wire_find(struct cvl_bytes message, uint32_t number, enum cvl_wire_type type,
                   struct cvl_wire_field *field);

/* Takes the next varint off packed numbers. */
bool cvl_wire_varint(struct cvl_bytes *packed, uint64_t *value);

bool cvl_bytes_equal(struct cvl_bytes a, struct cvl_bytes b);

/* The bytes as a text, cut to fit. @return the text */
const char *cvl_bytes_text(struct cvl_bytes bytes, char *text, size_t size);

/* Are the bytes this text? */
bool cvl_bytes_are(struct cvl_bytes bytes, const char *text);

#endif
