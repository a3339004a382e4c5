# Each is one line that says file, line, what was there and what was expected; nothing is run.
tell() { convlens plan "$@"; echo "-> $?"; }
layer() { printf '[layer a]\nin = 8x8x8\nout = 8\nkernel = 3\n%s\n' "$1"; }
layer 'colour = red' >unknown_key.ini; tell unknown_key.ini
printf '[layer a]\nin = 0x5x5\nout = 8\nkernel = 3\n' >zero.ini; tell zero.ini
printf '[layer a]\nin = 4x3x3\nout = 8\nkernel = 9\n' >large_kernel.ini; tell large_kernel.ini
printf '[layer a]\nin = 1099511627776x5x5\nout = 8\nkernel = 3\n' >channels.ini; tell channels.ini
printf '[layer a]\nin = 2147483647x2147483647x3\nout = 8\nkernel = 3\n' >overflow.ini; tell overflow.ini
mkdir folder.ini; tell folder.ini
: >empty.ini; tell empty.ini
printf '\177ELF\001\000\000\003\033[2J' >rubbish.ini; tell rubbish.ini
layer 'in = 4x4x4' >twice.ini; tell twice.ini
{ layer 'pad = same'; layer 'pad = same'; } >layers.ini; tell layers.ini
layer 'stride = -1' >negative.ini; tell negative.ini
layer 'include = x' >misplaced.ini; tell misplaced.ini
printf '[sweep]\ninclude = loop.ini\n' >loop.ini; tell loop.ini
tell missing.ini
printf '[sweep]\nname = none\n' >no_layers.ini; tell no_layers.ini
layer 'groups = 3' >groups.ini; tell groups.ini
