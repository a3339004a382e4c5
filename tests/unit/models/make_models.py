#!/usr/bin/env python3
"""make_models.py FOLDER: writes small.onnx, small.tflite, graph.onnx, graph.tflite, padded.onnx and
two_outputs.tflite for the tests of the importers.

Needs PyPI's onnx, tflite and flatbuffers. The weights are zeros. The first two are a convolution of stride 2, a depthwise
one, a pointwise one, and what is no convolution between them; the ONNX model computes a shape on the way. The third has
branches, two outputs of which one is read on the way, a node that nothing needs, and a convolution of equal shape twice.
The fourth begins as EfficientNet does, with a padding of its own and a squeeze and excitation; another padding is read twice.
The fifth has padding of three kinds, of which only zeros can be a convolution's, and means over images and over channels.
The sixth is wrong: its convolution has two outputs.
"""
import sys

import flatbuffers
import numpy
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper


def zeros(name, *shape):
    return numpy_helper.from_array(numpy.zeros(shape, numpy.float32), name)


def write_onnx(path):
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], "first/Conv", strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        helper.make_node("Clip", ["a"], ["b"], "first/Clip"),
        helper.make_node("Conv", ["b", "w2"], ["c"], "depthwise", auto_pad="SAME_UPPER", group=8, strides=[2, 2]),
        helper.make_node("Shape", ["c"], ["s"], "shape"),
        helper.make_node("Gather", ["s", "two"], ["h"], "rows"),
        helper.make_node("Add", ["h", "h"], ["h2"], "twice"),
        helper.make_node("Concat", ["h2", "h2"], ["hw"], "rows_and_columns", axis=0),
        helper.make_node("Concat", ["one_eight", "hw"], ["sizes"], "sizes", axis=0),
        helper.make_node("Resize", ["c", "", "", "sizes"], ["d"], "larger"),
        helper.make_node("Conv", ["d", "w3"], ["y"], "pointwise"),
        helper.make_node("ConvTranspose", ["y", "w4"], ["z"], "transposed", strides=[2, 2]),
    ]
    weights = [
        zeros("w1", 8, 3, 3, 3),
        zeros("w2", 8, 1, 3, 3),
        zeros("w3", 16, 8, 1, 1),
        zeros("w4", 16, 4, 2, 2),
        numpy_helper.from_array(numpy.array([2], numpy.int64), "two"),
        numpy_helper.from_array(numpy.array([1, 8], numpy.int64), "one_eight"),
    ]
    graph = helper.make_graph(
        nodes, "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, "height", "width"])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def write_graph(path):
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["stem"], "stem", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["stem", "c8", "c8", "c8", "c8"], ["bn"], "bn"),
        helper.make_node("HardSwish", ["bn"], ["act"], "act"),
        helper.make_node("GlobalAveragePool", ["act"], ["squeezed"], "squeeze"),
        helper.make_node("Sigmoid", ["squeezed"], ["gate"], "gate"),
        helper.make_node("Mul", ["act", "gate"], ["scaled"], "scale"),
        helper.make_node("Conv", ["scaled", "w2"], ["left"], "left", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["act", "w3"], ["right"], "right", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["left", "right"], ["sum"], "sum"),
        helper.make_node("Exp", ["right"], ["nothing"], "nothing"),
        helper.make_node("Concat", ["left", "sum", "act"], ["joined"], "join", axis=1),
        helper.make_node("MaxPool", ["joined"], ["pooled"], "pool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        helper.make_node("Split", ["pooled", "parts"], ["first", "second"], "split", axis=1),
        helper.make_node("Add", ["first", "c8x1x1"], ["shifted"], "shift"),
        helper.make_node("Flatten", ["shifted"], ["flat"], "flat"),
        helper.make_node("Gemm", ["flat", "w4"], ["y"], "head"),
    ]
    weights = [
        zeros("w1", 8, 3, 3, 3),
        zeros("w2", 8, 8, 3, 3),
        zeros("w3", 8, 8, 3, 3),
        zeros("w4", 8 * 4 * 3, 10),
        zeros("c8", 8),
        zeros("c8x1x1", 8, 1, 1),
        numpy_helper.from_array(numpy.array([8, 16], numpy.int64), "parts"),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("sum", "y")]
    graph = helper.make_graph(nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 12])],
                              outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), path)


def write_padded(path):
    nodes = [
        helper.make_node("Pad", ["x", "around", "zero"], ["p"], "zeros"),
        helper.make_node("Conv", ["p", "w1"], ["a"], "stem", strides=[2, 2]),
        helper.make_node("Pad", ["a", "one_each"], ["q"], "mirrored", mode="reflect"),
        helper.make_node("Conv", ["q", "w2"], ["b"], "second"),
        helper.make_node("Pad", ["b", "one_each", "one"], ["r"], "ones"),
        helper.make_node("Conv", ["r", "w3"], ["c"], "third", strides=[2, 2]),
        helper.make_node("ReduceMean", ["c"], ["y"], "over_images", axes=[-1, -2], keepdims=0),
        helper.make_node("ReduceMean", ["c"], ["z"], "over_channels", axes=[1]),
    ]
    weights = [
        zeros("w1", 8, 3, 3, 3),
        zeros("w2", 8, 8, 3, 3),
        zeros("w3", 8, 8, 3, 3),
        numpy_helper.from_array(numpy.array([0, 0, 0, 1, 0, 0, 1, 1], numpy.int64), "around"),
        numpy_helper.from_array(numpy.array([0, 0, 1, 1, 0, 0, 1, 1], numpy.int64), "one_each"),
        numpy_helper.from_array(numpy.array(0, numpy.float32), "zero"),
        numpy_helper.from_array(numpy.array(1, numpy.float32), "one"),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("y", "z")]
    graph = helper.make_graph(nodes, "padded", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 17, 14])],
                              outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


class Builder:
    """Tensors, operators and their codes of a TensorFlow Lite model."""

    def __init__(self):
        self.flat = flatbuffers.Builder(1024)
        self.tensors, self.operators, self.codes, self.buffers = [], [], [], []

    def vector(self, start, values, prepend):
        start(self.flat, len(values))
        for value in reversed(values):
            prepend(value)
        return self.flat.EndVector()

    def ints(self, start, values):
        return self.vector(start, values, self.flat.PrependInt32)

    def tables(self, start, values):
        return self.vector(start, values, self.flat.PrependUOffsetTRelative)

    def tensor(self, name, *shape):
        text = self.flat.CreateString(name)
        sizes = self.ints(tflite.TensorStartShapeVector, shape)
        tflite.TensorStart(self.flat)
        tflite.TensorAddShape(self.flat, sizes)
        tflite.TensorAddName(self.flat, text)
        self.tensors.append(tflite.TensorEnd(self.flat))
        return len(self.tensors) - 1

    def constant(self, name, *values):
        """Integers, which the file has; buffer 0 is for tensors that it has not."""
        if not self.buffers:
            tflite.BufferStart(self.flat)
            self.buffers.append(tflite.BufferEnd(self.flat))
        data = self.flat.CreateNumpyVector(numpy.frombuffer(numpy.array(values, "<i4").tobytes(), numpy.uint8))
        tflite.BufferStart(self.flat)
        tflite.BufferAddData(self.flat, data)
        self.buffers.append(tflite.BufferEnd(self.flat))
        text = self.flat.CreateString(name)
        sizes = self.ints(tflite.TensorStartShapeVector, [len(values)])
        tflite.TensorStart(self.flat)
        tflite.TensorAddShape(self.flat, sizes)
        tflite.TensorAddType(self.flat, tflite.TensorType.INT32)
        tflite.TensorAddBuffer(self.flat, len(self.buffers) - 1)
        tflite.TensorAddName(self.flat, text)
        self.tensors.append(tflite.TensorEnd(self.flat))
        return len(self.tensors) - 1

    def operator(self, code, inputs, outputs, options=None, kind=0):
        ins = self.ints(tflite.OperatorStartInputsVector, inputs)
        outs = self.ints(tflite.OperatorStartOutputsVector, outputs if isinstance(outputs, list) else [outputs])
        tflite.OperatorCodeStart(self.flat)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(self.flat, code)
        tflite.OperatorCodeAddBuiltinCode(self.flat, code)
        self.codes.append(tflite.OperatorCodeEnd(self.flat))
        tflite.OperatorStart(self.flat)
        tflite.OperatorAddOpcodeIndex(self.flat, len(self.codes) - 1)
        tflite.OperatorAddInputs(self.flat, ins)
        tflite.OperatorAddOutputs(self.flat, outs)
        if options is not None:
            tflite.OperatorAddBuiltinOptionsType(self.flat, kind)
            tflite.OperatorAddBuiltinOptions(self.flat, options)
        self.operators.append(tflite.OperatorEnd(self.flat))

    def conv_options(self, stride, padding):
        tflite.Conv2DOptionsStart(self.flat)
        tflite.Conv2DOptionsAddPadding(self.flat, padding)
        tflite.Conv2DOptionsAddStrideW(self.flat, stride)
        tflite.Conv2DOptionsAddStrideH(self.flat, stride)
        return tflite.Conv2DOptionsEnd(self.flat)

    def depthwise_options(self, stride, padding, dilation):
        tflite.DepthwiseConv2DOptionsStart(self.flat)
        tflite.DepthwiseConv2DOptionsAddPadding(self.flat, padding)
        tflite.DepthwiseConv2DOptionsAddStrideW(self.flat, stride)
        tflite.DepthwiseConv2DOptionsAddStrideH(self.flat, stride)
        tflite.DepthwiseConv2DOptionsAddDilationWFactor(self.flat, dilation)
        tflite.DepthwiseConv2DOptionsAddDilationHFactor(self.flat, dilation)
        return tflite.DepthwiseConv2DOptionsEnd(self.flat)

    def transpose_options(self, stride):
        tflite.TransposeConvOptionsStart(self.flat)
        tflite.TransposeConvOptionsAddPadding(self.flat, 0)
        tflite.TransposeConvOptionsAddStrideW(self.flat, stride)
        tflite.TransposeConvOptionsAddStrideH(self.flat, stride)
        return tflite.TransposeConvOptionsEnd(self.flat)

    def write(self, path, inputs=None, outputs=None):
        """The model; of inputs and outputs nothing is said where there are none."""
        flat = self.flat
        tensors = self.tables(tflite.SubGraphStartTensorsVector, self.tensors)
        operators = self.tables(tflite.SubGraphStartOperatorsVector, self.operators)
        ins = self.ints(tflite.SubGraphStartInputsVector, inputs) if inputs else None
        outs = self.ints(tflite.SubGraphStartOutputsVector, outputs) if outputs else None
        tflite.SubGraphStart(flat)
        tflite.SubGraphAddTensors(flat, tensors)
        if inputs:
            tflite.SubGraphAddInputs(flat, ins)
        if outputs:
            tflite.SubGraphAddOutputs(flat, outs)
        tflite.SubGraphAddOperators(flat, operators)
        subgraphs = self.tables(tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(flat)])
        codes = self.tables(tflite.ModelStartOperatorCodesVector, self.codes)
        buffers = self.tables(tflite.ModelStartBuffersVector, self.buffers) if self.buffers else None
        tflite.ModelStart(flat)
        tflite.ModelAddVersion(flat, 3)
        tflite.ModelAddOperatorCodes(flat, codes)
        tflite.ModelAddSubgraphs(flat, subgraphs)
        if self.buffers:
            tflite.ModelAddBuffers(flat, buffers)
        flat.Finish(tflite.ModelEnd(flat), b"TFL3")
        with open(path, "wb") as file:
            file.write(flat.Output())


def write_tflite(path):
    b = Builder()
    x = b.tensor("x", 1, 33, 32, 3)
    w1, a = b.tensor("w1", 8, 3, 3, 3), b.tensor("first/conv", 1, 17, 16, 8)
    w2, c = b.tensor("w2", 1, 3, 3, 8), b.tensor("depthwise", 1, 17, 16, 8)
    w3, d = b.tensor("w3", 16, 1, 1, 8), b.tensor("pointwise", 1, 17, 16, 16)
    w4, m = b.tensor("w4", 1, 3, 3, 16), b.tensor("multiplied", 1, 15, 14, 16)
    r = b.tensor("relu", 1, 17, 16, 8)
    conv, depthwise = tflite.BuiltinOptions.Conv2DOptions, tflite.BuiltinOptions.DepthwiseConv2DOptions
    b.operator(3, [x, w1], a, b.conv_options(2, 0), conv)
    b.operator(19, [a], r)
    b.operator(4, [r, w2], c, b.depthwise_options(1, 0, 2), depthwise)
    b.operator(3, [c, w3], d, b.conv_options(1, 1), conv)
    b.operator(4, [c, w4], m, b.depthwise_options(1, 1, 1), depthwise)
    size, w5, t = b.tensor("size", 4), b.tensor("w5", 4, 3, 3, 16), b.tensor("transposed", 1, 33, 32, 4)
    b.operator(67, [size, w5, d], t, b.transpose_options(2), tflite.BuiltinOptions.TransposeConvOptions)
    b.write(path)


def write_tflite_graph(path):
    b = Builder()
    conv, depthwise = tflite.BuiltinOptions.Conv2DOptions, tflite.BuiltinOptions.DepthwiseConv2DOptions
    x, around = b.tensor("x", 1, 17, 14, 3), b.constant("around", 0, 0, 0, 1, 1, 1, 0, 0)
    each, image = b.constant("one_each", 0, 0, 1, 1, 1, 1, 0, 0), b.constant("image", 1, 2)
    image_backwards, rows = b.constant("image_backwards", -2, -3), b.constant("rows", 1)
    p, w1, a = b.tensor("pad", 1, 18, 16, 3), b.tensor("w1", 8, 3, 3, 3), b.tensor("stem", 1, 8, 7, 8)
    b.operator(34, [x, around], p)
    b.operator(3, [p, w1], a, b.conv_options(2, 1), conv)
    s, m = b.tensor("sigmoid", 1, 8, 7, 8), b.tensor("swish", 1, 8, 7, 8)
    b.operator(14, [a], s)
    b.operator(18, [a, s], m)
    q, w2, e, g = b.tensor("squeeze", 1, 1, 1, 8), b.tensor("w2", 8, 1, 1, 8), b.tensor("excite", 1, 1, 1, 8), b.tensor("gate", 1, 1, 1, 8)
    b.operator(40, [m, image], q)
    b.operator(3, [q, w2], e, b.conv_options(1, 0), conv)
    b.operator(14, [e], g)
    c, r, w3, d = b.tensor("scale", 1, 8, 7, 8), b.tensor("pad_twice", 1, 10, 9, 8), b.tensor("w3", 1, 3, 3, 8), b.tensor("depthwise", 1, 8, 7, 8)
    b.operator(18, [m, g], c)
    b.operator(34, [c, each], r)
    b.operator(4, [r, w3], d, b.depthwise_options(1, 1, 1), depthwise)
    y, v, z = b.tensor("relu", 1, 10, 9, 8), b.tensor("mean", 1, 8), b.tensor("rows_mean", 1, 7, 8)
    b.operator(19, [r], y)
    b.operator(40, [d, image_backwards], v)
    b.operator(40, [d, rows], z)
    b.write(path, [x], [y, v, z])


def write_two_outputs(path):
    b = Builder()
    x, w = b.tensor("x", 1, 9, 9, 3), b.tensor("w", 8, 3, 3, 3)
    first, second, y = b.tensor("first", 1, 9, 9, 8), b.tensor("second", 1, 9, 9, 8), b.tensor("y", 1, 9, 9, 8)
    b.operator(3, [x, w], [first, second], b.conv_options(1, 0), tflite.BuiltinOptions.Conv2DOptions)
    b.operator(19, [second], y)
    b.write(path, [x], [y])


write_onnx(sys.argv[1] + "/small.onnx")
write_tflite(sys.argv[1] + "/small.tflite")
write_graph(sys.argv[1] + "/graph.onnx")
write_tflite_graph(sys.argv[1] + "/graph.tflite")
write_padded(sys.argv[1] + "/padded.onnx")
write_two_outputs(sys.argv[1] + "/two_outputs.tflite")
