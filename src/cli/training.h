/* What training the networks of sweeps needs, printed. */
#ifndef CVL_CLI_TRAINING_H
#define CVL_CLI_TRAINING_H

#include "cli/inputs.h"

/* Prints nothing where no sweep asks for training.
 * @return CVL_OK, CVL_BAD_INPUT where a figure exceeds 64 bits, CVL_NO_MEMORY */
enum cvl_status cvl_print_training(const struct cvl_options *options,
                                   const struct cvl_inputs *inputs, struct cvl_error *err);

#endif
