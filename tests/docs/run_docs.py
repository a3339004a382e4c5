"""Runs the commands of a page of the documentation.

usage: run_docs.py PROGRAM SOURCE PAGE [--refresh]

- A `sh` block: each line that begins with `convlens` or `build/convlens` runs in a scratch folder that has `configs` and
  the stores convlens.db, server.db, phone.db, before.db and after.db, a sweep net.ini,
  baselines mem.json and times.json, and layers of other programs: shapes_resnet_50, miopen.log, model.onnx. It must end with status 0, or with the status that a comment
  "# exit status N" gives. Commands that would measure for minutes are narrowed to one layer and a short budget. What
  names a placeholder in capitals (FILE, COMMAND), and what is no command of convlens, is listed as not run.
- A `console` block: "$ COMMAND" and its output. "<!-- check: exact -->" before it compares the output byte for byte.
  "<!-- check: run -->" is for what is measured: the same first line, the same kinds of lines, 30 lines of 80 columns
  at most.

--refresh writes the outputs into the page.
"""
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

PLACEHOLDER = re.compile(r"(^|[\s=:])[A-Z][A-Z]+([\s.:,]|$)|…|\.\.\.")
MAX_LINES, MAX_COLUMNS = 30, 80


def prepare(folder, program, source):
    store = source / "tests/cli/stores/two_blocks.db"
    for name in ("convlens.db", "server.db", "phone.db", "before.db", "after.db"):
        shutil.copy(store, folder / name)
    phone = sqlite3.connect(folder / "phone.db")
    phone.execute("UPDATE run SET host = 'Android'")
    phone.commit()
    phone.close()
    (folder / "shapes_resnet_50").write_text('mb1ic64ih56oc64oh56kh3n"conv2"\n')
    (folder / "miopen.log").write_text("MIOpenDriver conv -n 1 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1\n")
    shutil.copy(source / "tests/unit/models/small.onnx", folder / "model.onnx")
    (folder / "configs").symlink_to(source / "configs")
    shutil.copy(source / "configs/mobilenet_v1.ini", folder / "net.ini")
    subprocess.run([program, "plan", "net.ini", "--format", "baseline:mem.json"], cwd=folder, check=True)
    subprocess.run([program, "report", "convlens.db", "--format", "baseline:times.json"], cwd=folder, check=True)
    (folder / "build").mkdir()
    (folder / "build/convlens").symlink_to(program)


def narrow(words):
    """The same command on one layer, for a short time."""
    verb = words[1] if len(words) > 1 else ""
    extra = {}
    if verb in ("run", "tune"):
        extra = {"--device": "cpu", "--layout": "nhwc", "--budget": "1" if verb == "tune" else "0.01"}
        if any(word.endswith(".ini") for word in words) and "--network" not in words:
            extra["--layer"] = "block2"
    if verb == "devices" and "--measure" in words:
        extra = {"--device": "cpu"}
    given = {word.split("=")[0] for word in words} | ({"--device"} if "-d" in words else set())
    if verb == "tune" and "--budget" in given:
        words = [w for i, w in enumerate(words) if w != "--budget" and words[i - 1] != "--budget"]
        given.discard("--budget")
    added = [part for name, value in extra.items() if name not in given for part in (name, value)]
    at = words.index("--") if "--" in words else len(words)
    return words[:at] + added + words[at:]


def run(command, folder):
    env = dict(os.environ, PATH=f"{folder / 'build'}:{os.environ['PATH']}", COLUMNS="80", LC_ALL="C.UTF-8",
               XDG_DATA_HOME=str(folder))
    return subprocess.run(["sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300, check=False)


def check_sh(block, folder, failures, skipped):
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s+#.*$", "", line).strip()
        wanted = re.search(r"# exit status (\d+)", line)
        if not command or command.startswith("#"):
            continue
        if not re.match(r"(build/)?convlens\s", command) or PLACEHOLDER.search(command):
            skipped.append(command)
            continue
        words = narrow(shlex.split(command))
        result = run(shlex.join(words), folder)
        if result.returncode != (int(wanted[1]) if wanted else 0):
            failures.append(f"$ {shlex.join(words)}\nexit status {result.returncode}\n{result.stderr[-600:]}")


def kinds(text):
    return {line.split()[0] for line in text.splitlines() if line.strip()}


def check_console(kind, block, folder, failures):
    command, _, expected = block.partition("\n")
    command = command[2:]
    result = run(command, folder)
    got = result.stdout
    if result.returncode != 0:
        failures.append(f"$ {command}\nexit status {result.returncode}\n{result.stderr[-600:]}")
    elif kind == "exact" and got != expected:
        failures.append(f"$ {command}\nexpected:\n{expected}\ngot:\n{got}")
    elif kind == "run":
        lines = got.splitlines()
        if lines[:1] != expected.splitlines()[:1] or kinds(got) != kinds(expected):
            failures.append(f"$ {command}\nexpected lines of these kinds: {sorted(kinds(expected))}\ngot:\n{got}")
        if len(lines) > MAX_LINES or max(map(len, lines)) > MAX_COLUMNS:
            failures.append(f"$ {command}\nmore than {MAX_LINES} lines or {MAX_COLUMNS} columns:\n{got}")
    return f"$ {command}\n{got}"


def main():
    program, source, page = (Path(argument).resolve() for argument in sys.argv[1:4])
    failures, skipped, ran = [], [], 0
    text = page.read_text(encoding="utf-8")
    blocks = re.compile(r"(?:<!-- check: (\w+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, program, source)

        def visit(match):
            nonlocal ran
            kind, language, block = match.groups()
            ran += 1
            if language == "sh":
                check_sh(block, folder, failures, skipped)
            elif language == "console" and kind:
                return match[0].replace(block, check_console(kind, block, folder, failures))
            elif language == "console":
                failures.append(f"a console block without a check: {block[:60]}")
            return match[0]

        refreshed = blocks.sub(visit, text)
    if "--refresh" in sys.argv:
        page.write_text(refreshed, encoding="utf-8")
        return
    print(f"{page.name}: {ran} blocks, not run: {'; '.join(skipped) if skipped else 'none'}")
    if failures:
        sys.exit("\n\n".join(failures))


main()
