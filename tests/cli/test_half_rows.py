"""Products in half arithmetic, to the last bit: usage: test_half_rows.py CONVLENS FOLDER

Runs products with the tiles of a device that computes in half (--as), on every device of this environment, and computes
each output anew in the kernel's order: rows of the patch matrix are multiplied and added up in half, some at a time, and
these sums are added in float. A device without half arithmetic rounds each operation, and must give the same bits.
"""
import json
import os
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
# Channels are multiples of 8: no step of rows ends early.
CASES = [
    ("pointwise:ic64ih6iw7oc24kh1kw1", "pw_direct", 8),
    ("pointwise:mb2ic16ih5oc9kh1", "direct", 2),
    ("standard:ic32ih6iw5oc20kh3kw3ph1pw1", "implicit_gemm", 4),
    ("standard:ic24ih7oc16kh3ph1", "direct", 8),
]
SPEC = os.path.join(FOLDER, "described.json")


def describe():
    """A device that computes in half, and aligns parts of a buffer to what any device here does."""
    done = children.run([PROGRAM, "plan", "--problem", CASES[0][0], "--device-spec", "mi250x", "--format", "json"])
    facts = json.loads(done.stdout)["devices"][0]
    with open(SPEC, "w", encoding="utf-8") as stream:
        json.dump(dict(facts, base_align_bytes=4096), stream)


def multiply_add(a, b, c):
    """Rounded once. Halves below 16 are multiples of 2^-24, so that this is exact in 53 bits until it is rounded."""
    return (a * b + c).astype(np.float16).astype(np.float64)


def patches(x, kernel):
    """Pixels x rows, of N C H W: rows are kernel row, kernel column, channel; padding is as large as output = input needs."""
    n, channels, height, width = x.shape
    pad = kernel // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    taps = [padded[:, :, r:r + height, s:s + width] for r in range(kernel) for s in range(kernel)]
    return np.stack(taps).transpose(1, 3, 4, 0, 2).reshape(n * height * width, kernel * kernel * channels)


def product(rows, weights, count):
    """Of pixels x rows and rows x outputs."""
    total = np.zeros((rows.shape[0], weights.shape[1]), np.float32)
    for first in range(0, rows.shape[1], count):
        part = np.zeros(total.shape)
        for row in range(first, first + count):
            part = multiply_add(rows[:, row, None], weights[None, row], part)
        total += part.astype(np.float32)
    return total.astype(np.float16).astype(np.float32)


def check_row(row, folder, count):
    load = lambda name: np.load(os.path.join(folder, name + ".npy")).astype(np.float64)
    nchw = (lambda t: t) if row["layout"] == "nchw" else (lambda t: t.transpose(0, 3, 1, 2))
    x, weights, got = nchw(load("input")), load("weights"), nchw(load("output"))
    expected = product(patches(x, weights.shape[2]), weights.transpose(2, 3, 1, 0).reshape(-1, weights.shape[0]), count)
    got = got.transpose(0, 2, 3, 1).reshape(expected.shape)
    assert np.array_equal(got, expected), (folder, np.abs(got - expected).max())
    check = row["check"]
    assert check["passed"] and check["tolerance"] > 0.75 * count / 2048 * count ** 0.5, check
    stage = next(stage for stage in row["stages"] if stage["note"])
    assert stage["note"].startswith(f"sums of {count} rows in half arithmetic add "), stage
    assert f"half_rows={count}" in row["repro"] and row["tuning"]["half_rows"] == count, row


def run(text, variant, count, dump):
    """The rows of a problem, with their tensors in a folder; None: no device."""
    shutil.rmtree(dump, ignore_errors=True)
    done = children.run(
        [PROGRAM, "run", "--problem", text, "--variant", variant, "--dtype", "f16", "--as", SPEC, "--tuning",
         f"half_rows={count},splits=1", "--format", "json", "--budget", "0.001", "--store", os.path.join(FOLDER, "half.db"),
         "--dump-tensors", dump])
    if done.returncode == 3 and "CVL_TEST_IMPLEMENTATION" not in os.environ:
        print("SKIP: " + done.stderr.strip())
        return None
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


def main():
    checked = 0
    describe()
    for number, (text, variant, count) in enumerate(CASES):
        dump = os.path.join(FOLDER, f"dump{number}")
        rows = run(text, variant, count, dump)
        if rows is None:
            return 77
        assert {row["layout"] for row in rows} == {"nhwc", "nchw"}, rows
        for row in rows:
            assert row["status"] == "ok", row["reason"]
            device = row["device"].replace(":", ".")
            check_row(row, os.path.join(dump, f"{device}-{variant}-{row['layout']}-f16-1"), count)
            checked += 1
    print(f"{checked} rows have the bits of half arithmetic")
    return 0


os.makedirs(FOLDER, exist_ok=True)
sys.exit(main())
