# The first screen: one layer, layers and a network, no standard form, one form alone, names that differ.
convlens plan "$SOURCE/configs/seed.ini"
convlens plan "$SOURCE/configs/mobilenet_v1.ini" --layout nhwc
convlens plan "$SOURCE/configs/mobilenet_v2.ini" --layout nhwc --layer 'block[23]'
convlens plan -p standard:ic512ih28oc64kh3ph1 -p separable:ic512ih28oc64kh3ph1 --layout nhwc
convlens plan -p standard:ic512ih28oc64kh3ph1 -p separable:ic512ih28oc64kh3ph1 --layout nhwc --no-weights
convlens plan -p separable:ic512ih28oc64kh3ph1 --layout nhwc
convlens plan -p 'standard:ic512ih28oc64kh3ph1n"a"' -p 'separable:ic512ih28oc64kh3ph1n"b"' --layout nhwc | head -3
convlens plan -p standard:ic512ih28oc64kh3ph1 --no-weights --format json; echo "-> $?"
convlens plan -p standard:ic512ih28oc64kh3ph1 -p separable:ic512ih28oc64kh3ph1 --layout nhwc --format json | sed -n '/^"answers"/,/^"verdicts"/p'
