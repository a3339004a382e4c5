/* Names of the policies. */
#ifndef CVL_PLAN_POLICY_H
#define CVL_PLAN_POLICY_H

#include <convlens/policy.h>

#include "problem/names.h"

extern const struct cvl_names cvl_policy_names;

#endif
