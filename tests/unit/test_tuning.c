/* The tuning database, classes of problems, and the parts that jobs have of a search. */
#include <criterion/criterion.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"
#include "tuning/choice.h"
#include "tuning/share.h"

static const char *path; /* of the database */

static void make_folder(void)
{
    static char text[SCRATCH_PATH_BYTES];
    scratch_make();
    (void)snprintf(text, sizeof text, "%s", scratch_path("tuning.db"));
    path = text;
}

TestSuite(tuning, .init = make_folder, .fini = scratch_remove);

static struct cvl_request case_of(const char *text)
{
    struct cvl_request request = {.layout = CVL_NHWC};
    cr_assert_eq(cvl_problem_parse(text, &request.problem, NULL), CVL_OK, "%s", text);
    return request;
}

static struct cvl_problem_class class_of(const char *variant, const char *text)
{
    struct cvl_problem_class kind;
    const struct cvl_request request = case_of(text);
    cvl_problem_class(variant, &request, &kind);
    return kind;
}

static struct cvl_tuning_database *open_database(void)
{
    struct cvl_tuning_database *database = NULL;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_tuning_database_open(path, CVL_STORE_WRITE, &database, &err), CVL_OK, "%s",
                 err.text);
    return database;
}

static struct cvl_candidate candidate_of(const char *asked, const char *used, double median_s)
{
    struct cvl_candidate candidate = {.median_s = median_s};
    cr_assert_eq(cvl_values_parse(asked, &candidate.asked, NULL), CVL_OK);
    cr_assert_eq(cvl_values_parse(used, &candidate.used, NULL), CVL_OK);
    if (!(median_s > 0.0)) {
        candidate.status = CVL_ROW_CRASHED;
        snprintf(candidate.reason, sizeof candidate.reason, "signal 11");
    }
    return candidate;
}

Test(tuning, a_class_names_what_decides_a_tile)
{
    struct cvl_problem_class kind =
        class_of("sep_fused", "separable:mb2ic64ih112oc128oh56kh3sh2ph0n\"mbv1/block2\"");
    cr_expect_str_eq(kind.family, "sep_fused separable nhwc f32");
    cr_expect_str_eq(kind.shape, "g1 ic64 oc128 k3x3 s2x2 d0x0 ow64 px8192");
    kind = class_of("inv_fused", "inverted:ic24ih56oc24kh3ph1mc144res1");
    cr_expect_str_eq(kind.family, "inv_fused inverted nhwc f32");
    cr_expect_str_eq(kind.shape, "g1 ic24 oc24 k3x3 s1x1 d0x0 mc144 ow64 px4096");
    kind = class_of("sep_fused", "separable:ic64ih112oc128oh56kh3sh2ph0dm2");
    cr_expect_str_eq(kind.shape, "g1 ic64 oc128 k3x3 s2x2 d0x0 dm2 ow64 px4096");
}

Test(tuning, alike_problems_share_a_class_and_others_do_not)
{
    const char *text = "standard:ic64ih56oc64kh3ph1";
    struct cvl_problem_class kind = class_of("direct", text);
    cr_expect_str_eq(class_of("direct", "standard:ic64ih50oc64kh3ph1n\"x\"").shape, kind.shape);
    cr_expect_str_eq(class_of("direct", "standard:ic64ih58oc64kh3ph0").shape, kind.shape);
    static const char *const others[] = {
        "standard:ic64ih56oc65kh3ph1",           "standard:ic63ih56oc64kh3ph1",
        "standard:ic64ih56oc64kh5ph2",           "standard:ic64ih56oc64kh3sh2ph1",
        "standard:ic64ih56oc64kh3ph2dh1",        "standard:g2ic64ih56oc64kh3ph1",
        "standard:mb8ic64ih56oc64kh3ph1",        "standard:ic64ih15iw16oc64kh3kw3ph1pw1",
        "standard:ic64ih56iw70oc64kh3kw3ph1pw1",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_str_neq(class_of("direct", others[i]).shape, kind.shape, "%s", others[i]);
    /* up to 16 columns each is a class */
    cr_expect_str_neq(class_of("direct", "standard:ic8ih13oc8kh1").shape,
                      class_of("direct", "standard:ic8ih14oc8kh1").shape);
}

Test(tuning, candidates_come_back_in_their_order)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_problem_class kind = class_of("direct", "standard:ic8ih9oc8kh3ph1");
    struct cvl_tuning_key key = {&device, &kind};
    struct cvl_problem problem = case_of("standard:ic8ih9oc8kh3ph1").problem;
    struct cvl_candidate candidates[] = {candidate_of("", "a=1", 2.0),
                                         candidate_of("a=2", "a=2", 1.0),
                                         candidate_of("a=4", "a=4", (double)NAN)};
    snprintf(device.name, sizeof device.name, "'; DROP TABLE class; --\x1b[31m\xff");
    struct cvl_tuning_database *database = open_database();
    cr_assert_eq(cvl_tuning_stand_in(database, &key, &problem, NULL), CVL_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(cvl_tuning_put(database, &key, &candidates[i], NULL), CVL_OK);
    cvl_tuning_database_close(&database);

    struct cvl_space space = {.resolve = NULL};
    struct cvl_search *search = NULL;
    cr_assert_eq(cvl_search_create(&space, 0, &search, NULL), CVL_OK);
    database = open_database();
    cr_assert_eq(cvl_tuning_load(database, &key, search, NULL), CVL_OK);
    cr_expect_eq(cvl_search_tried(search), 3);
    cr_expect_eq(cvl_search_best(search)->median_s, 1.0);
    cr_expect_eq(cvl_search_best(search)->asked.at[0].value, 2);
    cvl_search_destroy(&search);

    snprintf(device.driver, sizeof device.driver, "another");
    cr_assert_eq(cvl_search_create(&space, 0, &search, NULL), CVL_OK);
    cr_assert_eq(cvl_tuning_load(database, &key, search, NULL), CVL_OK);
    cr_expect_eq(cvl_search_tried(search), 0, "another driver begins anew");
    cvl_search_destroy(&search);
    cvl_tuning_database_close(&database);
}

Test(tuning, the_first_problem_stands_for_its_class)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_problem_class kind = class_of("direct", "standard:ic8ih56oc8kh3ph1");
    struct cvl_tuning_key key = {&device, &kind};
    struct cvl_problem problem = case_of("standard:ic8ih56oc8kh3ph1").problem;
    struct cvl_tuning_database *database = open_database();
    cr_assert_eq(cvl_tuning_stand_in(database, &key, &problem, NULL), CVL_OK);
    problem = case_of("standard:ic8ih50oc8kh3ph1").problem;
    cr_assert_eq(cvl_tuning_stand_in(database, &key, &problem, NULL), CVL_OK);
    cr_expect_eq(problem.ih, 56);
    cvl_tuning_database_close(&database);
}

/* Settles a class of `direct` with a value. */
static void settle(struct cvl_tuning_database *database, const struct cvl_device_facts *device,
                   const char *problem, const char *asked)
{
    struct cvl_problem_class kind = class_of("direct", problem);
    struct cvl_tuning_key key = {device, &kind};
    struct cvl_problem stand_in = case_of(problem).problem;
    struct cvl_settlement settlement = {.default_s = 2.0, .best_s = 1.0};
    cr_assert_eq(cvl_values_parse(asked, &settlement.asked, NULL), CVL_OK);
    cr_assert_eq(cvl_tuning_stand_in(database, &key, &stand_in, NULL), CVL_OK);
    cr_assert_eq(cvl_tuning_settle(database, &key, &settlement, NULL), CVL_OK);
}

/* For a layer of a network, from 1, or 0 for a single layer. */
static struct cvl_tuning_choice choose_for_step(const struct cvl_tuning_origin *origin,
                                                const struct cvl_device_facts *device,
                                                const char *problem, size_t step)
{
    struct cvl_tuning_choice choice;
    struct cvl_request request = case_of(problem);
    struct cvl_error err = {0};
    cr_assert_eq(cvl_tuning_choose(origin, device, cvl_variant_find("direct"), &request, step,
                                   &choice, &err),
                 CVL_OK, "%s", err.text);
    return choice;
}

static struct cvl_tuning_choice choose(const struct cvl_tuning_origin *origin,
                                       const struct cvl_device_facts *device, const char *problem)
{
    return choose_for_step(origin, device, problem, 0);
}

static const char *const near = "standard:ic64ih50oc64kh3ph1";

/* A value of the variant's first parameter that is not the default's. */
static void find_value(const struct cvl_device_facts *device, char *text, size_t size)
{
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    struct cvl_request request = case_of(near);
    struct cvl_values nothing = {0}, used;
    cr_assert_gt(cvl_variant_parameters(cvl_variant_find("direct"), CVL_NHWC, device, parameters),
                 0);
    cr_assert_eq(cvl_tuning_resolve(device, cvl_variant_find("direct"), &request, &nothing, &used),
                 CVL_OK);
    const int32_t now = *cvl_values_find(&used, parameters[0]->name);
    const int32_t other = parameters[0]->values[parameters[0]->values[0] == now ? 1 : 0];
    snprintf(text, size, "%s=%d", parameters[0]->name, (int)other);
}

static void expect_choice(const struct cvl_tuning_choice *choice, const char *expected,
                          enum cvl_tuning_source source)
{
    char text[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(&choice->values, text);
    cr_expect_str_eq(text, expected);
    cr_expect_eq(choice->source, source);
}

Test(tuning, a_case_runs_with_what_its_class_was_settled_with)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_tuning_database *database = open_database();
    struct cvl_tuning_origin origin = {.database = database};
    char value[40];
    find_value(&device, value, sizeof value);
    settle(database, &device, "standard:ic64ih56oc64kh3ph1", value);
    struct cvl_tuning_choice choice = choose(&origin, &device, near);
    expect_choice(&choice, value, CVL_TUNING_DATABASE);
    choice = choose_for_step(&origin, &device, near, 7); /* a layer of a network has a class too */
    expect_choice(&choice, value, CVL_TUNING_DATABASE);
    choice = choose(&origin, &device, "standard:ic32ih56oc64kh3ph1");
    expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    device.driver[0] = '!';
    choice = choose(&origin, &device, near);
    expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    cvl_tuning_database_close(&database);
}

Test(tuning, a_default_that_was_best_is_the_default)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_tuning_database *database = open_database();
    struct cvl_tuning_origin origin = {.database = database};
    settle(database, &device, "standard:ic64ih56oc64kh3ph1", "");
    struct cvl_tuning_choice choice = choose(&origin, &device, near);
    expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    cvl_tuning_database_close(&database);
}

Test(tuning, values_that_make_no_plan_any_more_are_passed_over)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    struct cvl_tuning_database *database = open_database();
    struct cvl_tuning_origin origin = {.database = database};
    char value[40];
    cr_assert_gt(cvl_variant_parameters(cvl_variant_find("direct"), CVL_NHWC, &device, parameters),
                 0);
    snprintf(value, sizeof value, "%s=12345", parameters[0]->name);
    settle(database, &device, "standard:ic64ih56oc64kh3ph1", value);
    struct cvl_tuning_choice choice = choose(&origin, &device, near);
    expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    cvl_tuning_database_close(&database);
}

Test(tuning, given_values_come_before_the_database)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_tuning_database *database = open_database();
    struct cvl_tuning_origin origin = {.database = database};
    char value[40], with_more[80];
    find_value(&device, value, sizeof value);
    snprintf(with_more, sizeof with_more, "%s,colour=3,MWG=64", value);
    settle(database, &device, "standard:ic64ih56oc64kh3ph1", "colour=4");
    cr_assert_eq(cvl_values_parse(with_more, &origin.given, NULL), CVL_OK);
    struct cvl_tuning_choice choice = choose(&origin, &device, near);
    expect_choice(&choice, value, CVL_TUNING_GIVEN);
    cr_assert_eq(cvl_tuning_choose_library(&origin, &device, &choice, NULL), CVL_OK);
    expect_choice(&choice, "MWG=64", CVL_TUNING_GIVEN);
    cvl_tuning_database_close(&database);
}

/* What is given for some layer leaves the database out for all: a command says all there is. */
Test(tuning, values_given_for_a_layer_come_before_the_database)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_tuning_database *database = open_database();
    char value[40];
    find_value(&device, value, sizeof value);
    struct cvl_values steps[2] = {{0}};
    struct cvl_tuning_origin origin = {.database = database, .steps = steps, .step_count = 2};
    settle(database, &device, "standard:ic64ih56oc64kh3ph1", value);
    cr_assert_eq(cvl_values_parse(value, &steps[1], NULL), CVL_OK);
    struct cvl_tuning_choice choice = choose_for_step(&origin, &device, near, 2);
    expect_choice(&choice, value, CVL_TUNING_GIVEN);
    static const size_t others[] = {0, 1, 3};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        choice = choose_for_step(&origin, &device, near, others[i]);
        expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    }
    cr_assert_eq(cvl_tuning_choose_library(&origin, &device, &choice, NULL), CVL_OK);
    expect_choice(&choice, "", CVL_TUNING_DEFAULT);
    cvl_tuning_database_close(&database);
}

static bool use_as_asked(void *user, const struct cvl_values *asked, struct cvl_values *used)
{
    (void)user;
    *used = *asked;
    return true;
}

Test(tuning, families_suggest_what_they_were_settled_with)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_problem_class kind = class_of("direct", near);
    struct cvl_tuning_key key = {&device, &kind};
    struct cvl_tuning_database *database = open_database();
    struct cvl_space space = {.resolve = use_as_asked};
    struct cvl_search *search = NULL;
    struct cvl_candidate candidate;
    settle(database, &device, "standard:ic16ih56oc64kh3ph1", "a=1");
    settle(database, &device, "standard:ic17ih56oc64kh3ph1", "a=2");
    settle(database, &device, "standard:ic18ih56oc64kh3ph1", "a=2");
    settle(database, &device, "standard:ic16ih28oc64kh3ph1", "");
    settle(database, &device, "pointwise:ic16ih28oc64kh1", "a=3"); /* another family */
    settle(database, &device, near, "a=4");                        /* itself */
    cr_assert_eq(cvl_search_create(&space, 0, &search, NULL), CVL_OK);
    cr_assert_eq(cvl_tuning_suggest(database, &key, search, NULL), CVL_OK);
    static const char *const expected[] = {"", "a=2", "a=1"};
    for (int i = 0; i < 3; i++) {
        char text[CVL_VALUES_TEXT_BYTES];
        cr_assert(cvl_search_next(search, &candidate));
        cvl_values_print(&candidate.asked, text);
        cr_expect_str_eq(text, expected[i]);
        cr_assert_eq(cvl_search_tell(search, &candidate, NULL), CVL_OK);
    }
    cr_expect_not(cvl_search_next(search, &candidate));
    cvl_search_destroy(&search);
    cvl_tuning_database_close(&database);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void expect_refusal(enum cvl_store_mode mode, const char *part)
{
    struct cvl_tuning_database *database = NULL;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_tuning_database_open(path, mode, &database, &err), CVL_BAD_INPUT);
    cr_expect_null(database);
    cr_expect_not_null(strstr(err.text, part), "%s", err.text);
}

Test(tuning, a_newer_schema_is_refused)
{
    struct cvl_tuning_database *database = open_database();
    cvl_tuning_database_close(&database);
    run_sql("PRAGMA user_version = 9");
    expect_refusal(CVL_STORE_WRITE, "schema 9 is newer than this convlens knows (1)");
    expect_refusal(CVL_STORE_READ, "schema 9 is newer than this convlens knows (1)");
}

Test(tuning, other_files_are_refused_and_left_as_they_are)
{
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100; i++)
        fputs("this is no database, only a text of some length\n", file);
    fclose(file);
    expect_refusal(CVL_STORE_WRITE, "not a convlens store");
    struct stat about;
    cr_assert_eq(stat(path, &about), 0);
    cr_expect_eq(about.st_size, 4800);
    unlink(path);
    run_sql("CREATE TABLE t (x); PRAGMA application_id = 1");
    expect_refusal(CVL_STORE_WRITE, "not a convlens tuning database");
}

Test(tuning, a_damaged_file_is_an_error)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_tuning_database *database = open_database();
    settle(database, &device, near, "colour=4");
    cvl_tuning_database_close(&database);
    run_sql("UPDATE settlement SET asked = 'no=values=at all'");
    database = open_database();
    struct cvl_problem_class kind = class_of("direct", near);
    struct cvl_tuning_key key = {&device, &kind};
    struct cvl_settlement settlement;
    struct cvl_error err = {0};
    bool found;
    cr_expect_eq(cvl_tuning_find(database, &key, &settlement, &found, &err), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(err.text, "no=values"), "%s", err.text);
    cvl_tuning_database_close(&database);
    run_sql("DROP TABLE settlement");
    database = open_database();
    cr_expect_eq(cvl_tuning_find(database, &key, &settlement, &found, &err), CVL_BAD_INPUT);
    cr_expect_not_null(strstr(err.text, "damaged"), "%s", err.text);
    cvl_tuning_database_close(&database);
}

static void expect_path(const char *expected)
{
    char *got = NULL;
    cr_assert_eq(cvl_tuning_database_path(&got, NULL), CVL_OK);
    cr_expect_str_eq(got, expected);
    free(got);
}

Test(tuning, the_file_lies_where_xdg_says)
{
    char *none = NULL;
    setenv("HOME", "/home/someone", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    expect_path("/data/convlens/tuning.db");
    setenv("XDG_DATA_HOME", "relative", 1);
    expect_path("/home/someone/.local/share/convlens/tuning.db");
    unsetenv("XDG_DATA_HOME");
    expect_path("/home/someone/.local/share/convlens/tuning.db");
    unsetenv("HOME");
    cr_expect_eq(cvl_tuning_database_path(&none, NULL), CVL_BAD_INPUT);
}

Test(tuning, folders_are_made_for_the_user_alone)
{
    const char *deep = scratch_path("a/b/tuning.db");
    struct stat about;
    cr_assert_eq(cvl_tuning_database_make_folder(deep, NULL), CVL_OK);
    cr_assert_eq(stat(scratch_path("a/b"), &about), 0);
    cr_expect_eq(about.st_mode & 0777, 0700);
    cr_assert_eq(cvl_tuning_database_make_folder(deep, NULL), CVL_OK, "twice");
}

Test(tuning, each_job_has_a_turn_and_then_the_heavy_ones)
{
    struct cvl_share shares[3] = {
        {.weight_s = (double)NAN}, {.weight_s = (double)NAN}, {.weight_s = (double)NAN}};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(cvl_share_next(shares, 3), i);
        shares[i].spent_s = 1.0;
        shares[i].weight_s = i == 1 ? 0.4 : 0.1;
    }
    double spent_s[3] = {0};
    for (int turn = 0; turn < 60; turn++) {
        const size_t next = cvl_share_next(shares, 3);
        shares[next].spent_s += 1.0;
        spent_s[next] += 1.0;
    }
    cr_expect_gt(spent_s[1], 36.0, "two thirds of the weight");
    cr_expect_lt(spent_s[1], 44.0);
    shares[1].over = true;
    cr_expect_neq(cvl_share_next(shares, 3), 1);
    shares[0].over = shares[2].over = true;
    cr_expect_eq(cvl_share_next(shares, 3), 3);
}

Test(tuning, first_turns_take_half_of_the_budget)
{
    struct cvl_share share = {0};
    cr_expect_float_eq(cvl_share_turn(&share, 10, 100.0, 100.0), 5.0, 1e-12);
    share.spent_s = 5.0;
    cr_expect_float_eq(cvl_share_turn(&share, 10, 100.0, 100.0), 2.5, 1e-12);
    cr_expect_float_eq(cvl_share_turn(&share, 10, 100.0, 1.0), 1.0, 1e-12);
}
