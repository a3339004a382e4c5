/* What is wrong with a step of a network. */
#ifndef CVL_PROBLEM_NETWORK_CHECK_H
#define CVL_PROBLEM_NETWORK_CHECK_H

#include <convlens/network.h>

/* What an op, whose inputs are made before it, was expected to have; NULL: nothing is wrong. */
const char *cvl_op_fault(const struct cvl_network *network, size_t step);

#endif
