# No OpenCL platform at all: exit status 3, and plan works all the same.
convlens devices; echo "-> $?"
convlens run "$SOURCE/configs/seed.ini"; echo "-> $?"
convlens plan --problem 'pointwise:ic8ih4oc8kh1' --layout nhwc --variant pw_direct
