/* The optimizer's step, which changes weights in place. A work-item takes `run` vectors of
 * elements. */

/* The rates, the same as in src/run/verify/training_tensors.c. Adam's corrections are those of its
 * tenth step: 1 - 0.9^10 and 1 - 0.999^10. */
#define RATE              1e-4f
#define MOMENTUM          0.9f
#define FIRST_DECAY       0.9f
#define SECOND_DECAY      0.999f
#define FIRST_CORRECTION  0.6513215599f
#define SECOND_CORRECTION 0.0099551198f
#define TINY              1e-8f

USES_VECTORS
__kernel void update_sgd(__global REAL *weights, __global const REAL *gradients, int count, int run)
{
    const int begin = (int)get_global_id(0) * (VEC * run);
    for (int i = begin; i < min(begin + VEC * run, count); i += VEC) {
        const FLOATV gradient = load_part(gradients + i, count - i);
        store_part(load_part(weights + i, count - i) - RATE * gradient, weights + i, count - i);
    }
}

/* `state` is the velocity. */
USES_VECTORS
__kernel void update_momentum(__global REAL *weights, __global const REAL *gradients,
                              __global REAL *state, int count, int run)
{
    const int begin = (int)get_global_id(0) * (VEC * run);
    for (int i = begin; i < min(begin + VEC * run, count); i += VEC) {
        const FLOATV velocity =
            MOMENTUM * load_part(state + i, count - i) + load_part(gradients + i, count - i);
        store_part(velocity, state + i, count - i);
        store_part(load_part(weights + i, count - i) - RATE * velocity, weights + i, count - i);
    }
}

/* `state` is the first moment; the second follows after `count` elements (Kingma and Ba, 2015). */
USES_VECTORS
__kernel void update_adam(__global REAL *weights, __global const REAL *gradients,
                          __global REAL *state, int count, int run)
{
    const int begin = (int)get_global_id(0) * (VEC * run);
    for (int i = begin; i < min(begin + VEC * run, count); i += VEC) {
        const int left = count - i;
        const FLOATV gradient = load_part(gradients + i, left);
        const FLOATV first =
            FIRST_DECAY * load_part(state + i, left) + (1.0f - FIRST_DECAY) * gradient;
        const FLOATV second = SECOND_DECAY * load_part(state + count + i, left) +
                              (1.0f - SECOND_DECAY) * gradient * gradient;
        const FLOATV step = (first / FIRST_CORRECTION) / (sqrt(second / SECOND_CORRECTION) + TINY);
        store_part(first, state + i, left);
        store_part(second, state + count + i, left);
        store_part(load_part(weights + i, left) - RATE * step, weights + i, left);
    }
}
