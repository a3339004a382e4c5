# Networks: MobileNetV1's 27 outputs, its twin with the same arena, a residual, and what does not connect.
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --network --layout nhwc
convlens plan --all "$SOURCE/configs/mobilenet_v1_fullconv.ini" --network --variant direct
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --network --variant sep_unfused --layout nhwc --dtype f16 -v
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --network --variant sep_fused --layout nchw --memory-limit 16MiB
convlens plan "$SOURCE/configs/mobilenet_v1.ini" --network --variant sep_unfused --layout nhwc --format csv
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --variant sep_fused --layout nhwc | grep -A3 ^networks
convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --variant sep_fused --layer block2 | grep -c networks
cat >res.ini <<'EOF'
[sweep]
forms  = standard
layout = nchw
[layer a]
in     = 16x8x8
out    = 16
kernel = 3
pad    = same
count  = 3
[layer b]
in     = 16x8x8
out    = 32
kernel = 1
stride = 2
EOF
convlens plan --all res.ini --network --variant direct
printf '[network]\nresidual = a\n' | cat res.ini - >sum.ini
convlens plan sum.ini --network --variant direct --format json | sed -n '/^"chains"/,$p'
tell() { convlens plan --all "$@"; echo "-> $?"; }
printf '[network]\nlayers = b, a\n' | cat res.ini - >order.ini; tell order.ini
printf '[network]\nlayers = a, b*2\n' | cat res.ini - >twice.ini; tell twice.ini
printf '[network]\nlayers = a, c\n' | cat res.ini - >unknown.ini; tell unknown.ini
printf '[network]\nresidual = a:b\n' | cat res.ini - >shape.ini; tell shape.ini
printf '[network]\nskip = a:b\n' | cat res.ini - >key.ini; tell key.ini
tell res.ini --network --layer a
tell --problem 'separable:ic3ih224oc64kh3ph0' --network
