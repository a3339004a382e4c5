"""run.sh on a machine without a GPU: test_hardware.py PROGRAM FOLDER CASE.

`whole`: packed, unpacked and run in its short form on PoCL, whose library it must find by itself, with stubs/torch.py
for PyTorch. `faults`: a program whose steps fail, hang and end. `sweep`: every variant has a row in conformance.ini.
"""
import csv
import json
import os
import shutil
import stat
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])


def expect(holds, message):
    if not holds:
        raise AssertionError(message)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def steps_of(folder):
    with open(os.path.join(folder, "steps.csv"), encoding="utf-8") as stream:
        return {row["step"]: row["result"] for row in csv.DictReader(stream)}


def unpacked():
    """The package's folder, under a name with a space."""
    folder = os.path.join(FOLDER, "un packed")
    os.makedirs(folder)
    package = os.path.join(FOLDER, "convlens-hardware.tar.gz")
    for command in ([os.path.join(HERE, "pack.sh"), package, PROGRAM], ["tar", "-C", folder, "-xzf", package]):
        done = children.run(command)
        expect(done.returncode == 0, f"{command}: {done.stderr}")
    return os.path.join(folder, "convlens-hardware")


def hidden_driver():
    """A root with PoCL's library somewhere in it, and an ICD folder without drivers."""
    root, vendors = os.path.join(FOLDER, "root"), os.path.join(FOLDER, "vendors")
    os.makedirs(os.path.join(root, "opt", "driver"))
    os.makedirs(vendors)
    os.symlink(pocl_library(), os.path.join(root, "opt", "driver", "libpocl.so.2"))
    with open(os.path.join(root, "opt", "driver", "libnvidia-opencl.so.1"), "w", encoding="ascii") as stream:
        stream.write("no library\n")
    return {"CONVLENS_DRIVER_ROOT": root, "OCL_ICD_VENDORS": vendors}


def pocl_library():
    name = read(os.path.join(os.environ["OCL_ICD_VENDORS"], "pocl.icd")).strip()
    for folder in ("", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"):
        if os.path.exists(os.path.join(folder, name)) and os.path.isabs(os.path.join(folder, name)):
            return os.path.join(folder, name)
    print(f"SKIP: {name} is in no folder that this test knows")
    sys.exit(77)


def check_figures(out):
    for part in ("conformance", "seed", "mobilenet_v1", "resnet50"):
        rows = json.loads(read(os.path.join(out, part + ".json")))["rows"]
        expect(any(row["status"] == "ok" for row in rows), f"{part}: nothing is ok")
        expect(all(row["status"] in ("ok", "unsupported") for row in rows), f"{part}: {rows}")
        for kind in (".csv", ".md", ".txt", ".memory.txt"):
            expect(read(os.path.join(out, part + kind)), f"{part}{kind} is empty")
    peaks = json.loads(read(os.path.join(out, "peaks.json")))["devices"][0]["peaks"]
    expect(peaks["f32_flops_per_s"] > 0, peaks)
    expect(json.loads(read(os.path.join(out, "trace.json")))["peak_bytes"] > 0, "trace")
    layers = json.loads(read(os.path.join(out, "cudnn.json")))["layers"]
    expect({layer["layer"].split("/")[0] for layer in layers} == {"seed", "mobilenet_v1", "resnet50"}, layers)
    expect(all(layer["ratio"] > 0 for layer in layers), layers)


def check_whole():
    out, here = os.path.join(FOLDER, "results"), unpacked()
    environment = {**os.environ, **hidden_driver(), "PYTHONPATH": os.path.join(HERE, "stubs")}
    done = children.run([os.path.join(here, "run.sh"), "-s", "-m", "600", "-o", out], env=environment)
    expect(done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    steps = steps_of(out)
    expect(list(steps) == ["devices", "peaks", "conformance", "seed", "mobilenet_v1", "resnet50", "cudnn", "trace",
                           "tune"] and set(steps.values()) == {"done"}, steps)
    check_figures(out)
    summary = read(os.path.join(out, "summary.md"))
    for words in ("| platform | Portable Computing Language |", "libpocl.so.2", "| `dw_direct` | 1 | 0 |",
                  "## Beside cuDNN", "mobilenet_v1: the answer", "measured by each probe"):
        expect(words in summary, f"not in the summary: {words}\n{summary}")
    print(summary)


FAKE = """#!/bin/sh
# Answers as the command's name says.
case $1 in
--version) echo 'convlens fake' ;;
devices)
  for word; do
    case $word in json:*) printf '"key": "0:0",\\n"name": "a|b",\\n"type": "gpu",\\n' >"${word#json:}" ;; esac
  done ;;
run) exit 1 ;;
trace) kill -SEGV $$ ;;
tune) exec sleep 100000 ;;
esac
"""


def check_faults():
    program, out = os.path.join(FOLDER, "fake"), os.path.join(FOLDER, "results")
    with open(program, "w", encoding="ascii") as stream:
        stream.write(FAKE)
    os.chmod(program, stat.S_IRWXU)
    done = children.run([os.path.join(HERE, "run.sh"), "-m", "1", "-d", "a", "-o", out, program])
    expect(done.returncode == 1, f"exit status {done.returncode}\n{done.stderr}")
    steps = steps_of(out)
    expect(steps["seed"] == "failed with status 1", steps)
    expect(steps["trace"].startswith("failed with status 139"), steps)
    expect(steps["tune"].startswith("stopped after"), steps)
    expect("| device | 0:0, ab |" in read(os.path.join(out, "summary.md")), "the device's name")
    for arguments, status in (([program, program], 2), (["-m", "x", program], 2), (["-o", out, program], 2),
                              (["-o", os.path.join(FOLDER, "other"), "/nothing-here"], 2)):
        done = children.run([os.path.join(HERE, "run.sh"), *arguments])
        expect(done.returncode == status and done.stderr, f"{arguments}: {done.returncode} {done.stderr}")


def check_sweep():
    done = children.run([PROGRAM, "plan", os.path.join(HERE, "conformance.ini"), "--format", "json"])
    expect(done.returncode == 0, done.stderr)
    planned = {(row["variant"], row["layout"], row["dtype"]) for row in json.loads(done.stdout)["rows"]
               if row["status"] == "ok"}
    variants = children.run([PROGRAM, "list", "variants", "--format", "json"])
    names = {entry["name"] for entry in json.loads(variants.stdout)}
    missing = {name for name in names if name not in {variant for variant, *_ in planned}}
    expect(not missing, f"without a row: {missing}")
    shared = {(layout, dtype) for _, layout, dtype in planned}
    expect(len(shared) == 4, f"layouts and types: {shared}")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    {"whole": check_whole, "faults": check_faults, "sweep": check_sweep}[sys.argv[3]]()


main()
