"""Devices of several vendors in one run: test_together.py PROGRAM FOLDER SWEEP.

Every device of this environment runs the sweep. Each row is verified, and its counted bytes are the computed ones;
the vendors agree on what a layer needs and refuse the same; the report has each of them beside the first.
"""
import json
import os
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER, SWEEP = (os.path.abspath(path) for path in sys.argv[1:4])
PLATFORMS = {"Portable Computing Language", "rusticl", "Intel(R) OpenCL"}


def expect(holds, message):
    if not holds:
        raise AssertionError(message)


def name_of(row):
    """What a row is of, without its device."""
    return tuple(row[part] for part in ("layer", "form", "variant", "layout"))


def check_row(row):
    what = f"{row['device']} {name_of(row)}"
    expect(row["status"] in ("ok", "unsupported"), f"{what}: {row['status']}: {row['reason']}")
    if row["status"] == "unsupported":
        return expect(row["reason"], f"{what}: refused without a reason")
    computed, counted = row["memory"]["computed"], row["memory"]["counted"]
    expect(row["check"]["passed"], f"{what}: not verified")
    expect(counted["peak_bytes"] == computed["peak_bytes"], f"{what}: {counted} is not {computed}")
    expect(counted["leaked_bytes"] == 0, f"{what}: leaks")
    return expect(row["time"]["median_s"] > 0, f"{what}: no time")


def check_chain(chain):
    what = f"{chain['device']} {chain['chain']} {chain['form']} {chain['variant']} {chain['layout']}"
    expect(chain["status"] == "ok", f"{what}: {chain['status']}: {chain['reason']}")
    expect(chain["memory"]["counted"]["peak_bytes"] == chain["memory"]["computed"]["peak_bytes"], what)


def check_document(document):
    platforms = {device["key"]: device["platform"] for device in document["devices"]}
    expect(set(platforms.values()) == PLATFORMS and len(platforms) == 3, f"devices: {platforms}")
    for row in document["rows"]:
        check_row(row)
    for chain in document["chains"]:
        check_chain(chain)
    expect(document["chains"], "no networks")
    ok = {key: {name_of(row) for row in document["rows"] if row["device"] == key and row["status"] == "ok"}
          for key in platforms}
    expect(all(ok.values()) and len(set(map(frozenset, ok.values()))) == 1, f"not the same rows are ok: {ok}")


def check_table(table, document):
    first, *others = (device["key"] for device in document["devices"])
    for other in others:
        expect(f"Devices {first} and {other}" in " ".join(table.split()), f"{other} is not beside {first}:\n{table}")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    report, store = os.path.join(FOLDER, "together.json"), os.path.join(FOLDER, "together.db")
    for old in (report, store):
        if os.path.exists(old):
            os.remove(old)
    done = children.run([PROGRAM, "run", SWEEP, "--store", store, "--budget", "0.01", "--no-measure", "--tuning", "none",
                         "--variant", "direct,sep_unfused,sep_fused", "--format", f"json:{report}", "--format", "table"])
    expect(done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    with open(report, encoding="utf-8") as stream:
        document = json.load(stream)
    check_document(document)
    check_table(done.stdout, document)
    print(done.stdout)


main()
