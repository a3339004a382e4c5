/* A problem's dimensions as a table, and what can be wrong with a problem. */
#ifndef CVL_PROBLEM_PROBLEM_PARTS_H
#define CVL_PROBLEM_PROBLEM_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/problem.h>

enum cvl_part {
#define CVL_PART(name, min) CVL_PART_##name,
#include "problem/problem_parts.def"
#undef CVL_PART
    CVL_PART_COUNT,
    CVL_SHARED_PART_COUNT = CVL_PART_mc /* those that every form has */
};

struct cvl_part_facts {
    const char *name;
    int32_t min;
    size_t offset; /* of its int32_t in struct cvl_problem */
};

extern const struct cvl_part_facts cvl_parts[CVL_PART_COUNT];

int32_t cvl_part_get(const struct cvl_problem *problem, enum cvl_part part);
void cvl_part_set(struct cvl_problem *problem, enum cvl_part part, int32_t value);

/* What is wrong with a problem: the part, what it is and what it should be. The part is "n" for the
 * name and "form" for the form. */
struct cvl_fault {
    const char *part;
    char got[160];
    char expected[160];
};

/* Is something wrong with this problem? `fault` says what; cvl_problem_check reports the same as an
 * error. */
bool cvl_problem_fault(const struct cvl_problem *problem, struct cvl_fault *fault);

/* Rows and columns of padding after the input, if they do not follow from oh and ow. */
struct cvl_padding_behind {
    int32_t h, w;
};

/* Sets oh and ow to floor((input + padding - window) / stride) + 1.
 * @return true if a window does not fit; `fault` says which */
bool cvl_problem_derive_output(struct cvl_problem *problem, struct cvl_padding_behind after,
                               struct cvl_fault *fault);

/* Sets outputs and padding so that there are as many outputs as strides fit. `odd`: rows of an odd
 * padding that go first: 0 in TensorFlow's SAME and ONNX's SAME_UPPER, 1 in SAME_LOWER. */
void cvl_problem_pad_same(struct cvl_problem *problem, int32_t odd);

/* Is it a depthwise convolution, from its channels and groups? With a single input channel it is
 * one only if it has a single output channel: a first layer on grey images is a dense one. */
bool cvl_problem_is_depthwise(const struct cvl_problem *problem);

/* The problem whose windows lie in its input: the mirror of a transposed one, else itself. */
struct cvl_problem cvl_problem_of_windows(const struct cvl_problem *problem);

/* Does each window have a row and a column of the input? Where the padding is as wide as the
 * window, some lie in it wholly. */
bool cvl_problem_windows_reach(const struct cvl_problem *problem);

/* Reads what cvl_problem_print wrote, in this version or an earlier one, which left out each width
 * part that was equal to its height: what stores, documents and messages to workers hold. A text
 * that a person wrote is read by cvl_problem_parse.
 * @return as cvl_problem_parse */
enum cvl_status cvl_problem_read_printed(const char *text, struct cvl_problem *out,
                                         struct cvl_error *err);

/* Is this a valid name: UTF-8 without control characters or double quotes? */
bool cvl_name_is_clean(const char *name);

#endif
