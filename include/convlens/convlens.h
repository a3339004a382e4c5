/** Everything of convlens' C API. */
#ifndef CONVLENS_CONVLENS_H
#define CONVLENS_CONVLENS_H

#include <convlens/compare.h>
#include <convlens/device.h>
#include <convlens/import.h>
#include <convlens/key.h>
#include <convlens/model.h>
#include <convlens/network.h>
#include <convlens/plan.h>
#include <convlens/policy.h>
#include <convlens/problem.h>
#include <convlens/report.h>
#include <convlens/result.h>
#include <convlens/run.h>
#include <convlens/status.h>
#include <convlens/store.h>
#include <convlens/sweep.h>
#include <convlens/variant.h>

#endif
