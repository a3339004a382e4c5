"""The GPUs that kernels are compiled for, and how many work-items of a kernel one of their cores holds at once.

A core is what a work-group runs on: NVIDIA's multiprocessor, AMD's compute unit (of RDNA a pair of them), Intel's Xe core or
subslice. A scheduler is what starts one instruction at a time: a SIMD of AMD, a vector engine (EU) of Intel.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Target:
    """Sizes are those of a core unless they say otherwise."""
    name: str
    vendor: str
    preset: str  # of convlens list devices: tiles and groups are those for it
    chip: str  # what the compiler calls it
    llvm: int = 0  # clang's version
    lanes: int = 32  # of a warp or wave; of Intel's threads the kernel says
    schedulers: int = 4
    warps: int = 16  # a scheduler's
    registers: int = 0  # a scheduler's, for each lane
    register_step: int = 8  # they are given out in these steps
    local_bytes: int = 65536
    local_step: int = 512
    local_reserved: int = 0  # for each group
    groups: int = 32
    units: int = 1  # compute units, as OpenCL counts them, of a core
    judged: bool = True  # otherwise it must only compile


TARGETS = (
    # CUDA C++ Programming Guide, "Technical Specifications per Compute Capability": 65,536 registers, 164 and 228 KiB of shared
    # memory (1 KiB of each group's is the system's), 64 warps, 32 groups; sm_89 has 100 KiB, 48 and 24.
    Target("sm_80", "nvidia", "h100", "sm_80", 19, registers=512, local_bytes=164 << 10, local_step=128, local_reserved=1024),
    Target("sm_90", "nvidia", "h100", "sm_90", 19, registers=512, local_bytes=228 << 10, local_step=128, local_reserved=1024),
    Target("sm_89", "nvidia", "rtx4090", "sm_89", 19, registers=512, warps=12, groups=24, local_bytes=100 << 10, local_step=128,
           local_reserved=1024),
    # LLVM's AMDGPUBaseInfo.cpp: registers, their steps, waves for each SIMD, steps of LDS.
    Target("gfx90a", "amd", "mi250x", "gfx90a", 19, lanes=64, warps=8, registers=512),
    Target("gfx1100", "amd", "rx7900xtx", "gfx1100", 19, registers=1536, register_step=24, local_bytes=128 << 10),
    Target("gfx90a-llvm15", "amd", "mi250x", "gfx90a", 15, lanes=64, warps=8, registers=512, judged=False),
    Target("gfx1100-llvm15", "amd", "rx7900xtx", "gfx1100", 15, registers=1536, register_step=24, local_bytes=128 << 10,
           judged=False),
    # Intel's architecture guides of Xe-LP (16 EUs of 7 threads) and Xe-HPG (16 vector engines of 8 threads, 128 KiB of local
    # memory). A thread always has 128 registers of 32 bytes. OpenCL's compute units are EUs.
    Target("tgllp", "intel", "iris-xe", "tgllp", schedulers=16, warps=7, local_step=1024, units=16),
    Target("dg2", "intel", "arc-a770", "dg2", schedulers=16, warps=8, local_bytes=128 << 10, local_step=1024, units=16),
)


def _up(value, step):
    return -(-value // step) * step


def resident_warps(target, figures, items, local_bytes):
    """Full warps that each scheduler of a core has to choose from, on average, where groups are many: what registers, local
    memory, groups and warps allow. A group of 16 items fills half of a warp of 32."""
    lanes = figures["lanes"]
    group_warps = -(-items // lanes)
    held = target.warps
    if target.registers:
        held = min(held, target.registers // max(_up(figures["registers"], target.register_step), target.register_step))
    groups = min(held * target.schedulers // group_warps, target.groups)
    local = max(local_bytes, figures["local"])
    if local:
        groups = min(groups, target.local_bytes // _up(local + target.local_reserved, target.local_step))
    return groups * items / lanes / target.schedulers
