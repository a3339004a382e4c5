#!/usr/bin/env python3
"""test_traffic.py PLUGIN FOLDER: what the plug-in of traffic.cpp counts of kernels whose traffic is known."""
import json
import os
import pathlib
import shutil
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import children  # noqa: E402
import traffic  # noqa: E402

LOCAL = "local float tile[4096]; int i = get_local_id(0); "
FLUSH = "b[i] = tile[{}];"


class Case:
    """A kernel over buffers a and b of 64 KiB, and an int n that is 3 unless given."""

    def __init__(self, source, items=64, group=None, n=3, type="float"):
        self.source, self.items, self.group, self.n = source, items, group or (items, 1, 1), n
        self.type = type

    def run(self, folder, plugin, name):
        kernel = self.source if "kernel" in self.source else (
            f"kernel void test(global const {self.type}*a, global {self.type}*b, int n) {{ {self.source} }}\n")
        (folder / f"{name}.cl").write_text(kernel)
        (folder / f"{name}.sim").write_text(
            f"{name}.cl\ntest\n{self.items} {self.group[1]} 1\n{' '.join(str(side) for side in self.group)}\n"
            "<size=65536 fill=0 float>\n<size=65536 fill=0 float>\n" f"<size=4 int>\n{self.n}\n")
        counted = folder / f"{name}.json"
        ran = children.run(["oclgrind-kernel", f"{name}.sim"], cwd=folder,
                           env={**os.environ, "OCLGRIND_PLUGINS": str(plugin), "CONVLENS_TRAFFIC": str(counted)})
        assert ran.returncode == 0 and not ran.stderr, ran.stderr
        launches = [json.loads(line) for line in counted.read_text().splitlines()]
        assert len(launches) == 1, launches
        return launches[0]


def counts(launch, memory, access, lanes="32"):
    """requests, units, least, split of all places."""
    places = [place[lanes] for place in launch["places"] if (place["memory"], place["access"]) == (memory, access)]
    return tuple(sum(place[what] for place in places) for what in ("requests", "units", "least", "split"))


def reads(launch, lanes="32"):
    return counts(launch, "global", "read", lanes)


ITEM = "int i = get_global_id(0); "


def test_vectors_side_by_side_need_the_least(run):
    launch = run(Case(ITEM + "b[i] = a[i];", type="float4"))
    assert reads(launch) == counts(launch, "global", "write") == (2, 32, 32, 32)
    assert reads(launch, "64") == (1, 32, 32, 32)
    assert launch["read_bytes"] == launch["written_bytes"] == 1024
    assert (launch["kernel"], launch["global"], launch["local"]) == ("test", [64, 1, 1], [64, 1, 1])


def test_every_second_float_needs_twice_the_least(run):
    assert reads(run(Case(ITEM + "b[i] = a[2 * i];"))) == (2, 16, 8, 16)


def test_a_shift_by_one_float_needs_one_sector_more(run):
    launch = run(Case(ITEM + "b[i] = a[i + 1];"))
    assert reads(launch) == (2, 10, 8, 10) and reads(launch, "64") == (1, 9, 8, 9)


def test_one_float_for_all_is_one_sector(run):
    launch = run(Case(ITEM + "b[i] = a[n];"))
    assert reads(launch) == (2, 2, 2, 2) and launch["read_bytes"] == 4


def test_a_column_needs_a_sector_for_each_lane(run):
    assert reads(run(Case(ITEM + "b[i] = a[16 * i];"))) == (2, 64, 8, 64)


def test_vload_promises_an_element(run):
    launch = run(Case(ITEM + "vstore4(vload4(i, a), i, b);"))
    assert reads(launch) == counts(launch, "global", "write") == (2, 32, 32, 128)
    assert [place["promised"] for place in launch["places"]] == [4, 4]


def test_vload_half_promises_a_half(run):
    launch = run(Case(ITEM + "vstore_half4(vload_half4(i, a), i, b);", type="half"))
    assert reads(launch) == counts(launch, "global", "write") == (2, 16, 16, 64)
    assert [place["bytes"] for place in launch["places"]] == [8, 8]


def test_wide_accesses_are_several(run):
    launch = run(Case(ITEM + "b[i] = a[i];", type="float8"))
    assert reads(launch) == (4, 128, 64, 128)


def test_lanes_join_again_after_a_branch(run):
    """A lane that leaves out a turn of a loop is in the next one with the others."""
    launch = run(Case(ITEM + "float s = 0; for (int k = 0; k < n; k++) { if (k == 1 && i % 2) continue; "
                      "s += a[k * 64 + i]; } b[i] = s;"))
    assert reads(launch) == (2 * 3, 2 * (4 + 4 + 4), 2 * (4 + 2 + 4), 2 * (4 + 4 + 4))


def test_loops_end_at_different_turns(run):
    launch = run(Case(ITEM + "float s = 0; for (int k = 0; k < i; k++) s += a[k]; s += a[64 + i]; b[i] = s;"))
    requests, units, least, _ = reads(launch)
    assert requests == 31 + 1 + 63 + 1 and units == least == 31 + 4 + 63 + 4


def test_inner_loops_begin_anew(run):
    launch = run(Case(ITEM + "float s = 0; for (int j = 0; j < n; j++) for (int k = 0; k < n + i % 2; k++) "
                      "s += a[(j * 4 + k) * 64 + i]; b[i] = s;"))
    assert reads(launch)[0] == 2 * 3 * 4


def test_functions_are_told_apart_by_their_callers(run):
    launch = run(Case("__attribute__((noinline)) float get(global const float*p, int n) {\n"
                      "float s = 0; for (int k = 0; k < n; k++) s += p[k * 64]; return s; }\n"
                      "kernel void test(global const float*a, global float*b, int n) {\n"
                      "int i = get_global_id(0);\n b[i] = get(a + i, n) +\n get(a + 2 * i, n); }\n"))
    places = sorted((place["at"], place["32"]["units"], place["32"]["least"]) for place in launch["places"]
                    if place["access"] == "read")
    assert places == [(["input.cl:2", "input.cl:5"], 24, 24), (["input.cl:2", "input.cl:6"], 48, 24)], places


def test_lanes_are_counted_along_x_first(run):
    launch = run(Case("int i = get_local_id(0) + 8 * get_local_id(1); b[i] = a[i];", items=8, group=(8, 8, 1)))
    assert reads(launch) == (2, 8, 8, 8)


def test_a_small_group_is_a_warp(run):
    launch = run(Case(ITEM + "b[i] = a[i];", items=64, group=(8, 1, 1)))
    assert reads(launch) == reads(launch, "64") == (8, 8, 8, 8)


def test_constant_memory_is_left_out(run):
    launch = run(Case("constant float c[4] = {1, 2, 3, 4};\nkernel void test(constant float*a, global float*b, int n) {"
                      "int i = get_global_id(0); b[i] = c[(i + n) % 4] + a[i]; }\n"))
    assert reads(launch) == (0, 0, 0, 0)


def local(run, body, **options):
    return counts(run(Case(LOCAL + body, **options)), "local", "read")


def test_words_side_by_side_are_in_different_banks(run):
    assert local(run, "tile[i] = n; barrier(1); b[i] = tile[63 - i];") == (2, 2, 2, 2)


def test_a_stride_of_all_banks_is_a_conflict_of_all_lanes(run):
    assert local(run, "tile[32 * i] = n; barrier(1); b[i] = tile[32 * (63 - i)];") == (2, 64, 2, 64)


def test_a_padded_stride_is_none(run):
    assert local(run, "tile[33 * i] = n; barrier(1); b[i] = tile[33 * (63 - i)];") == (2, 2, 2, 2)


def test_a_word_for_all_lanes_is_none(run):
    assert local(run, "tile[i] = n; barrier(1); b[i] = tile[n];") == (2, 2, 2, 2)


def test_vectors_take_a_quarter_of_a_warp_at_a_time(run):
    body = ("local float4 tile[64]; int i = get_local_id(0); tile[i] = a[i]; barrier(1); "
            "b[i] = tile[63 - i];")
    assert counts(run(Case(body, type="float4")), "local", "read") == (2, 8, 8, 8)


def test_loose_vectors_conflict_where_they_are_split(run):
    assert local(run, "tile[i] = n; barrier(1); b[i] = vload4(63 - i, tile).s3 + vload4(63 - i, tile).s0;",
                 ) == (2, 8, 8, 2 * 4 * 4)


def test_a_launch_that_is_too_long_is_incomplete(run):
    launch = run(Case(ITEM + "float s = 0; for (int k = 0; k < n; k++) s += a[k & 255]; b[i] = s;", items=1,
                      n=(1 << 18) + 1))
    assert not launch["complete"] and run(Case(ITEM + "b[i] = a[i];"))["complete"]


def row(kernel="direct_nhwc", **figures):
    key = dict(zip(traffic.KEY, ("h100", "dense", "nhwc", "f32", "direct", kernel)))
    return {**dict.fromkeys(traffic.FIGURES, 1.0), **key, **figures}


def test_figures_may_only_get_better(_):
    floors = {traffic.key_of(row()): row()}
    ran = [("h100", "dense")]
    assert not traffic.complaints([row(split=0.9)], floors, ran)
    assert "split 1.2, was 1.0" in traffic.complaints([row(split=1.2)], floors, ran)[0]
    assert "does not have it" in traffic.complaints([row(), row("new")], floors, ran)[0]
    assert "did not run" in traffic.complaints([], floors, ran)[0]
    assert not traffic.complaints([], floors, [("h100", "pointwise")])


def test_a_figure_above_its_target_is_marked(_):
    good = row(conflicts=0.0)
    assert not traffic.above(good) and traffic.above({**good, "sectors_64": 1.3}) == ["sectors_64"]
    assert traffic.above({**good, "conflicts": 0.06}) == ["conflicts"]
    assert not traffic.above({**row("pack_taps"), "sectors_32": 8.0})


def test_a_figure_above_its_target_needs_a_reason(_, __, folder):
    path = folder / "exceptions.csv"
    path.write_text("device,case,layout,dtype,variant,kernel,figure,reason\n"
                    "h100,dense,nhwc,*,*,*,conflicts,known\n*,dense,nchw,*,*,*,*,old\n")
    exceptions = traffic.known.Known(path, traffic.KEY + ("figure", "reason"))
    good = row(conflicts=0.0)
    assert not traffic.missed([good, {**good, "conflicts": 0.06}], exceptions)
    assert "sectors_32 1.3, expected 1.25" in traffic.missed([{**good, "sectors_32": 1.3}], exceptions)[0]
    assert not traffic.unneeded(exceptions, [("h100", "dense")])
    both = [(device, "dense") for device in traffic.DEVICES]
    assert [unused["reason"] for unused in traffic.unneeded(exceptions, both)] == ["old"]


def test_a_row_is_counted_until_its_output_is_read(_):
    launches = [{"after_host_read": read} for read in (True, False, False, True, False)]
    assert traffic.is_verified(launches) and traffic.first_pass(launches) == launches[:3]
    assert not traffic.is_verified(launches[:3]) and traffic.first_pass(launches[:3]) == launches[:3]


def test_a_missing_file_is_refused(run, plugin):
    environment = {key: value for key, value in os.environ.items() if key != "CONVLENS_TRAFFIC"}
    ran = children.run(["oclgrind-kernel", "none.sim"], env={**environment, "OCLGRIND_PLUGINS": str(plugin)})
    assert ran.returncode == 1 and "CONVLENS_TRAFFIC is not set" in ran.stderr, ran.stderr


def main():
    plugin, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    if not shutil.which("oclgrind-kernel"):
        print("SKIP: oclgrind-kernel is not there")
        sys.exit(77)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    failed = 0
    for name, test in [(name, test) for name, test in globals().items() if name.startswith("test_")]:
        made = []

        def run(case):
            made.append(case)
            return case.run(folder, plugin, f"{name}_{len(made)}")
        try:
            test(*(run, plugin, folder)[:test.__code__.co_argcount])
            print(f"ok {name}")
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: {error}")
            traceback.print_exc(limit=-2, file=sys.stdout)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
