# Published totals: MobileNetV1 and its full-convolution twin, VGG16 both ways, ResNet-50 v1.5
COLUMNS=120 convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --variant 'direct' --layout nhwc | grep total
COLUMNS=120 convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" | grep total
COLUMNS=120 convlens plan --all "$SOURCE/configs/mobilenet_v1.ini" --layer '[cb]*' | grep total
COLUMNS=120 convlens plan --all "$SOURCE/configs/vgg16.ini" | grep total
COLUMNS=120 convlens plan --all "$SOURCE/configs/resnet50.ini" | grep total
