"""The importers beside the frameworks that make the models: frameworks.py [OPTION...] PROGRAM FOLDER

Builds models with random weights in Keras and PyTorch, exports them (TensorFlow Lite with TFLiteConverter, float32; ONNX with
torch.onnx.export), and holds what PROGRAM reads from each file against what the framework says of the model: the number of
convolutions and, of each, elements of the weights, output sizes and multiply-adds. A difference is printed with both
figures, and the exit status is 1. It prints Markdown:

- the comparison, and what the operators between the convolutions became;
- peaks that `plan` computes for each TensorFlow Lite file, beside what TensorFlow Lite's own runtime allocates for it;
- wall time and largest resident memory of `import`.

Models: MobileNetV2, MobileNetV3 (small), EfficientNet-B0 and ResNet-50 (100 MB) of both frameworks, 224x224, one image, and
each layer of configs/seed.ini in Keras, as Conv2D and as SeparableConv2D. FOLDER keeps the files; a model that is there is not
made again. Weights are counted without biases and batch normalisation, which TFLiteConverter folds into weights and biases of
the same sizes.

The frameworks come from PyPI. They take some GB, so they have an environment of their own, whose Python runs this:

    python3 -m venv frameworks
    frameworks/bin/pip install tensorflow-cpu ai-edge-litert onnx torch torchvision
    frameworks/bin/python tests/campaigns/frameworks.py build/convlens models

No test: it needs the frameworks, and the last table depends on how quiet the machine is.
"""
import argparse
import configparser
import ctypes
import importlib.metadata
import json
import math
import os
import re
import resource
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
SEED = os.path.join(HERE, "..", "..", "configs", "seed.ini")
PACKAGES = {"keras": ("tensorflow-cpu", "keras"), "torch": ("torch", "torchvision", "onnx"), "runtime": ("ai-edge-litert",)}
KERNELS = {"reference": "BUILTIN_REF", "optimised": "BUILTIN_WITHOUT_DEFAULT_DELEGATES"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frameworks", default="keras,torch", help="those whose models are made")
    parser.add_argument("--child", metavar="PART", help=argparse.SUPPRESS)
    parser.add_argument("program")
    parser.add_argument("folder")
    return parser.parse_args()


# What the frameworks say. These run in a process of their own.

def convolution(name, kernel, channels, height, width):
    """One convolution: each element of its weights is multiplied once for each pixel of its output."""
    weights = math.prod(kernel)
    return {"name": name, "weights": weights, "output": [channels, height, width], "multiply_adds": weights * height * width}


def keras_convolutions(layer):
    """Those of a layer of Keras, or of a model; a separable layer has two."""
    kind = type(layer).__name__
    if hasattr(layer, "layers"):
        return [one for inner in layer.layers for one in keras_convolutions(inner)]
    if kind not in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        return []
    _, height, width, channels = layer.output.shape
    if kind != "SeparableConv2D":
        return [convolution(layer.name, layer.kernel.shape, channels, height, width)]
    depthwise, pointwise = layer.depthwise_kernel.shape, layer.pointwise_kernel.shape
    return [convolution(layer.name + "/depthwise", depthwise, depthwise[2] * depthwise[3], height, width),
            convolution(layer.name + "/pointwise", pointwise, channels, height, width)]


def seed_layers():
    """Name, input (rows, columns, channels), output channels, window and padding of each layer of the seed."""
    sweep = configparser.ConfigParser(inline_comment_prefixes=(";",))
    sweep.read(SEED)
    for section in sweep.sections():
        if section.startswith("layer "):
            layer = sweep[section]
            channels, height, width = (int(size) for size in layer["in"].split("x"))
            yield section[6:], (height, width, channels), int(layer["out"]), int(layer["kernel"]), layer["pad"]


def keras_models(keras):
    """Name and maker of each model; one is made for any number of images, so that its file computes shapes."""
    def image(batch=1):
        return keras.layers.Input((224, 224, 3), batch_size=batch)

    yield "mobilenet_v2", lambda: keras.applications.MobileNetV2(weights=None, input_tensor=image())
    yield "efficientnet_b0", lambda: keras.applications.EfficientNetB0(weights=None, input_tensor=image())
    yield "efficientnet_b0_any_batch", lambda: keras.applications.EfficientNetB0(weights=None, input_tensor=image(None))
    yield "mobilenet_v3_small", lambda: keras.applications.MobileNetV3Small(weights=None, input_tensor=image())
    yield "resnet_50", lambda: keras.applications.ResNet50(weights=None, input_tensor=image())
    for name, sizes, filters, window, pad in seed_layers():
        for form, kind in (("standard", keras.layers.Conv2D), ("separable", keras.layers.SeparableConv2D)):
            yield f"seed_{name}_{form}", lambda kind=kind, sizes=sizes, rest=(filters, window), pad=pad: keras.Sequential(
                [keras.layers.Input(sizes, batch_size=1), kind(*rest, padding=pad, use_bias=True)])


def make_keras(folder):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import tensorflow  # pylint: disable=import-outside-toplevel,import-error
    keras = tensorflow.keras
    for name, make in keras_models(keras):
        path = os.path.join(folder, f"keras_{name}.tflite")
        if os.path.exists(path + ".json"):
            continue
        keras.backend.clear_session()
        model = make()
        with open(path, "wb") as file:
            file.write(tensorflow.lite.TFLiteConverter.from_keras_model(model).convert())
        write_said(path, keras_convolutions(model), model.count_params())


def make_torch(folder):
    import torch  # pylint: disable=import-outside-toplevel,import-error
    import torchvision  # pylint: disable=import-outside-toplevel,import-error
    made = torchvision.models
    for name, make in (("mobilenet_v2", made.mobilenet_v2), ("mobilenet_v3_small", made.mobilenet_v3_small),
                       ("efficientnet_b0", made.efficientnet_b0), ("resnet_50", made.resnet50)):
        path = os.path.join(folder, f"torch_{name}.onnx")
        if os.path.exists(path + ".json"):
            continue
        model, said, image = make(weights=None).eval(), [], torch.zeros(1, 3, 224, 224)

        def note(module, _, output, said=said):
            said.append(convolution(str(len(said)), module.weight.shape, *output.shape[1:]))

        hooks = [module.register_forward_hook(note) for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
        with torch.no_grad():
            model(image)
        for hook in hooks:
            hook.remove()
        torch.onnx.export(model, (image,), path, dynamo=False)
        write_said(path, said, sum(parameter.numel() for parameter in model.parameters()))


def write_said(path, said, parameters):
    """Last, so that a file with it is whole."""
    with open(path + ".json", "w", encoding="utf-8") as stream:
        json.dump({"convolutions": said, "parameters": parameters}, stream)


# What TensorFlow Lite's runtime allocates. It runs in a process of its own, too.

class Heap(ctypes.Structure):
    """glibc's mallinfo2."""
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks",
                                                     "uordblks", "fordblks", "keepcost")]


def heap_bytes():
    """Allocated by malloc: small blocks, and those that have a mapping of their own."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Heap
    heap = mallinfo2()
    return heap.uordblks + heap.hblkhd


def print_allocated(path, kernels):
    """Bytes from the first to the last one of the tensors that flow through the graph, which lie in one arena; and how the heap
    grows."""
    from ai_edge_litert import interpreter as litert  # pylint: disable=import-outside-toplevel,import-error
    resolver = getattr(litert.OpResolverType, KERNELS[kernels])
    runtime = litert.Interpreter(model_path=os.path.realpath(path), experimental_op_resolver_type=resolver, num_threads=1)
    before = heap_bytes()
    runtime.allocate_tensors()
    heap = heap_bytes() - before
    flowing = {one["index"] for one in runtime.get_input_details()}
    for operator in runtime._get_ops_details():  # pylint: disable=protected-access
        flowing.update(operator["outputs"])
    tensors = []
    for number in flowing:
        array = runtime.tensor(number)()
        place = array.__array_interface__["data"][0]
        tensors.append((place, place + array.nbytes))
    arena = max(end for _, end in tensors) - min(begin for begin, _ in tensors)
    assert arena <= heap, "the tensors do not lie in one block"
    print(json.dumps({"heap": heap, "arena": arena}))


def child(options, part, *words):
    """The output of this script with a part alone."""
    command = [sys.executable, __file__, "--child", " ".join((part, *words)), options.program, options.folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"frameworks.py: {part} {' '.join(words)}: exit status {done.returncode}")
    return done.stdout


# What convlens says.

def convlens(options, *words):
    done = subprocess.run([options.program, *words, "--quiet"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"convlens {' '.join(words)}: exit status {done.returncode}")
    return done.stdout


def first_names(sweep):
    """Of each layer that has the shape of an earlier one, that one's name."""
    return dict(re.findall(r"^\[op (.*)\]\ntype = layer\nlayer = (.*)$", sweep, re.MULTILINE))


def sizes_of(problem):
    """Channels, rows and columns of the output, of a problem's canonical text."""
    parts = {name: int(size) for name, size in re.findall(r"([a-z]+)(\d+)", problem.partition(":")[2].partition('n"')[0])}
    return [parts["oc"], parts["oh"], parts.get("ow", parts["oh"])]


class Imported:
    """What convlens reads from a file: its convolutions, in order, the ops between them, and the peaks of the whole."""

    def __init__(self, options, path):
        self.sweep = convlens(options, "import", path)
        plan = json.loads(convlens(options, "plan", path, "--layout", "nhwc", "--format", "json"))
        rows = {row["layer"]: row["problem"] for row in plan["rows"] if row["form"] != "separable"}
        again = first_names(self.sweep)
        chains = [row for row in plan["chains"] if row["status"] == "ok" and row["form"] != "separable"]
        if not chains:
            sys.exit(f"{path}: no network: {self.sweep.splitlines()[:3]}")
        self.peaks = {row["variant"]: row["memory"]["computed"]["peak_without_weights_bytes"] for row in chains}
        steps = chains[0]["layers"]
        self.ops = [step for step in steps if step["convolutions"] == 0]
        self.convolutions = [{"name": step["layer"], "weights": step["weights"], "multiply_adds": step["multiply_adds"],
                              "output": sizes_of(rows[again.get(step["layer"], step["layer"])])}
                             for step in steps if step["convolutions"] == 1]


def figures(convolution):
    return (convolution["weights"], tuple(convolution["output"]), convolution["multiply_adds"])


def without(these, those):
    """What remains of a list when each of another is taken from it once, by its figures."""
    rest = [figures(one) for one in those]
    remaining = []
    for one in these:
        if figures(one) in rest:
            rest.remove(figures(one))
        else:
            remaining.append(one)
    return remaining


def compare(said, found):
    """In words, and what only one side has. A converter may put branches in another order."""
    if [figures(one) for one in said] == [figures(one) for one in found]:
        return "equal", []
    only = [("framework", one) for one in without(said, found)] + [("convlens", one) for one in without(found, said)]
    return ("differ" if only else "equal, in another order"), only


def total(convolutions, what):
    return sum(one[what] for one in convolutions)


def count_kinds(ops):
    kinds = {}
    for op in ops:
        kinds[op["form"]] = kinds.get(op["form"], 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"


def print_comparison(models):
    """The number of files that differ."""
    print("| file | convolutions | their weights | multiply-adds | sums of convlens | each convolution | other parameters | "
          "what lies between them |\n|---|---:|---:|---:|---|---|---:|---|")
    bad = {}
    for path, (said, found) in models.items():
        one, other = ([len(list_), total(list_, "weights"), total(list_, "multiply_adds")]
                      for list_ in (said["convolutions"], found.convolutions))
        words, only = compare(said["convolutions"], found.convolutions)
        print(f"| {os.path.basename(path)} | {one[0]} | {one[1]} | {one[2]} | {'equal' if one == other else other} | {words} | "
              f"{said['parameters'] - one[1]} | {count_kinds(found.ops)} |")
        if only:
            bad[path] = only
    for path, only in bad.items():
        print(f"\n{os.path.basename(path)}, what one side alone has:\n")
        for side, one in only:
            print(f"- {side}: {one['name']}, weights {one['weights']}, output {one['output']}, multiply-adds {one['multiply_adds']}")
    return len(bad)


def print_peaks(options, models):
    print("\n| file | convlens `freed` | `arena` | `freed_pinned` | runtime, tensors | less `freed_pinned` | runtime, heap | "
          "with optimised kernels |\n|---|---:|---:|---:|---:|---:|---:|---:|")
    for path, (_, found) in models.items():
        if not path.endswith(".tflite") or path.endswith("_any_batch.tflite"):
            continue  # shapes that are computed are known to the runtime when it runs
        runtime = {kernels: json.loads(child(options, "allocate", kernels, path)) for kernels in KERNELS}
        peaks = found.peaks["direct"]
        tensors = runtime["reference"]["arena"]
        print(f"| {os.path.basename(path)} | {peaks['freed']} | {peaks['arena']} | {peaks['freed_pinned']} | {tensors} | "
              f"{tensors - peaks['freed_pinned']} | {runtime['reference']['heap']} | {runtime['optimised']['heap']} |")


def import_cost(options, path):
    """Seconds and bytes of one import: the least of five, and the most."""
    seconds, resident = [], []
    for _ in range(5):
        began = time.monotonic()
        process = subprocess.Popen([options.program, "import", path, "--quiet"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds.append(time.monotonic() - began)
        resident.append(usage.ru_maxrss * 1024)
    return min(seconds), max(resident)


def print_costs(options, models):
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6 * 1024
    print("\n| file | MB | import, s | resident, MB, at most |\n|---|---:|---:|---:|")
    for path in models:
        seconds, resident = import_cost(options, path)
        print(f"| {os.path.basename(path)} | {os.path.getsize(path) / 1e6:.1f} | {seconds:.3f} | {resident / 1e6:.1f} |")
    print(f"\nThe system counts this script's own {own:.1f} MB for a process that it starts, if that is more.")


def versions(frameworks):
    names = [name for part in (*frameworks, "runtime") for name in PACKAGES[part]]
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


def main():
    options = arguments()
    options.program = os.path.abspath(options.program)
    if options.child:
        part, *words = options.child.split(" ", 2)
        {"keras": make_keras, "torch": make_torch}[part](options.folder) if not words else print_allocated(words[1], words[0])
        return
    frameworks = options.frameworks.split(",")
    os.makedirs(options.folder, exist_ok=True)
    version = convlens(options, "--version").splitlines()
    print(f"{time.strftime('%Y-%m-%d')}, {version[0]} ({version[1]}), Python {sys.version.split()[0]}, {versions(frameworks)}\n")
    for framework in frameworks:
        child(options, framework)
    paths = sorted(os.path.join(options.folder, name[:-5]) for name in os.listdir(options.folder)
                   if name.endswith(".json") and name.split("_")[0] in frameworks)
    models = {}
    for path in paths:
        with open(path + ".json", encoding="utf-8") as stream:
            models[path] = (json.load(stream), Imported(options, path))
    bad = print_comparison(models)
    print_peaks(options, models)
    print_costs(options, models)
    sys.exit(bad > 0)


main()
