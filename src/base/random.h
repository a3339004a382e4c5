/* Seeded pseudo-random numbers: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
 * Number Generators, OOPSLA 2014). Equal seeds give equal sequences on every machine. */
#ifndef CVL_BASE_RANDOM_H
#define CVL_BASE_RANDOM_H

#include <stdint.h>

struct cvl_random {
    uint64_t state;
};

static inline uint64_t cvl_random_next(struct cvl_random *random)
{
    uint64_t z = (random->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Uniform in [0, bound), bound > 0; the modulo bias is below bound / 2^64. */
static inline uint64_t cvl_random_below(struct cvl_random *random, uint64_t bound)
{
    return cvl_random_next(random) % bound;
}

/* Uniform in [-1, 1), a multiple of 2^-23: exact in float. */
static inline float cvl_random_unit(struct cvl_random *random)
{
    return (float)(int32_t)(cvl_random_next(random) >> 40) * 0x1p-23f - 1.0f;
}

#endif
