/* Opens a vendor's management library by name at run time. */
#ifndef CVL_PROBES_PROBE_LIBRARY_H
#define CVL_PROBES_PROBE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include <convlens/status.h>

/* A function and its place in the caller's table of pointers. The caller zeroes the table first. */
struct cvl_probe_symbol {
    const char *name;
    size_t offset;
    bool optional; /* stays NULL if the library is too old to have it */
};

/* Opens the library and fills the table.
 * @param area starts each message: "memory/nvml"
 * @param handle for dlclose; NULL on anything but CVL_OK
 * @return CVL_OK; CVL_UNSUPPORTED if the library or a function is missing */
enum cvl_status cvl_probe_library_open(const char *area, const char *file,
                                       const struct cvl_probe_symbol *symbols, size_t count,
                                       void *table, void **handle, struct cvl_error *err);

#endif
