# Globs add up, also as lists; what takes one value and is given twice is refused.
tell() { convlens "$@"; echo "-> $?"; }
one='separable:ic8ih6oc8kh3ph1'
tell plan --problem "$one" --layout nhwc --variant sep_fused --variant 'sep_b*, sep_unfused' --format csv | cut -d, -f1-6
tell plan "$SOURCE/configs/mobilenet_v1.ini" --layer block1 --layer 'block1[23],conv0' --layout nhwc --variant dw_direct,direct --format csv | cut -d, -f3 | uniq
tell plan --problem "$one" --memory-limit 1MiB --memory-limit 2MiB
tell plan --problem "$one" --shard 1/2 --shard 2/2
tell run --store a.db "$SOURCE/configs/seed.ini" --store b.db
tell choose x.db --policy arena --policy freed
tell plan --problem "$one" --quiet --verbose
# A glob that matches nothing says what there is, beside one that matches too.
tell plan "$SOURCE/configs/seed.ini" --layer k64 --layer k521
tell plan "$SOURCE/configs/seed.ini" --layer foo
tell plan "$SOURCE/configs/seed.ini" --variant direct --variant sep_fusde
tell plan "$SOURCE/configs/mobilenet_v1.ini" --network --layer mobilenet_v2
tell plan "$SOURCE/configs/seed.ini" --layer 'k64,,k512'
