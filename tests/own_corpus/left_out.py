"""Cases in which the application does not do what is right yet: they are not tested, and not on the page."""

from typing import Final

LEFT_OUT: Final[frozenset[str]] = frozenset(
    {
        "train-scripted",
        "train-quantized",
        "train-saved-model",
        "train-pb",
        "start-zero",
        "keras3-head-last",
        "keras3-shared",
        "keras3-own-lstm",
        "keras3w-own-lstm",
        "keras1-lstm",
        "keras1-gru",
        "keras1-simplernn",
        "keras1-lstm-sigmoid",
        "keras1-gru-sigmoid",
        "keras1-merged",
        "keras1-both",
        "keras1-theano",
        "keras1-weights",
        "keras20-lstm",
        "keras20-gru",
        "keras20-simplernn",
        "keras22-cudnn-lstm",
        "keras22-cudnn-gru",
        "keras22-cudnn-lstm-weights",
        "keras22-cudnn-gru-weights",
        "keras22-cudnn-both",
        "keras-no-version",
        "onnx-node-slice",
        "onnx-node-concat",
        "onnx-node-transpose",
        "onnx-node-unsqueeze",
        "onnx-dynamo-lstm",
        "onnx-dynamo-gru-both",
        "onnx-dynamo-mean",
        "onnx-dynamo-linear",
    }
)
