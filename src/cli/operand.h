/* Results that an operand names. */
#ifndef CVL_CLI_OPERAND_H
#define CVL_CLI_OPERAND_H

#include <convlens/result.h>

/* Loads what `text` names:
 *   runs.db        the newest run of a store
 *   runs.db:3      run 3 of it
 *   mem.json       a document that --format json or --format baseline wrote
 *   /dev/fd/63     such a document from a pipe
 * A file whose whole name is `text` is preferred. Rows from a store have their samples; those of a
 * document have what it has.
 * @return CVL_OK; CVL_BAD_INPUT with the file and what was expected; CVL_IO; CVL_NO_MEMORY. Clear
 * in every case. */
enum cvl_status cvl_operand_load(const char *text, struct cvl_results *out, struct cvl_error *err);

#endif
