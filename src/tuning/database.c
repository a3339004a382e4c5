/* Reads and writes the tuning database: the candidates tried, and the values settled for each
 * class. */
#include "tuning/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "problem/problem_parts.h"
#include "store/file.h"
#include "store/sql.h"
#include "tuning/schema.h"

struct cvl_tuning_database {
    sqlite3 *db;
};

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory");
}

enum cvl_status cvl_tuning_database_path(char **out, struct cvl_error *err)
{
    /* Only absolute paths count: XDG Base Directory Specification. */
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    struct cvl_text path = {0};
    *out = NULL;
    if (data && *data == '/')
        cvl_text_append(&path, "%s", data);
    else if (home && *home != '\0')
        cvl_text_append(&path, "%s/.local/share", home);
    else
        return cvl_fail(err, CVL_BAD_INPUT,
                        "tuning: neither XDG_DATA_HOME nor HOME names a folder for the database; "
                        "use --tuning FILE");
    cvl_text_append(&path, "/convlens/tuning.db");
    *out = cvl_text_take(&path);
    return *out ? CVL_OK : out_of_memory(err);
}

enum cvl_status cvl_tuning_database_make_folder(const char *path, struct cvl_error *err)
{
    char *folder = cvl_duplicate(path);
    if (!folder)
        return out_of_memory(err);
    enum cvl_status status = CVL_OK;
    for (char *slash = strchr(folder + 1, '/'); slash && status == CVL_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            status = cvl_fail(err, CVL_IO, "tuning: %s: %s", folder, strerror(errno));
        *slash = '/';
    }
    free(folder);
    return status;
}

static enum cvl_status make_tables(sqlite3 *db, struct cvl_error *err)
{
    return cvl_sql_run_all(db, cvl_tuning_schema, err);
}

enum cvl_status cvl_tuning_database_open(const char *path, enum cvl_store_mode mode,
                                         struct cvl_tuning_database **out, struct cvl_error *err)
{
    const struct cvl_sql_format format = {
        .name = "convlens tuning database",
        .application_id = CVL_TUNING_APPLICATION_ID,
        .schema = CVL_TUNING_SCHEMA,
        .make_tables = make_tables,
    };
    struct cvl_error reason = {0};
    struct cvl_tuning_database *database = calloc(1, sizeof *database);
    *out = NULL;
    if (!database)
        return out_of_memory(err);
    const enum cvl_status status = cvl_sql_open(path, mode, &format, &database->db, &reason);
    if (status != CVL_OK) {
        cvl_tuning_database_close(&database);
        const char *area = "store: ";
        const size_t skip = strncmp(reason.text, area, strlen(area)) == 0 ? strlen(area) : 0;
        return cvl_fail(err, status, "tuning: %s", reason.text + skip);
    }
    *out = database;
    return CVL_OK;
}

void cvl_tuning_database_close(struct cvl_tuning_database **database)
{
    if (!*database)
        return;
    (void)sqlite3_close((*database)->db);
    free(*database);
    *database = NULL;
}

/* Binds the first five parameters of every statement about a class; a statement about a device has
 * only the first three. Drivers' names are bound, so they are never part of a statement. */
static void bind_key(struct cvl_statement *statement, const struct cvl_tuning_key *key)
{
    cvl_sql_bind_text(statement, 1, key->device->platform);
    cvl_sql_bind_text(statement, 2, key->device->name);
    cvl_sql_bind_text(statement, 3, key->device->driver);
    if (sqlite3_bind_parameter_count(statement->raw) < 5)
        return;
    cvl_sql_bind_text(statement, 4, key->kind->family);
    cvl_sql_bind_text(statement, 5, key->kind->shape);
}

#define OF_DEVICE                                                                                  \
    "device_id = (SELECT id FROM device WHERE platform = ?1 AND name = ?2 AND driver = ?3)"
#define OF_CLASS "(SELECT id FROM class WHERE " OF_DEVICE " AND family = ?4 AND shape = ?5)"

/* Parameters of a statement that follow the key: up to four texts and two numbers. */
struct change {
    const char *texts[4];
    size_t text_count;
    double numbers[2];
    size_t number_count;
};

static enum cvl_status run(struct cvl_tuning_database *database, const char *sql,
                           const struct cvl_tuning_key *key, const struct change *change,
                           struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    enum cvl_status status = cvl_sql_prepare(database->db, sql, &statement, err);
    if (status != CVL_OK)
        return status;
    bind_key(&statement, key);
    for (size_t i = 0; i < change->text_count; i++)
        cvl_sql_bind_text(&statement, (int)(6 + i), change->texts[i]);
    for (size_t i = 0; i < change->number_count; i++)
        cvl_sql_bind_real(&statement, (int)(6 + change->text_count + i), change->numbers[i]);
    status = cvl_sql_finish(&statement, err);
    cvl_sql_clear(&statement);
    return status;
}

static enum cvl_status make_class(struct cvl_tuning_database *database,
                                  const struct cvl_tuning_key *key, const char *problem,
                                  struct cvl_error *err)
{
    const struct change nothing = {0}, change = {.texts = {problem}, .text_count = 1};
    enum cvl_status status = run(database,
                                 "INSERT OR IGNORE INTO device (platform, name, driver)"
                                 " VALUES (?1, ?2, ?3)",
                                 key, &nothing, err);
    if (status == CVL_OK)
        status = run(database,
                     "INSERT OR IGNORE INTO class (device_id, family, shape, problem)"
                     " SELECT id, ?4, ?5, ?6 FROM device"
                     " WHERE platform = ?1 AND name = ?2 AND driver = ?3",
                     key, &change, err);
    return status;
}

/* Called for each row of a query about a class. */
typedef enum cvl_status take_row(struct cvl_statement *statement, void *user,
                                 struct cvl_error *err);

static enum cvl_status query(struct cvl_tuning_database *database, const char *sql,
                             const struct cvl_tuning_key *key, take_row *take, void *user,
                             struct cvl_error *err)
{
    struct cvl_statement statement = {0};
    bool there = true;
    enum cvl_status status = cvl_sql_prepare(database->db, sql, &statement, err);
    if (status == CVL_OK)
        bind_key(&statement, key);
    while (status == CVL_OK && there) {
        status = cvl_sql_step(&statement, &there, err);
        if (status == CVL_OK && there)
            status = take(&statement, user, err);
    }
    cvl_sql_clear(&statement);
    return status;
}

static enum cvl_status take_problem(struct cvl_statement *statement, void *user,
                                    struct cvl_error *err)
{
    return cvl_problem_read_printed(cvl_sql_text(statement, 0), user, err);
}

enum cvl_status cvl_tuning_stand_in(struct cvl_tuning_database *database,
                                    const struct cvl_tuning_key *key, struct cvl_problem *problem,
                                    struct cvl_error *err)
{
    char text[CVL_PROBLEM_TEXT_BYTES];
    struct cvl_problem nameless = *problem;
    nameless.name[0] = '\0';
    (void)cvl_problem_print(&nameless, text, sizeof text);
    enum cvl_status status = make_class(database, key, text, err);
    if (status == CVL_OK)
        status = query(database, "SELECT problem FROM class WHERE id = " OF_CLASS, key,
                       take_problem, problem, err);
    return status;
}

enum cvl_status cvl_tuning_put(struct cvl_tuning_database *database,
                               const struct cvl_tuning_key *key,
                               const struct cvl_candidate *candidate, struct cvl_error *err)
{
    char used[CVL_VALUES_TEXT_BYTES], asked[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(&candidate->used, used);
    cvl_values_print(&candidate->asked, asked);
    const struct change change = {
        .texts = {used, asked, cvl_row_status_name(candidate->status), candidate->reason},
        .text_count = 4,
        .numbers = {candidate->median_s},
        .number_count = 1,
    };
    return run(database,
               "INSERT OR REPLACE INTO candidate (class_id, used, asked, status, reason, median_s)"
               " VALUES (" OF_CLASS ", ?6, ?7, ?8, nullif(?9, ''), ?10)",
               key, &change, err);
}

static enum cvl_row_status read_status(const char *name)
{
    for (unsigned status = 0; status < CVL_ROW_STATUS_COUNT; status++)
        if (strcmp(cvl_row_status_name((enum cvl_row_status)status), name) == 0)
            return (enum cvl_row_status)status;
    return CVL_ROW_FAILED;
}

static enum cvl_status take_candidate(struct cvl_statement *statement, void *user,
                                      struct cvl_error *err)
{
    struct cvl_candidate candidate = {.status = read_status(cvl_sql_text(statement, 2)),
                                      .median_s = cvl_sql_real(statement, 4)};
    enum cvl_status status = cvl_values_parse(cvl_sql_text(statement, 0), &candidate.used, err);
    if (status == CVL_OK)
        status = cvl_values_parse(cvl_sql_text(statement, 1), &candidate.asked, err);
    cvl_copy(candidate.reason, sizeof candidate.reason, cvl_sql_text(statement, 3));
    return status == CVL_OK ? cvl_search_tell(user, &candidate, err) : status;
}

enum cvl_status cvl_tuning_load(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_search *search,
                                struct cvl_error *err)
{
    return query(database,
                 "SELECT used, asked, status, reason, median_s FROM candidate"
                 " WHERE class_id = " OF_CLASS " ORDER BY id",
                 key, take_candidate, search, err);
}

enum cvl_status cvl_tuning_settle(struct cvl_tuning_database *database,
                                  const struct cvl_tuning_key *key,
                                  const struct cvl_settlement *settlement, struct cvl_error *err)
{
    char asked[CVL_VALUES_TEXT_BYTES], compared[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(&settlement->asked, asked);
    cvl_values_print(&settlement->compared, compared);
    const struct change change = {
        .texts = {asked, compared},
        .text_count = 2,
        .numbers = {settlement->default_s, settlement->best_s},
        .number_count = 2,
    };
    return run(database,
               "INSERT OR REPLACE INTO settlement (class_id, asked, compared, default_s, best_s)"
               " VALUES (" OF_CLASS ", ?6, ?7, ?8, ?9)",
               key, &change, err);
}

/* Where a query for a settlement puts its result. */
struct finding {
    struct cvl_settlement *settlement;
    bool *found;
};

static enum cvl_status take_settlement(struct cvl_statement *statement, void *user,
                                       struct cvl_error *err)
{
    struct finding *finding = user;
    *finding->found = true;
    finding->settlement->default_s = cvl_sql_real(statement, 1);
    finding->settlement->best_s = cvl_sql_real(statement, 2);
    const enum cvl_status status =
        cvl_values_parse(cvl_sql_text(statement, 3), &finding->settlement->compared, err);
    return status == CVL_OK
               ? cvl_values_parse(cvl_sql_text(statement, 0), &finding->settlement->asked, err)
               : status;
}

enum cvl_status cvl_tuning_find(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_settlement *out,
                                bool *found, struct cvl_error *err)
{
    struct finding finding = {out, found};
    *out = (struct cvl_settlement){.default_s = (double)NAN, .best_s = (double)NAN};
    *found = false;
    return query(
        database,
        "SELECT asked, default_s, best_s, compared FROM settlement WHERE class_id = " OF_CLASS, key,
        take_settlement, &finding, err);
}

static enum cvl_status take_suggestion(struct cvl_statement *statement, void *user,
                                       struct cvl_error *err)
{
    struct cvl_values asked;
    const enum cvl_status status = cvl_values_parse(cvl_sql_text(statement, 0), &asked, err);
    return status == CVL_OK ? cvl_search_suggest(user, &asked, err) : status;
}

enum cvl_status cvl_tuning_suggest(struct cvl_tuning_database *database,
                                   const struct cvl_tuning_key *key, struct cvl_search *search,
                                   struct cvl_error *err)
{
    return query(database,
                 "SELECT asked FROM settlement JOIN class ON class_id = class.id"
                 " WHERE " OF_DEVICE " AND family = ?4 AND shape <> ?5 AND asked <> ''"
                 " GROUP BY asked ORDER BY count(*) DESC, asked LIMIT 4",
                 key, take_suggestion, search, err);
}
