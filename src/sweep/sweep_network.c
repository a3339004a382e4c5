/* Makes networks of the layers and ops of a sweep. */
#include "sweep/sweep_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "problem/network_check.h"
#include "problem/shape.h"
#include "sweep/sweep_expand.h"
#include "sweep/sweep_links.h"
#include "sweep/sweep_op.h"
#include "sweep/sweep_values.h"

/* What a step of the links reads and makes in the network under construction. */
struct ends {
    uint32_t input, output;
};

/* A network under construction. The links are those of every network; the steps are one network's.
 */
struct maker {
    struct cvl_sweep *sweep;
    const struct cvl_sweep_document *document;
    struct cvl_sweep_links links;
    struct ends *ends; /* of each step of the links, so far */
    bool batches_vary;
    struct cvl_error *err;
};

/* The layer's item in that form and batch: the one of that form, or the first. Lists of anything
 * else would leave open which of them the network has. */
static enum cvl_status find_item(const struct maker *m, const struct cvl_sweep_layer *layer,
                                 enum cvl_form form, int32_t batch,
                                 const struct cvl_sweep_item **out)
{
    const struct cvl_sweep_item *items = m->sweep->items + layer->first_item;
    size_t of_form = 0, of_batch = 0;
    *out = NULL;
    for (size_t i = 0; i < layer->item_count; i++) {
        const struct cvl_problem *p = &items[i].problem;
        if (p->mb != batch)
            continue;
        if (!*out || (p->form == form && (*out)->problem.form != form))
            *out = &items[i];
        of_batch += p->form == items[0].problem.form;
        of_form += p->form == form;
    }
    if (*out && of_batch <= 1 && of_form <= 1)
        return CVL_OK;
    if (*out)
        return cvl_sweep_fail(m->err, &layer->place, "layer", layer->name,
                              "one shape: [network] has it, and its lists make several");
    return cvl_sweep_fail(m->err, &layer->place, "layer", layer->name,
                          "batch %" PRId32 ", which the first layer of [network] has", batch);
}

static void print_shape(char *text, size_t size, const struct cvl_shape *shape)
{
    (void)snprintf(text, size, "%" PRId32 "x%" PRId32 "x%" PRId32, shape->c, shape->h, shape->w);
}

/* The link that has a step of the network, whose sums come after their steps. */
static const struct cvl_sweep_link *link_of(const struct maker *m, uint32_t tensor)
{
    uint32_t step = 0;
    while (step + 1 < m->links.step_count && m->ends[step].output < tensor)
        step++;
    size_t i = 0;
    while (i + 1 < m->links.count && m->links.at[i + 1].first_step <= step)
        i++;
    return &m->links.at[i];
}

/* The layer does not take what it reads. */
static enum cvl_status refuse_meeting(const struct maker *m, const struct cvl_network *network,
                                      const struct cvl_sweep_link *link, uint32_t input)
{
    const struct cvl_network_step *step = &network->steps[network->step_count - 1];
    const struct cvl_shape from = cvl_network_shape(network, input);
    const struct cvl_shape to = cvl_input_shape(&step->problem);
    const char *from_text = link->layer->entries[CVL_KEY_layer_from].text;
    char made[48], wanted[48];
    print_shape(made, sizeof made, &from);
    print_shape(wanted, sizeof wanted, &to);
    struct cvl_sweep_place place = cvl_sweep_find(m->document, link->shape, CVL_KEY_layer_in).place;
    if (input == CVL_NETWORK_INPUT)
        return cvl_sweep_fail(m->err, &place, "in", wanted, "%s, the input of [network]", made);
    const struct cvl_sweep_link *before = link_of(m, input);
    if (before == link)
        return cvl_sweep_fail(m->err, &place, "in", wanted,
                              "%s, the output of %s itself: [network] has it %" PRIu32
                              " times in a row",
                              made, link->layer->name, link->count);
    return cvl_sweep_fail(m->err, &place, "in", wanted,
                          "%s, the output of %s (%.200s:%u), which %s", made, before->layer->name,
                          before->layer->place.file, before->layer->place.line,
                          from_text ? "it reads" : "comes before it in [network]");
}

/* The tensor of that name in the network so far: the last one of a layer that it has several times.
 */
static bool find_tensor(const struct maker *m, const char *name, uint32_t step, uint32_t *out)
{
    if (strcmp(name, "input") == 0) {
        *out = CVL_NETWORK_INPUT;
        return true;
    }
    for (size_t i = m->links.count; i-- > 0;) {
        const struct cvl_sweep_link *link = &m->links.at[i];
        if (strcmp(link->layer->name, name) != 0 || link->first_step >= step)
            continue;
        *out = m->ends[link->first_step + link->count - 1].output;
        return true;
    }
    return false;
}

/* Appends what the step reads: what it says, or the step before. */
static enum cvl_status add_inputs(const struct maker *m, struct cvl_network *network,
                                  const struct cvl_sweep_link *link, uint32_t step, bool is_first)
{
    const bool is_op = link->layer->section == CVL_SECTION_op;
    const struct cvl_sweep_entry *entry =
        &link->layer->entries[is_op ? CVL_KEY_op_from : CVL_KEY_layer_from];
    if (!is_first || !entry->text)
        return cvl_network_add_input(
            network, step > 0 ? m->ends[step - 1].output : CVL_NETWORK_INPUT, m->err);
    char *copy = cvl_duplicate(entry->text), *rest = copy;
    enum cvl_status status = copy ? CVL_OK : cvl_sweep_out_of_memory(m->err);
    size_t count = 0;
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));) {
        uint32_t tensor;
        if (!find_tensor(m, piece, step, &tensor))
            status = cvl_sweep_fail(m->err, &entry->place, "from", piece, "%s",
                                    cvl_sweep_types[CVL_TYPE_sources].expected);
        else if (++count > (link->shape ? 1 : CVL_STEP_INPUTS_MAX))
            status = cvl_sweep_fail(m->err, &entry->place, "from", entry->text, "at most %d",
                                    link->shape ? 1 : CVL_STEP_INPUTS_MAX);
        else
            status = cvl_network_add_input(network, tensor, m->err);
    }
    free(copy);
    return status;
}

static enum cvl_status make_convolution(const struct maker *m, struct cvl_network *network,
                                        const struct cvl_sweep_link *link, int32_t batch)
{
    struct cvl_network_step *step = &network->steps[network->step_count - 1];
    const uint32_t input = cvl_network_input(network, network->step_count - 1, 0);
    const struct cvl_sweep_item *item;
    const enum cvl_status status = find_item(m, link->shape, network->form, batch, &item);
    if (status != CVL_OK)
        return status;
    step->problem = item->problem;
    const struct cvl_shape wanted = cvl_input_shape(&step->problem);
    if (input == CVL_NETWORK_INPUT && network->input.mb == 0)
        network->input = wanted;
    const struct cvl_shape made = cvl_network_shape(network, input);
    return cvl_shape_equal(&made, &wanted) ? CVL_OK : refuse_meeting(m, network, link, input);
}

static enum cvl_status make_op(const struct maker *m, struct cvl_network *network,
                               const struct cvl_sweep_link *link)
{
    const size_t index = network->step_count - 1;
    struct cvl_shape inputs[CVL_STEP_INPUTS_MAX];
    const size_t count = cvl_network_input_count(network, index);
    for (size_t i = 0; i < count; i++) {
        const uint32_t input = cvl_network_input(network, index, i);
        if (input == CVL_NETWORK_INPUT && network->input.mb == 0) {
            const struct cvl_sweep_place place = cvl_sweep_links_place(m->document);
            return cvl_sweep_fail(m->err, &place, "input", "no such key",
                                  "it in [network]: CxHxW, which %s reads", link->layer->name);
        }
        inputs[i] = cvl_network_shape(network, input);
    }
    const enum cvl_status status = cvl_sweep_op_read(m->document, link->layer, inputs, count,
                                                     &network->steps[index].op, m->err);
    const char *fault = status == CVL_OK ? cvl_op_fault(network, index) : NULL;
    return fault ? cvl_sweep_fail(m->err, &link->layer->place, "op", link->layer->name, "%s", fault)
                 : status;
}

static struct cvl_network_step *new_step(struct cvl_network *network)
{
    struct cvl_network_step *step = &network->steps[network->step_count++];
    *step = (struct cvl_network_step){.repetition = 1, .repetitions = 1};
    return step;
}

static enum cvl_status refuse_residual(const struct maker *m,
                                       const struct cvl_sweep_residual *residual,
                                       const struct cvl_shape *kept, const struct cvl_shape *made)
{
    const struct cvl_sweep_place *place = &m->document->entries[CVL_KEY_network_residual].place;
    char first[48], last[48], piece[2 * CVL_LAYER_NAME_BYTES + 2];
    const char *from = link_of(m, m->ends[residual->from].output)->layer->name;
    const char *to = link_of(m, m->ends[residual->to].output)->layer->name;
    (void)snprintf(piece, sizeof piece, "%s%s%s", from, strcmp(from, to) == 0 ? "" : ":",
                   strcmp(from, to) == 0 ? "" : to);
    print_shape(first, sizeof first, kept);
    print_shape(last, sizeof last, made);
    return cvl_sweep_fail(m->err, place, "residual", piece,
                          "layers where the input of the first, %s, has the shape of the output of "
                          "the last, %s",
                          first, last);
}

/* Adds kept inputs to what a step makes. */
static enum cvl_status add_sums(const struct maker *m, struct cvl_network *network, uint32_t to)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < m->links.residual_count && status == CVL_OK; i++) {
        if (m->links.residuals[i].to != to)
            continue;
        const uint32_t kept = m->ends[m->links.residuals[i].from].input, made = m->ends[to].output;
        const struct cvl_shape a = cvl_network_shape(network, kept);
        const struct cvl_shape b = cvl_network_shape(network, made);
        if (!cvl_shape_equal(&a, &b))
            return refuse_residual(m, &m->links.residuals[i], &a, &b);
        const struct cvl_network_step *last = &network->steps[network->step_count - 1];
        struct cvl_network_step *sum = new_step(network);
        sum->repetition = last->repetition;
        sum->repetitions = last->repetitions;
        sum->op = (struct cvl_op){.kind = CVL_OP_ADD, .out = b};
        (void)snprintf(sum->layer, sizeof sum->layer, "%.58s/add", link_of(m, made)->layer->name);
        m->ends[to].output = (uint32_t)network->step_count - 1;
        status = cvl_network_add_input(network, made, m->err);
        if (status == CVL_OK)
            status = cvl_network_add_input(network, kept, m->err);
    }
    return status;
}

static enum cvl_status add_step(const struct maker *m, struct cvl_network *network,
                                const struct cvl_sweep_link *link, uint32_t repetition,
                                int32_t batch)
{
    const uint32_t number = link->first_step + repetition;
    struct cvl_network_step *step = new_step(network);
    const size_t index = network->step_count - 1;
    step->repetition = repetition + 1;
    step->repetitions = link->count;
    cvl_copy(step->layer, sizeof step->layer, link->layer->name);
    m->ends[number].output = (uint32_t)index;
    enum cvl_status status = add_inputs(m, network, link, number, repetition == 0);
    if (status == CVL_OK)
        m->ends[number].input = cvl_network_input(network, index, 0);
    if (status == CVL_OK)
        status =
            link->shape ? make_convolution(m, network, link, batch) : make_op(m, network, link);
    return status == CVL_OK ? add_sums(m, network, number) : status;
}

static enum cvl_status add_steps(const struct maker *m, struct cvl_network *network, int32_t batch)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < m->links.count; i++)
        for (uint32_t r = 0; status == CVL_OK && r < m->links.at[i].count; r++)
            status = add_step(m, network, &m->links.at[i], r, batch);
    return status;
}

/* The network's input, where [network] says it; else it is that of the first layer that reads it.
 */
static enum cvl_status read_input(const struct maker *m, struct cvl_network *network, int32_t batch)
{
    const struct cvl_sweep_entry *entry = &m->document->entries[CVL_KEY_network_input];
    struct cvl_sweep_values values = {0};
    enum cvl_status status = CVL_OK;
    if (!entry->text) {
        const struct cvl_sweep_link *first = &m->links.at[0];
        const struct cvl_sweep_item *item;
        for (size_t i = 0; i < m->links.count && !first->shape; i++) {
            const char *from = m->links.at[i].layer->entries[CVL_KEY_layer_from].text;
            if (from && strcmp(from, "input") == 0)
                first = &m->links.at[i];
        }
        if (first->shape)
            status = find_item(m, first->shape, network->form, batch, &item);
        if (first->shape && status == CVL_OK)
            network->input = cvl_input_shape(&item->problem);
        return status;
    }
    status = cvl_sweep_read_key(&values, m->document, NULL, CVL_KEY_network_input, m->err);
    if (status == CVL_OK && values.count != 1)
        status = cvl_sweep_fail(m->err, &entry->place, "input", entry->text, "one shape");
    if (status == CVL_OK)
        network->input = (struct cvl_shape){batch, values.items[0].n[0], values.items[0].n[1],
                                            values.items[0].n[2]};
    cvl_sweep_values_clear(&values);
    return status;
}

static bool has_form(const struct cvl_network *network)
{
    for (size_t i = 0; i < network->step_count; i++)
        if (network->steps[i].op.kind == CVL_OP_CONVOLUTION &&
            network->steps[i].problem.form == network->form)
            return true;
    return false;
}

static enum cvl_status name_network(const struct maker *m, struct cvl_network *network,
                                    int32_t batch)
{
    char suffix[24] = "";
    if (m->batches_vary)
        (void)snprintf(suffix, sizeof suffix, "/mb%" PRId32, batch);
    const size_t room = sizeof network->name - strlen(suffix) - 1;
    (void)snprintf(network->name, sizeof network->name, "%.*s%s", (int)room, m->sweep->name,
                   suffix);
    return CVL_OK;
}

static enum cvl_status make_network(const struct maker *m, enum cvl_form form, int32_t batch)
{
    struct cvl_network *networks =
        realloc(m->sweep->networks, (m->sweep->network_count + 1) * sizeof *networks);
    if (!networks)
        return cvl_sweep_out_of_memory(m->err);
    m->sweep->networks = networks;
    struct cvl_network *network = &networks[m->sweep->network_count++];
    *network = (struct cvl_network){.form = form};
    network->steps = calloc(m->links.step_count + m->links.residual_count, sizeof *network->steps);
    enum cvl_status status = network->steps ? CVL_OK : cvl_sweep_out_of_memory(m->err);
    if (status == CVL_OK)
        status = name_network(m, network, batch);
    if (status == CVL_OK)
        status = read_input(m, network, batch);
    if (status == CVL_OK)
        status = add_steps(m, network, batch);
    if (status == CVL_OK && !has_form(network)) {
        cvl_network_clear(network); /* no layer has it: the network would be another form's */
        m->sweep->network_count--;
    }
    return status;
}

/* Batches are those of the network's first layer. */
static enum cvl_status make_batches(struct maker *m, enum cvl_form form)
{
    size_t link = 0;
    while (link + 1 < m->links.count && !m->links.at[link].shape)
        link++;
    const struct cvl_sweep_layer *first = m->links.at[link].shape;
    if (!first) {
        const struct cvl_sweep_place place = cvl_sweep_links_place(m->document);
        return cvl_sweep_fail(m->err, &place, "layers", "ops alone", "at least one layer");
    }
    const size_t begin = first->first_item, end = begin + first->item_count;
    enum cvl_status status = CVL_OK;
    for (size_t i = begin; i < end; i++)
        m->batches_vary |= m->sweep->items[i].problem.mb != m->sweep->items[begin].problem.mb;
    for (size_t i = begin; i < end && status == CVL_OK; i++) {
        const int32_t batch = m->sweep->items[i].problem.mb;
        bool known = false;
        for (size_t j = begin; j < i; j++)
            known |= m->sweep->items[j].problem.mb == batch;
        if (!known)
            status = make_network(m, form, batch);
    }
    return status;
}

/* The patches that the file asks for. */
static enum cvl_status read_patches(struct cvl_sweep *sweep,
                                    const struct cvl_sweep_document *document,
                                    struct cvl_error *err)
{
    const struct cvl_sweep_entry *entry = &document->entries[CVL_KEY_network_patches];
    if (!entry->text || strcmp(entry->text, "none") == 0)
        return CVL_OK;
    char *copy = cvl_duplicate(entry->text), *rest = copy;
    enum cvl_status status = copy ? CVL_OK : cvl_sweep_out_of_memory(err);
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));) {
        struct cvl_patches *all =
            cvl_array_grow(sweep->patches, sweep->patch_count, sizeof *sweep->patches);
        if (!all) {
            status = cvl_sweep_out_of_memory(err);
            break;
        }
        sweep->patches = all;
        status = cvl_patches_parse(piece, &all[sweep->patch_count++], NULL);
        if (status != CVL_OK)
            status = cvl_sweep_fail(err, &entry->place, "patches", piece, "%s",
                                    cvl_sweep_types[CVL_TYPE_patches].expected);
    }
    free(copy);
    return status;
}

enum cvl_status cvl_sweep_patch_networks(struct cvl_sweep *sweep, const struct cvl_patches *patches,
                                         size_t count, struct cvl_patches_effect *effects,
                                         struct cvl_error *err)
{
    const size_t whole = sweep->network_count;
    if (whole == 0 || count == 0)
        return CVL_OK;
    void *networks = realloc(sweep->networks, whole * (count + 1) * sizeof *sweep->networks);
    if (!networks)
        return cvl_sweep_out_of_memory(err);
    sweep->networks = networks;
    for (size_t p = 0; p < count; p++)
        for (size_t i = 0; i < whole; i++) {
            const enum cvl_status status = cvl_network_patch(&sweep->networks[i], &patches[p],
                                                             &sweep->networks[sweep->network_count],
                                                             &effects[p * whole + i], err);
            if (status != CVL_OK)
                return status;
            sweep->network_count++;
        }
    return CVL_OK;
}

enum cvl_status cvl_sweep_make_networks(struct cvl_sweep *sweep,
                                        const struct cvl_sweep_document *document,
                                        struct cvl_error *err)
{
    struct maker m = {.sweep = sweep, .document = document, .err = err};
    struct cvl_sweep_values forms = {0};
    enum cvl_status status = cvl_sweep_read_key(&forms, document, NULL, CVL_KEY_network_forms, err);
    if (status == CVL_OK)
        status = cvl_sweep_links_read(sweep, document, &m.links, err);
    m.ends = calloc(m.links.step_count + 1, sizeof *m.ends); /* never of size 0 */
    if (status == CVL_OK && !m.ends)
        status = cvl_sweep_out_of_memory(err);
    for (size_t i = 0; i < forms.count && status == CVL_OK; i++)
        status = make_batches(&m, (enum cvl_form)forms.items[i].n[0]);
    if (status == CVL_OK)
        status = read_patches(sweep, document, err);
    const struct cvl_sweep_place place = cvl_sweep_links_place(document);
    if (status == CVL_OK && sweep->network_count == 0)
        status = cvl_sweep_fail(err, &place, "forms", "none that its layers have",
                                "forms of which at least one layer of the network is");
    cvl_sweep_values_clear(&forms);
    cvl_sweep_links_clear(&m.links);
    free(m.ends);
    return status;
}
