"""What was found, as tables: on the terminal and in docs/gpu.md."""
import os
import re

import judge


def marks(vendor):
    """What stands before and after a vendor's tables in the page."""
    return f"<!-- vendors: {vendor} -->\n", f"<!-- vendors: end of {vendor} -->\n"


def _names(launches):
    return list(dict.fromkeys(launch.target.name for launch in launches if not launch.error))


def _range(values, form):
    found = sorted({form.format(value) for value in values if value is not None}, key=float)
    return "" if not found else found[0] if len(found) == 1 else f"{found[0]}-{found[-1]}"


def _cell(launches):
    """Multiply-adds in per cent, registers, bytes of a global load, warps; from the least to the greatest of the layers."""
    if not launches:
        return ""
    parts = [_range([launch.share() for launch in launches], "{:.0f}"),
             _range([launch.figures["registers"] for launch in launches], "{}"),
             _range([launch.width("global") for launch in launches], "{:.0f}"),
             _range([launch.warps() for launch in launches], "{:.2g}")]
    spills = max(launch.figures["spills"] for launch in launches)
    return " / ".join(part or "-" for part in parts) + (f" spills {spills}" if spills else "")


def _kernel_rows(launches):
    """Heading and rows: each kernel by layout and type, a column for each target."""
    names = _names(launches)
    rows = [["kernel", *names]]
    by_kernel = {}
    for launch in launches:
        if not launch.error:
            by_kernel.setdefault((launch.kernel, launch.dtype), {}).setdefault(launch.target.name, []).append(launch)
    for (kernel, dtype), found in sorted(by_kernel.items()):
        rows.append([f"{kernel} {dtype}", *(_cell(found.get(name, [])) for name in names)])
    return rows


def _group_rows(launches):
    """The groups of each variant's product that groups share, or of its largest launch, in NHWC and f32, a column for each
    device that is planned for."""
    presets = list(dict.fromkeys(launch.target.preset for launch in launches))
    cores = {launch.target.preset: launch.cores for launch in launches}
    rows = [["layer, variant", *(f"{preset} ({cores[preset]:g} cores)" for preset in presets)]]
    found = {}
    for launch in launches:
        if (launch.layout, launch.dtype) == ("nhwc", "f32") and not re.match("pack_|winograd_weights|update_", launch.kernel):
            most = found.setdefault((launch.layer, launch.variant), {})
            size = launch.kernel in judge.PRODUCTS + judge.SUBGROUP_PRODUCTS, launch.groups
            most[launch.target.preset] = max(most.get(launch.target.preset, size), size)
    for (layer, variant), most in found.items():
        rows.append([f"{layer} {variant}", *(str(most[preset][1]) if preset in most else "" for preset in presets)])
    return rows


def _columns(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _markdown(rows):
    lines = ["| " + " | ".join(cell for cell in row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def _line(launch):
    figures = launch.figures
    share = "-" if launch.share() is None else f"{launch.share():.0f} %"
    loads = {where: " ".join(f"{count}x{width}" for width, count in figures[f"{where}_loads"].items()) or "-"
             for where in ("global", "block", "local")}
    return [launch.target.name, launch.layer, launch.layout, launch.dtype, launch.variant, launch.kernel, str(launch.items),
            str(launch.groups), str(figures["registers"]), str(max(launch.local_bytes, figures["local"])),
            f"{launch.warps():.2g}", str(figures["spills"]), str(figures["scratch"]),
            f"{figures['multiply_adds']}/{figures['instructions']}", share, loads["global"], loads["block"], loads["local"]]


def _by_vendor(launches):
    found = {}
    for launch in launches:
        found.setdefault(launch.target.vendor, []).append(launch)
    return found


def table(launches, everything):
    """Lines for the terminal."""
    yield "Multiply-adds % of the inner loop / registers / bytes of a global load / warps a scheduler (docs/gpu.md):"
    for own in _by_vendor(launches).values():
        yield ""
        yield from _columns(_kernel_rows(own))
    if everything:
        yield ""
        heading = ["target", "layer", "layout", "dtype", "variant", "kernel", "items", "groups", "registers", "local", "warps",
                   "spills", "private", "inner", "share", "global loads", "block loads", "local loads"]
        lines = {tuple(_line(launch)): None for launch in launches if not launch.error}
        yield from _columns([heading, *lines])


def write_page(path, launches, compilers):
    """Puts each vendor's tables into the page, between their marks."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for vendor, own in _by_vendor(launches).items():
        versions = "; ".join(f"{name}: {compilers[name]}" for name in dict.fromkeys(launch.target.name for launch in own))
        lines = ["", f"Compilers: {versions}.", "", *_markdown(_kernel_rows(own)), "",
                 "Groups of the product that groups share, or of the largest launch; NHWC, f32:", "",
                 *_markdown(_group_rows(own)), ""]
        first, last = marks(vendor)
        text = text.split(first)[0] + first + "\n".join(lines) + "\n" + last + text.split(last)[1]
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(f"{path}.new", path)
