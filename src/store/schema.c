#include "store/schema.h"

#include <stddef.h>

/* A row's document is the single truth of its figures; the columns are views into it. */
#define FIGURE(name, type, path) "  " name " " type " AS (json_extract(document, '$." path "')),\n"

/* clang-format off */
static const char result_table[] =
    "CREATE TABLE result (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,\n"
    "  document TEXT NOT NULL,\n"
    FIGURE("device", "TEXT NOT NULL", "device")
    FIGURE("layer", "TEXT NOT NULL", "layer")
    FIGURE("problem", "TEXT NOT NULL", "problem")
    FIGURE("form", "TEXT NOT NULL", "form")
    FIGURE("variant", "TEXT NOT NULL", "variant")
    FIGURE("layout", "TEXT NOT NULL", "layout")
    FIGURE("dtype", "TEXT NOT NULL", "dtype")
    FIGURE("status", "TEXT NOT NULL", "status")
    FIGURE("reason", "TEXT", "reason")
    FIGURE("layer_count", "INTEGER", "layer_count")
    FIGURE("clock", "TEXT", "time.clock")
    FIGURE("median_s", "REAL", "time.median_s")
    FIGURE("min_s", "REAL", "time.min_s")
    FIGURE("p05_s", "REAL", "time.p05_s")
    FIGURE("p95_s", "REAL", "time.p95_s")
    FIGURE("mad_s", "REAL", "time.mad_s")
    FIGURE("host_median_s", "REAL", "time.host_median_s")
    FIGURE("samples", "INTEGER", "time.samples")
    FIGURE("doubt", "TEXT", "time.doubt")
    FIGURE("computed_input_bytes", "INTEGER", "memory.computed.input_bytes")
    FIGURE("computed_weights_bytes", "INTEGER", "memory.computed.weights_bytes")
    FIGURE("computed_intermediate_bytes", "INTEGER", "memory.computed.intermediate_bytes")
    FIGURE("computed_workspace_bytes", "INTEGER", "memory.computed.workspace_bytes")
    FIGURE("computed_output_bytes", "INTEGER", "memory.computed.output_bytes")
    FIGURE("computed_total_bytes", "INTEGER", "memory.computed.total_bytes")
    FIGURE("computed_load_peak_bytes", "INTEGER", "memory.computed.load_peak_bytes")
    FIGURE("computed_all_live_peak_bytes", "INTEGER", "memory.computed.peak_bytes.all_live")
    FIGURE("computed_freed_peak_bytes", "INTEGER", "memory.computed.peak_bytes.freed")
    FIGURE("computed_freed_pinned_peak_bytes", "INTEGER", "memory.computed.peak_bytes.freed_pinned")
    FIGURE("computed_arena_peak_bytes", "INTEGER", "memory.computed.peak_bytes.arena")
    FIGURE("counted_all_live_peak_bytes", "INTEGER", "memory.counted.peak_bytes.all_live")
    FIGURE("counted_freed_peak_bytes", "INTEGER", "memory.counted.peak_bytes.freed")
    FIGURE("counted_freed_pinned_peak_bytes", "INTEGER", "memory.counted.peak_bytes.freed_pinned")
    FIGURE("counted_arena_peak_bytes", "INTEGER", "memory.counted.peak_bytes.arena")
    FIGURE("library_bytes", "INTEGER", "memory.counted.library_bytes")
    FIGURE("leaked_bytes", "INTEGER", "memory.counted.leaked_bytes")
    FIGURE("measured_source", "TEXT", "memory.measured.source")
    FIGURE("measured_all_live_peak_bytes", "INTEGER", "memory.measured.peak_bytes.all_live")
    FIGURE("measured_freed_peak_bytes", "INTEGER", "memory.measured.peak_bytes.freed")
    FIGURE("measured_freed_pinned_peak_bytes", "INTEGER", "memory.measured.peak_bytes.freed_pinned")
    FIGURE("measured_arena_peak_bytes", "INTEGER", "memory.measured.peak_bytes.arena")
    FIGURE("max_abs_err", "REAL", "check.max_abs_err")
    FIGURE("max_rel_err", "REAL", "check.max_rel_err")
    FIGURE("tolerance", "REAL", "check.tolerance")
    FIGURE("flops", "INTEGER", "roofline.flops")
    FIGURE("gflops", "REAL", "roofline.gflops")
    FIGURE("gbps", "REAL", "roofline.gbps")
    "  CHECK (json_valid(document)))";
/* clang-format on */

/* Of the device itself, not of a run. Stores of earlier versions get the table when there is
 * something to put into it. */
#define PEAKS_TABLE                                                                                \
    "CREATE TABLE IF NOT EXISTS peaks (\n"                                                         \
    "  platform TEXT NOT NULL,\n"                                                                  \
    "  name TEXT NOT NULL,\n"                                                                      \
    "  driver TEXT NOT NULL,\n"                                                                    \
    "  document TEXT NOT NULL CHECK (json_valid(document)),\n"                                     \
    "  measured TEXT AS (json_extract(document, '$.measured')),\n"                                 \
    "  PRIMARY KEY (platform, name, driver)) WITHOUT ROWID"

const char cvl_store_peaks_table[] = PEAKS_TABLE;

/* As PEAKS_TABLE: stores of earlier versions get it when there is something to put into it. */
#define CHAIN_TABLE                                                                                \
    "CREATE TABLE IF NOT EXISTS chain (\n"                                                         \
    "  id INTEGER PRIMARY KEY,\n"                                                                  \
    "  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,\n"                            \
    "  document TEXT NOT NULL CHECK (json_valid(document)),\n" FIGURE(                             \
        "device", "TEXT NOT NULL",                                                                 \
        "device") FIGURE("chain", "TEXT NOT NULL",                                                 \
                         "chain") FIGURE("form", "TEXT NOT NULL",                                  \
                                         "form") FIGURE("variant", "TEXT NOT NULL", "variant")     \
        FIGURE("layout", "TEXT NOT NULL", "layout") FIGURE(                                        \
            "dtype", "TEXT NOT NULL", "dtype") FIGURE("status", "TEXT NOT NULL", "status")         \
            FIGURE("reason", "TEXT", "reason") FIGURE("median_s", "REAL", "time.median_s") FIGURE( \
                "outputs_bytes", "INTEGER",                                                        \
                "memory.computed.outputs_bytes") FIGURE("arena_lower_bound_bytes", "INTEGER",      \
                                                        "memory.computed.arena_lower_bound_bytes") \
                FIGURE(                                                                            \
                    "computed_freed_peak_bytes", "INTEGER",                                        \
                    "memory.computed.peak_bytes.freed") FIGURE("computed_arena_peak_bytes",        \
                                                               "INTEGER",                          \
                                                               "memory.computed.peak_bytes.arena") \
                    FIGURE("counted_freed_peak_bytes", "INTEGER",                                  \
                           "memory.counted.peak_bytes.freed")                                      \
                        FIGURE(                                                                    \
                            "counted_arena_peak_bytes", "INTEGER",                                 \
                            "memory.counted.peak_bytes.arena") "  UNIQUE (run_id, device, chain, " \
                                                               "form, variant, layout, dtype))"

const char cvl_store_chain_table[] = CHAIN_TABLE;

/* The table of rows, and what it grew since; ISO C99 has no longer texts than the table's. A row is
 * there once; one from before there was training ran forward. */
#define RESULT_STATEMENTS                                                                          \
    result_table,                                                                                  \
        "ALTER TABLE result ADD COLUMN bound TEXT AS (json_extract(document, "                     \
        "'$.roofline.bound'))",                                                                    \
        "ALTER TABLE result ADD COLUMN fraction_of_peak REAL"                                      \
        " AS (json_extract(document, '$.roofline.fraction_of_peak'))",                             \
        "ALTER TABLE result ADD COLUMN launch_fraction REAL"                                       \
        " AS (json_extract(document, '$.roofline.launch_fraction'))",                              \
        "ALTER TABLE result ADD COLUMN passes TEXT"                                                \
        " AS (ifnull(json_extract(document, '$.passes'), 'forward'))",                             \
        "ALTER TABLE result ADD COLUMN optimizer TEXT"                                             \
        " AS (ifnull(json_extract(document, '$.optimizer'), ''))",                                 \
        "CREATE UNIQUE INDEX result_case ON result"                                                \
        " (run_id, device, layer, problem, variant, layout, dtype, passes, optimizer)"

/* Children name their table, and a renamed one must not take their names with it. */
const char *const cvl_store_before_renewal[] = {
    "PRAGMA foreign_keys = OFF",
    "PRAGMA legacy_alter_table = ON",
    NULL,
};

const char *const cvl_store_renewal[] = {
    "BEGIN IMMEDIATE",
    "DROP INDEX IF EXISTS result_case", /* another program was faster */
    "ALTER TABLE result RENAME TO result_before",
    RESULT_STATEMENTS,
    "INSERT INTO result (id, run_id, document) SELECT id, run_id, document FROM result_before",
    "DROP TABLE result_before",
    "COMMIT",
    NULL,
};

const char *const cvl_store_after_renewal[] = {
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA foreign_keys = ON",
    NULL,
};

const char *const cvl_store_schema[] = {
    "CREATE TABLE run (\n"
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "  identity TEXT NOT NULL,\n"
    "  sweep TEXT NOT NULL,\n"
    "  started TEXT,\n"
    "  command TEXT,\n"
    "  host TEXT)",

    "CREATE INDEX run_identity ON run (identity)",

    "CREATE TABLE device (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,\n"
    "  document TEXT NOT NULL CHECK (json_valid(document)),\n"
    "  key TEXT NOT NULL AS (json_extract(document, '$.key')),\n"
    "  platform TEXT AS (json_extract(document, '$.platform')),\n"
    "  name TEXT AS (json_extract(document, '$.name')),\n"
    "  vendor TEXT AS (json_extract(document, '$.vendor')),\n"
    "  driver TEXT AS (json_extract(document, '$.driver')),\n"
    "  type TEXT AS (json_extract(document, '$.type')),\n"
    "  UNIQUE (run_id, key))",

    RESULT_STATEMENTS,

    "CREATE TABLE sample (\n"
    "  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,\n"
    "  number INTEGER NOT NULL,\n"
    "  time_s REAL,\n"
    "  PRIMARY KEY (result_id, number)) WITHOUT ROWID",

    "CREATE TABLE stage (\n"
    "  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,\n"
    "  number INTEGER NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  kind TEXT NOT NULL,\n"
    "  time_s REAL,\n"
    "  flops INTEGER,\n"
    "  bytes_moved INTEGER,\n"
    "  live_bytes INTEGER,\n"
    "  peak_bytes INTEGER,\n"
    "  note TEXT,\n"
    "  computed_bytes INTEGER,\n"
    "  measured_bytes INTEGER,\n"
    "  resident_bytes INTEGER,\n"
    "  program_bytes INTEGER,\n"
    "  private_bytes INTEGER,\n"
    "  local_bytes INTEGER,\n"
    "  PRIMARY KEY (result_id, number)) WITHOUT ROWID",

    "CREATE TABLE allocation (\n"
    "  result_id INTEGER NOT NULL REFERENCES result(id) ON DELETE CASCADE,\n"
    "  number INTEGER NOT NULL,\n"
    "  policy TEXT NOT NULL,\n"
    "  stage INTEGER NOT NULL,\n"
    "  event TEXT NOT NULL,\n"
    "  owner TEXT NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  bytes INTEGER,\n"
    "  live_bytes INTEGER,\n"
    "  time_s REAL,\n"
    "  PRIMARY KEY (result_id, number)) WITHOUT ROWID",

    PEAKS_TABLE,
    CHAIN_TABLE,
};

const unsigned cvl_store_schema_count = sizeof cvl_store_schema / sizeof cvl_store_schema[0];

const struct cvl_store_column cvl_store_stage_later[] = {
    {"note", "TEXT"},
    {"computed_bytes", "INTEGER"},
    {"measured_bytes", "INTEGER"},
    {"resident_bytes", "INTEGER"},
    {"program_bytes", "INTEGER"},
    {"private_bytes", "INTEGER"},
    {"local_bytes", "INTEGER"},
};

const unsigned cvl_store_stage_later_count =
    sizeof cvl_store_stage_later / sizeof cvl_store_stage_later[0];
