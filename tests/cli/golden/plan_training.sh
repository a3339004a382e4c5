# Training: MobileNetV1 and its twin, one border for each optimizer; a network without a twin; bad keys
convlens plan "$SOURCE/configs/mobilenet_v1_training.ini" | sed -n '/^training/,$p'
cat >deep.ini <<'END'
[sweep]
passes    = forward, training
optimizer = adam
dtype     = f32, f16
forms     = depthwise
saves     = 1
[layer a]
in     = 8x9x9
out    = 8
kernel = 3
END
convlens plan deep.ini | sed -n '/^training/,$p'
convlens plan deep.ini --dtype f16 | sed -n '/^training/,$p'
printf '[sweep]\npasses = backward\n[layer a]\nin = 1x1x1\nout = 1\nkernel = 1\n' | convlens plan -
printf '[sweep]\nforms = standard\npasses = training\n[layer a]\nin = 1x65536x65536\nout = 1\nkernel = 1\ncount = 2147483647\n' | convlens plan - 2>&1 >/dev/null
