"""Intel: ocloc, which compiles with IGC, and the binary that it writes (zebin) with its listing."""
import os
import re

import listing

_GRF_BYTES = 32  # a register; 64 on pvc, which is no target here


def steps(tools, target, source, options, _, folder):
    """Compiles to folder/kernels and takes it apart into folder/dump."""
    os.makedirs(f"{folder}/dump", exist_ok=True)
    ocloc = ("intel", "usr/bin/ocloc")
    return [tools.command(*ocloc, "compile", "-file", source, "-device", target.chip, "-out_dir", folder, "-output", "kernels",
                          "-output_no_suffix", "-options", " ".join(options), "-internal_options", "-ze-allow-zebin"),
            tools.command(*ocloc, "disasm", "-file", f"{folder}/kernels", "-device", target.chip, "-dump", f"{folder}/dump")]


def read(folder):
    texts = {}
    for name in os.listdir(f"{folder}/dump"):
        if name.startswith(".text.") and name.endswith(".asm"):
            with open(f"{folder}/dump/{name}", encoding="utf-8") as file:
                texts[name.removeprefix(".text.").removesuffix(".asm")] = file.read()
    with open(f"{folder}/dump/.ze_info", encoding="utf-8") as file:
        return parse(file.read(), texts)


_LINE = re.compile(r"(\([^)]*\))?\s*([a-z][\w.]*)\s*(?:\((\d+)\|M\d+\))?(.*)")
_FLOAT_MAD = re.compile(r"(mad|mac|mac\w*)$")
_LOADS = re.compile(r"rd:(\d+); (?:hdc\.\w+; )?(.*)")
_VECTOR = re.compile(r"load\.(ugm|slm|tgm)\.d(\d+)(?:u\d+)?(?:x(\d+))?(t?)")


def _load(lanes, text, comment):
    """A message that loads for each lane, or a block for all of them. Messages of a single lane read constants and arguments."""
    vector = _VECTOR.search(comment)
    if vector:
        where = "local" if vector[1] == "slm" else "global"
        return (where, int(vector[2]) // 8 * int(vector[3] or 1)) if not vector[4] else None
    found = _LOADS.search(comment)
    if not found or " read" not in found[2] or int(found[1]) == 0:
        return None
    if "aligned block" in found[2]:
        return "block", int(found[1]) * _GRF_BYTES // lanes
    descriptor = re.search(r"0x([0-9A-F]+) +(?:\{|/)", text)
    where = "local" if descriptor and int(descriptor[1], 16) & 0xff == 0xfe and "a64" not in found[2] else "global"
    if "byte" in found[2]:
        return where, 2  # halves whose address may be odd in words
    return where, int(found[1]) * _GRF_BYTES // lanes


def _targets(opcode, rest, predicate):
    """Labels that may be next, and whether the next line may. What jumps lane by lane goes on below where lanes stay."""
    labels = tuple(re.findall(r"\bL\d+\b", rest))
    kind = opcode.split(".")[0]
    if kind in ("jmpi", "goto", "brc", "brd"):
        return labels, bool(predicate and "f" in predicate)
    if kind == "else":
        return labels, True
    return labels, "EOT" not in rest


def _instruction(line):
    body, _, comment = line.partition("//")
    found = _LINE.match(body.strip())
    if not found or found[2] in ("illegal",):
        return None
    predicate, opcode, width, rest = found.groups()
    lanes = int(width or 1)
    is_mad = bool(_FLOAT_MAD.match(opcode)) and lanes > 1 and re.search(r":h?f\b", rest) is not None
    load = _load(lanes, body + " /", comment) if opcode.startswith("send") and lanes > 1 else None
    targets, falls = _targets(opcode, rest, predicate)
    if "end of thread" in comment:
        falls = False
    return listing.Instruction(line.strip(), int(is_mad), load, targets, falls)


def _code(text):
    body = []
    for line in text.splitlines():
        label = re.match(r"(L\d+):", line)
        instruction = None if label else _instruction(line)
        if label:
            body.append(listing.Label(label[1]))
        elif instruction:
            body.append(instruction)
    return body


def _memory(entry, *usages):
    """Bytes of a thread's memory for these uses."""
    return sum(int(size) for kind, size in re.findall(r"usage: +(\w+)\s+size: +(\d+)", entry) if kind in usages)


def parse(ze_info, texts):
    """Figures of each kernel by its name, from .ze_info and the listings."""
    found = {}
    for entry in re.split(r"\n  - name: +", ze_info.partition("\nkernels_misc_info:")[0])[1:]:
        name = entry.split()[0].strip("'\"")
        values = dict(re.findall(r"^ {6}(\w+): +(\w+)", entry, re.M))
        found[name] = {
            "registers": int(values["grf_count"]),
            "spills": _memory(entry, "spill_fill_space", "single_space"),
            "scratch": _memory(entry, "private_space"),
            "local": int(values.get("slm_size", 0)),
            "lanes": int(values["simd_size"]),
            **listing.figures_of(_code(texts[name])),
        }
    return found
