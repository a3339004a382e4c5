# What lowers a network's peak: ops in place, concats without copies, a smaller batch.
cat >joined.ini <<'END'
[sweep]
name = joined
forms = pointwise
layout = nchw
batch = 1, 2, 4
[network]
[layer stem]
in = 2x8x8
out = 16
kernel = 1
[op relu]
type = activation
[layer a]
in = 16x8x8
out = 4
kernel = 1
[layer b]
from = relu
in = 16x8x8
out = 8
kernel = 1
[op join]
type = concat
from = a, b
[layer head]
in = 12x8x8
out = 16
kernel = 1
END
convlens plan joined.ini --network --variant pw_direct --all
convlens plan joined.ini --network --variant pw_direct --format json | tr ',' '\n' | grep -A 9 '"lever":"batch"'
