"""What tracing costs: cost.py PROGRAM COST LAYER [ARGUMENT…].

Nanoseconds a call in a loop of clCreateBuffer and clReleaseMemObject (COST, tests/trace/cost.c), plain,
with the LAYER that every run of convlens has, and traced; then `convlens run ARGUMENT…`, plain and
traced: wall time and the medians of its rows. All in turns in one go, on whatever devices OpenCL shows. It prints, and judges
nothing: times on a shared machine are no test.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, COST, LAYER = sys.argv[1:4]
TURNS = 5


def run(*command, **options):
    done = children.run(command, stderr=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        sys.exit(f"{command}: exit status {done.returncode}")
    return done.stdout


def cost(prefix=(), **environment):
    return float(run(*prefix, COST, env={**os.environ, **environment}))


def calls():
    ways = {
        "plain": cost,
        "layer": lambda: cost(OPENCL_LAYERS=LAYER),
        "traced": lambda: cost((PROGRAM, "trace", "--")),
    }
    samples = {way: [] for way in ways}
    for _ in range(TURNS):
        for way, run in ways.items():
            samples[way].append(run())
    plain = statistics.median(samples["plain"])
    for way, values in samples.items():
        middle = statistics.median(values)
        print(f"{way:7} {middle:7.0f} ns a call, {middle - plain:+6.0f} ns (lowest {min(values):.0f}, "
              f"highest {max(values):.0f})")


def rows_of(folder, prefix, arguments, number):
    results = os.path.join(folder, f"{number}.json")
    begin = time.monotonic()
    run(*prefix, PROGRAM, "run", *arguments, "--no-measure", "--store", os.path.join(folder, f"{number}.db"),
        "--format", f"json:{results}")
    wall = time.monotonic() - begin
    with open(results, encoding="utf-8") as stream:
        rows = json.load(stream)["rows"]
    return wall, {(r["problem"], r["layout"], r["variant"]): r["time"]["median_s"]
                  for r in rows if r["status"] == "ok"}


def sweeps(arguments):
    walls = {"plain": [], "traced": []}
    medians = {"plain": [], "traced": []}
    with tempfile.TemporaryDirectory() as folder:
        rows_of(folder, (), arguments, "warm")
        for turn in range(TURNS):
            for way, prefix in (("plain", ()), ("traced", (PROGRAM, "trace", "--"))):
                wall, rows = rows_of(folder, prefix, arguments, f"{way}{turn}")
                walls[way].append(wall)
                medians[way].append(rows)
    ratios = []
    for key in medians["plain"][0]:
        plain, traced = (statistics.median(rows[key] for rows in medians[way]) for way in walls)
        ratios.append(traced / plain)
    plain, traced = (statistics.median(walls[way]) for way in walls)
    print(f"sweep: wall {plain:.2f} s plain, {traced:.2f} s traced, ratio {traced / plain:.4f}")
    print(f"rows: {len(ratios)}, ratio of medians traced/plain: geometric mean "
          f"{statistics.geometric_mean(ratios):.4f}, from {min(ratios):.3f} to {max(ratios):.3f}")


calls()
if len(sys.argv) > 4:
    sweeps(sys.argv[4:])
