# What cannot do with the limit under any policy is refused with both figures; the fused peak is above 4.6 MiB.
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --layer block2 --layout nchw --variant 'sep_*' --memory-limit 4MiB | sed -n '/^variants/,$p'
convlens plan "$SOURCE/configs/mobilenet_v1.ini" --layer block2 --layout nchw --variant sep_fused --memory-limit 4MiB --format json | grep -o '"status":"[a-z]*","reason":"[^"]*"'
tell() { convlens plan --all "$SOURCE/configs/seed.ini" --memory-limit "$1"; echo "-> $?"; }
tell 64
tell 64MB
tell 0B
tell -1MiB
tell 1.5MiB
tell 9000000TiB
