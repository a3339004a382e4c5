#!/usr/bin/env python3
"""traffic.py PROGRAM PLUGIN FOLDER [--case CASE]... [--device NAME]... [--refresh] [--places]

Runs the variants on small shapes under oclgrind with the plug-in of traffic.cpp, prints what their kernels ask of
memory, and compares it with the targets and with traffic.csv. A figure above its target fails unless
traffic_exceptions.csv has it, with the reason; no figure may get worse. docs/traffic.md says what the figures are.
--refresh writes traffic.csv anew and takes out of the exceptions what is not needed any more; --places adds the places
in the sources that cost more than they need.
Run it through device/on.sh oclgrind.
"""
import argparse
import csv
import fnmatch
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
import children  # noqa: E402
import known  # noqa: E402

FLOORS = HERE / "traffic.csv"
EXCEPTIONS = HERE / "traffic_exceptions.csv"
KEY = ("device", "case", "layout", "dtype", "variant", "kernel")
FIGURES = ("sectors_32", "sectors_64", "split", "reread", "conflicts")
TARGETS = {"sectors_32": 1.25, "sectors_64": 1.25, "conflicts": 0.05}

# Whose tiles are taken (convlens list devices), and of which types. Tiles are chosen by the number of groups that a
# problem gives: these shapes are small for a device with many compute units, and large for one with few.
DEVICES = {"h100": ("f32", "f16"), "mali-g710": ("f32",)}
LAYOUTS = ("nhwc", "nchw")

# name: problem, variants. Shapes are small, since a work-item is interpreted: a few seconds for each row.
CASES = {
    "depthwise": ("depthwise:g64ic64oc64ih14kh3ph1", "dw_*"),
    "depthwise_s2": ("depthwise:g32ic32oc32ih28oh14kh3sh2ph0", "dw_*"),
    "pointwise": ("pointwise:ic64ih14oc64kh1", "pw_direct"),
    "pointwise_wide": ("pointwise:ic32ih28oc128kh1", "pw_direct"),
    "dense": ("standard:ic32ih14oc64kh3ph1", "direct,implicit_gemm"),
    "dense_s2": ("standard:ic16ih28oh14oc32kh3sh2ph0", "direct,implicit_gemm"),
    "dense_first": ("standard:ic3ih32oh16oc32kh3sh2ph0", "direct,implicit_gemm"),
    "winograd": ("standard:ic16ih16oc32kh3ph1", "winograd_*"),
    "separable": ("separable:ic32ih14oc64kh3ph1", "sep_fused,sep_unfused"),
    "inverted": ("inverted:ic16mc64ih14oc16kh3ph1", "inv_fused,inv_unfused"),
}


def environment(plugin, traffic):
    env = {**os.environ, "OCLGRIND_PLUGINS": str(plugin), "CONVLENS_TRAFFIC": str(traffic),
           "OCLGRIND_LOCAL_MEM_SIZE": "262144"}  # more than the devices whose tiles are taken
    for checker in ("OCLGRIND_DATA_RACES", "OCLGRIND_CHECK_API"):  # device tests have them; here they only take time
        env.pop(checker, None)
    return env


def variants_of(args, device, case):
    """Layout, type and variant of all that computes a case."""
    problem, globs = CASES[case]
    command = [args.program, "plan", "--device-spec", device, "--problem", problem, "--variant", globs, "--layout",
               ",".join(LAYOUTS), "--dtype", ",".join(DEVICES[device]), "--format", "json"]
    planned = children.run(command)
    if planned.returncode:
        sys.exit(f"{' '.join(command)}\n{planned.stderr}")
    return [(row["layout"], row["dtype"], row["variant"]) for row in json.loads(planned.stdout)["rows"]
            if row["status"] != "unsupported"]


def read_launches(traffic):
    """What the plug-in wrote so far, without the kernels that convlens measures a device with."""
    lines = traffic.read_text().splitlines(keepends=True) if traffic.exists() else []
    launches = [json.loads(line) for line in lines if line.endswith("\n")]
    return [launch for launch in launches if not launch["kernel"].startswith(("calibrate", "measure_"))]


def is_verified(launches):
    """The host has read the output, and the row goes on after that: its answers were right."""
    return any(launch["after_host_read"] for launch in launches[1:])


def first_pass(launches):
    """The launches until the host read the output."""
    ends = [i for i, launch in enumerate(launches) if i and launch["after_host_read"]]
    return launches[:ends[0]] if ends else launches


def statuses_of(result):
    rows = json.loads(result.read_text())["rows"] if result.exists() and result.stat().st_size else []
    return [(row["status"], row["reason"]) for row in rows]


def launches_of(args, device, case, layout, dtype, variant):
    """What the plug-in wrote for one row, until it was verified: the passes after that launch the same again."""
    folder = args.folder / device / case / f"{variant}-{layout}-{dtype}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    traffic, result = folder / "traffic.json", folder / "result.json"
    command = [args.program, "run", "--as", device, "--problem", CASES[case][0], "--variant", variant, "--layout",
               layout, "--dtype", dtype, "--store", folder / "store.db", "--no-measure", "--tuning", "none", "--budget",
               "0.001", "--format", f"json:{result}", "--quiet"]
    command = [str(word) for word in command]
    with (folder / "output").open("w") as output, \
            children.started(command, env=environment(args.plugin, traffic), stdout=output, stderr=output) as child:
        children.wait_until(lambda: child.poll() is not None or is_verified(read_launches(traffic)),
                            "the row was verified")
    launches = read_launches(traffic)
    if not is_verified(launches) and statuses_of(result) != [("ok", None)]:
        sys.exit(f"{' '.join(command)}: {statuses_of(result)}\n{(folder / 'output').read_text()}")
    launches = first_pass(launches)
    for launch in launches:
        if not launch["complete"] or launch["group_copied_bytes"]:
            sys.exit(f"{device} {case} {variant}: {launch['kernel']} was not counted completely")
    return launches


def total(launches, memory, lanes, what):
    return sum(place[str(lanes)][what] for launch in launches for place in launch["places"]
               if place["memory"] == memory)


def ratio(a, b):
    return round(a / b, 3) if b else 1.0


def figures_of(launches):
    """Of all launches of one kernel."""
    def of_global(what, lanes=32):
        return total(launches, "global", lanes, what)
    places = [place for launch in launches for place in launch["places"]]
    touched = sum(launch["read_bytes"] + launch["written_bytes"] for launch in launches)
    asked = sum(place["asked_bytes"] / min(place["bytes"], 16) for place in places)
    cycles = total(launches, "local", 32, "units")
    return {"group": "x".join(str(side) for side in launches[0]["local"]),
            "lanes": ratio(asked, sum(place["32"]["requests"] for place in places)),
            "sectors_32": ratio(of_global("units"), of_global("least")),
            "sectors_64": ratio(of_global("units", 64), of_global("least", 64)),
            "split": ratio(of_global("split"), of_global("least")),
            "reread": ratio(32 * of_global("units"), touched),
            "conflicts": round(1 - total(launches, "local", 32, "least") / cycles, 3) if cycles else 0.0}


def rows_of(args, device, case):
    for layout, dtype, variant in variants_of(args, device, case):
        launches = launches_of(args, device, case, layout, dtype, variant)
        for kernel in dict.fromkeys(launch["kernel"] for launch in launches):
            own = [launch for launch in launches if launch["kernel"] == kernel]
            yield {**dict(zip(KEY, (device, case, layout, dtype, variant, kernel))), **figures_of(own), "launches": own}


def costly_places(row):
    """Places that need more sectors or cycles than the least, the worst first."""
    sums = {}
    for launch in row["launches"]:
        for place in launch["places"]:
            name = (place["memory"], place["access"], place["bytes"], place["promised"], " < ".join(place["at"]))
            units, least = sums.get(name, (0, 0))
            sums[name] = units + place["32"]["units"], least + place["32"]["least"]
    for name, (units, least) in sorted(sums.items(), key=lambda item: item[1][1] - item[1][0]):
        if units > least:
            yield (f"    {name[0]} {name[1]}, {name[2]} bytes (promised {name[3]}): {units} for {least}, "
                   f"{units / least:.2f}  {name[4]}")


HEADINGS = ("DEVICE", "CASE", "LAYOUT", "TYPE", "VARIANT", "KERNEL", "GROUP", "LANES", "SECTORS/32", "SECTORS/64",
            "SPLIT", "REREAD", "CONFLICTS")
WIDTHS = (10, 14, 6, 4, 15, 24, 8, 5, 10, 10, 6, 7, 9)


def line_of(cells):
    return " ".join(str(cell).ljust(width) if i < 7 else str(cell).rjust(width)
                    for i, (cell, width) in enumerate(zip(cells, WIDTHS))).rstrip()


def above(row):
    """The figures that are above their targets. Kernels that pack weights have none: they run once."""
    packs = row["kernel"].startswith(("pack_", "winograd_weights"))
    return [] if packs else [name for name, target in TARGETS.items() if row[name] > target]


def show(row, places):
    cells = [row[name] for name in KEY] + [row["group"], f"{row['lanes']:.1f}"]
    cells += [f"{row[name]:.2f}" for name in ("sectors_32", "sectors_64", "split", "reread")]
    cells.append(f"{100 * row['conflicts']:.1f} %")
    print(line_of(cells) + (" !" if above(row) else ""), flush=True)
    for line in costly_places(row) if places else ():
        print(line)


def key_of(row):
    return tuple(row[name] for name in KEY)


def read_floors():
    if not FLOORS.exists():
        return {}
    with FLOORS.open(encoding="utf-8", newline="") as file:
        return {key_of(row): {name: float(row[name]) for name in FIGURES} for row in csv.DictReader(file)}


def write_floors(floors):
    with FLOORS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(KEY + FIGURES)
        for key in sorted(floors):
            writer.writerow(key + tuple(f"{floors[key][name]:.3f}" for name in FIGURES))


def complaints(rows, floors, ran):
    """What is worse than the file says, or differs from what it lists."""
    found = []
    for row in rows:
        floor = floors.get(key_of(row))
        if not floor:
            found.append(f"{' '.join(key_of(row))}: traffic.csv does not have it")
        for name in FIGURES if floor else ():
            if row[name] > floor[name] + 0.0005:
                found.append(f"{' '.join(key_of(row))}: {name} {row[name]}, was {floor[name]}")
    gone = {key for key in floors if key[:2] in ran} - {key_of(row) for row in rows}
    return found + [f"{' '.join(key)}: traffic.csv has it, and it did not run" for key in sorted(gone)]


def missed(rows, exceptions):
    """Lines of what is above its target and not listed."""
    return [f"{' '.join(key_of(row))}: {name} {row[name]}, expected {TARGETS[name]} at most, or a "
            f"reason in {EXCEPTIONS.name}" for row in rows for name in above(row)
            if not exceptions.reason_of({**row, "figure": name})]


def unneeded(exceptions, ran):
    """Rows of the exceptions that nothing needed, of those whose devices and cases all ran."""
    def has_run(row):
        return all((device, case) in ran for device in fnmatch.filter(DEVICES, row["device"])
                   for case in fnmatch.filter(CASES, row["case"]))
    return exceptions.unused(has_run)


def judge(rows, ran, refresh):
    """Compares with the checked-in files, or writes them. Returns lines of what fails."""
    exceptions = known.Known(EXCEPTIONS, KEY + ("figure", "reason"))
    failed, floors = missed(rows, exceptions), read_floors()
    unused = unneeded(exceptions, ran)
    for row in unused:
        print(f"note: {EXCEPTIONS.name}: {'removed' if refresh else 'not needed any more'}:", ",".join(row.values()))
    if not refresh:
        return failed + complaints(rows, floors, ran)
    kept = {key: floor for key, floor in floors.items() if key[:2] not in ran}
    write_floors({**kept, **{key_of(row): row for row in rows}})
    exceptions.remove(unused)
    return failed


def main():
    if sys.argv[1:] == ["--list"]:  # for CMake
        print("\n".join(CASES))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("plugin", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--device", action="append", choices=list(DEVICES))
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--places", action="store_true")
    args = parser.parse_args()
    ran = [(device, case) for case in args.case or CASES for device in args.device or DEVICES]
    print(line_of(HEADINGS))
    rows = []
    for device, case in ran:
        for row in rows_of(args, device, case):
            show(row, args.places)
            rows.append(row)
    print("! above the target: " + ", ".join(f"{name} {target}" for name, target in TARGETS.items()))
    failed = judge(rows, ran, args.refresh)
    print("\n".join(failed))
    if failed:
        sys.exit("this misses its target, or differs from tests/vendors/traffic.csv; if it has to be: traffic.py --refresh")


if __name__ == "__main__":
    main()
