/* Files that the build embeds in the program, byte for byte (src/cmake/ConvlensEmbed.cmake). */
#ifndef CVL_BASE_EMBEDDED_H
#define CVL_BASE_EMBEDDED_H

#include <stddef.h>

struct cvl_embedded {
    const char *name;           /* the file's name, without folders */
    const unsigned char *bytes; /* followed by a 0 that `size` does not count */
    size_t size;
};

/* The files of cl/, and the allocation-tracking layer's shared object. */
extern const struct cvl_embedded cvl_embedded_cl[];
extern const size_t cvl_embedded_cl_count;
extern const struct cvl_embedded cvl_embedded_layer[];
extern const size_t cvl_embedded_layer_count;

#endif
