"""Augmentations of training images, drawn for every batch; `data.augmentation` applies them, on the device."""

from __future__ import annotations

from explorer.kinds import Kind
from explorer.registry import Registry
from explorer.spec import Number

AUGMENTATIONS = Registry("augmentation", (
    Kind("flip", "Horizontal flip", "Left becomes right. Not for digits or letters.", (
        Number("share", "Share", 0.5, low=0, high=1, help="The share of images that are flipped."),),
        source="Dive into Deep Learning, 14.1"),
    Kind("crop", "Random crop", "Moves the image by some pixels; what comes in from outside is black.", (
        Number("padding", "Up to", 4, low=0, high=1000, integer=True, unit="pixels",
               help="How far an image moves at most, in each direction."),), source="He et al. 2016, 4.2"),
    Kind("rotation", "Rotation", "Turns the image about its middle.", (
        Number("degrees", "Up to", 10.0, low=0, high=180, unit="degrees",
               help="How far an image turns at most, either way."),), source="torchvision.transforms.RandomRotation"),
    Kind("color_jitter", "Color jitter", "Changes brightness, contrast and how colorful the image is.", (
        Number("brightness", "Brightness", 0.2, low=0, high=1, help="Brighter or darker by up to this share."),
        Number("contrast", "Contrast", 0.2, low=0, high=1, help="More or less contrast by up to this share."),
        Number("saturation", "Saturation", 0.2, low=0, high=1, help="More or less color by up to this share."),
    ), source="Dive into Deep Learning, 14.1; torchvision.transforms.ColorJitter"),
    Kind("erasing", "Random erasing", "Paints a black rectangle over a part of the image.", (
        Number("share", "Share", 0.5, low=0, high=1, help="The share of images in which something is erased."),
        Number("area", "Up to", 0.2, low=0.01, high=0.9, help="The largest share of an image's area that is erased."),
    ), source="Zhong et al. 2020"),
    Kind("noise", "Noise", "Adds Gaussian noise to every pixel.", (
        Number("std", "Standard deviation", 0.05, low=0, high=1, help="Of the noise; pixels lie between 0 and 1."),),
        source="Bishop 1995"),
))
