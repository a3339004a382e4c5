/* Readable names of functions. */
#ifndef CVL_TRACE_NAMES_H
#define CVL_TRACE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Prints "clblast::Xgemm::GemmIndirect" for "_ZN7clblast5XgemmIfE12GemmIndirectEm": C++ names
 * (Itanium ABI) without template arguments and parameters. Other names stay unchanged. */
void cvl_name_print(char *text, size_t size, const char *symbol);

/* Returns what precedes the first "::" of a printed name. @return false: nothing does */
bool cvl_name_scope(char *text, size_t size, const char *name);

#endif
