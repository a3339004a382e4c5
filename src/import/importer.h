/* What a format's file defines, and what it is given. */
#ifndef CVL_IMPORT_IMPORTER_H
#define CVL_IMPORT_IMPORTER_H

#include <convlens/import.h>

/* A file in memory. */
struct cvl_import_file {
    const char *path;
    const char *bytes; /* `size` of them, without a zero at the end */
    size_t size;
};

struct cvl_importer {
    const char *name;
    const char *summary;
    /* Does the file look like one of this format? Looks at a part of its beginning alone. */
    bool (*matches)(const struct cvl_import_file *file);
    /* Adds layers, and what is left out, with the functions of collect.h. What is wrong with a part
     * of the file is left out; what is wrong with all of it is CVL_BAD_INPUT. */
    enum cvl_status (*read)(const struct cvl_import_file *file,
                            const struct cvl_import_options *options, struct cvl_import *import,
                            struct cvl_error *err);
};

#endif
