/* Copies, compares and clears networks. */
#include <convlens/network.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool cvl_network_is_layer(const struct cvl_network *network)
{
    return network->name[0] == '\0';
}

bool cvl_network_equal(const struct cvl_network *a, const struct cvl_network *b)
{
    bool same = a->form == b->form && a->step_count == b->step_count &&
                a->residual_count == b->residual_count;
    for (size_t i = 0; same && i < a->step_count; i++)
        same = cvl_problem_equal(&a->steps[i].problem, &b->steps[i].problem) &&
               strcmp(a->steps[i].layer, b->steps[i].layer) == 0;
    for (size_t i = 0; same && i < a->residual_count; i++)
        same = a->residuals[i].from == b->residuals[i].from &&
               a->residuals[i].to == b->residuals[i].to;
    return same;
}

enum cvl_status cvl_network_copy(const struct cvl_network *network, struct cvl_network *out,
                                 struct cvl_error *err)
{
    assert(network->step_count > 0);
    *out = *network;
    out->steps = malloc(network->step_count * sizeof *out->steps);
    out->residuals = malloc((network->residual_count + 1) * sizeof *out->residuals);
    if (!out->steps || !out->residuals) {
        cvl_network_clear(out);
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory for a network of %zu layers",
                        network->step_count);
    }
    memcpy(out->steps, network->steps, network->step_count * sizeof *out->steps);
    if (network->residual_count > 0)
        memcpy(out->residuals, network->residuals,
               network->residual_count * sizeof *out->residuals);
    return CVL_OK;
}

void cvl_network_clear(struct cvl_network *network)
{
    free(network->steps);
    free(network->residuals);
    *network = (struct cvl_network){0};
}
