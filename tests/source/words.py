"""Every heading of a table is explained: those in src/report, found in the sources, and those of row.def and policy.h.

Usage: words.py SOURCE CONVLENS
"""
import pathlib
import re
import subprocess
import sys

# Headings that are names: of devices, and of policies in row.def.
NAMES = {"policy"}


def headings_of(text):
    """Literals of arrays called headings or names, of cvl_grid_column, and of tables of columns or properties."""
    found = []
    for array in re.findall(r"\b(?:headings|names)\[\] = \{(.*?)\};", text, re.S):
        found += re.findall(r'"((?:[^"\\]|\\.)*)"', array)
    found += re.findall(r'cvl_grid_column\([^,]*, "((?:[^"\\]|\\.)*)"', text)
    for array in re.findall(r"struct (?:column|property) \w+\[\] = \{(.*?)\n\};", text, re.S):
        found += re.findall(r'\{"((?:[^"\\]|\\.)*)",', array)
    return [re.sub("^[>~|]", "", heading) for heading in found]


def metric_headings(text):
    return [heading for heading in re.findall(r'(?:NONE|BYTES|SECONDS|RATIO), "([^"]*)", [("]', text)
            if heading not in NAMES] + re.findall(r'CVL_ROW_KEY\(\w+, "([^"]*)"', text)


def policy_headings(text):
    return [heading for pair in re.findall(r'EACH\(\w+, \w+, "([^"]*)", "([^"]*)"', text) for heading in pair]


def main():
    source, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    found = {}
    for file in sorted((source / "src/report").glob("*.c")):
        uses_grid = "cvl_grid_column" in (text := file.read_text(encoding="utf-8"))
        for heading in headings_of(text) if uses_grid else []:
            found.setdefault(heading, file.name)
    for file in [*(source / "src/report").glob("answer*.c"), source / "src/model/answer_words.c"]:
        for word in re.findall(r'"([A-Z][A-Z ]+[A-Z])[:,; ]*"', file.read_text(encoding="utf-8")):
            found.setdefault(word, file.name)
    for name, take in (("row.def", metric_headings), ("policy.h", policy_headings)):
        text = (source / "include/convlens" / name).read_text(encoding="utf-8")
        for heading in take(text):
            found.setdefault(heading, name)
    found.pop("", None)
    assert len(found) > 60, f"only {len(found)} headings were found: {sorted(found)}"
    missing = [f"{heading} ({file})" for heading, file in found.items()
               if subprocess.run([program, "explain", heading], capture_output=True, check=False).returncode != 0]
    for heading in missing:
        print("no entry in src/report/terms.def for the heading", heading)
    print(f"{len(found)} headings, {len(missing)} without an entry")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
