/* The parameter sets of CLBlast's matrix product. */
#include "tuning/library.h"

#include <stdio.h>
#include <string.h>

/* A set is a row of a list. The two tables of columns say what its numbers mean. */
enum { MAX_COLUMNS = 11 };

struct columns {
    const char *names[MAX_COLUMNS];
    size_t count;
};

/* GEMMK: which of two kernels; 0 copies tiles of KWG columns, 1 reads its matrices directly. MWG x
 * NWG: tile of a work-group of MDIMC x NDIMC work-items; KWI: columns unrolled; VWM, VWN: vector
 * widths; KREG: columns in registers at a time; MIN_INDIRECT: see the header. */
static const struct columns indirect = {
    {"GEMMK", "MWG", "NWG", "KWG", "KWI", "MDIMC", "NDIMC", "VWM", "VWN", "KREG", "MIN_INDIRECT"},
    11};

/* WGD: edge of a work-group's tile; MDIMCD x NDIMCD: its work-items; KWID: steps unrolled. */
static const struct columns direct = {{"WGD", "MDIMCD", "NDIMCD", "KWID", "VWMD", "VWND"}, 6};

/* The first four are the fastest on PoCL; then sets for GPUs: many work-items, narrow vectors. */
/* clang-format off */
static const int32_t indirect_list[][MAX_COLUMNS] = {
    {1,  64,  64,  1, 1,  8,  8, 8, 8, 8, 64},
    {0, 128,  64, 16, 2, 16, 16, 8, 4, 1, 64},
    {1, 128, 128,  1, 1, 16, 16, 8, 8, 8, 64},
    {1,  64,  64,  1, 1, 16, 16, 4, 4, 4, 64},
    {0,  64,  64, 32, 2,  8,  8, 8, 8, 1, 64},
    {0, 128, 128, 16, 2, 16, 16, 8, 8, 1, 64},
    {0,  32,  64, 32, 2,  8,  8, 4, 4, 1, 64},
    {1,  32,  32,  1, 1,  8,  8, 4, 4, 4, 64},
    {0,  64,  64, 16, 2, 16, 16, 4, 4, 1, 64},
};
/* clang-format on */
static const int32_t direct_list[][MAX_COLUMNS] = {
    {32, 8, 8, 2, 4, 4},
    {16, 8, 8, 2, 2, 2},
    {64, 8, 8, 2, 8, 8},
};

enum {
    INDIRECT_COUNT = sizeof indirect_list / sizeof indirect_list[0],
    DIRECT_COUNT = sizeof direct_list / sizeof direct_list[0]
};

void cvl_library_class(struct cvl_problem_class *out)
{
    (void)snprintf(out->family, sizeof out->family, "%s f32", CVL_LIBRARY_VARIANT);
    (void)snprintf(out->shape, sizeof out->shape, "any");
}

static bool has(const struct columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->names[i], name) == 0)
            return true;
    return false;
}

bool cvl_library_has(const char *name)
{
    return has(&indirect, name) || has(&direct, name);
}

struct cvl_values cvl_library_part(const struct cvl_values *values)
{
    struct cvl_values part = {0};
    for (uint32_t i = 0; i < values->count; i++)
        if (cvl_library_has(values->at[i].name))
            (void)cvl_values_set(&part, values->at[i].name, values->at[i].value);
    return part;
}

/* Puts the values into the order of the columns. @return false: they are not exactly these
 * values */
static bool read_row(const struct columns *columns, const struct cvl_values *values, int32_t *row)
{
    for (size_t i = 0; i < columns->count; i++) {
        const int32_t *value = cvl_values_find(values, columns->names[i]);
        if (!value)
            return false;
        row[i] = *value;
    }
    return values->count == columns->count;
}

static bool divides(int64_t whole, int64_t part)
{
    return part > 0 && whole > 0 && whole % part == 0;
}

/* Limits that the kernels' own preprocessor does not check: tiles must divide without a remainder,
 * and kernel 1 returns wrong results if its vectors or work-items differ in the two directions
 * (CLBlast 1.5.3). Here, both matrices are read by all work-items that compute. */
static bool allows_indirect(const int32_t *row)
{
    const int64_t mwg = row[1], nwg = row[2], kwg = row[3], mdimc = row[5], ndimc = row[6];
    const bool shared =
        divides(kwg, row[4]) && divides(mwg, mdimc * row[7]) && divides(nwg, ndimc * row[8]);
    if (row[0] == 0)
        return shared && row[9] == 1 && divides(kwg, ndimc) && divides(kwg, mdimc);
    return shared && row[0] == 1 && kwg == 1 && mdimc == ndimc && row[7] == row[8] &&
           divides(row[9], row[8]);
}

static bool allows_direct(const int32_t *row)
{
    const int64_t wgd = row[0], mdimc = row[1], ndimc = row[2];
    return divides(wgd, row[3]) && divides(wgd, mdimc * row[4]) && divides(wgd, ndimc * row[5]) &&
           divides(wgd, ndimc) && divides(wgd, mdimc);
}

bool cvl_library_allows(const struct cvl_values *values)
{
    int32_t row[MAX_COLUMNS];
    if (values->count == 0)
        return true;
    if (read_row(&indirect, values, row))
        return allows_indirect(row);
    return read_row(&direct, values, row) && allows_direct(row);
}

size_t cvl_library_candidate_count(void)
{
    return INDIRECT_COUNT + DIRECT_COUNT;
}

struct cvl_values cvl_library_candidate(size_t index)
{
    const struct columns *columns = index < INDIRECT_COUNT ? &indirect : &direct;
    const int32_t *row =
        index < INDIRECT_COUNT ? indirect_list[index] : direct_list[index - INDIRECT_COUNT];
    struct cvl_values values = {0};
    for (size_t i = 0; i < columns->count; i++)
        (void)cvl_values_set(&values, columns->names[i], row[i]);
    return values;
}

static bool resolve(void *user, const struct cvl_values *asked, struct cvl_values *used)
{
    (void)user;
    *used = *asked;
    return cvl_library_allows(asked);
}

enum cvl_status cvl_library_search(uint64_t seed, struct cvl_search **out, struct cvl_error *err)
{
    const struct cvl_space space = {.resolve = resolve};
    enum cvl_status status = cvl_search_create(&space, seed, out, err);
    for (size_t i = 0; i < cvl_library_candidate_count() && status == CVL_OK; i++) {
        const struct cvl_values values = cvl_library_candidate(i);
        status = cvl_search_suggest(*out, &values, err);
    }
    if (status != CVL_OK)
        cvl_search_destroy(out);
    return status;
}
