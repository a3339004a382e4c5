"""`run --as` from outside: usage: test_as.py CONVLENS FOLDER

Runs layers with the tiles of a described device: rows are marked, their bytes are those of `plan --device-spec`, no answer
uses their times, and --resume goes by the description.
"""
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
LAYERS = ["--problem", "standard:ic64ih28oc64kh3ph1", "--problem", "separable:ic64ih28oc64kh3ph1", "--layout", "nhwc"]


def convlens(*words, status=0):
    done = children.run([PROGRAM, *words], cwd=FOLDER)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    return done


def run(*words):
    """The document of a run."""
    convlens("run", *LAYERS, "--budget", "0.01", "--quiet", "--format", "json:run.json", *words)
    with open(os.path.join(FOLDER, "run.json"), encoding="utf-8") as stream:
        return json.load(stream)


def by_variant(document):
    return {(row["problem"], row["variant"]): row for row in document["rows"]}


def check_marks(document, spec, key):
    planned = by_variant(json.loads(convlens("plan", *LAYERS, "--device-spec", spec, "--format", "json").stdout))
    rows = by_variant(document)
    assert rows.keys() == planned.keys()
    computed = [row for row in rows.values() if row["status"] == "ok"]
    assert len(computed) >= 6, [row["reason"] for row in rows.values()]
    for name, row in rows.items():
        assert row["planned_for"] == key and f" --as '{spec}'" in row["repro"], row
        if row["status"] != "ok":
            assert row["status"] == "unsupported", row
            continue
        of_plan = planned[name]
        assert row["tuning"] == of_plan["tuning"] and row["build_options"] == of_plan["build_options"], name
        assert row["memory"]["computed"] == of_plan["memory"]["computed"], name
        assert row["memory"]["counted"]["own_peak_bytes"] == of_plan["memory"]["computed"]["peak_bytes"], name
        assert row["check"]["passed"], name
        assert row["time"]["doubt"] == f"tiles of another device, {key}: the time means nothing", row["time"]
        assert row["roofline"]["gflops"] is None and row["roofline"]["fraction_of_peak"] is None, name
    assert document["answers"] and all(
        form["time"] is None for answer in document["answers"] for form in answer["separable"])
    assert all(verdict["time_ratio"] is None for verdict in document["verdicts"])
    assert document["devices"][0]["peaks"] is None


def main():
    own = run("--no-measure")
    assert all(row["planned_for"] is None and " --as " not in row["repro"] for row in own["rows"])
    check_marks(run("--as", "h100"), "h100", "h100")
    assert len(by_variant(run("--as", "h100", "--resume"))) == len(own["rows"])

    # a file, read once; the device of it cannot be here
    facts = json.loads(convlens("plan", *LAYERS, "--device-spec", "h100", "--format", "json").stdout)["devices"][0]
    facts.update(key="mine", local_bytes=16384)
    with open(os.path.join(FOLDER, "mine.json"), "w", encoding="utf-8") as stream:
        json.dump(facts, stream)
    resumed = run("--as", "mine.json", "--resume")
    assert {row["planned_for"] for row in resumed["rows"]} == {"mine"}, "a run of its own"
    check_marks(resumed, "mine.json", "mine")
    runs = json.loads(convlens("report", "convlens.db", "--runs", "--format", "json").stdout)
    assert len(runs["runs"] if isinstance(runs, dict) else runs) == 3, runs
    print("rows of --as are marked, and their bytes are those of the plan")


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
main()
