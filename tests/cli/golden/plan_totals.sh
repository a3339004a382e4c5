# Published totals: MobileNetV1 and its full-convolution twin, VGG16 both ways, ResNet-50 v1.5
convlens plan "$SOURCE/configs/mobilenet_v1.ini" --variant 'direct' --layout nhwc | grep total
convlens plan "$SOURCE/configs/mobilenet_v1.ini" | grep total
convlens plan "$SOURCE/configs/mobilenet_v1.ini" --layer '[cb]*' | grep total
convlens plan "$SOURCE/configs/vgg16.ini" | grep total
convlens plan "$SOURCE/configs/resnet50.ini" | grep total
