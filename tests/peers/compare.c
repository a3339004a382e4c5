#include "compare.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "duel.h"
#include "onednn.h"
#include "ours.h"
#include "run/verify/check.h"

/* A library's variant this many times slower than the best is not tried on further layers. */
static const double hopeless = 3.0;

/* oneDNN may choose Winograd's algorithm, which rounds more than a direct sum. */
static const double onednn_tolerance_factor = 10.0;

/* One layer at work. */
struct contest {
    const struct peers_run *run;
    const struct peers_group *group;
    struct peers_slow *slow;
    struct cvl_tensors tensors;
    uint32_t failed; /* variants */
};

static enum cvl_status sample_entrant(void *self, double *seconds, struct cvl_error *err)
{
    return peers_entrant_sample(self, seconds, NULL, err);
}

static void turn_entrant(void *self, bool begins)
{
    peers_entrant_turn(self, begins);
}

static enum cvl_status sample_onednn(void *self, double *seconds, struct cvl_error *err)
{
    return peers_onednn_sample(self, seconds, err);
}

static bool is_chosen(const struct contest *contest, const struct peers_choice *choice,
                      const struct cvl_variant *variant)
{
    const char *name = cvl_variant_name(variant);
    const char *glob = contest->run->variant_glob;
    return cvl_variant_computes(variant, contest->tensors.problem.form) &&
           fnmatch(choice->only, name, 0) == 0 && fnmatch(choice->except, name, 0) != 0 &&
           (!glob || fnmatch(glob, name, 0) == 0);
}

/* Above the layer's line: a variant's time or refusal for who asked, a failure for everyone. */
static void print_result(const struct contest *contest, const struct cvl_variant *variant,
                         enum cvl_layout layout, double seconds, const struct cvl_error *err)
{
    bool is_failure = err->status != CVL_OK && err->status != CVL_UNSUPPORTED;
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    if (!contest->run->is_verbose && !is_failure)
        return;
    double flops = 2.0 * (double)cvl_problem_sizes(&contest->tensors.problem).macs;
    (void)printf("    %s %s%s: ", cvl_layout_name(layout), cvl_variant_name(variant),
                 is_failure ? " FAILED" : "");
    cvl_copy_safe(safe, sizeof safe, err->text);
    if (err->status == CVL_OK)
        (void)printf("%.1f us, %.1f GFLOP/s\n", seconds * 1e6, flops / seconds * 1e-9);
    else
        (void)printf("%s\n", safe);
}

/* The faster of the two stays in *best. */
static void keep_faster(struct peers_entrant **best, double *best_s, struct peers_entrant **other,
                        double other_s)
{
    if (other_s < *best_s) {
        struct peers_entrant *former = *best;
        *best = *other;
        *other = former;
        *best_s = other_s;
    }
    peers_entrant_destroy(other);
}

/* The best so far is tried anew, right after: the machine's speed may have changed since. */
static enum cvl_status try_beside(struct peers_entrant *entrant, double *seconds,
                                  struct peers_entrant *best, double *best_s, struct cvl_error *err)
{
    struct peers_side side = {sample_entrant, entrant, turn_entrant};
    struct peers_side other = {sample_entrant, best, turn_entrant};
    enum cvl_status status = peers_try(&side, seconds, err);
    if (status == CVL_OK && best)
        status = peers_try(&other, best_s, err);
    return status;
}

/* A variant that fails is reported and counted, and hides nothing of the others. */
static void try_variant(struct contest *contest, const struct peers_choice *choice, size_t index,
                        struct peers_entrant **best, double *best_s)
{
    const struct cvl_variant *variant = cvl_variant_at(index);
    struct peers_entrant *entrant = NULL;
    struct cvl_error reason = {0};
    double seconds = INFINITY;
    enum cvl_status status = peers_entrant_create(contest->run->device, variant, &contest->tensors,
                                                  choice->layout, &entrant, &reason);
    if (status == CVL_OK)
        status = try_beside(entrant, &seconds, *best, best_s, &reason);
    print_result(contest, variant, choice->layout, seconds, &reason);
    if (status == CVL_OK && peers_entrant_is_library(entrant) && seconds > hopeless * *best_s)
        contest->slow->variant[index] = true;
    contest->failed += status != CVL_OK && status != CVL_UNSUPPORTED;
    keep_faster(best, best_s, &entrant, status == CVL_OK ? seconds : INFINITY);
}

static enum cvl_status choose(struct contest *contest, const struct peers_choice *choice,
                              struct peers_entrant **out, struct cvl_error *err)
{
    size_t max = sizeof contest->slow->variant / sizeof contest->slow->variant[0];
    double best_s = INFINITY;
    *out = NULL;
    for (size_t i = 0; i < cvl_variant_count() && i < max; i++)
        if (is_chosen(contest, choice, cvl_variant_at(i)) && !contest->slow->variant[i])
            try_variant(contest, choice, i, out, &best_s);
    return *out ? CVL_OK : cvl_fail(err, CVL_UNSUPPORTED, "no variant of ours applies");
}

static enum cvl_status check_onednn(const struct contest *contest, struct peers_onednn *onednn,
                                    struct cvl_error *err)
{
    double unused;
    char wrong[160];
    enum cvl_status status = peers_onednn_sample(onednn, &unused, err);
    if (status != CVL_OK)
        return status;
    struct cvl_row_check check =
        cvl_check_output(&contest->tensors, CVL_NHWC, onednn_tolerance_factor,
                         peers_onednn_output(onednn), wrong, sizeof wrong);
    return check.passed ? CVL_OK : cvl_fail(err, CVL_WRONG_ANSWER, "oneDNN: %s", wrong);
}

static enum cvl_status measure(const struct contest *contest, const struct peers_side sides[2],
                               struct peers_result *out, struct cvl_error *err)
{
    if (contest->run->only_check)
        return CVL_OK;
    return peers_duel(sides, contest->run->budget_s, out->median_s, err);
}

static enum cvl_status against_onednn(const struct contest *contest, struct peers_entrant *ours,
                                      struct peers_result *out, struct cvl_error *err)
{
    struct peers_onednn *onednn = NULL;
    enum cvl_status status = peers_onednn_create(&contest->tensors, &onednn, err);
    if (status == CVL_OK)
        status = check_onednn(contest, onednn, err);
    if (status == CVL_OK) {
        struct peers_side sides[2] = {{sample_entrant, ours, turn_entrant},
                                      {sample_onednn, onednn, NULL}};
        cvl_copy(out->name[1], sizeof out->name[1], peers_onednn_name(onednn));
        status = measure(contest, sides, out, err);
    }
    peers_onednn_destroy(&onednn);
    return status;
}

static enum cvl_status against_ourselves(struct contest *contest, struct peers_entrant *ours,
                                         struct peers_result *out, struct cvl_error *err)
{
    struct peers_entrant *other = NULL;
    enum cvl_status status = choose(contest, &contest->group->against, &other, err);
    if (status == CVL_OK) {
        struct peers_side sides[2] = {{sample_entrant, ours, turn_entrant},
                                      {sample_entrant, other, turn_entrant}};
        cvl_copy(out->name[1], sizeof out->name[1], peers_entrant_name(other));
        status = measure(contest, sides, out, err);
    }
    peers_entrant_destroy(&other);
    return status;
}

enum cvl_status peers_compare(const struct peers_run *run, const struct peers_group *group,
                              const struct cvl_problem *problem, struct peers_slow *slow,
                              struct peers_result *out, struct cvl_error *err)
{
    struct contest contest = {.run = run, .group = group, .slow = slow};
    struct peers_entrant *ours = NULL;
    *out = (struct peers_result){.flops = 2.0 * (double)cvl_problem_sizes(problem).macs,
                                 .median_s = {NAN, NAN}};
    enum cvl_status status = cvl_tensors_create(problem, CVL_F32, &contest.tensors, err);
    if (status != CVL_OK)
        return status;
    status = choose(&contest, &group->ours, &ours, err);
    if (status == CVL_OK) {
        cvl_copy(out->name[0], sizeof out->name[0], peers_entrant_name(ours));
        status = group->against.heading ? against_ourselves(&contest, ours, out, err)
                                        : against_onednn(&contest, ours, out, err);
    }
    out->failed = contest.failed;
    peers_entrant_destroy(&ours);
    cvl_tensors_clear(&contest.tensors);
    return status;
}
