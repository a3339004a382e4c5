"""A folder of --emit-kernels: usage: check_kernels.py FOLDER

Each launch names a source that is there and that has its kernel; sizes divide; options are what a compiler takes. Prints
a summary.
"""
import json
import os
import re
import sys

FOLDER = sys.argv[1]
KEYS = ["layer", "problem", "layout", "dtype", "variant", "stage", "kernel", "source", "options", "global", "local",
        "groups", "local_bytes"]

with open(os.path.join(FOLDER, "kernels.json"), encoding="utf-8") as stream:
    DOCUMENT = json.load(stream)
assert list(DOCUMENT) == ["schema", "device", "kernels"] and DOCUMENT["schema"] == "kernels:1", list(DOCUMENT)

TEXTS = {}
for kernel in DOCUMENT["kernels"]:
    assert list(kernel) == KEYS, list(kernel)
    name = kernel["source"]
    assert re.fullmatch(r"[a-z0-9_]+\.cl", name), name
    if name not in TEXTS:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as stream:
            TEXTS[name] = stream.read()
        assert TEXTS[name].startswith('#line 1 "common.clh"\n') and "#include" not in TEXTS[name], name
    assert re.search(r"\b" + kernel["kernel"] + r"\b|##", TEXTS[name]), kernel
    assert all(re.fullmatch(r"-cl-std=CL1\.2|-D|-?D?[A-Z_0-9]+=-?[0-9]+", word) for word in kernel["options"].split()), \
        kernel["options"]
    groups = 1
    for items, local in zip(kernel["global"], kernel["local"]):
        assert local > 0 and items > 0 and items % local == 0, kernel
        groups *= items // local
    assert groups == kernel["groups"], kernel
print(f"{len(DOCUMENT['kernels'])} launches of {len(TEXTS)} sources for {DOCUMENT['device']['key']}")
