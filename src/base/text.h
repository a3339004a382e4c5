/* Strings: bounded copies, a growing text, strict numbers, units for people, escaping of hostile
 * names. */
#ifndef CVL_BASE_TEXT_H
#define CVL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

/* A text that grows. Zero-initialise; `failed` is set when memory ran out and stays: check it once
 * at the end. */
struct cvl_text {
    char *data; /* NULL while empty; else 0-terminated */
    size_t length, capacity;
    bool failed;
};

void cvl_text_append(struct cvl_text *text, const char *format, ...) CVL_PRINTF(2, 3);
void cvl_text_append_bytes(struct cvl_text *text, const char *bytes, size_t count);
void cvl_text_clear(struct cvl_text *text);
/* A word quoted for a shell. */
void cvl_text_append_quoted(struct cvl_text *text, const char *word);
/* Moves the string out (never NULL for a text that did not fail); the text is empty afterwards.
 * NULL: memory ran out. */
char *cvl_text_take(struct cvl_text *text);

/* Copies and cuts to fit, at a UTF-8 boundary; always terminated. */
void cvl_copy(char *target, size_t size, const char *source);

/* strdup that takes NULL (and returns it). */
char *cvl_duplicate(const char *source);

/* Whole text as a decimal integer in [low, high]: no sign but a leading '-', no blanks, no rest. */
bool cvl_parse_i64(const char *text, int64_t low, int64_t high, int64_t *out);
/* Whole text as a finite decimal number in [low, high]; an exponent is allowed. */
bool cvl_parse_double(const char *text, double low, double high, double *out);

/* Whole text as a size, "64MiB": a whole number with B, KiB, MiB, GiB or TiB behind it, no blank
 * between; from 1 byte on. */
bool cvl_parse_bytes(const char *text, uint64_t *out);

/* "3.86 MiB", "512 B": at most 16 bytes with the end. */
void cvl_print_bytes(char *text, size_t size, uint64_t bytes);
/* "12.3 us" (with the micro sign), "1.20 ms", "3.40 s": three significant digits; "-" for NAN. At
 * most 16 bytes. */
void cvl_print_seconds(char *text, size_t size, double seconds);

/* A name from a driver or a file, safe for a terminal and a log: control characters, DEL and
 * invalid UTF-8 become \xNN. */
void cvl_text_append_safe(struct cvl_text *text, const char *name);
/* The same into a fixed array. */
void cvl_copy_safe(char *target, size_t size, const char *name);

/* A case-insensitive (ASCII) search. */
bool cvl_contains_ignoring_case(const char *text, const char *part);

/* This moment, "2026-01-02T03:04:05Z": 21 bytes. */
void cvl_print_utc_now(char *text, size_t size);

#endif
