/* Rows of a device that are timed in several rounds, spread over the run and in random order, so
 * that the drift of a machine falls on all of them alike. Says which row wants another round, and
 * puts the rounds of a row together. Runs nothing. */
#ifndef CVL_SUPERVISE_ROUNDS_H
#define CVL_SUPERVISE_ROUNDS_H

#include <convlens/result.h>
#include <convlens/variant.h>

/* Of rivals, the variants of one problem in one layout, one that is slower than the fastest by this
 * has only the round that it has. Another form is no rival: its time is part of the answer. */
#define CVL_ROUNDS_TOO_SLOW 10.0

struct cvl_timed_row {
    const struct cvl_case *item; /* borrowed */
    struct cvl_row row;          /* owned */
    double *stage_s;             /* owned: [round][stage], of what was given at once one */
    double *layer_s;             /* owned: [round][layer] */
    size_t rounds;               /* of both */
    size_t made, undisturbed;    /* rounds, those that are left out included */
    bool is_over;                /* it cannot be timed any more */
    size_t problem, rivals;      /* numbers of those that it belongs to */
    uint64_t shuffle[2];         /* of the problem, and its own */
};

struct cvl_rounds {
    double budget_s; /* of one row */
    uint64_t seed;   /* of the order */
    struct cvl_timed_row *rows;
    size_t count;
    double *best_s; /* of the fastest of the rivals */
};

void cvl_rounds_clear(struct cvl_rounds *rounds);

/* Keeps a row with its first round, or with those that a run had that is resumed; the source is
 * left empty. One that has no times is cleared.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_rounds_keep(struct cvl_rounds *rounds, const struct cvl_case *item,
                                struct cvl_row *row, struct cvl_error *err);

/* The rows that want another round, in random order, rows of one problem one after the other: what
 * goes in is made once for them. Made of all rows that were kept; *order is owned by the caller.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_rounds_order(struct cvl_rounds *rounds, size_t **order, size_t *count,
                                 struct cvl_error *err);

/* Adds a round to a row; one that has no times, or those of another clock or of other
 * build options, ends its rounds.
 * @return CVL_OK, CVL_NO_MEMORY */
enum cvl_status cvl_rounds_add(struct cvl_rounds *rounds, size_t index,
                               const struct cvl_row *further, struct cvl_error *err);

#endif
