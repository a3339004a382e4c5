"""Makes a copy of cl/ in which one kernel does more work by a known share.

Usage: slow_kernel.py SOURCES TARGET KERNEL EVERY
Every EVERY-th work-group of KERNEL does all of its work twice: with 10, the kernel does 10 % more. The answer stays the
same. `CONVLENS_CL_DIR=TARGET convlens run ...` uses the copy. For campaigns that ask whether `convlens compare` finds it.
"""
import os
import re
import shutil
import sys

LOOP = """    const size_t slow_group = get_group_id(0) + get_num_groups(0) * (get_group_id(1) + get_num_groups(1) * get_group_id(2));
    for (int again = 0; again <= (slow_group % {every} == 0); again++) {{
    barrier(CLK_LOCAL_MEM_FENCE);
"""


def slowed(text, kernel, every):
    """The source with the kernel's body, but for its arrays in local memory, in a loop."""
    head = re.search(r"kernel void " + kernel + r"\([^)]*\)\s*\n{\n", text)
    if not head:
        return None
    end = text.index("\n}\n", head.end()) + 1
    body = text[head.end():end]
    if "return" in body:
        raise SystemExit(f"{kernel}: a return would end the loop")
    arrays = [match.end() for match in re.finditer(r"^ *__local .*;\n", body, re.MULTILINE)]
    begin = arrays[-1] if arrays else 0
    return (text[:head.end()] + body[:begin] + LOOP.format(every=every) + body[begin:] + "    }\n" + text[end:])


def main(sources, target, kernel, every):
    os.makedirs(target, exist_ok=True)
    found = False
    for name in sorted(os.listdir(sources)):
        path = os.path.join(sources, name)
        if not name.endswith((".cl", ".clh")):
            continue
        with open(path, encoding="utf-8") as source:
            changed = slowed(source.read(), kernel, int(every))
        if changed is None:
            shutil.copyfile(path, os.path.join(target, name))
            continue
        found = True
        with open(os.path.join(target, name), "w", encoding="utf-8") as copy:
            copy.write(changed)
    if not found:
        raise SystemExit(f"{kernel}: not a kernel of {sources}")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
