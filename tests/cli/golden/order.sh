# The order of a network's steps.
cat >net.ini <<'EOT'
[sweep]
forms = pointwise
[network]
[layer stem]
in = 1x4x4
out = 2
kernel = 1
[layer a1]
from = stem
in = 2x4x4
out = 50
kernel = 1
[layer b1]
from = stem
in = 2x4x4
out = 40
kernel = 1
[layer a2]
from = a1
in = 50x4x4
out = 1
kernel = 1
[layer b2]
from = b1
in = 40x4x4
out = 1
kernel = 1
[op sum]
type = add
from = a2, b2
EOT
tell() { convlens plan net.ini --network --variant direct,pw_direct --layout nhwc --no-weights "$@" 2>&1; echo "-> $?"; }
tell -v
tell -v --order best
tell --order file --format csv | head -n 1 | cut -c1-20
tell --order bset
