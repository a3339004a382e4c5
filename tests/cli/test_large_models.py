"""Models of 100 MB: usage: test_large_models.py CONVLENS FOLDER

An ONNX model with eleven convolutions of 512 to 512 channels, whose weights are in it, and a TensorFlow Lite model with as
many bytes behind its graph, are imported in little memory. Weights are holes in the files, so that nothing is written. How
long an import takes is no subject here: tests/campaigns/frameworks.py prints it.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
MODELS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "unit", "models")
LAYERS, CHANNELS, IMAGE, TAPS = 11, 512, 28, 3
LARGE, LIMIT = 100_000_000, 300_000_000


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def size(pieces):
    return sum(piece if isinstance(piece, int) else len(piece) for piece in pieces)


# A message of Protocol Buffers is a list of pieces: bytes, or the length of a hole.
def number(field, value):
    return [varint(field << 3) + varint(value)]


def message(field, pieces):
    return [varint(field << 3 | 2) + varint(size(pieces)), *pieces]


def text(field, value):
    return message(field, [value.encode()])


def tensor(name):
    dims = [piece for dim in (CHANNELS, CHANNELS, TAPS, TAPS) for piece in number(1, dim)]
    return message(5, dims + number(2, 1) + text(8, name) + message(9, [4 * CHANNELS * CHANNELS * TAPS * TAPS]))


def convolution(index):
    pads = message(5, text(1, "pads") + [piece for _ in range(4) for piece in number(8, TAPS // 2)] + number(20, 7))
    return message(1, text(1, f"t{index}") + text(1, f"w{index}") + text(2, f"t{index + 1}") + text(4, "Conv") + pads)


def value(field, name, dims):
    shape = [piece for dim in dims for piece in message(1, number(1, dim))]
    return message(field, text(1, name) + message(2, message(1, number(1, 1) + message(2, shape))))


def onnx():
    """One image through the convolutions, one after the other."""
    graph = [piece for index in range(LAYERS) for piece in convolution(index)] + text(2, "large")
    graph += [piece for index in range(LAYERS) for piece in tensor(f"w{index}")]
    graph += value(11, "t0", (1, CHANNELS, IMAGE, IMAGE)) + value(12, f"t{LAYERS}", (1, CHANNELS, IMAGE, IMAGE))
    return number(1, 8) + message(7, graph) + message(8, number(2, 13))


def tflite():
    with open(os.path.join(MODELS, "graph.tflite"), "rb") as stream:
        return [stream.read(), LARGE]


def write(path, pieces):
    with open(path, "wb") as stream:
        for piece in pieces:
            if isinstance(piece, int):
                stream.seek(piece, os.SEEK_CUR)
            else:
                stream.write(piece)
        stream.truncate()
    assert os.path.getsize(path) == size(pieces) >= LARGE, path


def imported(path):
    """The sweep, and the most memory that the import had."""
    with children.started([PROGRAM, "import", path, "--quiet"], stdout=subprocess.PIPE, text=True) as child:
        sweep = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (path, child.returncode)
    return sweep, usage.ru_maxrss * 1024


os.makedirs(FOLDER, exist_ok=True)
ALIKE = f"in = {CHANNELS}x{IMAGE}x{IMAGE}\nout = {CHANNELS}\nkernel = {TAPS}\npad = 1\ncount = {LAYERS}\n"
STEM = "in = 3x17x14\nout = 8\nkernel = 3\nstride = 2\n"
for name, pieces, layer in (("large.onnx", onnx(), ALIKE), ("large.tflite", tflite(), STEM)):
    file = os.path.join(FOLDER, name)
    write(file, pieces)
    sweep, resident = imported(file)
    os.remove(file)
    assert layer in sweep and "[network]" in sweep, sweep
    assert resident < LIMIT, (name, resident)
    print(f"{name}: {size(pieces)} bytes, imported in {resident} bytes of memory")
