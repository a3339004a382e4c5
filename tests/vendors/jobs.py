"""Compiles programs for targets, several at once, and keeps the figures in the build folder by the hash of what made them."""
import concurrent.futures
import contextlib
import glob
import hashlib
import importlib
import json
import os
import shlex
import shutil
import tempfile

import children
import fetch

HERE = os.path.dirname(os.path.realpath(__file__))
SETS = {"amd": ("llvm-19", "llvm-15", "rocm"), "nvidia": ("llvm-19", "libclc", "nvcc", "nvdisasm"), "intel": ("intel",)}
PROBE = "kernel void probe(global float *a) { a[get_global_id(0)] *= 2.0f; }\n"


class Failed(Exception):
    """A program that does not compile."""


def _own_text():
    """What the figures depend on beside the sources and compilers: this code."""
    texts = []
    for path in sorted(glob.glob(f"{HERE}/*.py")):
        with open(path, encoding="utf-8") as file:
            texts.append(file.read() if os.path.basename(path) in ("amd.py", "nvidia.py", "intel.py", "listing.py") else "")
    return "".join(texts)


def _run(step, folder):
    words, environment, log = step
    done = children.run(words, env=environment, cwd=folder)
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if "error" in line.lower()]
        raise Failed(f"{os.path.basename(words[0])}: {(lines or [f'exit status {done.returncode}'])[0].strip()}")
    if log:
        with open(f"{folder}/{log}", "w", encoding="utf-8") as file:
            file.write(done.stdout + done.stderr)


class Compilers:
    """A vendor's compilers, and what they made of programs so far."""

    def __init__(self, vendor, folder):
        self.module = importlib.import_module(vendor)
        self.folder = folder
        self.tools = fetch.Tools(f"{folder}/tools", SETS[vendor])
        self.own_text = _own_text()
        os.makedirs(f"{folder}/cache", exist_ok=True)

    def versions(self, target):
        """The compiler that decides: "clang-19 1:19.1.7-3"."""
        package = {"amd": f"clang-{target.llvm}", "nvidia": "nvidia-cuda-nvcc", "intel": "libigc1"}[target.vendor]
        return f"{package} {self.tools.versions[package]}"

    def check(self, target):
        """Skips where a compiler is there and cannot compile anything: a library may be missing."""
        found = self.figures(target, PROBE, "-cl-std=CL1.2")
        if "error" in found:
            raise fetch.Skipped(f"{target.name}: the compiler does not work here: {found['error']}")

    def figures(self, target, text, options):
        """{"kernels": figures of each} or {"error": text} of a program. Errors are not kept: the cause may go away."""
        key = json.dumps([text, options, target.chip, target.llvm, target.lanes, self.tools.versions, self.own_text])
        path = f"{self.folder}/cache/{hashlib.sha256(key.encode()).hexdigest()}.json"
        with contextlib.suppress(FileNotFoundError):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        folder = tempfile.mkdtemp(prefix="job-", dir=self.folder)
        try:
            result = json.dumps({"kernels": self._compiled(target, text, options, folder)})
            with open(f"{folder}/result.json", "w", encoding="utf-8") as file:
                file.write(result)
            os.rename(f"{folder}/result.json", path)
            return json.loads(result)
        except Failed as failure:
            return {"error": str(failure)}
        finally:
            shutil.rmtree(folder)

    def _compiled(self, target, text, options, folder):
        source = f"{folder}/kernels.cl"
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        for step in self.module.commands(self.tools, target, source, shlex.split(options), folder):
            _run(step, folder)
        return self.module.read(folder)

    def all_figures(self, programs):
        """programs: (target, text, options). Returns figures by program; two compilers run at once."""
        order = sorted(set(programs), key=lambda program: (program[0].name, program[2]))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return dict(zip(order, pool.map(lambda program: self.figures(*program), order)))
