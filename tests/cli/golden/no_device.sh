# No OpenCL platform at all: exit status 3, and plan works all the same.
convlens devices; echo "-> $?"
convlens run "$SOURCE/configs/seed.ini"; echo "-> $?"
convlens plan --problem 'pointwise:ic8ih4oc8kh1' --layout nhwc --variant pw_direct
# What is missing is named, with the packages that have it: the library, a driver, a driver's library.
CONVLENS_OPENCL=/nowhere/libOpenCL.so convlens devices 2>&1 | sed 's/: cannot open.*directory//'
mkdir vendors && echo /nowhere/libdriver.so >vendors/driver.icd
OCL_ICD_VENDORS=$PWD/vendors convlens devices; echo "-> $?"
