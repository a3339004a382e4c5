"""What a run survives: deaths, hangs, wrong answers, interruption, ICDs that crash.

Usage: test_faults.py CONVLENS_FAULTS CRASHING_ICD FOLDER [CASE…]
CONVLENS_FAULTS is the program with the variants of fault_variants.def; CRASHING_ICD a library that kills whoever loads it.
Prints a line for each case and exits 1 where one fails.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

PROGRAM, CRASHING_ICD, FOLDER = (os.path.abspath(path) for path in sys.argv[1:4])
POCL_ICD = "/etc/OpenCL/vendors/pocl.icd"
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


def environment(**more):
    folder = os.path.join(FOLDER, "icd")
    os.makedirs(folder, exist_ok=True)
    with open(POCL_ICD) as source, open(os.path.join(folder, "pocl.icd"), "w") as target:
        target.write(source.read())
    here = dict(os.environ, OCL_ICD_VENDORS=folder, POCL_CACHE_DIR=os.path.join(FOLDER, "cache"),
                XDG_DATA_HOME=os.path.join(FOLDER, "data"))
    os.makedirs(here["POCL_CACHE_DIR"], exist_ok=True)
    return dict(here, **more)


def store(name):
    path = os.path.join(FOLDER, name + ".db")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    return path


def command(path, *arguments):
    return [PROGRAM, "run", "--store", path, "--budget", "0.02", "--no-measure",
            "--format", "json", *arguments]


def run(path, *arguments, **more):
    done = subprocess.run(command(path, *arguments), env=environment(**more), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def rows_of(path):
    """Identities and statuses as recorded; the store must be whole."""
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return db.execute("SELECT problem, variant, layout, dtype, status FROM result").fetchall()


def sweep_file():
    path = os.path.join(FOLDER, "faults.ini")
    with open(path, "w") as file:
        file.write(SWEEP)
    return path


def expect(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(word) for word in what))


def faulty(name, variants, *arguments):
    """Runs GOOD with some variants; a row's reason and status by variant."""
    status, document, _ = run(store(name), "--problem", GOOD, "--layout", "nhwc", "--variant",
                              variants, *arguments)
    return status, {row["variant"]: (row["status"], row["reason"]) for row in document["rows"]}


def test_a_memory_limit_skips_what_needs_more():
    status, document, _ = run(store("limit"), "--problem", GOOD, "--layout", "nhwc", "--variant",
                              "pw_direct", "--memory-limit", "1KiB")
    expect(status == 0, "exit", status)
    for row in document["rows"]:
        expect(row["status"] == "skipped" and "the memory limit is 1024" in row["reason"], row)
        expect(row["memory"]["computed"]["peak_bytes"]["freed"] > 1024, row)
    status, document, _ = run(store("limit"), "--problem", GOOD, "--layout", "nhwc", "--variant",
                              "pw_direct", "--memory-limit", "1GiB")
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
[chain]
"""


def networks_of(path):
    with sqlite3.connect(path) as db:
        return db.execute("SELECT variant, layout, status FROM chain ORDER BY id").fetchall()


def test_networks_survive_crashes_and_resume():
    file = os.path.join(FOLDER, "network.ini")
    with open(file, "w") as target:
        target.write(NETWORK)
    path = store("network")
    options = ("--chain", "--variant", "direct", file)
    status, document, _ = run(path, *options)
    expect(status == 0 and document["rows"] == [], status)
    for row in document["chains"]:
        memory = row["memory"]
        expect(row["status"] == "ok" and row["check"]["passed"], row)
        expect(memory["counted"]["own_peak_bytes"] == memory["computed"]["peak_bytes"], memory)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM chain WHERE layout = 'nhwc'")
    status, document, _ = run(path, *options, "--resume")
    expect(status == 0, status)
    expect(sorted(networks_of(path)) == [("direct", "nchw", "ok"), ("direct", "nhwc", "ok")],
           networks_of(path))
    path = store("crashing-network")
    status, document, _ = run(path, "--chain", "--variant", "fault_segfault", file, "--timeout", "60")
    told = {(row["variant"], row["status"]) for row in document["chains"]}
    expect(status == 1 and any(one[1] == "crashed" for one in told), told)
    expect(all("--chain" in row["repro"] for row in document["chains"]), document["chains"])


def test_wrong_answers_are_told():
    status, rows = faulty("wrong", "fault_[wg]*", "--timeout", "60")
    expect(status == 1, "exit", status)
    expect(rows["fault_wrong"][0] == "wrong_answer", rows)
    expect("expected" in rows["fault_wrong"][1], rows)
    expect(rows["fault_guard"][0] == "wrong_answer", rows)
    expect("0 bytes behind the end of its output buffer" in rows["fault_guard"][1], rows)
    expect(rows["fault_greedy"][0] == "skipped", rows)
    expect("1125899906842624 bytes in one buffer" in rows["fault_greedy"][1], rows)


def test_build_failure_names_the_source():
    status, rows = faulty("unbuildable", "fault_unbuildable")
    expect(status == 1 and rows["fault_unbuildable"][0] == "build_failed", status, rows)
    expect("fault.cl" in rows["fault_unbuildable"][1], rows)
    expect("this_function_is_not_there" in rows["fault_unbuildable"][1], rows)


def test_crash_costs_its_row_and_no_other():
    status, document, _ = run(store("segfault"), "--problem", GOOD, "--problem",
                              "pointwise:ic8ih7oc8kh1", "--layout", "nhwc", "--variant", "*t")
    rows = [(row["variant"], row["status"]) for row in document["rows"]]
    each = [("direct", "ok"), ("pw_direct", "ok"), ("fault_segfault", "crashed")]
    expect(status == 1 and rows == each + each, status, rows)
    reason = document["rows"][2]["reason"]
    expect("signal 11" in reason and "in step verify" in reason, reason)


def test_two_deaths_are_a_quarantine():
    path = store("quarantine")
    problems = [word for width in range(3, 7)
                for word in ("--problem", f"pointwise:ic8ih{width}oc8kh1")]
    status, document, _ = run(path, *problems, "--layout", "nhwc", "--variant", "fault_endless",
                              "--timeout", "2")
    statuses = [row["status"] for row in document["rows"]]
    expect(status == 1, "exit", status)
    expect(statuses == ["timeout", "timeout", "skipped", "skipped"], statuses)
    expect("quarantined" in document["rows"][3]["reason"], document["rows"][3])
    expect("no answer in step verify" in document["rows"][0]["reason"], document["rows"][0])


def wait_for_rows(path, count, process):
    for _ in range(1200):
        time.sleep(0.05)
        if process.poll() is not None:
            raise AssertionError(f"ended before {count} rows")
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                if db.execute("SELECT count(*) FROM result").fetchone()[0] >= count:
                    return
        except sqlite3.OperationalError:
            pass
    raise AssertionError("no rows within a minute")


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def start(path, *arguments):
    return subprocess.Popen(command(path, sweep_file(), *arguments), env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def expect_resumed(path, least):
    """The resumed run has every row once, and kept what was there."""
    before = rows_of(path)
    expect(len(before) >= least, len(before), "rows were kept")
    status, document, stderr = run(path, sweep_file(), "--resume")
    after = rows_of(path)
    whole = store("whole")
    run(whole, sweep_file())
    expect(sorted(row[:4] for row in after) == sorted(row[:4] for row in rows_of(whole)),
           "rows missing or twice:", len(after))
    expect(len(set(row[:4] for row in after)) == len(after), "a row is there twice")
    expect(len(document["rows"]) == len(after), stderr)
    return status


def test_killed_program_resumes():
    path = store("killed")
    process = start(path)
    wait_for_rows(path, 3, process)
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    deadline = time.time() + 10
    while any(os.path.exists(f"/proc/{pid}") for pid in workers):
        expect(time.time() < deadline, "the worker outlived its supervisor")
        time.sleep(0.05)
    expect(expect_resumed(path, 3) == 0, "exit status")


def test_killed_worker_costs_one_row():
    path = store("worker")
    process = start(path)
    wait_for_rows(path, 2, process)
    for pid in children_of(process.pid):
        os.kill(pid, signal.SIGKILL)
    output = json.loads(process.communicate(timeout=300)[0])
    crashed = [row for row in output["rows"] if row["status"] == "crashed"]
    expect(process.returncode == 1, process.returncode)
    expect(len(crashed) == 1 and "signal 9" in crashed[0]["reason"], crashed)
    expect(expect_resumed(path, len(output["rows"])) == 1, "exit status")


def test_interrupted_run_keeps_and_prints_its_rows():
    path = store("interrupted")
    process = start(path)
    wait_for_rows(path, 2, process)
    process.send_signal(signal.SIGINT)
    output = json.loads(process.communicate(timeout=60)[0])
    expect(process.returncode == 130, process.returncode)
    expect(len(output["rows"]) == len(rows_of(path)) >= 2, len(output["rows"]))
    expect(expect_resumed(path, 2) == 0, "exit status")


def test_resume_of_another_device_is_refused():
    path = store("other")
    run(path, sweep_file())
    with sqlite3.connect(path) as db:
        db.execute("UPDATE device SET document = json_set(document, '$.driver', 'another')")
    status, _, stderr = run(path, sweep_file(), "--resume")
    expect(status == 2 and "use another store" in stderr, status, stderr)


def test_crashing_icd_is_named_and_hides_nobody():
    folder = os.path.join(FOLDER, "bad-icd")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "crashing.icd"), "w") as file:
        file.write(CRASHING_ICD + "\n")
    with open(POCL_ICD) as source, open(os.path.join(folder, "pocl.icd"), "w") as target:
        target.write(source.read())
    done = subprocess.run([PROGRAM, "devices", "--format", "json"],
                          env=environment(OCL_ICD_VENDORS=folder), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=300)
    document = json.loads(done.stdout)
    culprits = [p for p in document["platforms"] if p["name"] == "crashing.icd"]
    expect(done.returncode == 0, done.returncode, done.stderr)
    expect(len(document["devices"]) == 1, document)
    expect(len(culprits) == 1 and "signal 6" in culprits[0]["problem"], document["platforms"])
    status, rows, stderr = run(store("icd"), "--problem", GOOD, "--variant", "pw_direct",
                               "--layout", "nhwc", OCL_ICD_VENDORS=folder)
    expect(status == 0 and rows["rows"][0]["status"] == "ok", status, stderr)


def fragile_kernels():
    """The kernels, but those that measure kill whoever runs them."""
    folder = os.path.join(FOLDER, "fragile-cl")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.environ["CONVLENS_CL_DIR"], folder)
    with open(os.path.join(folder, "measure.cl")) as file:
        source = file.read()
    with open(os.path.join(folder, "measure.cl"), "w") as file:
        file.write(source.replace("(void)never;", "*(volatile global float *)(size_t)64 = 1.0f;"))
    return folder


def test_death_while_measuring_costs_the_figures_alone():
    path = store("fragile")
    here = environment(CONVLENS_CL_DIR=fragile_kernels())
    done = subprocess.run([PROGRAM, "devices", "--measure", "--store", path, "--format", "json"],
                          env=here, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=300)
    peaks = json.loads(done.stdout)["devices"][0]["peaks"]
    expect(done.returncode == 1, done.returncode, done.stderr)
    expect("signal 11" in peaks["reason"] and "in step measure/launch" in peaks["reason"], peaks)
    expect(peaks["measured"] and peaks["f32_flops_per_s"] is None, peaks)
    other = store("fragile-run")
    done = subprocess.run([PROGRAM, "run", "--store", other, "--budget", "0.02", "--problem", GOOD,
                           "--layout", "nhwc", "--variant", "pw_direct", "--format", "json"],
                          env=here, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=300)
    row = json.loads(done.stdout)["rows"][0]
    expect(done.returncode == 0 and row["status"] == "ok", done.returncode, row, done.stderr)
    expect(row["roofline"]["bound"] is None, row["roofline"])
    expect("could not be measured" in done.stderr, done.stderr)


def tune_command(path, *arguments):
    return [PROGRAM, "tune", "--tuning", path, "--layout", "nhwc", "--format", "json", *arguments]


def tune(path, *arguments):
    done = subprocess.run(tune_command(path, *arguments), env=environment(), capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=300)
    return done.returncode, json.loads(done.stdout)["tuned"] if done.stdout else [], done.stderr


def candidates_of(path):
    """What was tried, with the numbers that a second try would change; the file must be whole."""
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return db.execute("SELECT class_id, used, status, median_s, id FROM candidate"
                          " ORDER BY id").fetchall()


def test_search_survives_candidates_that_crash_and_hang():
    path = store("moody")
    shutil.rmtree(os.path.join(FOLDER, "data"), ignore_errors=True)
    search = ("--problem", GOOD, "--variant", "fault_moody", "--timeout", "15", "--budget",
              "120")
    status, tuned, stderr = tune(path, *search)
    tried = {row[1]: row[2] for row in candidates_of(path)}
    expect(status == 0 and len(tuned) == 1, status, stderr)
    expect(tried == {"mood=1": "ok", "mood=2": "ok", "mood=3": "crashed", "mood=4": "timeout",
                     "mood=5": "wrong_answer"}, tried)
    expect(tuned[0]["tuning"] == {"mood": 2} and tuned[0]["ratio"] > 1.0, tuned)
    expect(tuned[0]["over"] and tuned[0]["failed"] == 3, tuned)
    before = candidates_of(path)
    status, tuned, stderr = tune(path, *search)
    expect(status == 0 and candidates_of(path) == before, "tried again:", stderr)
    expect(tuned[0]["tuning"] == {"mood": 2}, tuned)
    run_with(path, ["fault_moody"], {"mood": 2}, "database", "--tuning mood=2")
    run_with("none", ["fault_moody"], {"mood": 1}, "default", "--tuning none")
    run_with("mood=2", ["fault_moody"], {"mood": 2}, "given", "--tuning mood=2")
    own = os.path.join(FOLDER, "data", "convlens")
    run_with(None, ["fault_moody"], {"mood": 1}, "default", "--tuning none")
    os.makedirs(own, exist_ok=True)
    shutil.copy(path, os.path.join(own, "tuning.db"))
    run_with(None, ["fault_moody"], {"mood": 2}, "database", "--tuning mood=2")
    shutil.rmtree(own)


def run_with(tuning, variants, expected, source, repro):
    """Rows of GOOD name what they ran with and where it came from; None: the user's own database."""
    status, document, stderr = run(store("tuned"), "--problem", GOOD, "--layout", "nhwc",
                                   "--variant", *variants,
                                   *(("--tuning", tuning) if tuning else ()))
    row = document["rows"][0]
    expect(status == 0 and row["status"] == "ok", status, stderr, row["reason"])
    expect(row["tuning"] == expected and row["tuning_source"] == source, row)
    expect(row["repro"].endswith(repro), row["repro"])


def wait_for_candidates(path, count, process):
    for _ in range(1200):
        time.sleep(0.05)
        if process.poll() is not None:
            raise AssertionError(f"ended before {count} candidates")
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                if db.execute("SELECT count(*) FROM candidate").fetchone()[0] >= count:
                    return
        except sqlite3.OperationalError:
            pass
    raise AssertionError("no candidates within a minute")


def start_search(path, *arguments):
    return subprocess.Popen(tune_command(path, sweep_file(), "--budget", "300", *arguments),
                            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def test_killed_search_resumes():
    path = store("search")
    process = start_search(path, "--variant", "*direct")
    wait_for_candidates(path, 5, process)
    process.kill()
    process.wait()
    before = candidates_of(path)
    expect(len(before) >= 5, before)
    status, tuned, stderr = tune(path, sweep_file(), "--variant", "*direct", "--budget", "5")
    after = candidates_of(path)
    expect(status == 0, status, stderr)
    expect(after[:len(before)] == before, "something was lost or tried twice")
    expect(len(after) > len(before), "the search went on")
    expect(len(set(row[:2] for row in after)) == len(after), "a plan was tried twice")


def test_interrupted_search_keeps_and_prints_what_it_has():
    path = store("search-interrupted")
    process = start_search(path, "--variant", "*direct")
    wait_for_candidates(path, 3, process)
    process.send_signal(signal.SIGINT)
    tuned = json.loads(process.communicate(timeout=60)[0])["tuned"]
    expect(process.returncode == 130, process.returncode)
    expect(sum(one["tried"] for one in tuned) == len(candidates_of(path)) >= 3, tuned)


def main():
    if not os.path.exists(POCL_ICD):
        print("SKIP: PoCL is not installed")
        return 77
    os.makedirs(FOLDER, exist_ok=True)
    wanted = sys.argv[4:]
    failed = 0
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (wanted and name[5:] not in wanted):
            continue
        begin = time.time()
        try:
            test()
            print(f"ok {name[5:]} ({time.time() - begin:.1f} s)", flush=True)
        except (AssertionError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
            failed += 1
            print(f"FAILED {name[5:]}: {error!r}", flush=True)
    return 1 if failed else 0


sys.exit(main())
