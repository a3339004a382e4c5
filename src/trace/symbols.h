/* Functions of an ELF file (executable or library) by address. The file may be anything. */
#ifndef CVL_TRACE_SYMBOLS_H
#define CVL_TRACE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct cvl_symbols;

/* Reads .symtab, or .dynsym of a file that was stripped.
 * @return NULL where the file is not there, no ELF file of this machine's kind, or has no function
 */
struct cvl_symbols *cvl_symbols_open(const char *path);
void cvl_symbols_close(struct cvl_symbols **symbols);

/* The function that an address of the file lies in, as the linker names it; NULL: none. Valid until
 * the close. */
const char *cvl_symbols_find(const struct cvl_symbols *symbols, uint64_t address);

#endif
