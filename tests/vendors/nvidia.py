"""NVIDIA: clang to PTX, then ptxas, whose machine code nvdisasm lists."""
import re

import listing


def steps(tools, target, source, options, kernels, folder):
    """Compiles to folder/kernels.cubin and lists its code in kernels.sass. ptxas and nvdisasm are given what is wanted alone."""
    builtins = tools.place("libclc", "usr/lib/clc/nvptx64--nvidiacl.bc")
    in_half = any(option.startswith("-DHALF_ROWS=") for option in options)
    ptx, cubin = f"{folder}/kernels.ptx", f"{folder}/kernels.cubin"

    def keep_wanted():
        with open(ptx, encoding="utf-8") as file:
            text = file.read()
        with open(ptx, "w", encoding="utf-8") as file:
            file.write(wanted_of(text, kernels))

    # The oldest of the targets: all run its PTX.
    return [tools.clang(target.llvm, "-target", "nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang", "sm_80",
                        "-Xclang", "-target-feature", "-Xclang", "+ptx75", "-Dcl_clang_storage_class_specifiers",
                        # which clang does not offer there of itself
                        "-Xclang", "-cl-ext=+cl_khr_fp16", "-Wno-linker-warnings",
                        "-Xclang", "-mlink-builtin-bitcode", "-Xclang", builtins,
                        *(["-Dfma=__builtin_elementwise_fma"] if in_half else []),  # libclc has no fma of halves there
                        *options, "-o", ptx, source),
            keep_wanted,
            tools.command("nvcc", "nvidia/cu13/bin/ptxas", "-v", f"-arch={target.chip}", ptx, "-o", cubin, log="ptxas.log"),
            tools.command("nvdisasm", "nvidia/cu13/bin/nvdisasm", "-c", "-ndf", cubin, log="kernels.sass")]


def wanted_of(ptx, kernels):
    """PTX without the kernels that nobody asked for."""
    head, *entries = re.split(r"(?=^(?:\.visible )?\.entry )", ptx, flags=re.M)
    return head + "".join(entry for entry in entries if re.search(r"\.entry (\w+)", entry)[1] in kernels)


def read(folder):
    with open(f"{folder}/ptxas.log", encoding="utf-8") as log, open(f"{folder}/kernels.sass", encoding="utf-8") as sass:
        return parse(log.read(), sass.read())


_LINE = re.compile(r"\s+/\*[0-9a-f]+\*/\s+(\{?\s*)?(?:@!?U?P\w+\s+)?([A-Z][\w.]*)(.*)")
_BITS = re.compile(r"\.(128|64|32|U16|S16|U8|S8|16)\b")


def _width(opcode):
    found = _BITS.search(opcode)
    return int(re.sub("[US]", "", found[1])) // 8 if found else 4


def _load(opcode):
    kind = opcode.split(".")[0]
    if kind in ("LDG", "LD", "LDGSTS"):
        return "global", _width(opcode)
    return ("local", _width(opcode)) if kind == "LDS" else None


def _multiply_adds(opcode, rest):
    """HFMA2 does two, of halves. It also loads constants: of -RZ and RZ."""
    kind = opcode.split(".")[0]
    if kind.startswith("HFMA2"):
        return 0 if "RZ, RZ" in rest else 2
    return int(kind in ("FFMA", "FFMA2", "DFMA", "HMMA"))


def _instruction(line):
    found = _LINE.match(line)
    if not found:
        return None
    opcode, rest = found[2], found[3]
    predicated = "@" in line.split(opcode)[0]
    kind = opcode.split(".")[0]
    targets = tuple(re.findall(r"`\((\.L_\w+)\)", rest)) if kind in ("BRA", "BRX", "JMP") else ()
    # BRA P1, … jumps where P1 holds
    always = not predicated and not re.match(r"(\.\w+)*\s+!?U?P\d", rest)
    ends = kind in ("BRA", "JMP", "EXIT", "RET", "BRX") and always
    return listing.Instruction(line.strip(), _multiply_adds(opcode, rest), _load(opcode), targets, not ends,
                               kind.startswith("HFMA2"))


def _code(sass):
    bodies, current = {}, None
    for line in sass.splitlines():
        section = re.match(r"\s+\.section\s+(?:\.text\.([\w$]+))?", line)
        label = re.match(r"(\.L_\w+):", line)
        if section:
            current = bodies.setdefault(section[1], []) if section[1] else None
        elif label and current is not None:
            current.append(listing.Label(label[1]))
        elif current is not None:
            instruction = _instruction(line)
            if instruction and not instruction.text.endswith("NOP ;"):  # what fills up the last line of the cache
                current.append(instruction)
    return bodies


def parse(log, sass):
    """Figures of each kernel by its name, from what `ptxas -v` says and nvdisasm lists."""
    bodies, found = _code(sass), {}
    for part in re.split(r"Compiling entry function '", log)[1:]:
        name = part.split("'")[0]

        def number(pattern, text=part):
            match = re.search(pattern, text)
            return int(match[1]) if match else 0

        found[name] = {
            "registers": number(r"Used (\d+) registers"),
            "spills": number(r"(\d+) bytes spill stores") + number(r"(\d+) bytes spill loads"),
            "scratch": number(r"(\d+) bytes stack frame"),
            "local": number(r"(\d+) bytes smem"),
            "lanes": 32,
            **listing.figures_of(bodies[name]),
        }
    return found
