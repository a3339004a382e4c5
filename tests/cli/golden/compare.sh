# The maintainer of a CI: a baseline of a network, a change that adds 4 bytes to one layer, and what says so.
cat >net.ini <<'END'
[sweep]
layout = nhwc
[layer stem]
in = 3x32x32
out = 8
kernel = 3
pad = same
[layer line]
in = 1x1x9
out = 1
kernel = 1x3
stride = 2
forms = standard
END
convlens plan net.ini --format baseline:mem.json; echo "-> $?"
wc -l <mem.json
sed -n '1,4p' mem.json
convlens plan net.ini --format baseline | cmp - mem.json
convlens plan net.ini --baseline mem.json; echo "-> $?"
# One more element of output: float32, 4 bytes.
sed 's/^stride = 2/&\npad = 0x1/' net.ini >changed.ini && mv changed.ini net.ini
convlens plan net.ini --baseline mem.json; echo "-> $?"
convlens plan net.ini --baseline mem.json --format markdown:comment.md --format junit:tests.xml; echo "-> $?"
cat comment.md
grep -c '<testcase' tests.xml
grep '<failure' tests.xml
convlens plan net.ini --baseline mem.json --fail-on memory:5B >/dev/null; echo "-> $?"
convlens plan net.ini --baseline mem.json --fail-on none >/dev/null; echo "-> $?"
convlens plan net.ini --format json:new.json
convlens compare mem.json new.json --format json | sed -n '/"layer": "line"/,/^    }/p' | head -50
convlens compare new.json mem.json | tail -n 1
convlens compare new.json new.json --verbose
# A layer more and a layer fewer.
sed 's/^.layer stem./[layer trunk]/' net.ini >renamed.ini
convlens plan renamed.ini --baseline new.json --fail-on gone; echo "-> $?"
