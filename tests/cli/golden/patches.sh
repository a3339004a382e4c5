# Networks whose first layers run patch by patch.
tell() { convlens plan "$SOURCE/configs/mobilenet_v2.ini" --network --layout nhwc --variant inv_fused "$@" 2>&1; echo "-> $?"; }
tell --no-weights --patches 4x4 --patches 2x2:block3
tell --patches 4x4 --format json -q | tr -d ' \n' | grep -o '"totals":{[^}]*}'
convlens plan "$SOURCE/configs/seed.ini" --patches 4x4
tell --patches 4
tell --patches 1x1
tell --patches 4x4:block99
tell --patches 4x4:block3:x
tell --patches 40x40:block4
cat >net.ini <<'EOT'
[sweep]
forms = standard
[network]
patches = 2x2
[layer a]
in = 3x9x9
out = 8
kernel = 3
pad = 1
[layer b]
in = 8x9x9
out = 2
kernel = 3
pad = 1
EOT
convlens plan net.ini --network --variant direct --layout nhwc -v 2>&1
