/* Structs to JSON objects and back, driven by tables of fields: one table serves both ways, so that
 * what is written can be read. */
#ifndef CVL_RESULT_FIELDS_H
#define CVL_RESULT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <convlens/status.h>

enum cvl_field_kind {
    CVL_FIELD_TEXT,     /* char array, 0-terminated */
    CVL_FIELD_NOTE,     /* the same; an empty one is null */
    CVL_FIELD_OWNED,    /* char *, malloc'd; NULL is null */
    CVL_FIELD_BOOL,     /* bool */
    CVL_FIELD_U32,      /* uint32_t */
    CVL_FIELD_U64,      /* uint64_t; CVL_ABSENT, and what no int64_t holds, is null */
    CVL_FIELD_TRIPLE,   /* uint64_t[3], an array */
    CVL_FIELD_REAL,     /* double; what is not finite is null */
    CVL_FIELD_CHOICE,   /* an enum, by its name */
    CVL_FIELD_POLICIES, /* uint64_t[CVL_POLICY_COUNT], an object by policy name */
    CVL_FIELD_KIND_COUNT
};

struct cvl_field {
    const char *key;
    enum cvl_field_kind kind;
    size_t offset, size;
    const char *(*name)(unsigned value); /* of a choice: values 0 to count - 1 */
    unsigned count;
    bool is_later; /* documents of earlier versions lack it: it is 0 then */
};

#define CVL_FIELD_AS(text, type, member, kind_of)                                                  \
    .key = text, .kind = (kind_of), .offset = offsetof(type, member),                              \
    .size = sizeof(((type *)0)->member)

/* A member under its own name, or under another. */
#define CVL_FIELD(kind_of, type, member)                                                           \
    {                                                                                              \
        CVL_FIELD_AS(#member, type, member, CVL_FIELD_##kind_of)                                   \
    }
#define CVL_FIELD_NAMED(text, kind_of, type, member)                                               \
    {                                                                                              \
        CVL_FIELD_AS(text, type, member, CVL_FIELD_##kind_of)                                      \
    }
#define CVL_FIELD_LATER(kind_of, type, member)                                                     \
    {                                                                                              \
        CVL_FIELD_AS(#member, type, member, CVL_FIELD_##kind_of), .is_later = true                 \
    }
#define CVL_FIELD_ENUM(type, member, namer, choices)                                               \
    {                                                                                              \
        CVL_FIELD_AS(#member, type, member, CVL_FIELD_CHOICE), .name = (namer), .count = (choices) \
    }

/* A table with its length. */
struct cvl_fields {
    const struct cvl_field *at;
    size_t count;
    size_t size; /* of the struct */
};

#define CVL_FIELDS(table, type)                                                                    \
    {                                                                                              \
        table, sizeof(table) / sizeof((table)[0]), sizeof(type)                                    \
    }

/* Reads a text. @return CVL_OK; CVL_BAD_INPUT where it is not JSON; CVL_NO_MEMORY. The caller
 * releases *out, which is NULL on anything but CVL_OK. */
enum cvl_status cvl_json_load(const char *text, const char *what, json_t **out,
                              struct cvl_error *err);

/* Prints in one line and releases `value`; NULL gives NULL. The caller frees the text. NULL where
 * memory ran out: json_dumps of jansson 2.14 may then leave a key out instead. */
char *cvl_json_print(json_t *value);

/* A text as JSON: as it is where it is valid UTF-8, else escaped as cvl_copy_safe does and cut to
 * `size` bytes with the end (0: not cut). NULL where memory ran out. */
json_t *cvl_json_text(const char *text, size_t size);
/* The text, or null where it is NULL or empty. */
json_t *cvl_json_note(const char *text, size_t size);
/* An exact integer; null for CVL_ABSENT and above INT64_MAX. */
json_t *cvl_json_u64(uint64_t value);
/* A number, or null where it is not finite. */
json_t *cvl_json_real(double value);

/* Sets a member of an object and takes the value over. @return 0; -1 where either is NULL */
int cvl_json_set(json_t *object, const char *key, json_t *value);

/* The struct as a new object; NULL where memory ran out. */
json_t *cvl_fields_write(const struct cvl_fields *fields, const void *base);
/* Adds the struct's fields to an object. @return 0 or -1 */
int cvl_fields_add(const struct cvl_fields *fields, const void *base, json_t *object);
/* `count` structs as a new array. */
json_t *cvl_fields_write_list(const struct cvl_fields *fields, const void *base, size_t count);

/* Sets the struct to zeros, with every figure absent. */
void cvl_fields_init(const struct cvl_fields *fields, void *base);

/* Fills the struct from an object; members it does not know are passed over. A figure, a note or a
 * flag that the object lacks is absent or false, as is a policy's figure: the object is of an
 * earlier version.
 * @return CVL_OK; CVL_BAD_INPUT naming `where` and the key that is missing or of a wrong type or
 * size; CVL_NO_MEMORY */
enum cvl_status cvl_fields_read(const struct cvl_fields *fields, const json_t *object,
                                const char *where, void *base, struct cvl_error *err);
/* The same for an array; *out is calloc'd, NULL where the list is empty or missing. None of the
 * fields may be CVL_FIELD_OWNED. */
enum cvl_status cvl_fields_read_list(const struct cvl_fields *fields, const json_t *list,
                                     const char *where, void **out, size_t *count,
                                     struct cvl_error *err);

#endif
