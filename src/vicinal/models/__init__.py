"""The backbones: LeNet-5, ResNet-20, VGG-16 and tiny BERT."""
