"""The parsers of compilers' output, on samples of our own kernels' output, and the judgement of figures. No compiler is needed.

The samples are normalise_sums_nhwc of cl/normalise.cl, cut from the files that test_vendors.py reads.
"""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # the sources may be read-only
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "python"))
# pylint: disable=wrong-import-position
import amd
import fetch
import intel
import judge
import listing
import nvidia
import tables
import targets
import test_vendors
from listing import Instruction, Label

KERNEL = "normalise_sums_nhwc"


def sample(name):
    with open(f"{HERE}/samples/{name}", encoding="utf-8") as file:
        return file.read()


def target(name):
    return next(item for item in targets.TARGETS if item.name == name)


def code(text):
    """A listing from words: "a:" a label, "m" a multiply-add, "mm" two packed into one instruction, "4" and "16" loads of that many
    bytes, ">a" a jump, "?a" a jump that may not be taken, "." any other."""
    items = []
    for word in text.split():
        if word.endswith(":"):
            items.append(Label(word[:-1]))
        elif word[0] in ">?":
            items.append(Instruction(word, targets=(word[1:],), falls=word[0] == "?"))
        else:
            items.append(Instruction(word, word.count("m"), ("global", int(word)) if word.isdigit() else None))
    return items


class Loops(unittest.TestCase):
    def inner(self, text):
        figures = listing.figures_of(code(text))
        return figures["loops"], figures["multiply_adds"], figures["instructions"]

    def test_no_loop(self):
        self.assertEqual(self.inner(". m m 16"), (0, 2, 4))

    def test_one_loop(self):
        self.assertEqual(self.inner(". . a: m . ?a ."), (1, 1, 3))

    def test_loop_whose_end_lies_before_its_entry(self):
        self.assertEqual(self.inner(">b a: m . b: . ?a ."), (1, 1, 4))

    def test_inner_loop_is_chosen_though_the_outer_one_has_more(self):
        self.assertEqual(self.inner("a: m m m b: m ?b . ?a"), (2, 1, 2))

    def test_a_detour_with_a_loop_of_its_own_is_not_chosen(self):
        self.assertEqual(self.inner("a: ?c m m m m m m m m m m m m >d c: m ?c d: . ?a"), (2, 12, 16))

    def test_two_entries(self):
        self.assertEqual(self.inner("?b a: m b: m ?a ."), (1, 2, 3))

    def test_a_packed_instruction_counts_twice_as_both(self):
        self.assertEqual(self.inner(". a: mm mm m . ?a ."), (1, 5, 7))

    def test_what_never_runs_is_left_out(self):
        figures = listing.figures_of(code(". >e t: >t e: m"))
        self.assertEqual((figures["loops"], figures["code"]), (0, 3))

    def test_loads_are_those_of_loops(self):
        figures = listing.figures_of(code("4 a: 16 16 4 ?a 8"))
        self.assertEqual(figures["global_loads"], {4: 1, 16: 2})

    def test_loop_in_loop_in_loop(self):
        self.assertEqual(self.inner("a: . b: . c: m m 4 ?c . ?b . ?a ."), (3, 2, 4))


class Amd(unittest.TestCase):
    def test_gfx90a(self):
        """Two v_pk_fma_f32 in 16 instructions."""
        found = amd.parse(sample("gfx90a.s"))[KERNEL]
        expected = {"registers": 22, "spills": 0, "scratch": 0, "local": 0, "lanes": 64, "loops": 1, "instructions": 18,
                    "multiply_adds": 4, "global_loads": {16: 1}, "local_loads": {}}
        self.assertEqual(found, {**found, **expected})

    def test_instructions_that_start_together_count_once(self):
        found = amd.parse(sample("gfx1100.s"))[KERNEL]
        self.assertEqual((found["multiply_adds"], found["instructions"], found["lanes"]), (3, 16, 32))

    def test_spills_and_private_memory(self):
        text = sample("gfx90a.s").replace(".vgpr_spill_count: 0", ".vgpr_spill_count: 165")
        text = text.replace(".private_segment_fixed_size: 0", ".private_segment_fixed_size: 664")
        found = amd.parse(text)[KERNEL]
        self.assertEqual((found["spills"], found["scratch"]), (165, 664))

    def test_names_of_loads(self):
        body = "k:\n" + "".join(f"\t{line}\n" for line in (
            "global_load_dwordx4 v[0:3], v0, s[0:1]", "global_load_b64 v[0:1], v0, s[0:1]", "global_load_ushort v0, v1, s[0:1]",
            "global_load_short_d16_hi v0, v1, s[0:1]", "global_load_d16_b16 v0, v1, s[0:1]", "buffer_load_dword v0, v1, s[0:3], 0",
            "global_load_u8 v0, v1, s[0:1]", "s_load_dwordx8 s[0:7], s[0:1], 0x0", "ds_read_b128 v[0:3], v0",
            "ds_read2_b64 v[0:3], v0 offset1:1", "ds_load_2addr_b32 v[0:1], v0 offset1:1", "ds_read_u16 v0, v0",
            "ds_read2st64_b32 v[0:1], v0 offset1:1", "global_store_dwordx4 v0, v[0:3], s[0:1]", "s_endpgm"))
        metadata = sample("gfx90a.s")
        text = body + metadata[metadata.index("\t.section"):].replace(KERNEL, "k")
        found = amd.parse(text)["k"]
        self.assertEqual(found["global_loads"], {1: 1, 2: 3, 4: 1, 8: 1, 16: 1})
        self.assertEqual(found["local_loads"], {2: 1, 8: 2, 16: 2})


class Nvidia(unittest.TestCase):
    def test_sm_80(self):
        found = nvidia.parse(sample("sm_80.log"), sample("sm_80.sass"))[KERNEL]
        expected = {"registers": 30, "spills": 0, "scratch": 0, "local": 0, "lanes": 32, "loops": 1, "instructions": 17,
                    "multiply_adds": 4, "global_loads": {4: 4}, "local_loads": {}}
        self.assertEqual(found, {**found, **expected})

    def test_spills_stack_and_local_memory(self):
        log = sample("sm_80.log").replace("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads",
                                          "40 bytes stack frame, 24 bytes spill stores, 36 bytes spill loads")
        log = log.replace("used 0 barriers,", "used 1 barriers, 2176 bytes smem,")
        found = nvidia.parse(log, sample("sm_80.sass"))[KERNEL]
        self.assertEqual((found["spills"], found["scratch"], found["local"]), (60, 40, 2176))

    def test_instructions(self):
        lines = ("LDG.E.128.CONSTANT R4, [R2.64]", "LDG.E.U16 R4, [R2.64]", "LDGSTS.E.128 [R0], [R2.64]", "LDS.U.128 R4, [R2]",
                 "LDS R4, [R2]", "HFMA2.MMA R4, -RZ, RZ, 0, 0", "HFMA2.MMA R4, R5, R6, R7", "HFMA2 R4, R5, R6, R7", "FFMA R4, R5, R6, R4",
                 "IMAD R4, R5, R6, R4", "@!P0 FFMA R4, R5, R6, R4", "EXIT", "NOP")
        sass = "\t.section\t.text.k,\"ax\",@progbits\n" + "".join(f"        /*{i:04x}*/   {line} ;\n" for i, line in enumerate(lines))
        found = nvidia.parse("Compiling entry function 'k' for 'sm_80'\nUsed 8 registers", sass)["k"]
        self.assertEqual(found["global_loads"], {2: 1, 16: 2})
        self.assertEqual(found["local_loads"], {4: 1, 16: 1})
        self.assertEqual((found["multiply_adds"], found["code"]), (4, 12))

    def test_a_jump_that_depends_on_a_second_predicate_falls_through(self):
        sass = "\t.section\t.text.k,\"ax\",@progbits\n.L_x_1:\n /*0*/ FFMA R4, R5, R6, R4 ;\n /*1*/ BRA P1, `(.L_x_1) ;\n /*2*/ EXIT ;\n"
        found = nvidia.parse("Compiling entry function 'k' for 'sm_80'\nUsed 8 registers", sass)["k"]
        self.assertEqual((found["loops"], found["code"]), (1, 3))

    def test_only_wanted_kernels_are_left(self):
        ptx = ".version 7.5\n\t// .globl\ta\n.entry a(\n)\n{\nret;\n}\n\t// .globl\tb\n.visible .entry b(\n)\n{\nadd;\n}\n"
        self.assertEqual(nvidia.wanted_of(ptx, ("b",)), ".version 7.5\n\t// .globl\ta\n.visible .entry b(\n)\n{\nadd;\n}\n")


class Intel(unittest.TestCase):
    def test_dg2(self):
        found = intel.parse(sample("dg2.ze_info"), {KERNEL: sample("dg2.asm")})[KERNEL]
        expected = {"registers": 128, "spills": 0, "scratch": 0, "local": 0, "lanes": 16, "loops": 1, "instructions": 19,
                    "multiply_adds": 4, "global_loads": {16: 1}, "local_loads": {}}
        self.assertEqual(found, {**found, **expected})

    def test_memory_of_threads(self):
        more = ("    per_thread_memory_buffers:\n      - type:            global\n        usage:           private_space\n"
                "        size:            48\n      - type:            scratch\n        usage:           spill_fill_space\n"
                "        size:            1024\nkernels_misc_info:\n  - name:            normalise_sums_nhwc\n")
        found = intel.parse(sample("dg2.ze_info") + more, {KERNEL: sample("dg2.asm")})[KERNEL]
        self.assertEqual((found["spills"], found["scratch"]), (1024, 48))

    def test_instructions(self):
        text = "\n".join((
            "(W)     send.dc0 (16|M0)         r20      r9      null:0  0x0            0x02484401           {$10} // wr:1h+0, rd:4; oword aligned block read x8",
            "        send.dc1 (16|M0)         r8       r2      null:0  0x0            0x04805000           {$1} // wr:2+0, rd:8; hdc.dc1; untyped surface read with xyzw",
            "        send.dc1 (16|M0)         r8       r2      null:0  0x0            0x042050FE           {$1} // wr:2+0, rd:2; untyped surface read with x",
            "        send.slm (16|M0)         r8       r2      null:0  0x0            0x04803500           {$1} // wr:2+0, rd:8; load.slm.d32x4.a32",
            "        send.ugm (1|M0)          r1       r127    null:0  0xFF000000     0x6228E500           {$0} // wr:1+0, rd:2; load.ugm.d32x32t.a32.ca.ca.bti[255]",
            "        send.dc1 (16|M0)         null     r2      r4:8    0x200          0x04025000           {$1} // wr:2+8, rd:0; untyped surface write with xyzw",
            "(W)     mad (1|M0)               r2.7<1>:f     r2.6<0;0>:f       r7.1<0;0>:f       r2.6<0>:f",
            "        mad (16|M0)              r8.0<1>:f     r8.0<8;1>:f       r32.0<8;1>:f      r50.0<1>:f",
            "        mad (16|M0)              r8.0<1>:d     r8.0<8;1>:d       r32.0<8;1>:w      r50.0<1>:w"))
        ze_info = sample("dg2.ze_info").replace(KERNEL, "k")
        found = intel.parse(ze_info, {"k": text})["k"]
        self.assertEqual((found["global_loads"], found["local_loads"]), ({16: 1}, {4: 1, 16: 1}))
        self.assertEqual(found["block_loads"], {8: 1})
        self.assertEqual((found["multiply_adds"], found["code"]), (1, 9))


def launch(**changes):
    figures = {"registers": 128, "spills": 0, "scratch": 0, "local": 0, "lanes": 32, "multiply_adds": 16, "instructions": 28,
               "global_loads": {"4": 1, "16": 1}, "local_loads": {}, "block_loads": {}}
    figures.update({name: changes.pop(name) for name in list(changes) if name in figures})
    values = {"target": target("sm_80"), "layer": "a", "layout": "nhwc", "dtype": "f32", "variant": "direct",
              "kernel": "direct_nhwc", "items": 256, "groups": 264, "cores": 132, "local_bytes": 0, "figures": figures}
    return judge.Launch(**{**values, **changes})


class Occupancy(unittest.TestCase):
    def test_registers(self):
        self.assertEqual(launch().warps(), 4)  # 2 groups of 8 warps, by 65,536 registers
        self.assertEqual(launch(registers=255).warps(), 2)
        self.assertEqual(launch(registers=32).warps(), 16)

    def test_half_a_warp(self):
        self.assertEqual(launch(items=16, registers=32).warps(), 4)  # 32 groups of half a warp

    def test_local_memory(self):
        self.assertEqual(launch(registers=32, local_bytes=40 << 10).warps(), 8)  # 4 groups by 41 KiB each of 164

    def test_a_group_that_does_not_fit(self):
        self.assertEqual(launch(registers=255, items=1024).warps(), 0)

    def test_others(self):
        self.assertEqual(launch(target=target("gfx90a"), lanes=64, registers=128).warps(), 4)
        self.assertEqual(launch(target=target("gfx1100"), registers=121).warps(), 10)  # steps of 24: 144 of 1536
        self.assertEqual(launch(target=target("dg2"), lanes=16, items=64).warps(), 8)  # 32 groups of 4 threads on 16 engines


class Judgement(unittest.TestCase):
    def failed(self, **changes):
        return [check for check, _ in judge.checks_of(launch(**changes))]

    def test_checks(self):
        self.assertEqual(self.failed(), [])
        self.assertEqual(self.failed(spills=4), ["spills"])
        self.assertEqual(self.failed(scratch=4), ["private"])
        self.assertEqual(self.failed(scratch=4, layout="nchw"), [])
        self.assertEqual(self.failed(groups=263), ["groups"])
        self.assertEqual(self.failed(registers=255, items=160), ["occupancy"])
        self.assertEqual(self.failed(figures=None, error="clang: error"), ["build"])
        self.assertEqual(self.failed(target=target("gfx1100-llvm15"), spills=4), [])

    def test_floors_of_products(self):
        product = {"kernel": "group_product_nhwc", "multiply_adds": 70, "instructions": 100, "global_loads": {"16": 4}}
        self.assertEqual(self.failed(**product), [])
        self.assertEqual(self.failed(**{**product, "instructions": 101}), ["share"])
        self.assertEqual(self.failed(**{**product, "instructions": 101, "kernel": "sep_tiles_nhwc"}), [])
        self.assertEqual(self.failed(**product, target=target("gfx90a")), ["share"])
        self.assertEqual(self.failed(**product, target=target("gfx1100")), [])
        narrow = {**product, "global_loads": {"4": 1, "16": 4}}
        self.assertEqual(self.failed(**narrow, channels=64), ["loads"])
        self.assertEqual(self.failed(**narrow, channels=3), [])
        self.assertEqual(self.failed(**narrow, channels=4, dtype="f16"), [])
        self.assertEqual(self.failed(**{**narrow, "kernel": "group_product_nchw"}, channels=64, layout="nchw"), [])

    def test_floors_of_products_by_subgroups(self):
        product = {"target": target("dg2"), "kernel": "subgroup_product_nhwc", "lanes": 16, "multiply_adds": 74, "instructions": 100,
                   "global_loads": {"16": 3}, "block_loads": {"8": 5}, "channels": 64}
        self.assertEqual(self.failed(**product), [])
        self.assertEqual(self.failed(**{**product, "instructions": 101}), ["share"])
        self.assertEqual(self.failed(**{**product, "block_loads": {}}), [])
        self.assertEqual(self.failed(**{**product, "global_loads": {"4": 1, "16": 3}}), ["loads"])
        self.assertEqual(launch(**product).width("global"), 11)

    def test_two_layers_fill_a_large_gpu(self):
        self.assertEqual(self.failed(layer="resnet_14", groups=132), ["groups"])
        self.assertEqual(self.failed(layer="resnet_14", groups=131), ["groups", "filled"])
        self.assertEqual(self.failed(layer="seed", groups=131), ["groups"])

    def test_channels_of_a_problem(self):
        of = test_vendors.channels_of
        self.assertEqual(of('standard:mb1g32ic128ih56oc128oh56kh3ph1n"mc3"'), 4)
        self.assertEqual(of("separable:mb1ic3ih224oc64oh222kh3ph0"), 1)
        self.assertEqual(of("inverted:mb1ic32ih28oc24oh28kh3ph1mc192res1"), 8)

    def test_exceptions(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/exceptions.csv"
            with open(path, "w", encoding="utf-8") as file:
                file.write(",".join(judge.Exceptions.COLUMNS) + '\ngroups,sm_*,a,*,*,direct,*,"small, for a reason"\n'
                           "spills,sm_80,*,*,*,*,*,old\nspills,sm_[89]0,*,*,*,*,*,of a target that was not looked at\n")
            exceptions = judge.Exceptions(path)
            self.assertEqual(exceptions.reason("groups", launch()), "small, for a reason")
            self.assertIsNone(exceptions.reason("groups", launch(layer="b")))
            self.assertIsNone(exceptions.reason("private", launch()))
            self.assertEqual([row["reason"] for row in exceptions.unused_of(["sm_80"])], ["old"])
            exceptions.remove(exceptions.unused_of(["sm_80"]))
            self.assertEqual([row["check"] for row in judge.Exceptions(path).rows], ["groups", "spills"])

    def test_an_exception_without_a_reason(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/exceptions.csv"
            with open(path, "w", encoding="utf-8") as file:
                file.write(",".join(judge.Exceptions.COLUMNS) + "\ngroups,*,*,*,*,*,*,\n")
            self.assertRaises(ValueError, judge.Exceptions, path)

    def test_the_checked_in_exceptions(self):
        self.assertTrue(judge.Exceptions(f"{HERE}/exceptions.csv").rows)


class Figures(unittest.TestCase):
    COMPILERS = {"sm_80": "ptxas 1"}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f"{folder.name}/baseline.csv"
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(",".join([*judge.KEY, "compiler", *judge.Baseline.FIGURES]) + "\n")
        judge.Baseline(self.path).write(judge.worst_of([launch()]), self.COMPILERS)

    def compared(self, *launches, compilers=None):
        return judge.Baseline(self.path).compare(judge.worst_of(launches), compilers or self.COMPILERS)

    def test_the_same(self):
        self.assertEqual(self.compared(launch()), ([], []))

    def test_worse(self):
        failed, notes = self.compared(launch(instructions=29))
        self.assertEqual(failed, ["sm_80 a nhwc f32 direct_nhwc: multiply_adds_percent 57.1 -> 55.2"])
        self.assertEqual(notes, [])
        self.assertEqual(len(self.compared(launch(global_loads={"4": 2, "16": 1}))[0]), 1)

    def test_the_worst_variant_counts(self):
        self.assertEqual(len(self.compared(launch(), launch(variant="other", instructions=29))[0]), 1)

    def test_better(self):
        failed, notes = self.compared(launch(instructions=27))
        self.assertEqual((len(failed), len(notes)), (0, 1))

    def test_new_and_gone(self):
        failed, notes = self.compared(launch(kernel="new_nhwc"))
        self.assertEqual((failed, notes), ([], ["sm_80 a nhwc f32 new_nhwc: new", "sm_80 a nhwc f32 direct_nhwc: gone"]))

    def test_another_compiler(self):
        failed, notes = self.compared(launch(instructions=40), compilers={"sm_80": "ptxas 2"})
        self.assertEqual((failed, len(notes)), ([], 1))

    def test_other_targets_stay(self):
        judge.Baseline(self.path).write({}, {"dg2": "ocloc"})
        self.assertEqual(self.compared(launch()), ([], []))

    def test_the_page_is_written_between_its_marks(self):
        path = self.path.replace("baseline.csv", "gpu.md")
        first, last = tables.marks("nvidia")
        with open(path, "w", encoding="utf-8") as file:
            file.write("before\n" + first + "old\n" + last + "after\n")
        for _ in range(2):
            tables.write_page(path, [launch()], self.COMPILERS)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text.startswith("before\n" + first) and text.endswith(last + "after\n"))
        self.assertIn("| direct_nhwc f32 | 57 / 128 / 10 / 4 |", text)
        self.assertNotIn("old", text)


class Fetching(unittest.TestCase):
    def test_a_program_that_is_missing_skips(self):
        with self.assertRaisesRegex(fetch.Skipped, "no-such-program is not installed"):
            fetch._call(["no-such-program"])  # pylint: disable=protected-access

    def test_what_a_program_says_last_is_the_reason(self):
        with self.assertRaisesRegex(fetch.Skipped, "cannot reach"):
            fetch._call(["sh", "-c", "echo first >&2; echo cannot reach >&2; exit 1"])  # pylint: disable=protected-access


if __name__ == "__main__":
    unittest.main()
