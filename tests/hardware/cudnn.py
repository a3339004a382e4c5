"""cuDNN's times beside ours: cudnn.py PROGRAM DEVICE FOLDER PART...

FOLDER/PART.json are results of convlens. For each layer of theirs in f32, the fastest variant is timed again, in turns
with PyTorch's convolution on CUDA (cuDNN, TF32 off, its own choice of algorithm), with channels last and first. Both
compute the same shapes on the device's own clock. Writes cudnn.json, cudnn.csv and cudnn.md.
"""
import csv
import json
import os
import re
import statistics
import subprocess
import sys

import torch

TURNS, BURST_S, FORMATS = 3, 0.02, {"nhwc": torch.channels_last, "nchw": torch.contiguous_format}
FIELDS = ("layer", "form", "problem", "variant", "layout", "ours_s", "cudnn_nhwc_s", "cudnn_nchw_s", "ratio")


def dimensions(text):
    """The canonical text of a problem as numbers; a side that is not given is as the side before it."""
    body = text.split(":", 1)[1].split('"')[0].rstrip("n")
    found = {"mb": 1, "g": 1, "dh": 0, "sh": 1, "ph": 0}
    found.update((name, int(value)) for name, value in re.findall(r"([a-z]+)(\d+)", body))
    for high, wide in (("ih", "iw"), ("oh", "ow"), ("kh", "kw"), ("sh", "sw"), ("ph", "pw"), ("dh", "dw")):
        found.setdefault(wide, found.get(high))
    return found


def convolutions_of(form, d):
    """(groups, output channels, window, stride, pads before and after, dilation) of each convolution of a form."""
    def pads(side):
        low = d["p" + side]
        need = (d["o" + side] - 1) * d["s" + side] + (d["k" + side] - 1) * (d["d" + side] + 1) + 1
        return low, max(0, need - d["i" + side] - low)

    stride, dilation = (d["sh"], d["sw"]), (d["dh"] + 1, d["dw"] + 1)
    window, pad = (d["kh"], d["kw"]), pads("w") + pads("h")
    if form == "separable":
        return [(d["ic"], d["ic"], window, stride, pad, dilation), (1, d["oc"], (1, 1), (1, 1), (0,) * 4, (1, 1))]
    return [(d["g"], d["oc"], window, stride, pad, dilation)]


def cudnn_call(form, d, memory_format):
    """A function that runs the convolutions once. Padding that differs before and after is made beforehand."""
    x = torch.randn(d["mb"], d["ic"], d["ih"], d["iw"], device="cuda").to(memory_format=memory_format)
    parts, channels = [], d["ic"]
    for groups, outputs, window, stride, pad, dilation in convolutions_of(form, d):
        weights = torch.randn(outputs, channels // groups, *window, device="cuda").to(memory_format=memory_format)
        even = pad[0] == pad[1] and pad[2] == pad[3]
        if not even:
            x = torch.nn.functional.pad(x, pad).contiguous(memory_format=memory_format)
        parts.append((weights, stride, (pad[2], pad[0]) if even else (0, 0), dilation, groups))
        channels = outputs

    def call():
        y = x
        for weights, stride, padding, dilation, groups in parts:
            y = torch.nn.functional.conv2d(y, weights, None, stride, padding, dilation, groups)
        return y

    return call


def burst(call, count):
    """Seconds of one call, of `count` back to back."""
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(count):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1e3 / count


def cudnn_time(call):
    for _ in range(3):  # cuDNN tries its algorithms at the first call
        call()
    count = max(1, min(1000, int(BURST_S / max(burst(call, 3), 1e-6))))
    return statistics.median(burst(call, count) for _ in range(5))


def our_time(program, device, row):
    command = [program, "run", "--problem", row["problem"], "--variant", row["variant"], "--layout", row["layout"],
               "--dtype", "f32", "--device", device, "--tuning", "none", "--no-measure", "--budget", "0.05", "-q",
               "--store", "cudnn.db", "--format", "json"]
    out = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
    rows = json.loads(out.stdout)["rows"] if out.returncode == 0 else []
    return rows[0]["time"]["median_s"] if rows and rows[0]["status"] == "ok" else None


def fastest_rows(folder, parts):
    best = {}
    for part in parts:
        path = os.path.join(folder, part + ".json")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as stream:
            rows = json.load(stream)["rows"]
        for row in rows:
            key = (part, row["layer"], row["form"])
            median = (row["time"] or {}).get("median_s")
            if row["status"] == "ok" and row["dtype"] == "f32" and row["form"] != "inverted" and median and \
                    (key not in best or median < best[key]["time"]["median_s"]):
                best[key] = row
    return [{**row, "layer": f"{part}/{layer}"} for (part, layer, _), row in best.items()]


def compare(program, device, row):
    d = dimensions(row["problem"])
    calls = {name: cudnn_call(row["form"], d, memory_format) for name, memory_format in FORMATS.items()}
    for name, call in calls.items():
        if tuple(call().shape) != (d["mb"], d["oc"], d["oh"], d["ow"]):
            sys.exit(f"{row['problem']}: cuDNN's output is {tuple(call().shape)} in {name}")
    ours, theirs = [], {name: [] for name in FORMATS}
    for _ in range(TURNS):
        ours.append(our_time(program, device, row))
        for name, call in calls.items():
            theirs[name].append(cudnn_time(call))
    ours = [time for time in ours if time]
    line = {"layer": row["layer"], "form": row["form"], "problem": row["problem"], "variant": row["variant"],
            "layout": row["layout"], "ours_s": statistics.median(ours) if ours else None}
    line.update((f"cudnn_{name}_s", statistics.median(times)) for name, times in theirs.items())
    best = min(line["cudnn_nhwc_s"], line["cudnn_nchw_s"])
    return {**line, "ratio": best / line["ours_s"] if ours else None}


def text(value):
    return "" if value is None else f"{value:.6g}"


def write(folder, lines):
    with open(os.path.join(folder, "cudnn.json"), "w", encoding="utf-8") as stream:
        json.dump({"torch": torch.__version__, "cudnn": torch.backends.cudnn.version(),
                   "device": torch.cuda.get_device_name(), "tf32": False, "layers": lines}, stream, indent=1)
    with open(os.path.join(folder, "cudnn.csv"), "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        writer.writeheader()
        writer.writerows({**line, "problem": line["problem"].split('"')[0]} for line in lines)
    with open(os.path.join(folder, "cudnn.md"), "w", encoding="utf-8") as stream:
        stream.write("Ratios are cuDNN's better time over ours: above 1, we are faster. f32, TF32 off; microseconds.\n\n"
                     "| layer | form | ours | us | cuDNN, channels last | channels first | ratio |\n"
                     "|---|---|---|---:|---:|---:|---:|\n")
        for line in lines:
            times = [text(line[name] and 1e6 * line[name]) for name in ("ours_s", "cudnn_nhwc_s", "cudnn_nchw_s")]
            stream.write(f"| `{line['layer']}` | {line['form']} | `{line['variant']}` {line['layout']} | "
                         f"{' | '.join(times)} | {text(line['ratio'])} |\n")


def main():
    program, device, folder = os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])
    os.chdir(folder)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    lines = []
    for row in fastest_rows(folder, sys.argv[4:]):
        lines.append(compare(program, device, row))
        write(folder, lines)  # what there is, should time run out
        print(lines[-1]["layer"], lines[-1]["form"], text(lines[-1]["ratio"]), flush=True)
    if not lines:
        sys.exit("no layer was timed in f32")


main()
