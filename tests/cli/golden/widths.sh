# Tables and texts keep to the width; where figures alone need more, the table is wider.
show() { COLUMNS=$1 convlens plan "$SOURCE/configs/mobilenet_v1.ini" --layer 'block2' --layout nhwc --variant 'direct,sep_*' | sed -n '1,/^$/p'; }
show 80
show 140
for width in 40 80 140; do COLUMNS=$width convlens help choose; done
for width in 80 140; do COLUMNS=$width convlens list probes; done
COLUMNS=80 convlens list metrics | awk 'length > 80'
COLUMNS=nonsense convlens list policies
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
for width in 80 140; do COLUMNS=$width convlens choose store.db; done
for width in 80 140; do COLUMNS=$width convlens report store.db | awk -v width=$width 'length > width { print "wide:", $0 }'; done
