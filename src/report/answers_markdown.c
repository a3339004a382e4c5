/* The answers as one table: bytes under two policies, and the time. */
#include "report/answers_markdown.h"

#include "base/markdown.h"
#include "model/answer_words.h"
#include "report/answer_subject.h"

static void put_difference(FILE *stream, const struct cvl_answer_form *form)
{
    char percent[CVL_PERCENT_BYTES];
    cvl_answer_print_percent(percent, form->difference_percent);
    if (form->answer == CVL_BYTES_MORE)
        (void)fprintf(stream, " | **more, %s**", percent);
    else
        (void)fprintf(stream, " | %s, %s", cvl_bytes_answer_name(form->answer), percent);
}

static void put_answer(FILE *stream, const struct cvl_answer *answer)
{
    if (answer)
        put_difference(stream, answer->usual);
    else
        (void)fputs(" | -", stream);
}

static void put_subject(FILE *stream, const struct cvl_subject *subject)
{
    const struct cvl_key *key = cvl_subject_key(subject);
    const struct cvl_answer *kept = cvl_subject_answer(subject, CVL_ALL_LIVE);
    const struct cvl_answer *freed = cvl_subject_answer(subject, CVL_FREED);
    const struct cvl_answer_form *usual = (freed ? freed : &subject->items[0])->usual;
    char speed[CVL_SPEED_BYTES] = "-";
    if (usual->has_time)
        cvl_answer_print_speed(speed, &usual->time);
    (void)fputs("| ", stream);
    cvl_markdown_code(stream, cvl_subject_is_network(subject) ? key->network : key->layer);
    (void)fputs(" | ", stream);
    cvl_markdown_code(stream, key->device);
    (void)fprintf(stream, " %s %s%s | ", cvl_layout_name(key->layout), cvl_dtype_name(key->dtype),
                  cvl_key_passes_text(key));
    cvl_markdown_code(stream, key->variant);
    (void)fputs(" | ", stream);
    cvl_markdown_code(stream, usual->row->key.variant);
    put_answer(stream, kept);
    put_answer(stream, freed);
    (void)fprintf(stream, " | %s |\n", speed);
}

enum cvl_status cvl_answers_markdown(const struct cvl_report *report, struct cvl_error *err)
{
    struct cvl_answers answers;
    enum cvl_status status = cvl_answers_create(report->results, &answers, err);
    if (status == CVL_OK && answers.count > 0)
        (void)fputs("Does the depthwise-separable form need more device memory than the standard "
                    "form, and is it faster?\n\n"
                    "| Layer | Where | Standard | Separable | All kept | Freed early | Time |\n"
                    "|---|---|---|---|---|---|---|\n",
                    report->stream);
    for (size_t i = 0, count; status == CVL_OK && i < answers.count; i += count) {
        count = cvl_answers_of_subject(&answers, i);
        put_subject(report->stream,
                    &(struct cvl_subject){.items = &answers.items[i], .count = count});
    }
    if (status == CVL_OK && answers.count > 0)
        (void)fputc('\n', report->stream);
    cvl_answers_clear(&answers);
    return status;
}
