"""Records framed as TensorBoard's own writer frames them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

from explorer.training.event_records import frame


def framed_by_tensorboard(records):
    file = io.BytesIO()
    for record in records:
        RecordWriter(file).write(record)
    return file.getvalue()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_records_are_framed_as_tensorboard_frames_them(records):
    assert frame(records) == framed_by_tensorboard(records)


@pytest.mark.parametrize(("octets", "crc"), [  # RFC 3720, B.4
    (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E),
    (bytes(reversed(range(32))), 0x113FDB5C),
])
def test_the_checksum_is_the_published_one(octets, crc):
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    assert int.from_bytes(frame([octets])[-4:], "little") == masked == masked_crc32c(octets)
