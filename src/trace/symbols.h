/* Functions of an ELF file (executable or library) by address. The file's contents are not
 * trusted. */
#ifndef CVL_TRACE_SYMBOLS_H
#define CVL_TRACE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct cvl_symbols;

/* Reads .symtab, or .dynsym if the file was stripped.
 * @return NULL if the file is missing, is not an ELF file for this machine, or has no functions */
struct cvl_symbols *cvl_symbols_open(const char *path);
void cvl_symbols_close(struct cvl_symbols **symbols);

/* Returns the function that contains an address of the file, as the linker names it; NULL: none.
 * Valid until the file is closed. */
const char *cvl_symbols_find(const struct cvl_symbols *symbols, uint64_t address);

#endif
