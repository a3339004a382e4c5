/* The tuning database's tables. */
#include "tuning/schema.h"

#include <stddef.h>

const char *const cvl_tuning_schema[] = {
    "CREATE TABLE device (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  platform TEXT NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  driver TEXT NOT NULL,\n"
    "  UNIQUE (platform, name, driver))",

    "CREATE TABLE class (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  device_id INTEGER NOT NULL REFERENCES device(id) ON DELETE CASCADE,\n"
    "  family TEXT NOT NULL,\n"
    "  shape TEXT NOT NULL,\n"
    "  problem TEXT NOT NULL,\n"
    "  UNIQUE (device_id, family, shape))",

    "CREATE TABLE candidate (\n"
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "  class_id INTEGER NOT NULL REFERENCES class(id) ON DELETE CASCADE,\n"
    "  used TEXT NOT NULL,\n"
    "  asked TEXT NOT NULL,\n"
    "  status TEXT NOT NULL,\n"
    "  reason TEXT,\n"
    "  median_s REAL,\n"
    "  tried TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),\n"
    "  UNIQUE (class_id, used))",

    "CREATE TABLE settlement (\n"
    "  class_id INTEGER PRIMARY KEY REFERENCES class(id) ON DELETE CASCADE,\n"
    "  asked TEXT NOT NULL,\n"
    "  compared TEXT NOT NULL,\n"
    "  default_s REAL,\n"
    "  best_s REAL,\n"
    "  settled TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')))",

    NULL,
};
