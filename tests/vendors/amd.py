"""AMD: clang's AMDGPU code generator with rocm-device-libs, and the assembly that it writes."""
import re

import listing

# Libraries of rocm-device-libs that OpenCL programs are linked with.
LIBRARIES = ("opencl", "ocml", "ockl", "oclc_daz_opt_off", "oclc_unsafe_math_off", "oclc_finite_only_off",
             "oclc_correctly_rounded_sqrt_on", "oclc_abi_version_400")
# The newest of its family that rocm-device-libs 5.2 has a file for; what differs is not used by the kernels.
ISA_FILES = {"gfx1100": "1036"}


def steps(tools, target, source, options, _, folder):
    """Compiles to folder/kernels.s."""
    bitcode = tools.place("rocm", "usr/lib/x86_64-linux-gnu/amdgcn/bitcode")
    chip = target.chip
    isa = ISA_FILES.get(chip, chip.removeprefix("gfx"))
    libraries = [*LIBRARIES, f"oclc_wavefrontsize64_{'on' if target.lanes == 64 else 'off'}", f"oclc_isa_version_{isa}"]
    links = [word for name in libraries for word in ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", f"{bitcode}/{name}.bc")]
    return [tools.clang(target.llvm, "-target", "amdgcn-amd-amdhsa", f"-mcpu={chip}", "-nogpulib", "-mcode-object-version=4",
                        *options, *links, "-o", f"{folder}/kernels.s", source)]


def read(folder):
    with open(f"{folder}/kernels.s", encoding="utf-8") as file:
        return parse(file.read())


# Loads of global memory: bytes by the end of the name. What a wave reads once for all lanes (s_load_…) is not among them.
_GLOBAL = re.compile(r"(?:global|flat|buffer)_load_(?:tbuffer_)?(?:lds_)?(?:format_)?(\w+)")
_LOCAL = re.compile(r"ds_(?:read|load)(_2addr|2st64|2)?(?:_stride64)?_([a-z]\w*)")
_WIDTHS = {"dwordx4": 16, "dwordx3": 12, "dwordx2": 8, "dword": 4, "b128": 16, "b96": 12, "b64": 8, "b32": 4}
_MULTIPLY_ADD = re.compile(r"v_(?:pk_|dual_)?(?:fma|fmac|mad|mac|fmamk|fmaak|madmk|madak)(?:_mix|_mixlo|_mixhi|ak|mk)?_(?:f|legacy)"
                           r"|v_(?:fma|mad)_mix|v_dot2\w*_f|v_mfma_|v_wmma_")


def _multiply_adds(text, opcode):
    """A packed instruction does two. RDNA's v_dual_… is two instructions that start together; it counts as one."""
    if "v_dual_fmac" not in text and not _MULTIPLY_ADD.match(opcode):
        return 0
    return 2 if opcode.startswith("v_pk_") else 1


def _width(name):
    for ending, width in _WIDTHS.items():
        if name.startswith(ending):
            return width
    return 1 if "byte" in name or re.search(r"[ui]8", name) else 2


def _load(opcode):
    found = _GLOBAL.match(opcode)
    if found:
        return "global", _width(found[1])
    found = _LOCAL.match(opcode)
    if found:
        return "local", _width(found[2]) * (2 if found[1] else 1)
    return None


def _instruction(text):
    opcode = text.split()[0]
    targets = tuple(re.findall(r"\.LBB\w+", text)) if opcode.startswith("s_") else ()
    ends = opcode in ("s_branch", "s_endpgm", "s_setpc_b64")
    return listing.Instruction(text, _multiply_adds(text, opcode), _load(opcode), targets, not ends,
                               opcode.startswith("v_pk_fma_f16"))


def _code(text):
    """The body of each kernel: labels and instructions."""
    bodies, current = {}, None
    for line in text.splitlines():
        line = line.split(";")[0].rstrip()
        found = re.match(r"([A-Za-z_.][\w.$]*):$", line)
        if found and not found[1].startswith("."):
            current = bodies.setdefault(found[1], [])
        elif found and current is not None:
            current.append(listing.Label(found[1]))
        elif re.match(r"\s+\.(section|amdhsa_kernel|size)", line):
            current = None
        elif current is not None and re.match(r"\s+[a-z]\w+", line) and "s_delay_alu" not in line:  # a hint, not executed
            current.append(_instruction(line.strip()))
    return bodies


def parse(text):
    """Figures of each kernel by its name, from an assembly file of clang."""
    metadata = text[text.index("amdhsa.kernels:"):]
    bodies, found = _code(text), {}
    for entry in re.split(r"\n  - ", metadata)[1:]:
        values = dict(re.findall(r"^ *(\.\w+): +(\S+)", entry, re.M))
        name = re.findall(r"^ {4}\.name: +(\S+)", entry, re.M)
        if not name:
            continue
        found[name[0]] = {
            # gfx90a keeps both kinds in one file; .vgpr_count has their sum there
            "registers": int(values[".vgpr_count"]),
            "spills": int(values.get(".vgpr_spill_count", 0)) + int(values.get(".sgpr_spill_count", 0)),
            "scratch": int(values[".private_segment_fixed_size"]),
            "local": int(values[".group_segment_fixed_size"]),
            "lanes": int(values[".wavefront_size"]),
            **listing.figures_of(bodies[name[0]]),
        }
    return found
