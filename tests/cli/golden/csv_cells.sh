# CSV that is read back: who drops a first apostrophe has each text, and numbers are numbers. No cell
# begins with what a spreadsheet takes for a formula, nor is a text one that it takes for a number, a
# date or a time.
cat >odd.ini <<'END'
[sweep]
name = odd
layout = nhwc
forms = pointwise
[layer =1+1]
in = 8x4x4
out = 8
kernel = 1
[layer -1]
in = 8x4x4
out = 8
kernel = 1
[layer @x]
in = 8x4x4
out = 8
kernel = 1
[layer 0:0]
in = 8x4x4
out = 8
kernel = 1
[layer 3-4]
in = 8x4x4
out = 8
kernel = 1
[layer dec2]
in = 8x4x4
out = 8
kernel = 1
[layer 'a,b]
in = 8x4x4
out = 8
kernel = 1
END
convlens plan odd.ini --variant pw_direct --format csv:plan.csv --format json:plan.json || exit 1
python3 - <<'END'
import csv
import json

cells = list(csv.DictReader(open("plan.csv", newline="")))
rows = json.load(open("plan.json"))["rows"]
assert len(cells) == len(rows) == 7
for cell, row in zip(cells, rows):
    print(cell["layer"])
    text = {name: value[1:] if value.startswith("'") else value for name, value in cell.items()}
    assert text["layer"] == row["layer"] and text["device"] == row["device"]
    assert int(cell["computed_freed_peak_bytes"]) == row["memory"]["computed"]["peak_bytes"]["freed"]
END
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens report store.db --format csv | tr -d '\r' | cut -d, -f1 | sort | uniq -c
