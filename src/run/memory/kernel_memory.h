/* Memory beyond buffers: what the driver says of a plan's kernels. */
#ifndef CVL_RUN_MEMORY_KERNEL_MEMORY_H
#define CVL_RUN_MEMORY_KERNEL_MEMORY_H

#include "run/executor.h"

#include <convlens/result.h>

/* Fills row->kernels and the stages' program, private and local bytes, for kernels of ours; what a
 * driver does not report, and a library's kernels, stay absent. Outside the memory and timing
 * passes: some drivers allocate or compile for the answer.
 * @param program_sizes  ask for binaries on CPU devices as well: PoCL 3.1 compiles each kernel anew
 *                       for that, 1 to 10 s a program until its cache has it */
void cvl_kernel_memory(const struct cvl_executor *executor, bool program_sizes,
                       struct cvl_row *row);

#endif
