/* The order of a network's steps that needs least memory. States are sets of steps that have run; a
 * search over them takes the one with the least peak first, so that the first complete one is the
 * best. A step that can run now without raising the peak, and after which no more lives than before
 * it, runs at once: putting it off never helps.
 *
 * Concats count as copies, which is the most that they need. A plan in which inputs are made as
 * parts of the output (plan/concat.h) needs no more for any order, since it copies what would raise
 * its peak; an order that is best with copies need not be the one that is best without. */
#include <convlens/network.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "problem/shape.h"

/* More sets than this are not looked at: 25 MB for the largest network. */
enum { STATES_MAX = 100000, WORD_BITS = 64, WORDS_MAX = CVL_NETWORK_STEPS_MAX / WORD_BITS };

/* A set of steps that have run, in the order in which they did. */
struct state {
    uint64_t peak, live; /* elements of tensors, so far and now */
    uint32_t parent, step;
    uint32_t depth;
};

struct search {
    const struct cvl_network *network;
    size_t steps, words;
    uint64_t *sizes; /* of each step's output */
    uint64_t input_size;
    struct state *states;
    uint64_t *sets; /* `words` of each state */
    size_t state_count, state_capacity;
    uint32_t *heap; /* states that are not looked at yet, the one with the least peak first */
    size_t heap_count, heap_capacity;
    struct cvl_index index;
    bool failed; /* memory ran out */
};

static bool has(const uint64_t *set, uint32_t step)
{
    return (set[step / WORD_BITS] >> step % WORD_BITS & 1) != 0;
}

static bool reads(const struct cvl_network *network, size_t step, uint32_t tensor)
{
    for (size_t i = 0; i < cvl_network_input_count(network, step); i++)
        if (cvl_network_input(network, step, i) == tensor)
            return true;
    return false;
}

/* Has every step run that reads the tensor, but for `step`? */
static bool is_last_reader(const struct search *s, const uint64_t *set, uint32_t tensor,
                           uint32_t step)
{
    for (size_t other = 0; other < s->steps; other++)
        if (other != step && !has(set, (uint32_t)other) && reads(s->network, other, tensor))
            return false;
    return true;
}

/* May the step's output have the buffer of an input that nothing needs after it? A reshape counts:
 * it is a view in most layouts. */
static bool works_in_place(const struct search *s, uint32_t step, uint32_t input)
{
    const struct cvl_op *op = &s->network->steps[step].op;
    const size_t inputs = cvl_network_input_count(s->network, step);
    const size_t count =
        op->kind == CVL_OP_RESHAPE ? inputs : cvl_op_replaceable_inputs(op, inputs);
    bool takes_place = false;
    for (size_t i = 0; i < count; i++)
        takes_place |= cvl_network_input(s->network, step, i) == input;
    return takes_place && input != CVL_NETWORK_INPUT && s->sizes[input] == s->sizes[step];
}

/* What lives while a step runs, and after it. */
struct change {
    uint64_t during, after;
};

static struct change run(const struct search *s, const uint64_t *set, uint64_t live, uint32_t step)
{
    const size_t count = cvl_network_input_count(s->network, step);
    uint64_t freed = 0, saved = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t input = cvl_network_input(s->network, step, i);
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first &= cvl_network_input(s->network, step, k) != input;
        if (!is_first || !is_last_reader(s, set, input, step))
            continue;
        freed += input == CVL_NETWORK_INPUT ? s->input_size : s->sizes[input];
        if (saved == 0 && works_in_place(s, step, input))
            saved = s->sizes[step];
    }
    return (struct change){live + s->sizes[step] - saved, live + s->sizes[step] - freed};
}

static bool is_ready(const struct search *s, const uint64_t *set, uint32_t step)
{
    for (size_t i = 0; i < cvl_network_input_count(s->network, step); i++) {
        const uint32_t input = cvl_network_input(s->network, step, i);
        if (input != CVL_NETWORK_INPUT && !has(set, input))
            return false;
    }
    return !has(set, step);
}

/* A set that is looked for. */
struct wanted {
    const struct search *search;
    const uint64_t *set;
};

static bool is_same_set(const void *user, uint32_t number)
{
    const struct wanted *wanted = user;
    const struct search *s = wanted->search;
    return memcmp(&s->sets[number * s->words], wanted->set, s->words * sizeof *s->sets) == 0;
}

static bool comes_first(const struct search *s, uint32_t a, uint32_t b)
{
    const struct state *x = &s->states[a], *y = &s->states[b];
    return x->peak != y->peak ? x->peak < y->peak : x->depth > y->depth;
}

static void swap(uint32_t *a, uint32_t *b)
{
    const uint32_t value = *a;
    *a = *b;
    *b = value;
}

static void push(struct search *s, uint32_t state)
{
    if (s->heap_count == s->heap_capacity) {
        const size_t capacity = s->heap_capacity > 0 ? 2 * s->heap_capacity : 256;
        void *heap = realloc(s->heap, capacity * sizeof *s->heap);
        s->failed |= !heap;
        if (!heap)
            return;
        s->heap = heap;
        s->heap_capacity = capacity;
    }
    size_t at = s->heap_count++;
    s->heap[at] = state;
    for (; at > 0 && comes_first(s, s->heap[at], s->heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&s->heap[at], &s->heap[(at - 1) / 2]);
}

static uint32_t pop(struct search *s)
{
    const uint32_t first = s->heap[0];
    s->heap[0] = s->heap[--s->heap_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < s->heap_count; child++)
            least = comes_first(s, s->heap[child], s->heap[least]) ? child : least;
        if (least == at)
            return first;
        swap(&s->heap[at], &s->heap[least]);
        at = least;
    }
}

/* Makes room for one more state. */
static bool has_room(struct search *s)
{
    if (s->state_count < s->state_capacity)
        return true;
    const size_t capacity = s->state_capacity > 0 ? 2 * s->state_capacity : 256;
    void *states = realloc(s->states, capacity * sizeof *s->states);
    s->states = states ? states : s->states;
    void *sets = realloc(s->sets, capacity * s->words * sizeof *s->sets);
    s->sets = sets ? sets : s->sets;
    s->failed |= !states || !sets;
    s->state_capacity = states && sets ? capacity : s->state_capacity;
    return states && sets;
}

/* Adds the state that a step makes of another, unless its set was reached with no higher peak. */
static void add_state(struct search *s, uint32_t parent, uint32_t step, struct change change)
{
    uint64_t set[WORDS_MAX];
    memcpy(set, &s->sets[parent * s->words], s->words * sizeof *set);
    set[step / WORD_BITS] |= (uint64_t)1 << step % WORD_BITS;
    const struct wanted wanted = {s, set};
    const uint64_t hash = cvl_hash(0, set, s->words * sizeof *set);
    const struct state *from = &s->states[parent];
    const struct state made = {.peak = change.during > from->peak ? change.during : from->peak,
                               .live = change.after,
                               .parent = parent,
                               .step = step,
                               .depth = from->depth + 1};
    const int64_t known = cvl_index_find(&s->index, hash, is_same_set, &wanted);
    if (known != CVL_INDEX_NONE) {
        /* what lives now is the same, whatever came before */
        if (made.peak < s->states[known].peak) {
            s->states[known] = made;
            push(s, (uint32_t)known); /* it may be there twice, and is then looked at twice */
        }
        return;
    }
    if (!has_room(s))
        return;
    const uint32_t number = (uint32_t)s->state_count++;
    s->states[number] = made;
    memcpy(&s->sets[number * s->words], set, s->words * sizeof *set);
    s->failed |= !cvl_index_add(&s->index, hash, number);
    push(s, number);
}

/* All steps that can run now, or the one that can without harm. */
static void expand(struct search *s, uint32_t state)
{
    uint64_t set[WORDS_MAX];
    const struct state from = s->states[state];
    memcpy(set, &s->sets[state * s->words], s->words * sizeof *set);
    for (uint32_t step = 0; step < s->steps; step++) {
        if (!is_ready(s, set, step))
            continue;
        const struct change change = run(s, set, from.live, step);
        if (change.during <= from.peak && change.after <= from.live) {
            add_state(s, state, step, change);
            return;
        }
    }
    for (uint32_t step = 0; step < s->steps && !s->failed; step++)
        if (is_ready(s, set, step))
            add_state(s, state, step, run(s, set, from.live, step));
}

static bool begin(struct search *s)
{
    s->words = (s->steps + WORD_BITS - 1) / WORD_BITS;
    s->sizes = calloc(s->steps, sizeof *s->sizes);
    if (!s->sizes || !has_room(s))
        return false;
    for (size_t i = 0; i < s->steps; i++) {
        const struct cvl_shape shape = cvl_network_shape(s->network, (uint32_t)i);
        s->sizes[i] = cvl_shape_elements(&shape);
    }
    const struct cvl_shape input = cvl_network_shape(s->network, CVL_NETWORK_INPUT);
    s->input_size = cvl_shape_elements(&input);
    memset(s->sets, 0, s->words * sizeof *s->sets);
    s->states[0] = (struct state){.peak = s->input_size, .live = s->input_size};
    s->state_count = 1;
    push(s, 0);
    return !s->failed;
}

/* The complete state of least peak; UINT32_MAX: there were too many states. */
static uint32_t find_best(struct search *s)
{
    while (s->heap_count > 0 && !s->failed && s->state_count < STATES_MAX) {
        const uint32_t state = pop(s);
        if (s->states[state].depth == s->steps)
            return state;
        expand(s, state);
    }
    return UINT32_MAX;
}

/* The peak of the steps in an order. */
static uint64_t peak_of(const struct search *s, const uint32_t *order)
{
    uint64_t set[WORDS_MAX] = {0}, live = s->input_size, peak = live;
    for (size_t i = 0; i < s->steps; i++) {
        const struct change change = run(s, set, live, order[i]);
        peak = change.during > peak ? change.during : peak;
        live = change.after;
        set[order[i] / WORD_BITS] |= (uint64_t)1 << order[i] % WORD_BITS;
    }
    return peak;
}

/* Always the step after which the fewest elements live; of equal ones the first. */
static void order_greedily(const struct search *s, uint32_t *order)
{
    uint64_t set[WORDS_MAX] = {0}, live = s->input_size;
    for (size_t i = 0; i < s->steps; i++) {
        struct change best = {UINT64_MAX, UINT64_MAX};
        for (uint32_t step = 0; step < s->steps; step++) {
            if (!is_ready(s, set, step))
                continue;
            const struct change change = run(s, set, live, step);
            if (change.after < best.after) {
                best = change;
                order[i] = step;
            }
        }
        live = best.after;
        set[order[i] / WORD_BITS] |= (uint64_t)1 << order[i] % WORD_BITS;
    }
}

/* Of steps with the same weights, the first one of the new order owns them. */
static void move_weights(const struct cvl_network *network, const uint32_t *order,
                         struct cvl_network *made)
{
    for (size_t i = 0; i < made->step_count; i++) {
        const uint32_t own = network->steps[order[i]].weights_of;
        const uint32_t owner = own > 0 ? own - 1 : order[i];
        made->steps[i].weights_of = 0;
        for (size_t k = 0; k < i && made->steps[i].weights_of == 0; k++) {
            const uint32_t other = network->steps[order[k]].weights_of;
            if ((other > 0 ? other - 1 : order[k]) == owner)
                made->steps[i].weights_of = (uint32_t)k + 1;
        }
    }
}

/* Puts the steps of a network into an order. */
static enum cvl_status apply(struct cvl_network *network, const uint32_t *order,
                             struct cvl_error *err)
{
    struct cvl_network made = *network;
    uint32_t *number = calloc(network->step_count, sizeof *number);
    enum cvl_status status = CVL_OK;
    made.steps = calloc(network->step_count, sizeof *made.steps);
    made.step_count = made.input_count = 0;
    made.inputs = NULL;
    if (!number || !made.steps)
        status = cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
    for (size_t i = 0; i < network->step_count && status == CVL_OK; i++) {
        number[order[i]] = (uint32_t)i;
        made.steps[made.step_count++] = network->steps[order[i]];
        made.steps[i].input_count = 0;
        for (size_t k = 0; status == CVL_OK && k < cvl_network_input_count(network, order[i]);
             k++) {
            const uint32_t input = cvl_network_input(network, order[i], k);
            status = cvl_network_add_input(&made,
                                           input == CVL_NETWORK_INPUT ? input : number[input], err);
        }
    }
    if (status == CVL_OK) {
        move_weights(network, order, &made);
        made.input = cvl_network_shape(network, CVL_NETWORK_INPUT);
        cvl_network_clear(network);
        *network = made;
    } else {
        free(made.steps);
        free(made.inputs);
    }
    free(number);
    return status;
}

/* The best order, or a good one where there are too many to look at. */
static void choose(struct search *s, uint32_t *order, struct cvl_network_order *out)
{
    for (uint32_t i = 0; i < s->steps; i++)
        order[i] = i;
    out->before_elements = out->after_elements = peak_of(s, order);
    uint32_t state = find_best(s);
    out->is_exact = state != UINT32_MAX;
    if (out->is_exact && s->states[state].peak < out->before_elements) {
        out->after_elements = s->states[state].peak;
        for (; s->states[state].depth > 0; state = s->states[state].parent)
            order[s->states[state].depth - 1] = s->states[state].step;
    } else if (!out->is_exact) {
        order_greedily(s, order);
        out->after_elements = peak_of(s, order);
        if (out->after_elements >= out->before_elements) {
            out->after_elements = out->before_elements;
            for (uint32_t i = 0; i < s->steps; i++)
                order[i] = i;
        }
    }
}

enum cvl_status cvl_network_order_best(struct cvl_network *network, struct cvl_network_order *out,
                                       struct cvl_error *err)
{
    struct search s = {.network = network, .steps = network->step_count};
    assert(network->step_count > 0 && network->step_count <= CVL_NETWORK_STEPS_MAX);
    uint32_t *order = calloc(s.steps, sizeof *order);
    enum cvl_status status = CVL_OK;
    if (!order || !begin(&s))
        status = cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
    if (status == CVL_OK) {
        choose(&s, order, out);
        if (s.failed)
            status = cvl_fail(err, CVL_NO_MEMORY, "network: out of memory");
        else if (out->after_elements < out->before_elements)
            status = apply(network, order, err);
    }
    cvl_index_clear(&s.index);
    free(s.sizes);
    free(s.states);
    free(s.sets);
    free(s.heap);
    free(order);
    return status;
}
