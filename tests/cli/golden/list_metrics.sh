# What is listed are the columns of CSV, in their order; both ways to list them agree.
convlens plan --problem 'pointwise:ic8ih4oc8kh1' --variant pw_direct --layout nhwc --format csv | head -n 1 | tr -d '\r' | tr , '\n' >columns
convlens list metrics | sed -e 1d -e 's/ .*//' >listed
convlens list metrics --format json | sed -n 's/^ *"name": "\(.*\)",$/\1/p' >json
[ -s columns ] && cmp columns listed && cmp columns json && echo "the same"
