/* What --version prints. */
#ifndef CVL_CLI_VERSION_H
#define CVL_CLI_VERSION_H

/* Version, commit, compiler, build type and optional parts, to standard output. */
void cvl_version_print(void);
/* Of the commit, "2026-01-02"; "" where it is not known. */
const char *cvl_version_date(void);

#endif
