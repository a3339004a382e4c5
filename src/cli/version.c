/* What --version prints; the build makes cli/build_facts.h. */
#include "cli/version.h"

#include <stdio.h>

#include <convlens/status.h>

#include "cli/build_facts.h"

const char *cvl_version_date(void)
{
    return CVL_BUILD_DATE;
}

void cvl_version_print(void)
{
    (void)printf("convlens %s\ncommit: %s\ncompiler: %s\nbuild type: %s\nparts: %s\n",
                 cvl_version(), CVL_BUILD_COMMIT, CVL_BUILD_COMPILER, CVL_BUILD_TYPE,
                 CVL_BUILD_PARTS);
}
