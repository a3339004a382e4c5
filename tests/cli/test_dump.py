"""Dumped tensors against NumPy: usage: test_dump.py CONVLENS FOLDER

Runs odd problems of every form with --dump-tensors on every device of this environment, and computes each answer anew
from the dumped input and weights.
"""
import json
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

try:
    import numpy as np
except ImportError:
    print("SKIP: NumPy is not installed")
    sys.exit(77)

PROGRAM, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
PROBLEMS = [
    "separable:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2",
    "separable:mb2ic5ih9iw11oc7kh3kw5sh2sw1ph1pw2dm3",
    "inverted:mb2ic5ih9iw7oc6kh3kw3sh2sw2ph1pw1mc11",
    "inverted:ic6ih8iw9oc6kh3kw3ph1pw1mc13res1",
    "mb2g3ic6ih11iw7oc9kh3kw3ph1pw1dh1dw1",
    "ic3ih8oc2oh4kh3sh2ph0",
    "depthwise:g5ic5ih9oc5kh5sh2ph2",
    "pointwise:mb2ic7ih5iw3oc11kh1kw1ph0pw0",
]


def dimensions(text):
    """The canonical text as numbers, with its defaults."""
    found = {key: int(value) for key, value in re.findall(r"([a-z]+)(\d+)", text.split(":")[-1])}
    for key, default in (("mb", 1), ("g", 1), ("sh", 1), ("ph", 0), ("dh", 0)):
        found.setdefault(key, default)
    for key in ("i", "o", "k", "s", "p", "d"):
        found.setdefault(key + "w", found.get(key + "h"))
    return found


def convolve(x, weights, d, groups):
    """x: N C H W in double; weights: O (C/groups) KH KW."""
    n, _, ih, iw = x.shape
    oc, cg, kh, kw = weights.shape
    height = (d["oh"] - 1) * d["sh"] + (kh - 1) * (d["dh"] + 1) + 1
    width = (d["ow"] - 1) * d["sw"] + (kw - 1) * (d["dw"] + 1) + 1
    padded = np.zeros((n, x.shape[1], max(height, ih + d["ph"]), max(width, iw + d["pw"])))
    padded[:, :, d["ph"]:d["ph"] + ih, d["pw"]:d["pw"] + iw] = x
    out = np.zeros((n, oc, d["oh"], d["ow"]))
    for g in range(groups):
        k = slice(g * oc // groups, (g + 1) * oc // groups)
        part = padded[:, g * cg:(g + 1) * cg]
        for r in range(kh):
            for s in range(kw):
                top, left = r * (d["dh"] + 1), s * (d["dw"] + 1)
                window = part[:, :, top:top + (d["oh"] - 1) * d["sh"] + 1:d["sh"],
                              left:left + (d["ow"] - 1) * d["sw"] + 1:d["sw"]]
                out[:, k] += np.einsum("nchw,kc->nkhw", window, weights[k, :, r, s])
    return out


def answer(folder, x, text):
    d = dimensions(text)
    load = lambda name: np.load(os.path.join(folder, name + ".npy")).astype(np.float64)
    pointwise = lambda x, name: np.einsum("nchw,kc->nkhw", x, load(name)[:, :, 0, 0])
    if not text.startswith(("separable", "inverted")):
        return convolve(x, load("weights"), d, d["g"])
    wide = pointwise(x, "weights_ex") if text.startswith("inverted") else x
    between = convolve(wide, load("weights_dw"), d, wide.shape[1])
    return pointwise(between, "weights_pw") + (x if d.get("res") else 0.0)


def check_row(row, folder):
    """The row's tensors; those of f16 carry the rounding of a half."""
    nchw = (lambda t: t) if row["layout"] == "nchw" else (lambda t: t.transpose(0, 3, 1, 2))
    x = nchw(np.load(os.path.join(folder, "input.npy")).astype(np.float64))
    got = np.load(os.path.join(folder, "output.npy"))
    expected = answer(folder, x, row["problem"])
    tolerance = 1e-4 if row["dtype"] == "f32" else 1e-2
    assert got.dtype == np.float32 and nchw(got).shape == expected.shape, (folder, got.shape)
    error = np.abs(nchw(got) - expected).max()
    assert error <= tolerance, (folder, error)


def run(text, dump):
    """The rows of a problem, with their tensors in a folder; None: no device."""
    shutil.rmtree(dump, ignore_errors=True)
    done = children.run(
        [PROGRAM, "run", "--problem", text, "--dtype", "f32,f16", "--no-measure", "--format", "json",
         "--budget", "0.001", "--store", os.path.join(FOLDER, "dump.db"), "--dump-tensors", dump])
    if done.returncode == 3 and "CVL_TEST_IMPLEMENTATION" not in os.environ:
        print("SKIP: " + done.stderr.strip())
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


def check_rows(rows, dump):
    """Every row that has an answer; two variants at least compute each problem in each layout and type."""
    checked = dict.fromkeys(((layout, dtype) for layout in ("nhwc", "nchw") for dtype in ("f32", "f16")), 0)
    for row in rows:
        if row["status"] != "ok":
            assert row["status"] == "unsupported" and row["reason"], row
            continue
        device = row["device"].replace(":", ".")
        folder = f"{device}-{row['variant']}-{row['layout']}-{row['dtype']}-1"
        check_row(row, os.path.join(dump, folder))
        checked[row["layout"], row["dtype"]] += 1
    assert min(checked.values()) >= 2, (rows[0]["problem"], checked)
    return sum(checked.values())


def main():
    checked = 0
    for number, text in enumerate(PROBLEMS):
        dump = os.path.join(FOLDER, f"dump{number}")
        rows = run(text, dump)
        if rows is None:
            return 77
        checked += check_rows(rows, dump)
    print(f"{checked} rows agree with NumPy")
    return 0


os.makedirs(FOLDER, exist_ok=True)
sys.exit(main())
