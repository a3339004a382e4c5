/* Names of functions as people write them. */
#ifndef CVL_TRACE_NAMES_H
#define CVL_TRACE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* "clblast::Xgemm::GemmIndirect" of "_ZN7clblast5XgemmIfE12GemmIndirectEm": C++ names (Itanium ABI)
 * without template arguments and parameters. Any other name stays as it is. */
void cvl_name_print(char *text, size_t size, const char *symbol);

/* What stands before the first "::" of a printed name. @return false: nothing does */
bool cvl_name_scope(char *text, size_t size, const char *name);

#endif
