"""Two vendors' drivers on one processor: two_drivers.py [OPTION...] PROGRAM FOLDER INTEL [SWEEP.ini...]

Measures the peaks of PoCL's device and of Intel's, runs each layer of the sweeps on both, one after the other, and
prints Markdown: the peaks, each layer's fastest variant on either, and the geometric mean of each variant's ratios.
Ratios are PoCL's time over Intel's: above 1, Intel's runtime is faster. INTEL is the folder that
tests/device/intel.sh made; FOLDER must not exist yet. No test: it depends on how quiet the machine is.
"""
import argparse
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


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="0.1", help="seconds for each row")
    parser.add_argument("--layout", default="nhwc,nchw")
    parser.add_argument("--layer", default="*", help="a glob")
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


def rows_of(options, store, sweep):
    """All rows that are ok and timed, layer by layer: both drivers within seconds."""
    planned = convlens(options, "plan", sweep, "--layer", options.layer)["rows"]
    found = []
    for layer in dict.fromkeys(row["layer"] for row in planned):
        document = convlens(options, "run", sweep, "--layer", layer, "--layout", options.layout, "--budget", options.budget,
                            "--tuning", "none", "--no-measure", "--store", store)
        for row in document["rows"]:
            if row["status"] not in ("ok", "unsupported"):
                print(f"{row['device']} {layer} {row['variant']}: {row['status']}: {row['reason']}", file=sys.stderr)
        found += [row for row in document["rows"] if row["status"] == "ok" and (row["time"] or {}).get("median_s")]
    return found


def fastest(rows, names):
    best = {}
    for row in rows:
        here = best.setdefault((row["layer"], row["form"], row["layout"]), {})
        name = names[row["device"]]
        if name not in here or row["time"]["median_s"] < here[name]["time"]["median_s"]:
            here[name] = row
    return best


def cell(row):
    doubt = "?" if row["time"]["doubt"] else ""
    return f"`{row['variant']}` {1e6 * row['time']['median_s']:.1f}{doubt}"


def print_layers(rows, names):
    print("\n| layer | form | layout | PoCL, us | Intel, us | ratio |\n|---|---|---|---:|---:|---:|")
    for (layer, form, layout), pair in fastest(rows, names).items():
        if len(pair) == 2:
            ratio = pair["PoCL"]["time"]["median_s"] / pair["Intel"]["time"]["median_s"]
            print(f"| {layer} | {form} | {layout} | {cell(pair['PoCL'])} | {cell(pair['Intel'])} | {ratio:.2f} |")


def print_variants(rows, names):
    times = {}
    for row in rows:
        key = (row["layer"], row["form"], row["variant"], row["layout"])
        times.setdefault(key, {})[names[row["device"]]] = row["time"]["median_s"]
    ratios = {}
    for (layer, _, variant, layout), pair in times.items():
        if len(pair) == 2:
            ratios.setdefault((variant, layout), []).append((pair["PoCL"] / pair["Intel"], layer))
    print("\n| variant | layout | layers | geometric mean | lowest |\n|---|---|---:|---:|---|")
    for (variant, layout), found in sorted(ratios.items()):
        mean = math.exp(sum(math.log(ratio) for ratio, _ in found) / len(found))
        print(f"| `{variant}` | {layout} | {len(found)} | {mean:.2f} | {min(found)[0]:.2f}, {min(found)[1]} |")


def main():
    options = arguments()
    make_icd_folder(options)
    store = os.path.join(options.folder, "two_drivers.db")
    names = measure_peaks(options, store)
    rows = [row for sweep in options.sweeps for row in rows_of(options, store, sweep)]
    print_layers(rows, names)
    print_variants(rows, names)


main()
