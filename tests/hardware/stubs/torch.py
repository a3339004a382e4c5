"""Stands in for PyTorch with CUDA where test_hardware.py runs cudnn.py: shapes are right, times made up."""
import types

__version__ = "0.0+stub"
channels_last, contiguous_format = "channels_last", "contiguous_format"


class Tensor:
    def __init__(self, *shape):
        self.shape = shape

    def to(self, memory_format):
        assert memory_format in (channels_last, contiguous_format)
        return self

    contiguous = to


def randn(*shape, device):
    assert device == "cuda"
    return Tensor(*shape)


def _conv2d(x, weights, bias, stride, padding, dilation, groups):
    assert bias is None and x.shape[1] == weights.shape[1] * groups and weights.shape[0] % groups == 0
    sides = [(x.shape[2 + i] + 2 * padding[i] - dilation[i] * (weights.shape[2 + i] - 1) - 1) // stride[i] + 1
             for i in (0, 1)]
    return Tensor(x.shape[0], weights.shape[0], *sides)


def _pad(x, pad):
    return Tensor(x.shape[0], x.shape[1], x.shape[2] + pad[2] + pad[3], x.shape[3] + pad[0] + pad[1])


class _Event:
    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        pass

    def synchronize(self):
        pass

    def elapsed_time(self, _):
        return 50.0


nn = types.SimpleNamespace(functional=types.SimpleNamespace(conv2d=_conv2d, pad=_pad))
cuda = types.SimpleNamespace(is_available=lambda: True, Event=_Event, get_device_name=lambda: "stub")
backends = types.SimpleNamespace(cudnn=types.SimpleNamespace(allow_tf32=True, benchmark=False, version=lambda: 0),
                                 cuda=types.SimpleNamespace(matmul=types.SimpleNamespace(allow_tf32=True)))
