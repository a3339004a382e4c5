"""Devices of several vendors in one run and one report: test_together.py PROGRAM FOLDER SWEEP [OPTION...].

Every device of this environment runs the sweep and its network. Each row is verified, or refused with a reason; its counted
bytes are the computed ones, a library's beside them. The report has each device beside the first. Without options of `run`, it
runs three variants, of which the vendors must refuse the same. With some, as for a real network, a device may refuse on its own:

    tests/device/on.sh together FOLDER /usr/bin/python3 tests/device/test_together.py build/convlens FOLDER \\
        configs/mobilenet_v1.ini --layout nhwc
"""
import collections
import csv
import json
import os
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER, SWEEP = (os.path.abspath(path) for path in sys.argv[1:4])
OPTIONS = sys.argv[4:]
PLATFORMS = {"Portable Computing Language", "rusticl", "Intel(R) OpenCL"}
POLICIES = ("all_live", "freed", "freed_pinned", "arena")


def expect(holds, message):
    if not holds:
        raise AssertionError(message)


def name_of(row):
    """What a row is of, without its device."""
    return tuple(row[part] for part in ("chain", "layer", "form", "variant", "layout"))


def is_refused(row):
    return row["status"] in ("unsupported", "skipped")


def check_row(row):
    """One line of the CSV, of a layer or of a network."""
    what = f"{row['device']} {name_of(row)}"
    expect(row["status"] == "ok" or is_refused(row), f"{what}: {row['status']}: {row['reason']}")
    if is_refused(row):
        return expect(row["reason"], f"{what}: refused without a reason")
    expect(row["passed"] in ("1", "true"), f"{what}: not verified: {row['passed']}")
    for policy in POLICIES:
        computed, counted, own = (row[f"{kind}_{policy}_peak_bytes"] for kind in ("computed", "counted", "own"))
        expect(own == computed, f"{what} {policy}: counted {own}, computed {computed}")
        expect(counted == computed or int(row["library_bytes"]) > 0, f"{what} {policy}: {counted}, computed {computed}")
    expect(row["leaked_bytes"] == "0", f"{what}: leaks")
    return expect(float(row["median_s"]) > 0, f"{what}: no time")


def check_alike(rows, devices):
    """The vendors compute the same, and refuse the same."""
    ok = {device: {name_of(row) for row in rows if row["device"] == device and row["status"] == "ok"} for device in devices}
    expect(all(ok.values()) and len(set(map(frozenset, ok.values()))) == 1, f"not the same rows are ok: {ok}")


def check_table(table, devices):
    first, *others = devices
    for other in others:
        expect(f"Devices {first} and {other}" in " ".join(table.split()), f"{other} is not beside {first}:\n{table}")


def count(rows, platforms):
    """How many rows of each device are ok or refused, of layers and of networks, and for what reasons they are refused."""
    for device, platform in platforms.items():
        own = [row for row in rows if row["device"] == device]
        kinds = collections.Counter((bool(row["chain"]), row["status"]) for row in own)
        print(f"{device} {platform}: " + ", ".join(
            f"{number} {'networks' if network else 'layers'} {status}" for (network, status), number in sorted(kinds.items())))
        library = sum(row["status"] == "ok" and int(row["library_bytes"] or 0) > 0 for row in own)
        print(f"    counted is computed in {sum(row['status'] == 'ok' for row in own) - library} rows; in {library} more with a "
              "library's buffers beside")
        for reason, number in collections.Counter(row["reason"] for row in own if is_refused(row)).most_common():
            print(f"    {number} refused: {reason}")


def convlens(*words, statuses=(0,)):
    done = children.run([PROGRAM, *words])
    expect(done.returncode in statuses, f"convlens {words[0]}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main():
    os.makedirs(FOLDER, exist_ok=True)
    report, table, store = (os.path.join(FOLDER, "together." + kind) for kind in ("json", "csv", "db"))
    for old in (report, table, store):
        if os.path.exists(old):
            os.remove(old)
    convlens("run", SWEEP, "--store", store, "--budget", "0.01", "--no-measure", "--tuning", "none", "-q",
             *(OPTIONS or ("--variant", "direct,sep_unfused,sep_fused")), statuses=(0, 1))  # a row that failed is named below
    printed = convlens("report", store, "--format", f"json:{report}", "--format", f"csv:{table}", "--format", "table")
    with open(report, encoding="utf-8") as stream:
        platforms = {device["key"]: device["platform"] for device in json.load(stream)["devices"]}
    expect(set(platforms.values()) == PLATFORMS and len(platforms) == 3, f"devices: {platforms}")
    with open(table, encoding="utf-8", newline="") as stream:
        rows = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in csv.DictReader(stream)]
    expect({row["device"] for row in rows if row["chain"]} == set(platforms), "not a network on every device")
    print(printed)
    count(rows, platforms)
    for row in rows:
        check_row(row)
    if not OPTIONS:
        check_alike(rows, platforms)
    check_table(printed, platforms)


main()
