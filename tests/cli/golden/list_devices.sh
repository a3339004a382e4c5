convlens list devices
