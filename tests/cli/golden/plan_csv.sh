convlens plan --problem 'separable:ic3ih224oc64kh3ph0' --layout nhwc --variant 'sep_unfused' --format csv
