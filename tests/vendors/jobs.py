"""Compiles programs for targets, several at once, and keeps the figures in the build folder by the hash of what made them."""
import concurrent.futures
import contextlib
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


def _own_text(vendor):
    """What the figures depend on beside the sources and compilers: this code."""
    texts = []
    for name in (vendor, "listing"):
        with open(f"{HERE}/{name}.py", encoding="utf-8") as file:
            texts.append(file.read())
    return "".join(texts)


def _run(step, folder):
    """A step is a command as fetch.Tools gives it, or a function."""
    if callable(step):
        step()
        return
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
        self.own_text = _own_text(vendor)
        os.makedirs(f"{folder}/cache", exist_ok=True)

    def versions(self, target):
        """The compiler that decides: "clang-19 1:19.1.7-3"."""
        package = {"amd": f"clang-{target.llvm}", "nvidia": "nvidia-cuda-nvcc", "intel": "libigc1"}[target.vendor]
        return f"{package} {self.tools.versions[package]}"

    def check(self, target):
        """Skips where a compiler is there and cannot compile anything: a library may be missing."""
        found = self.figures(target, PROBE, "-cl-std=CL1.2", ("probe",))
        if "error" in found:
            raise fetch.Skipped(f"{target.name}: the compiler does not work here: {found['error']}")

    def figures(self, target, text, options, kernels):
        """{"kernels": figures of each} or {"error": text} of a program, of which these kernels are wanted. Errors are not
        kept: the cause may go away."""
        key = json.dumps([text, options, kernels, target.chip, target.llvm, target.lanes, self.tools.versions, self.own_text])
        path = f"{self.folder}/cache/{hashlib.sha256(key.encode()).hexdigest()}.json"
        with contextlib.suppress(FileNotFoundError):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        folder = tempfile.mkdtemp(prefix="job-", dir=self.folder)
        try:
            result = json.dumps({"kernels": self._compiled(target, text, options, kernels, folder)})
            with open(f"{folder}/result.json", "w", encoding="utf-8") as file:
                file.write(result)
            os.rename(f"{folder}/result.json", path)
            return json.loads(result)
        except Failed as failure:
            return {"error": str(failure)}
        finally:
            shutil.rmtree(folder)

    def _compiled(self, target, text, options, kernels, folder):
        source = f"{folder}/kernels.cl"
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        for step in self.module.steps(self.tools, target, source, shlex.split(options), kernels, folder):
            _run(step, folder)
        found = self.module.read(folder)
        return {name: found[name] for name in kernels if name in found}

    def all_figures(self, wanted):
        """wanted: kernels of each (target, text, options). Returns the figures of each; two compilers run at once."""
        order = sorted(wanted, key=lambda program: (program[2], program[0].name))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return dict(zip(order, pool.map(lambda program: self.figures(*program, tuple(sorted(wanted[program]))), order)))
