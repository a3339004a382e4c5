"""Two vendors' drivers on one processor: two_drivers.py [OPTION...] PROGRAM FOLDER INTEL [SWEEP.ini...]

Measures the peaks of PoCL's device and of Intel's, runs each layer of the sweeps on both, one after the other, and
prints Markdown: the peaks; each layer's fastest variant on either; each variant of each layer; where Intel's runtime takes
more than 1.3 times as long; and the geometric mean of each variant's ratios. Ratios are Intel's time over PoCL's: below 1,
Intel's runtime is faster. A row has the ratio of the medians and that of the shortest samples: where only the first
is large, launches or other programs are the cause, and not the kernels' code. INTEL is the folder that
tests/device/intel.sh made; FOLDER must not exist yet, and keeps the store and a CSV of the rows (`two_drivers.csv`).
No test: it depends on how quiet the machine is.
"""
import argparse
import collections
import csv
import json
import math
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SWEEPS = [os.path.join(HERE, "..", "..", "configs", name) for name in ("seed.ini", "mobilenet_v1.ini")]
PLATFORMS = {"Portable Computing Language": "PoCL", "Intel(R) OpenCL": "Intel"}
PEAKS = (("f32_flops_per_s", "multiply-adds, f32, GFLOP/s", 1e-9), ("f16_flops_per_s", "multiply-adds, f16, GFLOP/s", 1e-9),
         ("read_bytes_per_s", "memory read, GB/s", 1e-9), ("write_bytes_per_s", "memory write, GB/s", 1e-9),
         ("copy_bytes_per_s", "memory copy, GB/s", 1e-9), ("local_bytes_per_s", "local memory read, GB/s", 1e-9),
         ("launch_s", "launch and wait, us", 1e6), ("gap_s", "from kernel to kernel, us", 1e6))
# From here on a cause is wanted.
SLOWER = 1.3

Case = collections.namedtuple("Case", "layer form variant layout")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="0.1", help="seconds for each row")
    parser.add_argument("--layout", default="nhwc,nchw")
    parser.add_argument("--layer", default="*", help="a glob")
    parser.add_argument("--variant", default="*", help="globs")
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("intel")
    parser.add_argument("sweeps", nargs="*", default=SWEEPS)
    return parser.parse_args()


def convlens(options, *words):
    """The JSON that a command prints."""
    environment = {**os.environ, "OCL_ICD_VENDORS": os.path.join(options.folder, "icd"), "POCL_AFFINITY": "1"}
    out = subprocess.run([os.path.abspath(options.program), *words, "--format", "json", "-q"], env=environment,
                         stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False)
    if out.returncode not in (0, 1, 4):
        sys.exit(f"convlens {' '.join(words)}: exit status {out.returncode}")
    return json.loads(out.stdout)


def make_icd_folder(options):
    """PoCL as it is installed, and the library in INTEL."""
    icd = os.path.join(options.folder, "icd")
    os.makedirs(icd)
    with open("/etc/OpenCL/vendors/pocl.icd", encoding="utf-8") as stream:
        libraries = {"pocl": stream.read(), "intel": os.path.join(os.path.abspath(options.intel), "lib", "libintelocl.so\n")}
    for name, library in libraries.items():
        with open(os.path.join(icd, name + ".icd"), "w", encoding="utf-8") as stream:
            stream.write(library)


def measure_peaks(options, store):
    """Device key by driver, after its peaks are printed and in the store."""
    devices = {PLATFORMS.get(device["platform"]): device
               for device in convlens(options, "devices", "--measure", "--store", store)["devices"]}
    if set(devices) != {"PoCL", "Intel"}:
        sys.exit(f"not one device of PoCL and one of Intel: {list(devices)}")
    print("| at most | PoCL | Intel | Intel over PoCL |\n|---|---:|---:|---:|")
    for member, words, scale in PEAKS:
        pair = [(devices[name]["peaks"] or {}).get(member) for name in ("PoCL", "Intel")]
        cells = ["" if value is None else f"{value * scale:.3g}" for value in pair]
        ratio = f"{pair[1] / pair[0]:.2f}" if all(pair) else ""
        print(f"| {words} | {cells[0]} | {cells[1]} | {ratio} |")
    return {device["key"]: name for name, device in devices.items()}


def pairs_of(options, store, sweep, names):
    """Both drivers' times of each row that is ok and timed on both; layer by layer, so that they are seconds apart."""
    planned = convlens(options, "plan", sweep, "--layer", options.layer)["rows"]
    found = {}
    for layer in dict.fromkeys(row["layer"] for row in planned):
        document = convlens(options, "run", sweep, "--layer", layer, "--layout", options.layout, "--budget", options.budget,
                            "--variant", options.variant, "--tuning", "none", "--no-measure", "--store", store)
        for row in document["rows"]:
            if row["status"] not in ("ok", "unsupported"):
                print(f"{row['device']} {layer} {row['variant']}: {row['status']}: {row['reason']}", file=sys.stderr)
            elif row["status"] == "ok" and (row["time"] or {}).get("median_s"):
                case = Case(layer, row["form"], row["variant"], row["layout"])
                found.setdefault(case, {})[names[row["device"]]] = row["time"]
    return {case: pair for case, pair in found.items() if len(pair) == 2}


def ratio_of(pair, member="median_s"):
    """Intel's time over PoCL's."""
    return pair["Intel"][member] / pair["PoCL"][member]


def microseconds(time):
    return f"{1e6 * time['median_s']:.1f}{'?' if time['doubt'] else ''}"


def marked(ratio):
    return f"**{ratio:.2f}**" if ratio > SLOWER else f"{ratio:.2f}"


def print_fastest(pairs):
    best = {}
    for case, pair in pairs.items():
        here = best.setdefault((case.layer, case.form, case.layout), {})
        for name, time in pair.items():
            if name not in here or time["median_s"] < here[name][1]["median_s"]:
                here[name] = (case.variant, time)
    print("\n| layer | form | layout | PoCL, us | Intel, us | Intel over PoCL |\n|---|---|---|---:|---:|---:|")
    for (layer, form, layout), found in best.items():
        cells = [f"`{found[name][0]}` {microseconds(found[name][1])}" for name in ("PoCL", "Intel")]
        ratio = found["Intel"][1]["median_s"] / found["PoCL"][1]["median_s"]
        print(f"| {layer} | {form} | {layout} | {cells[0]} | {cells[1]} | {marked(ratio)} |")


def print_rows(pairs, title):
    print(f"\n{title}\n\n| layer | form | layout | variant | PoCL, us | Intel, us | Intel over PoCL | of the shortest samples |")
    print("|---|---|---|---|---:|---:|---:|---:|")
    for case, pair in pairs.items():
        print(f"| {case.layer} | {case.form} | {case.layout} | `{case.variant}` | {microseconds(pair['PoCL'])} | "
              f"{microseconds(pair['Intel'])} | {marked(ratio_of(pair))} | {marked(ratio_of(pair, 'min_s'))} |")


def print_variants(pairs):
    ratios = {}
    for case, pair in pairs.items():
        ratios.setdefault((case.variant, case.layout), []).append((ratio_of(pair), case.layer))
    print("\n| variant | layout | layers | geometric mean | largest | above 1.3 |\n|---|---|---:|---:|---|---:|")
    for (variant, layout), found in sorted(ratios.items()):
        mean = math.exp(sum(math.log(ratio) for ratio, _ in found) / len(found))
        print(f"| `{variant}` | {layout} | {len(found)} | {marked(mean)} | {max(found)[0]:.2f}, {max(found)[1]} | "
              f"{sum(ratio > SLOWER for ratio, _ in found)} |")


def write_csv(path, pairs):
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*Case._fields, "pocl_s", "intel_s", "pocl_min_s", "intel_min_s", "pocl_doubt", "intel_doubt"])
        for case, pair in pairs.items():
            both = (pair["PoCL"], pair["Intel"])
            writer.writerow([*case, *(time["median_s"] for time in both), *(time["min_s"] for time in both),
                             *(time["doubt"] for time in both)])


def main():
    options = arguments()
    make_icd_folder(options)
    store = os.path.join(options.folder, "two_drivers.db")
    names = measure_peaks(options, store)
    pairs = {}
    for sweep in options.sweeps:
        pairs.update(pairs_of(options, store, sweep, names))
    write_csv(os.path.join(options.folder, "two_drivers.csv"), pairs)
    print_fastest(pairs)
    print_rows(pairs, "Every row:")
    slower = sorted(((case, pair) for case, pair in pairs.items() if ratio_of(pair) > SLOWER),
                    key=lambda item: -ratio_of(item[1]))
    print_rows(dict(slower), f"{len(slower)} of {len(pairs)} rows in which Intel's runtime takes more than {SLOWER} times as long:")
    print_variants(pairs)


main()
