"""What is asserted of kernels, and the checked-in files that go with it: exceptions.csv and baseline.csv."""
import collections
import csv
import dataclasses
import fnmatch

import known
import targets

MIN_WARPS = 2  # for each scheduler, so that one computes while another one waits for memory
MIN_GROUPS = 2  # for each core

# Products whose operands a group shares: direct, pw_direct and implicit_gemm on GPUs, and the stages of other variants.
PRODUCTS = ("group_product_nhwc", "group_product_nchw")
MIN_SHARE = {"sm_80": 70, "sm_90": 70, "gfx90a": 75}  # multiply-adds in 100 instructions of their innermost loop
LOAD_BYTES = 16  # of each of their loads of global memory, NHWC, where channels are whole vectors of that
# The same by sub-groups. A lane loads 4 channels of a pixel at once and 2 or 4 weights, or all lanes a block.
SUBGROUP_PRODUCTS = ("subgroup_product_nhwc",)
MIN_SUBGROUP_SHARE, SUBGROUP_LOAD_BYTES = 74, 8
# Groups of every kernel of the two layers of ResNet-50, on the units of a large GPU (132 of preset h100).
FILLED_LAYERS, FILLED_PRESET, MIN_FILLED_GROUPS = ("resnet_56", "resnet_14"), "h100", 132

KEY = ("target", "layer", "layout", "dtype", "kernel")


@dataclasses.dataclass
class Launch:
    """A kernel of a variant's plan on a target. `figures` is None where the program does not compile."""
    target: targets.Target
    layer: str
    layout: str
    dtype: str
    variant: str
    kernel: str
    items: int  # of a group
    groups: int
    cores: float
    local_bytes: int
    figures: dict
    error: str = ""
    channels: int = 0  # what divides the channels of every tensor, for each group of channels

    def warps(self):
        return targets.resident_warps(self.target, self.figures, self.items, self.local_bytes)

    def share(self):
        """Multiply-adds in 100 instructions of the inner loop, where a packed instruction, of two multiply-adds, is two
        instructions (listing.figures_of). None where there are none."""
        figures = self.figures
        return 100 * figures["multiply_adds"] / figures["instructions"] if figures["multiply_adds"] else None

    def loads(self, where):
        """How many loads in loops there are of each width."""
        return {int(width): count for width, count in self.figures[f"{where}_loads"].items()}

    def width(self, where):
        """Bytes for each lane of an average load in loops; None where there are none. Sub-groups also load blocks."""
        loads = collections.Counter(self.loads(where))
        if where == "global" and self.kernel in SUBGROUP_PRODUCTS:
            loads.update(self.loads("block"))
        return sum(width * count for width, count in loads.items()) / sum(loads.values()) if loads else None


def product_checks_of(launch):
    """The floors of products."""
    found, floor = [], MIN_SHARE.get(launch.target.name, 0)
    if (launch.share() or 0) < floor:
        found.append(("share", f"{launch.share() or 0:.1f} % of {launch.figures['instructions']} instructions, expected {floor} %"))
    narrow = {width: count for width, count in launch.loads("global").items() if width < LOAD_BYTES}
    vector = LOAD_BYTES // (2 if launch.dtype == "f16" else 4)
    if launch.layout == "nhwc" and launch.channels % vector == 0 and narrow:
        found.append(("loads", ", ".join(f"{count} of {width} bytes" for width, count in narrow.items())))
    return found


def subgroup_checks_of(launch):
    """The floors of products by sub-groups."""
    found, floor = [], MIN_SUBGROUP_SHARE
    if (launch.share() or 0) < floor:
        found.append(("share", f"{launch.share() or 0:.1f} % of {launch.figures['instructions']} instructions, expected {floor} %"))
    narrow = {width: count for width, count in launch.loads("global").items() if width < SUBGROUP_LOAD_BYTES}
    if narrow:
        found.append(("loads", ", ".join(f"{count} of {width} bytes" for width, count in narrow.items())))
    return found


def checks_of(launch):
    """What a launch fails: (check, what was found)."""
    if launch.error:
        return [("build", launch.error)]
    found, figures = [], launch.figures
    if not launch.target.judged:
        return found
    if figures["spills"]:
        found.append(("spills", f"{figures['spills']} {'registers' if launch.target.vendor == 'amd' else 'bytes'}"))
    if figures["scratch"] and launch.layout == "nhwc":
        found.append(("private", f"{figures['scratch']} bytes of private memory"))
    if launch.warps() < MIN_WARPS:
        found.append(("occupancy", f"{launch.warps():.2g} warps a scheduler ({figures['registers']} registers, "
                                   f"{launch.local_bytes} bytes local, groups of {launch.items})"))
    if launch.groups < MIN_GROUPS * launch.cores:
        found.append(("groups", f"{launch.groups} groups on {launch.cores:g} cores"))
    if launch.target.preset == FILLED_PRESET and launch.layer in FILLED_LAYERS and launch.groups < MIN_FILLED_GROUPS:
        found.append(("filled", f"{launch.groups} groups, expected {MIN_FILLED_GROUPS}"))
    if launch.kernel in SUBGROUP_PRODUCTS:
        return found + subgroup_checks_of(launch)
    return found + (product_checks_of(launch) if launch.kernel in PRODUCTS else [])


class Exceptions(known.Known):
    """Failures that are known, with reasons."""
    COLUMNS = ("check", "target", "layer", "layout", "dtype", "variant", "kernel", "reason")

    def __init__(self, path):
        super().__init__(path, self.COLUMNS)

    def reason(self, check, launch):
        return self.reason_of(dict(vars(launch), check=check, target=launch.target.name))

    def unused_of(self, names):
        """Rows that no failure needed, of those whose targets were all looked at."""
        return self.unused(lambda row: all(target.name in names for target in targets.TARGETS
                                           if fnmatch.fnmatchcase(target.name, row["target"])))


def worst_of(launches):
    """The figures that may only get better, by key: the worst of the variants that launch the kernel for a layer."""
    found = {}
    for launch in launches:
        if launch.error or not launch.target.judged:
            continue
        key = (launch.target.name, launch.layer, launch.layout, launch.dtype, launch.kernel)
        values = (launch.share(), launch.width("global"), launch.width("local"))
        if any(value is not None for value in values):
            found.setdefault(key, []).append(values)
    return {key: tuple(min((value for value in column if value is not None), default=None) for column in zip(*values))
            for key, values in found.items()}


class Baseline:
    """The figures that are checked in."""
    FIGURES = ("multiply_adds_percent", "global_load_bytes", "local_load_bytes")

    def __init__(self, path):
        self.path, self.rows, self.compilers = path, {}, {}
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self.rows[tuple(row[column] for column in KEY)] = [row[name] for name in self.FIGURES]
                self.compilers[row["target"]] = row["compiler"]

    @staticmethod
    def text(values):
        return ["" if value is None else f"{value:.1f}" for value in values]

    def compare(self, worst, compilers):
        """Lists of lines: what is worse; what is better, new or gone. With another compiler nothing is worse."""
        failed, notes = [], []
        for name, compiler in sorted(compilers.items()):
            if self.compilers.get(name, compiler) != compiler:
                notes.append(f"{name}: {compiler}, the baseline is of {self.compilers[name]}: not compared")
        for key, values in sorted(worst.items()):
            if self.compilers.get(key[0], compilers[key[0]]) != compilers[key[0]]:
                continue
            if key not in self.rows:
                notes.append(f"{' '.join(key)}: new")
                continue
            for name, before, after in zip(self.FIGURES, self.rows[key], self.text(values)):
                if before != after:
                    is_worse = before and after and float(after) < float(before)
                    (failed if is_worse else notes).append(f"{' '.join(key)}: {name} {before or 'none'} -> {after or 'none'}")
        notes += [f"{' '.join(key)}: gone" for key in sorted(self.rows) if key[0] in compilers and key not in worst]
        return failed, notes

    def write(self, worst, compilers):
        """Replaces the rows of these targets."""
        kept = {key: values for key, values in self.rows.items() if key[0] not in compilers}
        kept.update({key: self.text(values) for key, values in worst.items()})
        versions = {**self.compilers, **compilers}
        with open(self.path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*KEY, "compiler", *self.FIGURES])
            for key in sorted(kept):
                writer.writerow([*key, versions[key[0]], *kept[key]])
