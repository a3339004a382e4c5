# The kernels of a plan as files, and what is left alone
convlens plan --problem separable:ic64ih56oc128kh3ph1 --layout nhwc --variant 'sep_*' --device-spec h100 --emit-kernels kernels --format csv:/dev/null
ls kernels
python3 "$SOURCE/tests/cli/check_kernels.py" kernels
convlens plan --network "$SOURCE/configs/mobilenet_v1.ini" --layout nchw --dtype f16 --variant sep_fused --emit-kernels kernels --format csv:/dev/null
python3 "$SOURCE/tests/cli/check_kernels.py" kernels
mkdir mine && touch mine/direct.cl
convlens plan --problem ic8ih9oc8kh3ph1 --emit-kernels mine
echo "-> $?"
