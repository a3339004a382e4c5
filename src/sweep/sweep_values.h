/* The values of a sweep file's keys: lists and ranges, read from text. */
#ifndef CVL_SWEEP_SWEEP_VALUES_H
#define CVL_SWEEP_SWEEP_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

#include "sweep/sweep_keys.h"

/* More problems than this in one sweep, or values in one list, are refused. */
enum { CVL_SWEEP_ITEMS_MAX = 1000000 };

/* n[0] of the paddings `same` and `same_lower`; others before the first row are 0 or more. */
enum { CVL_PAD_SAME = -1, CVL_PAD_SAME_LOWER = -2 };

/* One value. shapes: C, H, W; pairs and gaps: rows, columns; pads: top, bottom, left, right;
 * names: the number of their enum; yes_no: 0 or 1; the others: one number. The rest is 0. */
struct cvl_sweep_value {
    int32_t n[4];
};

struct cvl_sweep_values {
    struct cvl_sweep_value *items;
    size_t count, capacity;
};

enum { CVL_SWEEP_EXPECTED_BYTES = 160 };

/* Reads a value of a type other than text and paths.
 * @param expected what would have been right; set on CVL_BAD_INPUT
 * @return CVL_OK, CVL_BAD_INPUT or CVL_NO_MEMORY; free the values in every case */
enum cvl_status cvl_sweep_values_read(struct cvl_sweep_values *out, enum cvl_sweep_type type,
                                      const char *text, char expected[CVL_SWEEP_EXPECTED_BYTES]);

void cvl_sweep_values_clear(struct cvl_sweep_values *values);

/* Cuts blanks off both ends; writes to `text`. */
char *cvl_sweep_trim(char *text);

/* Cuts the next piece off a list: returns it without blanks around it, 0-terminated; NULL at the
 * list's end. `rest` starts as the list and is written to. */
char *cvl_sweep_next_piece(char **rest);

#endif
