/* What to install where OpenCL finds no device. */
#ifndef CVL_OPENCL_DRIVERS_H
#define CVL_OPENCL_DRIVERS_H

#include <dirent.h>

#include "base/text.h"

enum { CVL_ICD_FILES = 64 };

/* The .icd files that a loader would read, by absolute paths, sorted. */
struct cvl_icd_files {
    char *paths[CVL_ICD_FILES]; /* owned */
    size_t count;
};

/* Those of OCL_ICD_VENDORS, else of /etc/OpenCL/vendors; none where that is no folder. */
void cvl_icd_files_list(struct cvl_icd_files *files);
/* Is it the name of one? For scandir. */
int cvl_icd_files_has(const struct dirent *entry);
void cvl_icd_files_clear(struct cvl_icd_files *files);

/* Append advice, with Debian's packages. */
void cvl_drivers_advise_loader(struct cvl_text *text);   /* there is no OpenCL library */
void cvl_drivers_advise_platform(struct cvl_text *text); /* the library knows no platform */
void cvl_drivers_advise_device(struct cvl_text *text);   /* no platform has a device */

/* The folder in which the driver PoCL keeps compiled kernels, where it cannot be written: PoCL then
 * fails to compile. Owned by the caller; NULL: it can be written, or memory ran out. */
char *cvl_drivers_unwritable_pocl_cache(void);

#endif
