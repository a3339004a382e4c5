/* An answer as one JSON object. */
#include "report/answers_json.h"

#include "model/answer_words.h"
#include "result/fields.h"
#include "result/row_json.h"

json_t *cvl_time_ratio_json(const struct cvl_time_ratio *time)
{
    return json_pack("{s:o, s:o, s:o, s:s}", "ratio", cvl_json_real(time->ratio), "low",
                     cvl_json_real(time->low), "high", cvl_json_real(time->high), "answer",
                     cvl_time_answer_name(time->answer));
}

static json_t *form_json(const struct cvl_answer_form *form)
{
    const char *const variant = form->row->key.variant;
    return json_pack(
        "{s:o, s:s, s:b, s:o, s:o, s:I, s:I, s:o, s:s, s:o}", "variant",
        cvl_json_text(variant, sizeof form->row->key.variant), "kind", cvl_answer_kind_name(form),
        "usual", form->is_usual, "peak_bytes", cvl_json_u64(form->peak_bytes),
        "peak_without_weights_bytes", cvl_json_u64(form->peak_without_weights_bytes),
        "difference_bytes", (json_int_t)form->difference_bytes, "difference_without_weights_bytes",
        (json_int_t)form->difference_without_weights_bytes, "difference_percent",
        cvl_json_real(form->difference_percent), "answer", cvl_bytes_answer_name(form->answer),
        "time", form->has_time ? cvl_time_ratio_json(&form->time) : json_null());
}

static json_t *forms_json(const struct cvl_answer *answer)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < answer->form_count; i++)
        if (json_array_append_new(list, form_json(&answer->forms[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static json_t *standard_json(const struct cvl_answer *answer)
{
    const struct cvl_key *key = &answer->standard->key;
    return json_pack(
        "{s:o, s:s, s:o, s:o}", "variant", cvl_json_text(key->variant, sizeof key->variant), "form",
        cvl_form_name(key->problem.form), "peak_bytes", cvl_json_u64(answer->standard_bytes),
        "peak_without_weights_bytes", cvl_json_u64(answer->standard_without_weights_bytes));
}

static json_t *peak_stage_json(const struct cvl_answer *answer)
{
    if (!answer->peak_stage)
        return json_null();
    return cvl_json_text(answer->peak_stage->name, sizeof answer->peak_stage->name);
}

json_t *cvl_answer_json(const struct cvl_answer *answer)
{
    const struct cvl_key *key = &answer->standard->key;
    json_t *object = json_object();
    int failed = cvl_json_set(object, "device", cvl_json_text(key->device, sizeof key->device));
    failed |= cvl_json_set(object, "layer", cvl_json_note(key->layer, sizeof key->layer));
    failed |= cvl_json_set(object, "network", cvl_json_note(key->network, sizeof key->network));
    failed |= cvl_json_set_settings(object, key);
    failed |= cvl_json_set(object, "policy", json_string(cvl_policy_name(answer->policy)));
    failed |= cvl_json_set(object, "source", json_string(answer->source));
    failed |= cvl_json_set(object, "standard", standard_json(answer));
    failed |= cvl_json_set(object, "separable", forms_json(answer));
    failed |= cvl_json_set(object, "peak_stage", peak_stage_json(answer));
    failed |=
        cvl_json_set(object, "sentence", cvl_json_text(answer->sentence, sizeof answer->sentence));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}
