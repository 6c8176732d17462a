"""The backbones: LeNet-5, ResNet-20 and tiny BERT."""
