/* Strings: bounded copies, growing texts, strict number parsing, units for readers, and escaping of
 * untrusted names. */
#ifndef CVL_BASE_TEXT_H
#define CVL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

/* A growing text. Zero-initialise it. `failed` is set when memory runs out and stays set: check it
 * once at the end. */
struct cvl_text {
    char *data; /* NULL while empty; else 0-terminated */
    size_t length, capacity;
    bool failed;
};

void cvl_text_append(struct cvl_text *text, const char *format, ...) CVL_PRINTF(2, 3);
void cvl_text_append_bytes(struct cvl_text *text, const char *bytes, size_t count);
void cvl_text_clear(struct cvl_text *text);
/* Appends a word quoted for a shell; where it has control characters or bytes that are no UTF-8, as
 * bash and zsh take them: $'\x1b'. */
void cvl_text_append_quoted(struct cvl_text *text, const char *word);
/* Moves the string out and leaves the text empty. NULL: memory ran out; otherwise never NULL. */
char *cvl_text_take(struct cvl_text *text);

/* Copies and cuts to fit, at a UTF-8 boundary; always terminates. */
void cvl_copy(char *target, size_t size, const char *source);

/* strdup that accepts NULL (and returns it). */
char *cvl_duplicate(const char *source);

/* Parses the whole text as a decimal integer in [low, high]: no sign except a leading '-', no
 * blanks, nothing after it. */
bool cvl_parse_i64(const char *text, int64_t low, int64_t high, int64_t *out);
/* Parses the whole text as a finite decimal number in [low, high]; an exponent is allowed. */
bool cvl_parse_double(const char *text, double low, double high, double *out);

/* Parses the whole text as a size, "64MiB": an integer followed by B, KiB, MiB, GiB or TiB, without
 * a blank; at least 1 byte. */
bool cvl_parse_bytes(const char *text, uint64_t *out);

/* "3.86 MiB", "512 B": at most 16 bytes, terminator included. */
void cvl_print_bytes(char *text, size_t size, uint64_t bytes);
/* "12.3 us" (with the micro sign), "1.20 ms", "3.40 s": three significant digits; "-" for NAN. At
 * most 16 bytes. */
void cvl_print_seconds(char *text, size_t size, double seconds);

/* "1.63", "0.063": two decimals, below 0.1 two significant digits; "-" for what is not finite. At
 * most 24 bytes. */
void cvl_print_ratio(char *text, size_t size, double ratio);

/* Names from drivers and files, made safe for a terminal and a log: a byte of a control character
 * or of invalid UTF-8 becomes \xNN. All but the first need no memory. */
void cvl_text_append_safe(struct cvl_text *text, const char *name);
/* The same, copied into a fixed array and cut to fit. */
void cvl_copy_safe(char *target, size_t size, const char *name);
enum { CVL_SAFE_PIECE_BYTES = 5 };
/* The next piece: a character, or \xNN. @return bytes of `name` that it stands for; 0 at the end */
size_t cvl_safe_piece(const char *name, char piece[CVL_SAFE_PIECE_BYTES]);
/* Is the name safe as it is? */
bool cvl_is_safe(const char *name);

bool cvl_is_utf8(const char *text);

/* Is the entry one of a list's, whole? Between the entries is any of the characters `between`, one
 * or more of them. */
bool cvl_has_entry(const char *list, const char *between, const char *entry);

/* A case-insensitive (ASCII) search. */
bool cvl_contains_ignoring_case(const char *text, const char *part);

/* The current time, "2026-01-02T03:04:05Z": 21 bytes. */
void cvl_print_utc_now(char *text, size_t size);

#endif
