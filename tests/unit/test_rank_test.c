/* The rank test against known values. */
#include <criterion/criterion.h>

#include <convlens/compare.h>

/* The first is the example in SciPy's documentation of scipy.stats.mannwhitneyu, which gives U = 17
 * and, with method="asymptotic", p = 0.11134688653314041; the others were computed by the
 * definition of U (pairs counted one by one) and the formulas of Lehmann, in Python. */
Test(rank_test, it_has_known_values)
{
    static const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
    static const double ties[] = {1, 1, 2, 2, 2, 3, 4, 4, 5, 6};
    static const double others[] = {2, 3, 3, 3, 4, 5, 5, 6, 6, 7, 8};
    struct cvl_rank_test test;
    cr_assert_eq(cvl_rank_test(males, 5, females, 4, &test, NULL), CVL_OK);
    cr_expect_eq(test.u, 17.0);
    cr_expect_float_eq(test.p_value, 0.11134688653314041, 1e-12);
    cr_assert_eq(cvl_rank_test(females, 4, males, 5, &test, NULL), CVL_OK);
    cr_expect_eq(test.u, 3.0);
    cr_expect_float_eq(test.p_value, 0.11134688653314041, 1e-12);
    cr_assert_eq(cvl_rank_test(ties, 10, others, 11, &test, NULL), CVL_OK);
    cr_expect_eq(test.u, 27.0);
    cr_expect_float_eq(test.p_value, 0.05027939609923897, 1e-12);
}

Test(rank_test, ranks_of_equal_values_show_nothing)
{
    static const double same[] = {3, 3, 3, 3};
    struct cvl_rank_test test;
    cr_assert_eq(cvl_rank_test(same, 4, same, 4, &test, NULL), CVL_OK);
    cr_expect_eq(test.p_value, 1.0);
    cr_assert_eq(cvl_rank_test(same, 1, same, 1, &test, NULL), CVL_OK);
    cr_expect_eq(test.p_value, 1.0);
}
