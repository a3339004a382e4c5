convlens plan "$SOURCE/configs/seed.ini"
