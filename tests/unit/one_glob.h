/* A filter of one glob. */
#ifndef CVL_TESTS_ONE_GLOB_H
#define CVL_TESTS_ONE_GLOB_H

#define ONE_GLOB(glob)                                                                             \
    {                                                                                              \
        .at = (char *[]){(char *)(glob)}, .count = 1                                               \
    }

#endif
