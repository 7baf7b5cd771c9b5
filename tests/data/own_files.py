"""Files as people bring them: zips of small images, and CSV tables."""

import io
import zipfile

import numpy as np
from PIL import Image


def picture(values, kind="PNG", **more):
    """The bytes of an image file."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(values, np.uint8)).save(file, kind, **more)
    return file.getvalue()


def random_pictures(classes=("cat", "dog"), count=10, size=(12, 12, 3), top="", kind="PNG"):
    """{path: content}: so many images of noise for every class, the same every time."""
    rs = np.random.RandomState(0)
    return {f"{top}{name}/{index:03}.{kind.lower()}": picture(rs.randint(0, 256, size), kind)
            for name in classes for index in range(count)}


def zipped(files, **more):
    """A zip file in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content, **more)
    file.seek(0)
    return file


def csv_of(columns, delimiter=",", end="\n"):
    """The bytes of a table given as {name: values}."""
    rows = [columns, *zip(*columns.values())]
    return end.join(delimiter.join(map(str, row)) for row in rows).encode()
