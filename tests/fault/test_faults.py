"""What a run survives: deaths, hangs, wrong answers, interruption, ICDs that crash; and what repeats a row of it.

Usage: test_faults.py --list
       test_faults.py CONVLENS_FAULTS CRASHING_ICD GATE_LAYER FIGURES_LAYER FOLDER CASE
CONVLENS_FAULTS is the program with the variants of fault_variants.def, CRASHING_ICD a library that kills whoever loads it,
GATE_LAYER and FIGURES_LAYER the layers of gate_layer.c and figures_layer.c. A case is a function test_<case> of this file, and CMake asks for their list. Each
has a folder of its own in FOLDER, made anew. Common to all is PoCL's cache of kernels, into which files are moved whole.

No case may depend on how fast the machine is: one that interrupts a run waits until the run stands at the gate, and a
time limit that is under test meets a kernel that never ends, or is raised until the others keep it.
"""
import contextlib
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

ICDS = "/etc/OpenCL/vendors"
GOOD = "pointwise:ic64ih56oc64kh1"
SWEEP = """[sweep]
name = faults
forms = standard, separable
layout = nhwc
[layer a]
in = 8x20x20
out = 8..24+8
kernel = 3
pad = same
"""
# The kernel of the sweep's last variant of the first of its three layers.
GATED_KERNEL = "sep_fused_nhwc"
# A search that would end of itself only after days, and the turn at which it stands (fault_variants.c).
SEARCH = ("--problem", GOOD, "--variant", "fault_patient", "--budget", "1000000")
GATED_TURN = 4


class Skipped(Exception):
    """What a case needs is not on this machine."""


def expect(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(word) for word in what))


def place(name):
    """A path in the case's folder."""
    return os.path.join(FOLDER, name)


def written(name, text):
    with open(place(name), "w", encoding="utf-8") as file:
        file.write(text)
    return place(name)


def icd_folder(name, libraries):
    """A folder for the loader to look into, with an .icd file for each library."""
    os.makedirs(place(name), exist_ok=True)
    for icd, library in libraries.items():
        written(os.path.join(name, icd + ".icd"), library + "\n")
    return place(name)


def library_of(device):
    """The library of an OpenCL implementation, as its .icd file names it."""
    try:
        with open(f"{ICDS}/{device}.icd", encoding="utf-8") as source:
            return source.read().strip()
    except FileNotFoundError as missing:
        raise Skipped(f"{device} is not installed") from missing


def only(device):
    """An environment in which the loader sees one implementation."""
    return {"OCL_ICD_VENDORS": icd_folder(f"icd-{device}", {device: library_of(device)}),
            "RUSTICL_ENABLE": "llvmpipe"}


def environment(**more):
    here = dict(os.environ, POCL_CACHE_DIR=CACHE, XDG_DATA_HOME=place("data"), **only("pocl"))
    return dict(here, **more)


def convlens(*arguments, **more):
    """Runs the program to its end: exit status, document and standard error."""
    done = children.run([PROGRAM, *arguments, "--format", "json"], env=environment(**more))
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def run_command(path, *arguments):
    limit = () if "--timeout" in arguments else ("--timeout", str(children.LIMIT))
    return ("run", "--store", path, "--budget", "0.02", "--no-measure", *limit, *arguments)


def run(path, *arguments, **more):
    return convlens(*run_command(path, *arguments), **more)


def tune_command(path, *arguments):
    limit = () if "--timeout" in arguments else ("--timeout", str(children.LIMIT))
    return ("tune", "--tuning", path, "--layout", "nhwc", *limit, *arguments)


def tune(path, *arguments, **more):
    status, document, stderr = convlens(*tune_command(path, *arguments), **more)
    return status, document["tuned"] if document else [], stderr


def query(path, question):
    """What is in a store or a tuning database; the file must be whole."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        expect(db.execute("PRAGMA integrity_check").fetchone() == ("ok",), path, "is damaged")
        return db.execute(question).fetchall()


def change(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


def rows_of(path):
    """Identities and statuses as recorded."""
    return query(path, "SELECT problem, variant, layout, dtype, status FROM result")


def candidates_of(path):
    """What was tried, with the numbers that a second try would change."""
    return query(path, "SELECT class_id, used, status, median_s, id FROM candidate ORDER BY id")


def with_a_limit_that_is_long_enough(attempt):
    """Calls attempt(seconds) until it says that the limit cut short only what never ends."""
    for limit in (2, 8, 32, 128, 512):
        if attempt(str(limit)):
            return
    raise AssertionError("no time limit was long enough")


@contextlib.contextmanager
def held_at_the_gate(kernel, *arguments):
    """The program, once it stands before the first launch of a kernel; the gate is opened by its removal. It has one
    processor, so that a run compiles nothing ahead: rows come one by one up to the gate."""
    gate = written("gate", "closed\n")
    here = environment(OPENCL_LAYERS=GATE_LAYER, GATE_FILE=gate, GATE_KERNEL=kernel)
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    with open(place("gate.stderr"), "wb") as errors, \
         children.started([PROGRAM, *arguments, "--format", "json"], env=here, stdout=subprocess.PIPE,
                          stderr=errors) as process:
        os.sched_setaffinity(0, processors)
        children.wait_until(lambda: os.path.exists(gate + ".reached"), "the gate was reached", process)
        yield process


def end_of(process):
    """The document that a program prints last."""
    return json.loads(process.communicate(timeout=children.LIMIT)[0])


def said_at_the_gate():
    with open(place("gate.stderr"), encoding="utf-8") as errors:
        return errors.read()


def command_that_goes_on():
    """The command that an interrupted program shows, as a shell splits it; without the program's own name."""
    [command] = [line.split("go on with: ")[1] for line in said_at_the_gate().splitlines() if "go on with: " in line]
    words = shlex.split(command)
    expect(words[0] == "convlens", command)
    return words[1:]


def sweep_file():
    return written("faults.ini", SWEEP)


def planned_rows():
    """Identities of the sweep's rows, in their order; planning touches no device."""
    status, document, stderr = convlens("plan", sweep_file())
    expect(status == 0, stderr)
    return [tuple(row[key] for key in ("problem", "variant", "layout", "dtype"))
            for row in document["rows"]]


def rows_before_the_gate():
    planned = planned_rows()
    gated = [row[1] for row in planned].index("sep_fused")
    expect(0 < gated < len(planned) - 1, "the gate is not in the midst of the rows:", gated)
    return planned[:gated]


def expect_resumed(path, kept):
    """The resumed run keeps the rows that were there, and has every row once."""
    before = rows_of(path)
    expect([row[:4] for row in before][:len(kept)] == kept, "before the gate:", before)
    status, document, stderr = run(path, sweep_file(), "--resume")
    after = rows_of(path)
    expect(after[:len(before)] == before, "rows were lost or measured anew")
    expect(sorted(row[:4] for row in after) == sorted(planned_rows()), "rows are missing or twice")
    expect(len(document["rows"]) == len(after), stderr)
    return status


def faulty(name, variants, *arguments):
    """Runs GOOD with some variants; a row's status and reason by variant."""
    status, document, _ = run(place(name), "--problem", GOOD, "--layout", "nhwc", "--variant",
                              variants, *arguments)
    return status, {row["variant"]: (row["status"], row["reason"]) for row in document["rows"]}


def test_a_memory_limit_skips_what_needs_more():
    options = ("--problem", GOOD, "--layout", "nhwc", "--variant", "pw_direct", "--memory-limit")
    status, document, _ = run(place("limit.db"), *options, "1KiB")
    [row] = document["rows"]
    expect(status == 4, "exit", status)
    expect(row["status"] == "skipped" and "the memory limit is 1024" in row["reason"], row)
    expect(row["memory"]["computed"]["peak_bytes"]["freed"] > 1024, row)
    status, document, _ = run(place("limit.db"), *options, "1GiB")
    expect(status == 0 and document["rows"][0]["status"] == "ok", document["rows"])


NETWORK = """[sweep]
name = network
forms = pointwise
layout = nhwc, nchw
[layer a]
in = 64x56x56
out = 64
kernel = 1
count = 2
[network]
"""


def networks_of(path):
    return query(path, "SELECT variant, layout, status FROM result WHERE chain = 'network' ORDER BY id")


def test_a_baseline_finds_a_row_that_fails_now():
    """A run is the baseline of the next: what fails now fails the gate, what is as before does not."""
    options = ("--problem", GOOD, "--layout", "nhwc", "--variant")
    status, _, stderr = run(place("before.db"), *options, "pw_direct")
    expect(status == 0, stderr)
    status, document, stderr = run(place("same.db"), *options, "pw_direct", "--baseline", place("before.db"))
    expect(status == 0 and document["schema"] == "convlens-compare/1" and document["failures"] == 0, status, stderr, document)
    for fail_on, expected in (("memory,failed", 1), ("memory", 0)):
        status, document, stderr = run(place("after.db"), *options, "*w[_r]*", "--baseline", place("before.db") + ":1",
                                       "--fail-on", fail_on)
        failed = [row for row in document["rows"] if "failed" in row["outcomes"]]
        expect(status == expected and document["failures"] == expected, fail_on, status, stderr)
        expect([row["variant"] for row in failed] == ["fault_wrong"], failed)
        expect(failed[0]["after_status"] == "wrong_answer" and failed[0]["before_status"] is None, failed)


def test_networks_survive_crashes_and_resume():
    file = written("network.ini", NETWORK)
    path = place("network.db")
    options = ("--network", "--variant", "direct", file)
    status, document, _ = run(path, *options)
    expect(status == 0 and document["rows"] == [], status)
    expect(len(document["chains"]) == 2, document["chains"])
    for row in document["chains"]:
        memory = row["memory"]
        expect(row["status"] == "ok" and row["check"]["passed"], row)
        expect(memory["counted"]["own_peak_bytes"] == memory["computed"]["peak_bytes"], memory)
    kept = query(path, "SELECT document FROM result WHERE layout = 'nchw'")
    change(path, "DELETE FROM result WHERE layout = 'nhwc'")
    status, document, _ = run(path, *options, "--resume")
    expect(status == 0, status)
    expect(sorted(networks_of(path)) == [("direct", "nchw", "ok"), ("direct", "nhwc", "ok")],
           networks_of(path))
    expect(query(path, "SELECT document FROM result WHERE layout = 'nchw'") == kept, "measured anew")
    status, document, _ = run(place("crashing.db"), "--network", "--variant", "fault_segfault", file)
    told = [(row["variant"], row["status"]) for row in document["chains"]]
    expect(status == 1 and told == 2 * [("fault_segfault", "crashed")], told)
    expect(all("signal 11" in row["reason"] for row in document["chains"]), document["chains"])
    expect(all("--network" in row["repro"] for row in document["chains"]), document["chains"])


def expect_past_the_end_is_told(device, platform):
    """A layer of its own, and the same layer three times in a network with a residual: its answer is right, and one
    float more is written."""
    file = written("past_end.ini", PAST_END)
    status, document, stderr = run(place("past_end.db"), "--variant", "fault_past_end", file, **only(device))
    [layer], [network] = document["rows"], document["chains"]
    expect([one["platform"] for one in document["devices"]] == [platform], document["devices"])
    expect(status == 1, "exit", status, stderr)
    for row in (layer, network):
        expect(row["status"] == "wrong_answer", row["status"], row["reason"])
        expect(row["reason"].startswith("fault_past_end wrote 0 bytes past the end of its"), row["reason"])
        expect(row["memory"]["counted"] is None and row["time"] is None, "more than the answer was asked for")
    expect("its output buffer (802816 bytes)" in layer["reason"], layer["reason"])
    expect("its a buffer (802816 bytes)" in network["reason"], network["reason"])


PAST_END = """[sweep]
name = past_end
forms = pointwise
layout = nhwc
[layer a]
in = 64x56x56
out = 64
kernel = 1
count = 3
[network]
residual = a
"""


def test_write_past_the_end_is_told_on_pocl():
    expect_past_the_end_is_told("pocl", "Portable Computing Language")


def test_write_past_the_end_is_told_on_rusticl():
    expect_past_the_end_is_told("rusticl", "rusticl")


# Of two classes of problems, the first layer twice.
REPEATED = """[sweep]
name = repeated
forms = pointwise
layout = nhwc
[layer a]
in = 64x14x14
out = 64
kernel = 1
count = 2
[layer b]
in = 64x14x14
out = 8
kernel = 1
[network]
residual = a
"""


def settled_with(name, file, values_by_outputs):
    """A tuning database in which fault_patient, which is always right, has these values by a layer's outputs."""
    path = place(name)
    status, tuned, stderr = convlens(*tune_command(path, "--variant", "fault_patient", "--budget", "1000000", file))
    expect(status == 0 and len(tuned["tuned"]) == len(values_by_outputs), status, stderr)
    for outputs, values in values_by_outputs.items():
        change(path, f"UPDATE settlement SET asked = '{values}' WHERE class_id IN "
                     f"(SELECT id FROM class WHERE shape LIKE '% oc{outputs} %')")
    return path


def network_row(store, *arguments):
    """The one row of a run of networks: what it is and what it ran with, where that came from, what repeats it."""
    status, document, stderr = run(place(store), *arguments)
    [row] = document["chains"]
    expect(status == 0 and row["status"] == "ok" and document["rows"] == [], status, row["reason"], stderr)
    names = ("device", "chain", "form", "variant", "layout", "dtype", "passes", "optimizer", "layer_count",
             "build_options")
    layers = [{name: layer[name] for name in ("layer", "repetition", "form", "variant", "tuning", "live_bytes")}
              for layer in row["layers"]]
    what = {**{name: row[name] for name in names}, "layers": layers, "computed": row["memory"]["computed"],
            "stages": [(stage["name"], stage["layer"]) for stage in row["stages"]]}
    return what, row["tuning_source"], row["repro"]


def expect_repeated(store, source, turns_of_layers, *arguments):
    """Runs the network, and then the command that repeats it, whose values are given where any are."""
    what, told, repro = network_row(f"{store}.db", "--network", "--variant", "fault_patient", *arguments)
    tuned = [layer["tuning"] for layer in what["layers"] if layer["variant"] != "op"]
    expect(tuned == turns_of_layers, what["layers"])
    expect(told == source, told)
    first, *words = shlex.split(repro)
    expect(first == "convlens" and words[0] == "run", repro)
    again, told, repro_again = network_row(f"{store}-again.db", *words[1:])
    expect(again == what, again, "is not", what)
    expect(told == ("given" if source == "database" else source), told)
    expect(repro_again == repro, repro_again, "is not", repro)


def test_repro_of_a_network_repeats_it():
    """While the user's own database, which a plain run takes, says something else, also of default layers."""
    file = written("it's repeated.ini", REPEATED)
    database = settled_with("tuning.db", file, {64: "turn=3", 8: ""})
    os.makedirs(place("data/convlens"))
    shutil.copy(database, place("data/convlens/tuning.db"))
    change(place("data/convlens/tuning.db"), "UPDATE settlement SET asked = 'turn=6'")
    expect_repeated("own", "database", ["turn=6", "turn=6", "turn=6"], file)
    expect_repeated("named", "database", ["turn=3", "turn=3", "turn=1"], "--tuning", database, file)
    expect_repeated("given", "given", ["turn=1", "turn=2", "turn=1"], "--tuning", "2:turn=2", file)
    expect_repeated("all", "given", ["turn=5", "turn=5", "turn=2"], "--tuning", "turn=5,3:turn=2", file)
    expect_repeated("none", "default", ["turn=1", "turn=1", "turn=1"], "--tuning", "none", file)


def test_wrong_answers_are_told():
    status, rows = faulty("wrong.db", "fault_[wg]*")
    expect(status == 1, "exit", status)
    expect(rows["fault_wrong"][0] == "wrong_answer", rows)
    expect("expected" in rows["fault_wrong"][1], rows)
    expect(rows["fault_guard"][0] == "wrong_answer", rows)
    expect("0 bytes past the end of its output buffer" in rows["fault_guard"][1], rows)
    expect(rows["fault_greedy"][0] == "skipped", rows)
    expect("1125899906842624 bytes in one buffer" in rows["fault_greedy"][1], rows)


def test_build_failure_names_the_source():
    status, rows = faulty("unbuildable.db", "fault_unbuildable")
    expect(status == 1 and rows["fault_unbuildable"][0] == "build_failed", status, rows)
    expect("fault.cl" in rows["fault_unbuildable"][1], rows)
    expect("this_function_is_not_there" in rows["fault_unbuildable"][1], rows)


def test_crash_costs_its_row_and_no_other():
    status, document, _ = run(place("segfault.db"), "--problem", GOOD, "--problem",
                              "pointwise:ic8ih7oc8kh1", "--layout", "nhwc", "--variant", "*[cl]t")
    rows = [(row["variant"], row["status"]) for row in document["rows"]]
    each = [("direct", "ok"), ("pw_direct", "ok"), ("fault_segfault", "crashed")]
    expect(status == 1 and rows == each + each, status, rows)
    reason = document["rows"][2]["reason"]
    expect("signal 11" in reason and "in step verify" in reason, reason)


def test_two_deaths_are_a_quarantine():
    problems = [word for width in range(3, 7)
                for word in ("--problem", f"pointwise:ic8ih{width}oc8kh1")]

    def attempt(limit):
        status, document, _ = run(place(f"limit{limit}.db"), *problems, "--layout", "nhwc",
                                  "--variant", "fault_endless", "--timeout", limit)
        rows = document["rows"]
        statuses = [row["status"] for row in rows]
        expect(status == 1, "exit", status)
        expect(statuses == ["timeout", "timeout", "skipped", "skipped"], statuses)
        expect("quarantined" in rows[3]["reason"], rows[3])
        expect("no answer in step" in rows[0]["reason"], rows[0])
        return all("in step verify" in row["reason"] for row in rows[:2])  # as far as its kernel

    with_a_limit_that_is_long_enough(attempt)


def test_killed_program_resumes():
    path = place("killed.db")
    before = rows_before_the_gate()
    with held_at_the_gate(GATED_KERNEL, *run_command(path, sweep_file())) as process:
        workers = children.children_of(process.pid)
        expect(len(workers) == 1, workers)
        process.kill()
        process.wait()
        children.wait_until(lambda: has_ended(workers[0]), "the worker died with its supervisor")
    expect(len(rows_of(path)) == len(before), "rows after the gate")
    expect(expect_resumed(path, before) == 0, "exit status")


def has_ended(orphan):
    """Of a process that becomes a child of this one when its parent dies."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(orphan, os.WNOHANG) != (0, 0)
    return False


def test_killed_worker_costs_one_row():
    path = place("worker.db")
    before = rows_before_the_gate()
    with held_at_the_gate(GATED_KERNEL, *run_command(path, sweep_file())) as process:
        for pid in children.children_of(process.pid):
            os.kill(pid, signal.SIGKILL)
        os.remove(place("gate"))
        rows = end_of(process)["rows"]
    crashed = [number for number, row in enumerate(rows) if row["status"] == "crashed"]
    expect(process.returncode == 1, process.returncode)
    expect(crashed == [len(before)] and "signal 9" in rows[crashed[0]]["reason"], crashed)
    expect(expect_resumed(path, before) == 1, "exit status")


def test_a_worker_killed_in_a_further_round_costs_no_row():
    """The first row's kernel is held as soon as the row is stored: it is launched again in a further round alone, as
    no other of these variants has it. A run that was faster than this process is tried again with a larger budget."""
    def attempt(budget):
        path, gate = place(f"round{budget}.db"), place(f"gate{budget}")
        here = environment(OPENCL_LAYERS=GATE_LAYER, GATE_FILE=gate, GATE_KERNEL="pw_direct_nhwc")
        command = ("run", "--store", path, "--budget", budget, "--no-measure", "--timeout", str(children.LIMIT),
                   "--problem", GOOD, "--problem", "standard:ic16ih28oc16kh3ph1", "--layout", "nhwc",
                   "--variant", "pw_direct", "--variant", "winograd_f[24]", "--variant", "implicit_gemm", "--format", "json")
        with children.started([PROGRAM, *command], env=here, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            children.wait_until(lambda: has_row(path, "pw_direct"), "the row is stored", process)
            written(os.path.basename(gate), "closed\n")
            children.wait_until(lambda: os.path.exists(gate + ".reached") or process.poll() is not None, "the gate")
            if process.poll() is not None:
                return False
            [worker] = children.children_of(process.pid)
            os.kill(worker, signal.SIGKILL)
            os.remove(gate)
            rows = end_of(process)["rows"]
        first = next(row for row in rows if row["variant"] == "pw_direct")
        expect(process.returncode == 0, process.returncode, [(row["variant"], row["status"], row["reason"]) for row in rows])
        expect(first["status"] == "ok", first["status"])
        doubt = first["time"]["doubt"]
        expect("a further round failed: the worker died in step" in doubt and "signal 9" in doubt, doubt)
        expect(1 <= first["time"]["rounds"] < 10, first["time"])
        others = [row for row in rows if row["status"] == "ok" and row is not first]
        expect(others and all(row["time"]["doubt"] is None or "round failed" not in row["time"]["doubt"] for row in others))
        return True
    with_a_limit_that_is_long_enough(attempt)


def has_row(path, variant):
    """Of a store that may not be there yet, or not have its tables."""
    with contextlib.suppress(sqlite3.OperationalError):
        return os.path.exists(path) and any(row[1] == variant for row in rows_of(path))
    return False


def test_interrupted_run_keeps_and_prints_its_rows():
    path = place("interrupted it's.db")
    before = rows_before_the_gate()
    with held_at_the_gate(GATED_KERNEL, *run_command(path, sweep_file())) as process:
        process.send_signal(signal.SIGINT)
        rows = end_of(process)["rows"]
    expect(process.returncode == 130, process.returncode)
    expect(len(rows) == len(rows_of(path)) == len(before), len(rows))
    kept = f"{len(before)} of {len(planned_rows())} rows are kept in {path}\n"
    expect(kept in said_at_the_gate(), said_at_the_gate())
    words, recorded = command_that_goes_on(), rows_of(path)
    expect(words[:2] == ["run", "--resume"] and path in words, words)
    done = children.run([PROGRAM, *words], env=environment())
    expect(done.returncode == 0, done.stderr)
    expect(rows_of(path)[:len(before)] == recorded, "rows were measured anew")
    expect(sorted(row[:4] for row in rows_of(path)) == sorted(planned_rows()), "rows are missing or twice")


def test_resume_of_another_device_is_refused():
    path = place("other.db")
    options = ("--problem", GOOD, "--layout", "nhwc", "--variant", "pw_direct")
    status, _, stderr = run(path, *options)
    expect(status == 0, stderr)
    change(path, "UPDATE device SET document = json_set(document, '$.driver', 'another')")
    status, _, stderr = run(path, *options, "--resume")
    expect(status == 2 and "use another store" in stderr, status, stderr)


def test_crashing_icd_is_named_and_hides_nobody():
    bad = icd_folder("bad-icd", {"crashing": CRASHING_ICD, "pocl": library_of("pocl")})
    status, document, stderr = convlens("devices", OCL_ICD_VENDORS=bad)
    culprits = [p for p in document["platforms"] if p["name"] == "crashing.icd"]
    expect(status == 0, status, stderr)
    expect(len(document["devices"]) == 1, document)
    expect(len(culprits) == 1 and "signal 6" in culprits[0]["problem"], document["platforms"])
    status, rows, stderr = run(place("icd.db"), "--problem", GOOD, "--variant", "pw_direct",
                               "--layout", "nhwc", OCL_ICD_VENDORS=bad)
    expect(status == 0 and rows["rows"][0]["status"] == "ok", status, stderr)


def fragile_kernels():
    """The kernels, but those that measure kill whoever runs them."""
    shutil.copytree(os.environ["CONVLENS_CL_DIR"], place("cl"))
    with open(place("cl/measure.cl"), encoding="utf-8") as file:
        source = file.read()
    changed = source.replace("(void)never;", "*(volatile global float *)(size_t)64 = 1.0f;")
    expect(changed != source, "measure.cl has no (void)never; to replace")
    written("cl/measure.cl", changed)
    return place("cl")


def test_death_while_measuring_costs_the_figures_alone():
    kernels = fragile_kernels()
    status, document, stderr = convlens("devices", "--measure", "--store", place("fragile.db"),
                                        CONVLENS_CL_DIR=kernels)
    peaks = document["devices"][0]["peaks"]
    expect(status == 1, status, stderr)
    expect("signal 11" in peaks["reason"] and "in step measure/launch" in peaks["reason"], peaks)
    expect(peaks["measured"] and peaks["f32_flops_per_s"] is None, peaks)
    status, document, stderr = convlens("run", "--store", place("run.db"), "--budget", "0.02", "--problem",
                                        GOOD, "--layout", "nhwc", "--variant", "pw_direct",
                                        CONVLENS_CL_DIR=kernels)
    [row] = document["rows"]
    expect(status == 0 and row["status"] == "ok", status, row, stderr)
    expect(row["roofline"]["bound"] is None, row["roofline"])
    expect("could not be measured" in stderr, stderr)


MOODS = {"mood=1": "wrong_answer", "mood=2": "ok", "mood=3": "crashed", "mood=4": "timeout"}


def test_search_survives_candidates_that_crash_and_hang():
    """The default fails, so that what works is the best, whatever its time."""
    search = ("--problem", GOOD, "--variant", "fault_moody", "--budget", "1000000", "--timeout")
    found = []

    def attempt(limit):
        path = place(f"limit{limit}.db")
        status, tuned, stderr = tune(path, *search, limit)
        tried = {row[1]: row[2] for row in candidates_of(path)}
        expect(status == 0 and len(tuned) == 1, status, stderr)
        expect(set(tried) == set(MOODS) and tried["mood=4"] == "timeout", tried)
        if list(tried.values()).count("timeout") > 1:
            return False
        expect(tried == MOODS, tried)
        expect(tuned[0]["tuning"] == {"mood": 2}, tuned)
        expect(tuned[0]["over"] and tuned[0]["failed"] == 3, tuned)
        found.append(path)
        return True

    with_a_limit_that_is_long_enough(attempt)
    before = candidates_of(found[0])
    status, tuned, stderr = tune(found[0], *search, str(children.LIMIT))
    expect(status == 0 and candidates_of(found[0]) == before, "tried again:", stderr)
    expect(tuned[0]["tuning"] == {"mood": 2}, tuned)
    expect_used(found[0])


def expect_used(database):
    """Runs take what the search found: where it is named, and where XDG keeps data."""
    run_with(database, {"mood": 2}, "database", "--tuning mood=2")
    run_with("none", {"mood": 1}, "default", "--tuning none")
    run_with("mood=2", {"mood": 2}, "given", "--tuning mood=2")
    run_with(None, {"mood": 1}, "default", "--tuning none")
    os.makedirs(place("data/convlens"))
    shutil.copy(database, place("data/convlens/tuning.db"))
    run_with(None, {"mood": 2}, "database", "--tuning mood=2")


def run_with(tuning, expected, source, repro):
    """A row of GOOD names what it ran with and where that came from; None: the user's own database."""
    status, document, stderr = run(place("tuned.db"), "--problem", GOOD, "--layout", "nhwc",
                                   "--variant", "fault_moody",
                                   *(("--tuning", tuning) if tuning else ()))
    [row] = document["rows"]
    is_right = expected == {"mood": 2}
    expect(row["status"] == ("ok" if is_right else "wrong_answer"), row["status"], row["reason"])
    expect(status == (0 if is_right else 1), status, stderr)
    expect(row["tuning"] == expected and row["tuning_source"] == source, row)
    expect(row["repro"].endswith(repro), row["repro"])


def reasons_of(path):
    """What was not ok: status and reason, by what its plan used."""
    return {used: (status, reason) for used, status, reason in
            query(path, "SELECT used, status, reason FROM candidate WHERE status != 'ok'")}


def expect_skipped(name, variant, skipped, total, **figures):
    """A search that skips these candidates, whose reason has these words, and no other; a resumed one tries none again."""
    path = place(name)
    search = ("--problem", GOOD, "--variant", variant, "--budget", "1000000")
    status, tuned, stderr = tune(path, *search, OPENCL_LAYERS=FIGURES_LAYER, **figures)
    expect(status == 0 and len(tuned) == 1, status, stderr)
    reasons = reasons_of(path)
    expect(set(reasons) == set(skipped), reasons)
    for used, words in skipped.items():
        expect(reasons[used][0] == "skipped" and words in reasons[used][1], reasons)
    expect(tuned[0]["over"] and tuned[0]["tried"] == total, tuned)
    expect(tuned[0]["skipped"] == tuned[0]["failed"] == len(skipped), tuned)
    before = candidates_of(path)
    status, tuned, stderr = tune(path, *search, OPENCL_LAYERS=FIGURES_LAYER, **figures)
    expect(status == 0 and candidates_of(path) == before, "tried again:", stderr)
    expect(tuned[0]["skipped"] == len(skipped), tuned)


def test_a_search_skips_what_spills_on_a_gpu():
    """A CPU's private memory is its stack, and no reason."""
    figures = {"FIGURES_KERNEL": "gated_any", "FIGURES_PRIVATE": "4096"}
    turn = f"turn={GATED_TURN}"
    expect_skipped("gpu.db", "fault_patient", {turn: "gated_any takes 4096 bytes of private memory"}, 6, FIGURES_GPU="1",
                   **figures)
    expect_skipped("cpu.db", "fault_patient", {}, 6, **figures)
    expect_skipped("none.db", "fault_patient", {}, 6, FIGURES_GPU="1", FIGURES_KERNEL="gated_any", FIGURES_PRIVATE="0")


def test_a_search_skips_what_does_not_fit():
    expect_skipped("local.db", "fault_patient", {f"turn={GATED_TURN}": f"gated_any takes {1 << 40} bytes of local memory"}, 6,
                   FIGURES_KERNEL="gated_any", FIGURES_LOCAL=str(1 << 40))
    expect_skipped("group.db", "fault_sized", {"items=8": "work-groups of 8 work-items; the driver allows 4"}, 4,
                   FIGURES_KERNEL="steady_any", FIGURES_GROUP="4")
    expect_skipped("untold.db", "fault_sized", {}, 4, FIGURES_KERNEL="steady_any", FIGURES_GROUP="0")


def turns_of(path):
    return [row[1] for row in candidates_of(path)]


def turns(last):
    return [f"turn={number}" for number in range(1, last + 1)]


def test_killed_search_resumes():
    path = place("search.db")
    with held_at_the_gate("gated_any", *tune_command(path, *SEARCH)) as process:
        process.kill()
    before = candidates_of(path)
    expect(turns_of(path) == turns(GATED_TURN - 1), before)
    status, tuned, stderr = tune(path, *SEARCH)
    after = candidates_of(path)
    expect(status == 0 and tuned[0]["over"], status, stderr)
    expect(after[:len(before)] == before, "something was lost or tried twice")
    expect(turns_of(path) == turns(6), after)


def test_interrupted_search_keeps_and_prints_what_it_has():
    path = place("search.db")
    with held_at_the_gate("gated_any", *tune_command(path, *SEARCH)) as process:
        process.send_signal(signal.SIGINT)
        [tuned] = end_of(process)["tuned"]
    expect(process.returncode == 130, process.returncode)
    expect(tuned["tried"] == GATED_TURN - 1 and not tuned["over"], tuned)
    expect(turns_of(path) == turns(GATED_TURN - 1), turns_of(path))
    expect(command_that_goes_on()[0] == "tune", said_at_the_gate())


def test_what_cannot_be_written_has_an_exit_status_of_its_own():
    options = ("--problem", GOOD, "--layout", "nhwc", "--variant", "pw_direct")
    status, _, stderr = run("/proc/no_store.db", *options)
    expect(status == 5, status, stderr)
    status, _, stderr = run(place("store.db"), *options, "--format", f"csv:{place('missing')}/rows.csv")
    expect(status == 5, status, stderr)
    expect(not os.path.exists(place("store.db")), "it was run all the same")


def test_an_unwritable_cache_of_pocl_is_named():
    options = ("--problem", GOOD, "--layout", "nhwc", "--variant", "pw_direct")
    for cache in ("/proc/no/cache", os.path.join(written("file", ""), "cache")):
        _, _, stderr = run(place("cache.db"), *options, POCL_CACHE_DIR=cache)
        expect(f"cache of kernels, {cache}, " in stderr and "set POCL_CACHE_DIR" in stderr, stderr)
        _, _, stderr = run(place("quiet.db"), *options, "--quiet", POCL_CACHE_DIR=cache)
        expect("POCL_CACHE_DIR" not in stderr, stderr)
    without = {name: value for name, value in environment(HOME=written("home", "")).items()
               if name not in ("POCL_CACHE_DIR", "XDG_CACHE_HOME")}
    done = children.run([PROGRAM, *run_command(place("home.db"), *options)], env=without)
    expect("home/.cache/pocl" in done.stderr and "set POCL_CACHE_DIR" in done.stderr, done.stderr)
    status, _, stderr = run(place("good.db"), *options, POCL_CACHE_DIR=place("new/cache"))
    expect(status == 0 and "POCL_CACHE_DIR" not in stderr, stderr)


CASES = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}


def main(case):
    if case not in CASES:
        print(f"no such case: {case}")
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    os.makedirs(CACHE, exist_ok=True)
    try:
        library_of("pocl")
        CASES[case]()
    except Skipped as reason:
        print(f"SKIP: {reason}")
        return 77
    return 0


if sys.argv[1:] == ["--list"]:
    print("\n".join(CASES))
    sys.exit(0)
PROGRAM, CRASHING_ICD, GATE_LAYER, FIGURES_LAYER, TOP = (os.path.abspath(path) for path in sys.argv[1:6])
FOLDER, CACHE = os.path.join(TOP, sys.argv[6]), os.path.join(TOP, "cache")
sys.exit(main(sys.argv[6]))
