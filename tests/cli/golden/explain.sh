tell() { convlens "$@"; echo "-> $?"; }
tell explain freed
tell explain PEAK IN
tell explain computed_freed_peak_bytes
tell explain "only N samples"
tell explain unsupported
tell explain sep_fused
tell explain memory-limit
tell explain 4
tell explain freedd
tell explain xyzzy
tell explain
convlens list terms | head -5
# Commands
tell rnu
tell reports
tell xyzzy
tell help rnu
tell help run plan
tell help --completion csh
convlens help list
convlens --version | sed 's/: .*/:/'
