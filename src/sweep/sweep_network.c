/* Makes the steps and residuals of a network of the layers of a sweep. */
#include "sweep/sweep_network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sweep/sweep_expand.h"
#include "sweep/sweep_values.h"

/* A layer of the network, so often in a row. */
struct link {
    const struct cvl_sweep_layer *layer;
    uint32_t count;
    uint32_t first_step;
};

/* A network under construction. The links are those of every network; the steps are one network's.
 */
struct maker {
    struct cvl_sweep *sweep;
    const struct cvl_sweep_document *document;
    struct link *links;
    size_t link_count;
    uint32_t step_count;
    bool batches_vary;
    struct cvl_error *err;
};

/* Where the list of layers stands, or what stands for it. */
static struct cvl_sweep_place list_place(const struct maker *m)
{
    const struct cvl_sweep_entry *entry = &m->document->entries[CVL_KEY_network_layers];
    if (entry->text)
        return entry->place;
    return m->document->network.file ? m->document->network
                                     : (struct cvl_sweep_place){.file = m->document->files[0]};
}

static const struct cvl_sweep_layer *find_layer(const struct maker *m, const char *name)
{
    for (size_t i = 0; i < m->document->layer_count; i++)
        if (strcmp(m->document->layers[i].name, name) == 0)
            return &m->document->layers[i];
    return NULL;
}

static enum cvl_status add_link(struct maker *m, const struct cvl_sweep_layer *layer, int64_t count)
{
    const struct cvl_sweep_place place = list_place(m);
    if (count > (int64_t)CVL_NETWORK_STEPS_MAX - m->step_count)
        return cvl_sweep_fail(m->err, &place, "layers", layer->name,
                              "a network of at most %d layers, counts included",
                              CVL_NETWORK_STEPS_MAX);
    struct link *links = realloc(m->links, (m->link_count + 1) * sizeof *links);
    if (!links)
        return cvl_sweep_out_of_memory(m->err);
    m->links = links;
    m->links[m->link_count++] = (struct link){layer, (uint32_t)count, m->step_count};
    m->step_count += (uint32_t)count;
    return CVL_OK;
}

static int64_t count_of(const struct maker *m, const struct cvl_sweep_layer *layer)
{
    return m->sweep->items[layer->first_item].count;
}

/* "block7" or "block7*5". Writes into `piece`. */
static enum cvl_status read_link(struct maker *m, char *piece)
{
    const struct cvl_sweep_place place = list_place(m);
    const struct cvl_sweep_layer *layer = find_layer(m, piece);
    if (layer)
        return add_link(m, layer, count_of(m, layer));
    int64_t count = 0;
    char *star = strrchr(piece, '*');
    if (star && cvl_parse_i64(star + 1, 1, INT32_MAX, &count)) {
        *star = '\0';
        layer = find_layer(m, cvl_sweep_trim(piece));
        *star = '*';
    }
    return layer ? add_link(m, layer, count)
                 : cvl_sweep_fail(m->err, &place, "layers", piece, "%s",
                                  cvl_sweep_types[CVL_TYPE_steps].expected);
}

static enum cvl_status read_links(struct maker *m)
{
    const char *text = m->document->entries[CVL_KEY_network_layers].text;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; !text && i < m->document->layer_count && status == CVL_OK; i++)
        status = add_link(m, &m->document->layers[i], count_of(m, &m->document->layers[i]));
    if (!text)
        return status;
    char *copy = cvl_duplicate(text), *rest = copy;
    if (!copy)
        return cvl_sweep_out_of_memory(m->err);
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));)
        status = read_link(m, piece);
    free(copy);
    return status;
}

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

static void print_shape(char *text, size_t size, int32_t c, int32_t h, int32_t w)
{
    (void)snprintf(text, size, "%" PRId32 "x%" PRId32 "x%" PRId32, c, h, w);
}

static enum cvl_status refuse_meeting(const struct maker *m, const struct link *before,
                                      const struct link *after, const struct cvl_network_step *a,
                                      const struct cvl_network_step *b)
{
    const struct cvl_problem *from = &a->problem, *to = &b->problem;
    char made[48], wanted[48];
    print_shape(made, sizeof made, from->oc, from->oh, from->ow);
    print_shape(wanted, sizeof wanted, to->ic, to->ih, to->iw);
    struct cvl_sweep_place place =
        cvl_sweep_find(m->document, after->layer, CVL_KEY_layer_in).place;
    if (before == after)
        return cvl_sweep_fail(m->err, &place, "in", wanted,
                              "%s, the output of %s itself: [network] has it %" PRIu32
                              " times in a row",
                              made, a->layer, after->count);
    return cvl_sweep_fail(m->err, &place, "in", wanted,
                          "%s, the output of %s (%.200s:%u), which comes before %s in [network]",
                          made, a->layer, before->layer->place.file, before->layer->place.line,
                          b->layer);
}

static bool meets(const struct cvl_problem *a, const struct cvl_problem *b)
{
    return a->mb == b->mb && a->oc == b->ic && a->oh == b->ih && a->ow == b->iw;
}

static enum cvl_status add_steps(const struct maker *m, struct cvl_network *network, int32_t batch)
{
    for (size_t i = 0; i < m->link_count; i++) {
        const struct link *link = &m->links[i];
        const struct cvl_sweep_item *item;
        enum cvl_status status = find_item(m, link->layer, network->form, batch, &item);
        for (uint32_t r = 0; status == CVL_OK && r < link->count; r++) {
            struct cvl_network_step *step = &network->steps[network->step_count++];
            *step = (struct cvl_network_step){
                .repetition = r + 1, .repetitions = link->count, .problem = item->problem};
            cvl_copy(step->layer, sizeof step->layer, link->layer->name);
            const bool first = network->step_count == 1;
            if (!first && !meets(&step[-1].problem, &step->problem))
                status = refuse_meeting(m, r > 0 ? link : link - 1, link, &step[-1], step);
        }
        if (status != CVL_OK)
            return status;
    }
    return CVL_OK;
}

/* The one link of that layer. */
static const struct link *find_link(const struct maker *m, const char *name)
{
    const struct link *found = NULL;
    for (size_t i = 0; i < m->link_count; i++)
        if (strcmp(m->links[i].layer->name, name) == 0) {
            if (found)
                return NULL;
            found = &m->links[i];
        }
    return found;
}

static enum cvl_status add_residual(const struct maker *m, struct cvl_network *network,
                                    const char *piece, uint32_t from, uint32_t to)
{
    const struct cvl_sweep_place *place = &m->document->entries[CVL_KEY_network_residual].place;
    const struct cvl_problem *a = &network->steps[from].problem, *b = &network->steps[to].problem;
    if (a->ic != b->oc || a->ih != b->oh || a->iw != b->ow) {
        char kept[48], made[48];
        print_shape(kept, sizeof kept, a->ic, a->ih, a->iw);
        print_shape(made, sizeof made, b->oc, b->oh, b->ow);
        return cvl_sweep_fail(m->err, place, "residual", piece,
                              "layers where the input of the first, %s, has the shape of the "
                              "output of the last, %s",
                              kept, made);
    }
    for (size_t i = 0; i < network->residual_count; i++)
        if (network->residuals[i].from == from && network->residuals[i].to == to)
            return cvl_sweep_fail(m->err, place, "residual", piece, "each residual once");
    struct cvl_residual *residuals =
        realloc(network->residuals, (network->residual_count + 1) * sizeof *residuals);
    if (!residuals)
        return cvl_sweep_out_of_memory(m->err);
    network->residuals = residuals;
    network->residuals[network->residual_count++] = (struct cvl_residual){from, to};
    return CVL_OK;
}

/* "block2:block3" or "block2". Writes into `piece`. */
static enum cvl_status read_residual(const struct maker *m, struct cvl_network *network,
                                     char *piece)
{
    const struct cvl_sweep_place *place = &m->document->entries[CVL_KEY_network_residual].place;
    char shown[160];
    cvl_copy(shown, sizeof shown, piece);
    char *colon = strchr(piece, ':');
    if (colon)
        *colon = '\0';
    const struct link *from = find_link(m, cvl_sweep_trim(piece));
    const struct link *to = colon ? find_link(m, cvl_sweep_trim(colon + 1)) : from;
    if (!from || !to || from->first_step > to->first_step)
        return cvl_sweep_fail(m->err, place, "residual", shown, "%s, in this order",
                              cvl_sweep_types[CVL_TYPE_edges].expected);
    enum cvl_status status = CVL_OK;
    if (colon)
        return add_residual(m, network, shown, from->first_step, to->first_step + to->count - 1);
    for (uint32_t r = 0; status == CVL_OK && r < from->count; r++)
        status = add_residual(m, network, shown, from->first_step + r, from->first_step + r);
    return status;
}

static enum cvl_status read_residuals(const struct maker *m, struct cvl_network *network)
{
    const char *text = m->document->entries[CVL_KEY_network_residual].text;
    if (!text || strcmp(text, "none") == 0)
        return CVL_OK;
    char *copy = cvl_duplicate(text), *rest = copy;
    if (!copy)
        return cvl_sweep_out_of_memory(m->err);
    enum cvl_status status = CVL_OK;
    for (char *piece; status == CVL_OK && (piece = cvl_sweep_next_piece(&rest));)
        status = read_residual(m, network, piece);
    free(copy);
    return status;
}

static bool has_form(const struct cvl_network *network)
{
    for (size_t i = 0; i < network->step_count; i++)
        if (network->steps[i].problem.form == network->form)
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
    network->steps = calloc(m->step_count, sizeof *network->steps);
    enum cvl_status status = network->steps ? CVL_OK : cvl_sweep_out_of_memory(m->err);
    if (status == CVL_OK)
        status = name_network(m, network, batch);
    if (status == CVL_OK)
        status = add_steps(m, network, batch);
    if (status == CVL_OK)
        status = read_residuals(m, network);
    if (status == CVL_OK && !has_form(network)) {
        cvl_network_clear(network); /* no layer has it: the network would be another form's */
        m->sweep->network_count--;
    }
    return status;
}

/* Batches are those of the network's first layer. */
static enum cvl_status make_batches(struct maker *m, enum cvl_form form)
{
    const struct cvl_sweep_layer *first = m->links[0].layer;
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

enum cvl_status cvl_sweep_make_networks(struct cvl_sweep *sweep,
                                        const struct cvl_sweep_document *document,
                                        struct cvl_error *err)
{
    struct maker m = {.sweep = sweep, .document = document, .err = err};
    struct cvl_sweep_values forms = {0};
    enum cvl_status status = cvl_sweep_read_key(&forms, document, NULL, CVL_KEY_network_forms, err);
    if (status == CVL_OK)
        status = read_links(&m);
    for (size_t i = 0; i < forms.count && status == CVL_OK; i++)
        status = make_batches(&m, (enum cvl_form)forms.items[i].n[0]);
    const struct cvl_sweep_place place = list_place(&m);
    if (status == CVL_OK && sweep->network_count == 0)
        status = cvl_sweep_fail(err, &place, "forms", "none that its layers have",
                                "forms of which at least one layer of the network is");
    cvl_sweep_values_clear(&forms);
    free(m.links);
    return status;
}
