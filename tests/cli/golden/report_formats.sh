# Markdown and JUnit of a recorded run.
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens report store.db --format markdown --format junit:junit.xml
head -n 8 junit.xml
# By the schema of JUnit: one suite for each device, whose counts are those of its cases.
python3 - <<'END'
import re
import xml.etree.ElementTree as tree

suites = tree.parse("junit.xml").getroot()
assert suites.tag == "testsuites" and not suites.attrib
for number, suite in enumerate(suites):
    assert suite.tag == "testsuite"
    for name in "name", "package", "hostname":
        assert suite.get(name).strip()
    assert suite.get("id") == str(number)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
    cases = suite.findall("testcase")
    assert [part.tag for part in suite] == ["properties"] + ["testcase"] * len(cases) + ["system-out", "system-err"]
    assert suite.get("tests") == str(len(cases)) and suite.get("errors") == "0"
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
    assert len({(case.get("classname"), case.get("name")) for case in cases}) == len(cases)
    assert all(re.fullmatch(r"\d+\.\d+", case.get("time")) and len(case) <= 1 for case in cases)
    print(suite.get("tests"), "cases,", suite.get("skipped"), "skipped")
END
