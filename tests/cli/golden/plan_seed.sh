convlens plan --all "$SOURCE/configs/seed.ini"
