# A separable layer with and without a depth multiplier: what it needs, its sizes, and what is refused.
printf '[layer a]\nin = 32x14x14\nout = 48\nkernel = 3\npad = same\ndepth_multiplier = 1, 2\n' >a.ini
convlens plan --layout nhwc a.ini
convlens plan --layout nchw --variant 'sep_*' --all a.ini
printf 'form,ic,ih,oc,kh,ph,dm\nseparable,32,14,48,3,1,2\n' >a.csv
convlens import a.csv
convlens plan --problem depthwise:g32ic32ih14oc64kh3ph1dm2
