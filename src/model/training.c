/* The memory that training a network needs. */
#include <convlens/model.h>

#include <string.h>

/* The network of a sweep in one form. */
struct network {
    const struct cvl_sweep *sweep;
    enum cvl_form form;
};

/* Names of one layer with different batches differ only after the slash. */
static bool is_same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "/");
    return length == strcspn(b, "/") && memcmp(a, b, length) == 0;
}

/* Are these the same layer of the network, in whatever form and batch? */
static bool is_same_layer(const struct cvl_sweep_item *a, const struct cvl_sweep_item *b)
{
    if (strcmp(a->layer, b->layer) == 0)
        return true;
    struct cvl_problem left = a->problem, right = b->problem;
    left.mb = right.mb = left.g = right.g = 1;
    left.form = right.form = CVL_STANDARD;
    return is_same_name(a->layer, b->layer) && cvl_problem_equal(&left, &right);
}

/* Does the item represent its layer? The first item in the network's form does or, without one, the
 * first. */
static bool represents_layer(const struct network *network, size_t index)
{
    const struct cvl_sweep_item *items = network->sweep->items;
    bool has_form = items[index].problem.form == network->form;
    for (size_t i = 0; i < network->sweep->item_count; i++) {
        bool other_has = items[i].problem.form == network->form;
        bool wins = other_has != has_form ? other_has : i < index;
        if (i != index && wins && is_same_layer(&items[i], &items[index]))
            return false;
    }
    return true;
}

/* sum += a * b; false if the result exceeds 64 bits. */
static bool add_product(uint64_t *sum, uint64_t a, uint64_t b)
{
    uint64_t product;
    return !__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(*sum, product, sum);
}

static bool add_layer(const struct cvl_sweep_item *item, enum cvl_dtype dtype,
                      struct cvl_training_bytes *sum)
{
    struct cvl_sizes sizes = cvl_problem_sizes(&item->problem);
    const uint64_t bytes = cvl_dtype_bytes(dtype);
    const uint64_t outputs =
        bytes * ((sizes.expanded_elements + sizes.intermediate_elements + sizes.output_elements) /
                 (uint64_t)item->problem.mb);
    const uint64_t times = (uint64_t)item->count * item->saves;
    return add_product(&sum->saved_bytes, outputs, times) &&
           add_product(&sum->weights_bytes, bytes * sizes.weights_elements, item->count);
}

bool cvl_training_bytes(const struct cvl_sweep *sweep, enum cvl_form form, enum cvl_dtype dtype,
                        enum cvl_optimizer optimizer, struct cvl_training_bytes *out)
{
    const struct network network = {sweep, form};
    bool fits = true;
    *out = (struct cvl_training_bytes){0};
    for (size_t i = 0; i < sweep->item_count && fits; i++)
        if (represents_layer(&network, i))
            fits = add_layer(&sweep->items[i], dtype, out);
    out->gradients_bytes = out->weights_bytes;
    fits = fits &&
           add_product(&out->optimizer_bytes, out->weights_bytes, cvl_optimizer_copies(optimizer));
    uint64_t total;
    return fits && cvl_training_total(out, 1, &total);
}

bool cvl_training_total(const struct cvl_training_bytes *bytes, uint64_t batch, uint64_t *out)
{
    *out = 0;
    return add_product(out, bytes->weights_bytes, 1) &&
           add_product(out, bytes->gradients_bytes, 1) &&
           add_product(out, bytes->optimizer_bytes, 1) &&
           add_product(out, bytes->saved_bytes, batch);
}

uint64_t cvl_training_border(const struct cvl_training_bytes *bytes,
                             const struct cvl_training_bytes *twin)
{
    const uint64_t fixed = bytes->weights_bytes + bytes->gradients_bytes + bytes->optimizer_bytes;
    const uint64_t twin_fixed = twin->weights_bytes + twin->gradients_bytes + twin->optimizer_bytes;
    if (fixed + bytes->saved_bytes > twin_fixed + twin->saved_bytes)
        return 1;
    if (bytes->saved_bytes <= twin->saved_bytes)
        return 0;
    return (twin_fixed - fixed) / (bytes->saved_bytes - twin->saved_bytes) + 1;
}
