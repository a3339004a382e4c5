/* Progress of a run: a line that is replaced on a terminal, else one every few seconds. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/progress.h"
#include "scripted_clock.h"

static struct cvl_network network = {.step_count = 1};
static struct cvl_case item;
static char *text;
static size_t size;

static void set_up(void)
{
    static struct cvl_network_step step;
    struct cvl_error err = {0};
    cr_assert_eq(cvl_problem_parse("pointwise:ic8ih4oc8kh1", &step.problem, &err), CVL_OK, "%s",
                 err.text);
    strcpy(step.layer, "conv1");
    step.repetitions = 1;
    network.steps = &step;
    item = (struct cvl_case){.network = &network, .variant = cvl_variant_find("pw_direct")};
    scripted_clock_start();
}

static struct cvl_progress_line begin(struct cvl_options options)
{
    struct cvl_progress_line line = cvl_progress_line_begin(&options);
    line.stream = open_memstream(&text, &size);
    line.terminal = false;
    return line;
}

static void show(struct cvl_progress_line *line, size_t done)
{
    const struct cvl_progress progress = {
        .done = done, .total = 40, .device_id = "0:0", .item = &item};
    cvl_progress_line_show(line, &progress);
}

static void expect(struct cvl_progress_line *line, const char *expected)
{
    cvl_progress_line_end(line);
    (void)fclose(line->stream);
    cr_expect_str_eq(text, expected, "%s", text);
    free(text);
}

Test(progress, a_line_every_ten_seconds_without_a_terminal, .init = set_up)
{
    struct cvl_progress_line line = begin((struct cvl_options){0});
    for (size_t done = 0; done < 7; done++) { /* a row every four seconds */
        show(&line, done);
        scripted_clock_move(4.0);
    }
    expect(&line, "3/40 0:0 conv1 pw_direct, 2:28 left\n6/40 0:0 conv1 pw_direct, 2:16 left\n");
}

Test(progress, quiet_shows_none, .init = set_up)
{
    struct cvl_progress_line line = begin((struct cvl_options){.quiet = true});
    show(&line, 0);
    scripted_clock_move(100.0);
    show(&line, 1);
    line.terminal = true;
    show(&line, 2);
    expect(&line, "");
}

Test(progress, rows_of_a_resumed_run_took_no_time, .init = set_up)
{
    struct cvl_progress_line line = begin((struct cvl_options){0});
    show(&line, 30);
    scripted_clock_move(10.0);
    show(&line, 32);
    expect(&line, "32/40 0:0 conv1 pw_direct, 0:40 left\n");
}

/* A line that filled the terminal could not be cleared. */
Test(progress, on_a_terminal_the_line_is_within_its_width, .init = set_up)
{
    static char name[CVL_LAYER_NAME_BYTES];
    const struct winsize told = {.ws_col = 50, .ws_row = 20};
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        cr_skip_test("no pseudo-terminal");
    FILE *terminal = fopen(ptsname(master), "w");
    cr_assert(terminal && ioctl(master, TIOCSWINSZ, &told) == 0);
    memset(name, 'n', sizeof name - 1);
    strcpy(network.steps[0].layer, name);
    struct cvl_progress_line line = begin((struct cvl_options){0});
    (void)fclose(line.stream);
    free(text);
    line.stream = terminal;
    line.terminal = true;
    show(&line, 3);
    char shown[256] = "";
    const ssize_t read_bytes = read(master, shown, sizeof shown - 1);
    cr_expect_eq(read_bytes, 4 + 49, "%zd: %s", read_bytes, shown);
    cr_expect_eq(strncmp(shown, "\r\033[K3/40 0:0 nnn", 16), 0, "%s", shown);
    (void)fclose(terminal);
    (void)close(master);
}
