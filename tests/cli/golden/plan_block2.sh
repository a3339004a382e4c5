convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --layer block2 --layout nchw
