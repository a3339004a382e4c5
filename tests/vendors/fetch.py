"""Vendors' offline compilers, fetched into the build folder: nothing is installed.

Debian packages come through `apt-get download` and `dpkg-deb -x`, wheels through `pip download`. Each set lies in a folder of
its own, and is fetched once. A driver's package is unpacked only, so that it adds no platform to other tests.
"""
import contextlib
import fcntl
import glob
import json
import os
import shutil
import sys
import zipfile

import children


class Skipped(Exception):
    """What a test needs cannot be had here; the text says why."""


# What a set is made of, and what of it is thrown away.
SETS = {
    "llvm-15": {"debian": ("clang-15", "libclang-common-15-dev", "libclang-cpp15", "libllvm15"),
                "unneeded": ("usr/share", "usr/lib/llvm-15/lib/clang/*/lib")},
    "llvm-19": {"debian": ("clang-19", "libclang-common-19-dev", "libclang-cpp19", "libllvm19"),
                "unneeded": ("usr/share", "usr/lib/llvm-19/lib/clang/*/lib")},
    "rocm": {"debian": ("rocm-device-libs",), "unneeded": ("usr/share",)},
    "libclc": {"debian": ("libclc-19",), "unneeded": ("usr/share", "usr/lib/clc/*amdgcn*", "usr/lib/clc/*r600*", "usr/lib/clc/*spirv*")},
    "intel": {"debian": ("intel-opencl-icd", "libigc1", "libigdfcl1", "libopencl-clang14", "libigdgmm12", "libllvmspirvlib14"),
              "unneeded": ("usr/share", "etc")},
    # Another version may give other machine code: baseline.csv is compared with this one.
    "nvcc": {"wheels": ("nvidia-cuda-nvcc==13.5.37",),
             "unneeded": ("nvidia/cu13/bin/cudafe++", "nvidia/cu13/bin/nvcc", "nvidia/cu13/nvvm")},
    "nvdisasm": {"wheels": ("nvidia-cuda-nvdisasm==13.5.37",), "unneeded": ()},
}


def _call(command, **options):
    try:
        done = children.run(command, **options)
    except FileNotFoundError as missing:
        raise Skipped(f"{command[0]} is not installed") from missing
    if done.returncode != 0:
        lines = (done.stderr + done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise Skipped(f"{' '.join(command[:3])} …: {lines[-1]}")


def _fetch_debian(names, folder, archives):
    _call(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *names], cwd=archives)
    versions = {}
    for archive in glob.glob(f"{archives}/*.deb"):
        _call(["dpkg-deb", "-x", archive, folder])
        name, version, _ = os.path.basename(archive).split("_")
        versions[name] = version.replace("%3a", ":")
    return versions


def _pip():
    """Any pip will do: the wheels hold programs, and are not installed."""
    for command in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        with contextlib.suppress(Skipped):
            _call([*command, "--version"])
            return command
    raise Skipped("pip is not installed (python3-pip)")


def _fetch_wheels(names, folder, archives):
    _call([*_pip(), "download", "-q", "--no-deps", "--only-binary=:all:", "--dest", archives, *names])
    versions = {}
    for archive in glob.glob(f"{archives}/*.whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
        name, version = os.path.basename(archive).split("-")[:2]
        versions[name.replace("_", "-")] = version
    for program in glob.glob(f"{folder}/nvidia/*/bin/*"):
        os.chmod(program, 0o755)
    return versions


def _fetch(name, folder):
    """Makes the set's folder as a whole, or not at all."""
    new, archives = f"{folder}.new", f"{folder}.archives"
    for path in (new, archives, folder):
        shutil.rmtree(path, ignore_errors=True)
    os.makedirs(new)
    os.makedirs(archives)
    parts = SETS[name]
    try:
        fetch, names = (_fetch_debian, parts["debian"]) if "debian" in parts else (_fetch_wheels, parts["wheels"])
        versions = fetch(names, new, archives)
        _tidy(parts, new)
        with open(f"{new}/versions.json", "w", encoding="utf-8") as file:
            json.dump({"set": parts, "versions": versions}, file)
        os.rename(new, folder)
    finally:
        shutil.rmtree(archives, ignore_errors=True)
        shutil.rmtree(new, ignore_errors=True)


def _tidy(parts, folder):
    for pattern in parts["unneeded"]:
        for path in glob.glob(f"{folder}/{pattern}"):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.remove(path)
    for library in glob.glob(f"{folder}/usr/lib/*/libiga64.so.1"):  # ocloc opens it under its other name
        os.symlink("libiga64.so.1", library.removesuffix(".1"))


def _there(name, folder):
    """The versions of a set that is whole and made of what it should be; else None."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        with open(f"{folder}/versions.json", encoding="utf-8") as file:
            stamp = json.load(file)
        if stamp["set"] == json.loads(json.dumps(SETS[name])):
            return stamp["versions"]
    return None


class Tools:
    """Sets in a folder, fetched where they are not there yet."""

    def __init__(self, folder, sets):
        self.folder, self.versions = os.path.abspath(folder), {}
        os.makedirs(self.folder, exist_ok=True)
        with open(f"{self.folder}/lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in sets:
                if _there(name, self.place(name)) is None:
                    _fetch(name, self.place(name))
                self.versions.update(_there(name, self.place(name)))

    def place(self, name, path=""):
        return os.path.join(self.folder, name, path) if path else os.path.join(self.folder, name)

    def command(self, name, program, *arguments, log=None):
        """A program of a set as (words, environment, file in the job's folder that takes what it prints)."""
        libraries = [*glob.glob(self.place(name, "usr/lib/*-linux-gnu")),
                     *glob.glob(self.place(name, "usr/lib/*-linux-gnu/intel-opencl"))]
        environment = dict(os.environ, LD_LIBRARY_PATH=":".join(libraries)) if libraries else None
        return [self.place(name, program), *arguments], environment, log

    def clang(self, version, *arguments):
        """clang for OpenCL C, to assembly, optimised as drivers do."""
        return self.command(f"llvm-{version}", f"usr/lib/llvm-{version}/bin/clang", "-x", "cl", "-O3", "-S",
                            "-Xclang", "-finclude-default-header", "-Xclang", "-fdeclare-opencl-builtins", *arguments)
