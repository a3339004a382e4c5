/* The files of cl/: embedded, or read from the folder that CONVLENS_CL_DIR names. */
#ifndef CVL_OPENCL_SOURCES_H
#define CVL_OPENCL_SOURCES_H

#include <convlens/status.h>

/* Reads one file. The caller frees the text.
 * @return CVL_OK, CVL_BAD_INPUT (no such file, or not a plain file name), CVL_NO_MEMORY */
enum cvl_status cvl_source_read(const char *name, char **out, struct cvl_error *err);

/* Joins the .clh files and the file, each after a #line that names it. The caller frees the
 * text. */
enum cvl_status cvl_source_join(const char *name, char **out, struct cvl_error *err);

#endif
