"""Every kernel of typical layers through the vendors' own compilers, without a GPU.

Usage: test_vendors.py CONVLENS FOLDER VENDOR… [--refresh] [--all] [--sweep FILE.ini]…
FOLDER, in the build tree, takes compilers (fetch.py), kernels and results; a program that was compiled before is not
compiled again. VENDOR: amd, intel, nvidia.
--refresh writes what was found to baseline.csv and docs/gpu.md, and takes out of exceptions.csv what no target needs any more.
--all prints each kernel. --sweep takes these layers in place
of layers.ini and training.ini; nothing is compared with baseline.csv then.

What is asserted is in judge.py. Exit status: 0; 1 where something fails that exceptions.csv does not list; 77 (skipped) where
a compiler cannot be had.
"""
import argparse
import json
import math
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "python"))
import children  # pylint: disable=wrong-import-position
import fetch
import jobs
import judge
import tables
import targets

SWEEPS = [f"{HERE}/layers.ini", f"{HERE}/training.ini"]
# Products in half arithmetic, of a few of the layers
HALF_ROWS = ["--tuning", "half_rows=8", "--dtype", "f16", "--layer", "resnet_*,pointwise_56,mobilenet_7", "--variant",
             "direct,pw_direct,sep_unfused"]


def emitted(program, preset, sweeps, folder, options=()):
    """kernels.json of the sweeps' plans on a described device, and the sources by name."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    done = children.run([program, "plan", *sweeps, "--device-spec", preset, "--emit-kernels", folder, "--quiet", *options],
                        stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"plan --device-spec {preset}: exit status {done.returncode}: {done.stderr}")
    with open(f"{folder}/kernels.json", encoding="utf-8") as file:
        document = json.load(file)
    assert document["schema"] == "kernels:1", document["schema"]
    sources = {}
    for name in {kernel["source"] for kernel in document["kernels"]}:
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            sources[name] = file.read()
    return document, sources


def emitted_in_half(program, device, folder):
    """The same of HALF_ROWS: the kernels of products alone, as of the type "half". NVIDIA's own driver does not offer half
    arithmetic, and others for its devices do: the description has it."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/device.json", "w", encoding="utf-8") as file:
        json.dump({**device, "has_half": True}, file)
    document, sources = emitted(program, f"{folder}/device.json", SWEEPS[:1], f"{folder}/kernels", HALF_ROWS)
    kernels = [dict(kernel, dtype="half") for kernel in document["kernels"] if "-DHALF_ROWS=8" in kernel["options"]]
    return kernels, sources


def channels_of(problem):
    """What divides the channels of every tensor of a problem's text, for each group of channels."""
    counts = {name: int(number) for name, number in re.findall(r"(g|ic|oc|mc)(\d+)", problem.partition(":")[2].partition("n\"")[0])}
    groups = counts.pop("g", 1)
    return math.gcd(*(count // groups for count in counts.values()))


def launch_of(target, cores, kernel, result):
    items = kernel["local"][0] * kernel["local"][1] * kernel["local"][2]
    figures, error = None, result.get("error", "")
    if not error:
        figures = result["kernels"].get(kernel["kernel"])
        error = "" if figures else "the program does not have it"
    return judge.Launch(target, kernel["layer"], kernel["layout"], kernel["dtype"], kernel["variant"], kernel["kernel"], items,
                        kernel["groups"], cores, kernel["local_bytes"], figures, error, channels_of(kernel["problem"]))


def launches_of(vendor, program, folder, sweeps):
    """Compiles everything for the vendor's targets. Returns launches, and the compiler of each target."""
    compilers = jobs.Compilers(vendor, folder)
    chosen = [target for target in targets.TARGETS if target.vendor == vendor]
    for target in chosen:
        compilers.check(target)
    plans = {preset: emitted(program, preset, sweeps, f"{folder}/kernels/{vendor}-{preset}")
             for preset in sorted({target.preset for target in chosen})}
    for preset, (document, sources) in plans.items() if sweeps is SWEEPS else ():
        more, texts = emitted_in_half(program, document["device"], f"{folder}/kernels/{vendor}-{preset}-half")
        document["kernels"] += more
        sources.update(texts)
    wanted = {}
    for target in chosen:
        document, sources = plans[target.preset]
        for kernel in document["kernels"]:
            wanted.setdefault((target, sources[kernel["source"]], kernel["options"]), set()).add(kernel["kernel"])
    results = compilers.all_figures(wanted)
    launches = []
    for target in chosen:
        document, sources = plans[target.preset]
        cores = document["device"]["compute_units"] / target.units
        launches += [launch_of(target, cores, kernel, results[target, sources[kernel["source"]], kernel["options"]])
                     for kernel in document["kernels"]]
    print(f"{vendor}: {len(launches)} launches of {len(wanted)} programs on {len(chosen)} targets")
    return launches, {target.name: compilers.versions(target) for target in chosen}


def failures_of(launches, exceptions):
    """Lines of what fails, and of what is known to, each once."""
    failed, known = {}, {}
    for launch in launches:
        for check, what in judge.checks_of(launch):
            reason = exceptions.reason(check, launch)
            place = f"{launch.target.name} {launch.layer} {launch.layout} {launch.dtype} {launch.variant} {launch.kernel}"
            (known if reason else failed)[f"{check}: {place}: {what}"] = reason
    return list(failed), known


def judge_all(launches, compilers, arguments):
    exceptions = judge.Exceptions(f"{HERE}/exceptions.csv")
    baseline = judge.Baseline(f"{HERE}/baseline.csv")
    failed, known = failures_of(launches, exceptions)
    worst = judge.worst_of(launches)
    default = not arguments.sweep
    worse, notes = baseline.compare(worst, compilers) if default and not arguments.refresh else ([], [])
    for line in failed:
        print("FAILED", line)
    for line in worse:
        print("WORSE", line)
    for line in notes:
        print("note:", line)
    if notes:
        print("To take over what changed: the same command with --refresh")
    unused = exceptions.unused_of(compilers) if default else []
    for row in unused:
        print(f"note: exceptions.csv: {'removed' if arguments.refresh else 'not needed any more'}:", ",".join(row.values()))
    print(f"{len(failed)} failed, {len(known)} known failures, {len(worse)} worse than baseline.csv, {len(notes)} notes")
    if arguments.refresh:
        baseline.write(worst, compilers)
        exceptions.remove(unused)
    return 1 if failed or worse else 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("vendors", nargs="+", choices=sorted(jobs.SETS))
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--sweep", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.refresh and arguments.sweep:
        parser.error("--refresh is of the default layers")
    program, folder = os.path.abspath(arguments.program), os.path.abspath(arguments.folder)
    launches, compilers = [], {}
    for vendor in arguments.vendors:
        try:
            more, versions = launches_of(vendor, program, folder, arguments.sweep or SWEEPS)
        except fetch.Skipped as reason:
            print(f"SKIP: {vendor}: {reason}")
            return 77
        launches += more
        compilers.update(versions)
    for line in tables.table(launches, arguments.all):
        print(line)
    status = judge_all(launches, compilers, arguments)
    if arguments.refresh:
        tables.write_page(f"{HERE}/../../docs/gpu.md", launches, compilers)
    return status


if __name__ == "__main__":
    sys.exit(main())
