"""convlens trace from outside: test_trace.py PROGRAM FOLDER DEVICE, FOLDER with the traced programs."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER, DEVICE = sys.argv[1:4]
SUBJECT = os.path.join(FOLDER, "trace_subject")
SKIPPED = []


def trace(*command, options=("--format", "json"), status=0, environment=None):
    """Runs convlens trace; what it says, and what the command printed."""
    out = children.run([PROGRAM, "trace", *options, "--", *command],
                       env={**os.environ, **(environment or {})})
    expect(out.returncode == status, f"{command}: exit status {out.returncode}, {out.stderr[-500:]}")
    return out.stderr, out.stdout


def document(*command, **more):
    return json.loads(trace(*command, **more)[0])


def expect(holds, message):
    if not holds:
        raise AssertionError(message)


def same(got, wanted, what):
    expect(got == wanted, f"{what}: got {got!r}, expected {wanted!r}")


def only(items, what):
    expect(len(items) == 1, f"{what}: {len(items)} of them")
    return items[0]


def process_of(doc):
    return only(doc["processes"], "processes")


def check_hidden_buffer(way, caller):
    errors, output = trace(os.path.join(FOLDER, f"trace_product_{way}"))
    process, needed = process_of(json.loads(errors)), int(output)
    hidden = only([a for a in process["allocations"] if a["caller"] == caller], f"{way}: of {caller}")
    same(hidden["asked_bytes"], needed, way)
    same(hidden["counted_bytes"], needed, way)
    same(hidden["kind"], "buffer", way)
    expect(hidden["entry"] in ("CLBlastSgemm", "clblast::Gemm"), f"{way}: entered by {hidden['entry']}")
    expect(hidden["created_s"] <= hidden["first_use_s"] <= hidden["released_s"] < hidden["destroyed_s"],
           f"{way}: {hidden}")
    expect(hidden["at_peak"], f"{way}: not at the peak")
    own = [a for a in process["allocations"] if a["caller"] == f"trace_product_{way}"]
    same(sorted(a["counted_bytes"] for a in own), [4 * 403 * 400, 4 * 400 * 407, 4 * 403 * 407], way)
    same(process["peak_bytes"], needed + sum(a["counted_bytes"] for a in own), way)
    same(process["not_released"], {"allocations": 0, "bytes": 0}, way)
    same(process["not_destroyed"], {"allocations": 0, "bytes": 0}, way)
    kernels = {k["name"]: k for k in process["kernels"]}
    expect(kernels["Xgemm"]["launches"] == 1, f"{way}: Xgemm")
    expect(kernels["Xgemm"]["argument_bytes"] >= needed, f"{way}: Xgemm's arguments")


def test_clblast_static():
    check_hidden_buffer("static", "clblast (trace_product_static)")


def test_clblast_shared():
    check_hidden_buffer("shared", "libclblast.so.1")


def test_clblast_dlopened():
    check_hidden_buffer("dlopen", "libclblast.so.1")


def test_leak_is_reported():
    process = process_of(document(SUBJECT, "leak"))
    same(process["not_released"], {"allocations": 1, "bytes": 12345}, "leak")
    leak = only(process["allocations"], "allocations")
    same((leak["flags"], leak["function"], leak["caller"]), ("READ_ONLY", "make_buffer", "trace_subject"),
         "leak")
    expect(leak["released_s"] is None and leak["first_use_s"] is None, "a time that did not come")
    expect(process["ended_by_itself"], "it ended by itself")
    table, _ = trace(SUBJECT, "leak", options=())
    expect("1 allocations, 12345 bytes, were never released: leaks" in table, table)


def test_kernels_and_parts():
    process = process_of(document(SUBJECT, "use"))
    whole, half = process["allocations"]
    same((half["kind"], half["parent"], half["asked_bytes"], half["counted_bytes"]),
         ("sub-buffer", whole["number"], 4096, 0), "part")
    same((whole["first_kernel"], half["first_kernel"]), ("twice", "twice"), "kernel")
    same(process["peak_bytes"], 8192, "peak")
    kernels = {k["name"]: k for k in process["kernels"]}
    same(kernels["twice"]["launches"], 3, "launches")
    same(kernels["twice"]["argument_bytes"], 4096, "arguments")
    same(kernels["twice"]["at_peak_bytes"], 8192, "bytes at the peak")
    same(kernels["never"]["launches"], 0, "launches")
    if DEVICE in ("pocl", "intel"):
        same(kernels["twice"]["timed"], 3, "timed")
        expect(kernels["twice"]["total_s"] > 0, "no time")
    if DEVICE == "rusticl":
        same((kernels["twice"]["timed"], kernels["twice"]["total_s"]), (0, None), "times")
        expect("no resolution" in kernels["twice"]["untimed_reason"], "reason")


def test_images():
    image = only(process_of(document(SUBJECT, "image"))["allocations"], "images")
    same((image["kind"], image["asked_bytes"]), ("image", 33 * 5 * 16), "image")
    expect(image["counted_bytes"] >= image["asked_bytes"], "an image takes what its pixels take")


def test_shared_virtual_memory():
    if DEVICE == "rusticl":
        return SKIPPED.append("rusticl 22.3 has no shared virtual memory")
    svm = only(process_of(document(SUBJECT, "svm"))["allocations"], "svm")
    same((svm["kind"], svm["asked_bytes"], svm["counted_bytes"]), ("svm", 3000, 3000), "svm")
    expect(svm["destroyed_s"] is not None, "not destroyed")


def test_unified_shared_memory():
    if DEVICE != "intel":
        return SKIPPED.append(f"{DEVICE} has no unified shared memory")
    process = process_of(document(SUBJECT, "usm"))
    same([(a["kind"], a["asked_bytes"], a["counted_bytes"]) for a in process["allocations"]],
         [("usm host", 1000, 1000), ("usm device", 2000, 2000), ("usm shared", 3000, 3000)], "allocations")
    same({a["function"] for a in process["allocations"]}, {"do_usm"}, "functions")
    same([a["released_s"] is None for a in process["allocations"]], [False, False, True], "releases")
    same(process["peak_bytes"], 6000, "peak")
    same(process["not_released"], {"allocations": 1, "bytes": 3000}, "leak")


def test_threads():
    process = process_of(document(SUBJECT, "threads"))
    same(len(process["allocations"]), 2000, "allocations")
    same((process["end_bytes"], process["lost_records"]), (0, 0), "end")
    same(len({a["function"] for a in process["allocations"]}), 1, "functions")


def test_children_are_traced():
    doc = document(SUBJECT, "release", "children")
    same(len(doc["processes"]), 3, "processes")
    first, leaker, other = doc["processes"]
    same((leaker["parent"], other["parent"]), (first["pid"], first["pid"]), "parents")
    same([p["peak_bytes"] for p in doc["processes"]], [1000, 12345, 1000], "peaks")
    same(leaker["not_released"]["bytes"], 12345, "leak")
    same(doc["peak_bytes"], 12345, "together")


def test_through_a_shell():
    doc = document("sh", "-c", f"{SUBJECT} leak; {SUBJECT} release")
    same([p["peak_bytes"] for p in doc["processes"]], [12345, 1000], "peaks")


def test_forked_child_leaves_the_trace_alone():
    process = process_of(document(SUBJECT, "release", "fork", "release"))
    same(len(process["allocations"]), 2, "allocations")


def test_crash_keeps_what_was_seen():
    # A driver's handler of signals may write to standard error too.
    report = os.path.join(FOLDER, f"crashed-{DEVICE}.json")
    trace(SUBJECT, "leak", "abort", options=("-o", report, "--format", "json"), status=128 + signal.SIGABRT)
    with open(report, encoding="utf-8") as stream:
        doc = json.load(stream)
    same((doc["signal"], doc["exit_status"]), (int(signal.SIGABRT), None), "end")
    process = process_of(doc)
    same(process["peak_bytes"], 12345, "peak")
    expect(not process["ended_by_itself"], "it crashed")


def test_kill_keeps_what_was_seen():
    report = os.path.join(FOLDER, f"killed-{DEVICE}.json")
    command = [PROGRAM, "trace", "-o", report, "--format", "json", "--",
               "sh", "-c", f"echo $$; exec {SUBJECT} leak hello pause"]
    with children.started(command, stdout=subprocess.PIPE, text=True) as child:
        pid = int(child.stdout.readline())
        same(child.stdout.readline(), "hello\n", "what it prints")
        os.kill(pid, signal.SIGKILL)
        same(child.wait(children.LIMIT), 128 + signal.SIGKILL, "exit status")
    with open(report, encoding="utf-8") as stream:
        process = process_of(json.load(stream))
    same((process["peak_bytes"], process["ended_by_itself"]), (12345, False), "killed")


def test_termination_is_passed_on():
    command = [PROGRAM, "trace", "--format", "json", "--", SUBJECT, "leak", "hello", "pause"]
    with children.started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        same(child.stdout.readline(), "hello\n", "what it prints")
        child.send_signal(signal.SIGTERM)
        _, errors = child.communicate(timeout=children.LIMIT)
    same(child.returncode, 128 + signal.SIGTERM, "exit status")
    same(process_of(json.loads(errors))["peak_bytes"], 12345, "peak")


def test_exit_status_and_output_are_the_commands():
    errors, output = trace(SUBJECT, "hello", "fail", options=(), status=7)
    same(output, "hello\n", "standard output")
    expect("exit status 7" in errors, errors)
    trace(os.path.join(FOLDER, "nothing-here"), status=127)
    trace("/", status=126)


def lives_long_enough(attempt, what):
    """Calls attempt(seconds) with longer and longer lives of a command, which is looked at only now and then."""
    if not any(attempt(seconds) for seconds in ("0.25", "1", "4", "16", "64", "256")):
        raise AssertionError(f"however long it lives: not {what}")


def untraced(doc):
    """What is reported of the one process that makes no call of OpenCL; it may not have been seen."""
    same((doc["peak_bytes"], doc["processes"]), (None, []), "figures")
    expect(len(doc["untraced"]) <= 1, doc["untraced"])
    return doc["untraced"][0] if doc["untraced"] else {"seen": None}


def test_no_opencl_is_told():
    lives_long_enough(lambda seconds: untraced(document("sleep", seconds))["seen"] == "no_opencl", "no_opencl")
    table, _ = trace("true", options=())
    expect("no figures" in table and "peak" not in table, table)


def test_loader_without_a_call_is_told():
    def attempt(seconds):
        seen = untraced(document(SUBJECT, "loader", environment={"SUBJECT_SECONDS": seconds}))
        return seen["seen"] == "loader_without_layer" and "libOpenCL.so" in seen["library"]

    lives_long_enough(attempt, "loader_without_layer")


def test_driver_past_the_loader_is_told():
    with open(os.environ["OCL_ICD_VENDORS"] + f"/{DEVICE}.icd", encoding="utf-8") as stream:
        driver = stream.read().strip()

    def attempt(seconds):
        here = {"SUBJECT_DRIVER": driver, "SUBJECT_SECONDS": seconds}
        seen = untraced(document(SUBJECT, "driver", environment=here))["seen"]
        table, _ = trace(SUBJECT, "driver", options=(), environment=here)
        return seen == "driver_without_loader" and "past the layer" in " ".join(table.split())

    lives_long_enough(attempt, "driver_without_loader")


def test_csv_has_a_line_for_each_allocation():
    text, _ = trace(SUBJECT, "leak", "use", options=("--format", "csv"))
    rows = list(csv.DictReader(io.StringIO(text)))
    same([r["counted_bytes"] for r in rows], ["12345", "8192", "0"], "bytes")
    same([r["released_s"] == "" for r in rows], [True, False, False], "releases")


def test_clinfo_unmodified():
    plain = children.run(["clinfo", "--raw"]).stdout
    expect("CL_DEVICE_NAME" in plain, plain)
    errors, output = trace("clinfo", "--raw")
    same(len(output.splitlines()), len(plain.splitlines()), "lines of clinfo")
    same(process_of(json.loads(errors))["peak_bytes"], 0, "peak")


def test_clpeak_unmodified():
    if not shutil.which("clpeak"):
        return SKIPPED.append("clpeak is not there")
    errors, output = trace("clpeak", "--kernel-latency")
    expect("Kernel launch latency" in output, output)
    process = process_of(json.loads(errors))
    expect(process["peak_bytes"] > 0, "clpeak allocates")
    same(process["allocations"][0]["caller"], "clpeak", "caller")
    expect(sum(k["launches"] for k in process["kernels"]) > 0, "clpeak launches")


def test_nothing_is_left_behind():
    folder = os.path.join(FOLDER, f"tmp-{DEVICE}")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    document(SUBJECT, "leak", environment={"TMPDIR": folder})
    same(os.listdir(folder), [], "files left")


def main():
    failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        begin = time.monotonic()
        try:
            test()
            print(f"ok {name} {time.monotonic() - begin:.1f} s", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            failed += 1
            print(f"FAILED {name}: {type(problem).__name__}: {problem}", flush=True)
    for reason in SKIPPED:
        print(f"SKIP: {reason}")
    return 1 if failed else 0


sys.exit(main())
