/* Opens a vendor's management library. */
#include "probes/probe_library.h"

#include <dlfcn.h>
#include <string.h>

#include "base/text.h"

enum cvl_status cvl_probe_library_open(const char *area, const char *file,
                                       const struct cvl_probe_symbol *symbols, size_t count,
                                       void *table, void **handle, struct cvl_error *err)
{
    char shown[160];
    *handle = NULL;
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        cvl_copy_safe(shown, sizeof shown, dlerror());
        return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s", area, shown);
    }
    for (size_t i = 0; i < count; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!address && !symbols[i].optional) {
            cvl_copy_safe(shown, sizeof shown, file);
            (void)dlclose(library);
            return cvl_fail(err, CVL_UNSUPPORTED, "%s: %s has no %s", area, shown, symbols[i].name);
        }
        memcpy((char *)table + symbols[i].offset, &address, sizeof address);
    }
    *handle = library;
    return CVL_OK;
}
