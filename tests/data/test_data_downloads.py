"""Downloads: from a server on this machine, all of the files or none, never one that was not published."""

import gzip
import hashlib
import http.server
import io
import os
import tarfile
import threading
from functools import partial

import pytest

from explorer import data

DOWNLOADED = [dataset.name for dataset in data.DATASETS if not dataset.ships]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def site(tmp_path_factory):
    """(folder, address) of a web server on this machine."""
    folder = tmp_path_factory.mktemp("site")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def publish_fashion(monkeypatch, site, published):
    return partial(_publish_fashion, monkeypatch, site, published)


def _publish_fashion(monkeypatch, site, published, spoil=""):
    """Serve a small Fashion-MNIST; the published checksum of the file named `spoil` is another."""
    import torchvision

    folder, url = site
    packed = {f"{name}.gz": gzip.compress(content) for name, content in published.idx_files().items()}
    published.lay(folder, packed)
    sums = [(name, "0" * 32 if name == spoil else hashlib.md5(content).hexdigest()) for name, content in packed.items()]
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "mirrors", [url + "not-here/", url])
    monkeypatch.setattr(torchvision.datasets.FashionMNIST, "resources", sums)
    return sum(map(len, packed.values()))


def test_a_download_reports_its_progress_and_can_then_be_loaded(place, publish_fashion, published):
    size_bytes, seen = publish_fashion(), []
    data.get("fashion_mnist").download(lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen) and all(done <= total for done, total in seen)
    assert seen[-1] == (size_bytes, size_bytes) and len(seen) >= 5
    assert sorted(os.listdir(place)) == ["FashionMNIST"]
    assert sorted(os.listdir(place / "FashionMNIST/raw")) == sorted(published.idx_files())
    assert len(data.load("fashion_mnist")[0]) == 12


def test_a_download_replaces_a_damaged_file(place, publish_fashion, published):
    publish_fashion()
    published.lay(place / "FashionMNIST/raw", dict.fromkeys(published.idx_files(), b"broken"))
    with pytest.raises(data.DataMissing, match="is damaged"):
        data.load("fashion_mnist")
    data.get("fashion_mnist").download(lambda done, total: None)
    assert len(data.load("fashion_mnist")[1]) == 10


def test_what_does_not_match_its_checksum_is_refused_and_nothing_is_left(place, publish_fashion):
    publish_fashion(spoil="t10k-labels-idx1-ubyte.gz")
    with pytest.raises(data.DataMissing, match=r"checksum differs.*Handwritten digits, which are included"):
        data.get("fashion_mnist").download(lambda done, total: None)
    assert os.listdir(place) == [] and not data.is_available("fashion_mnist")


def test_a_canceled_download_leaves_nothing(place, publish_fashion):
    publish_fashion()

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        data.get("fashion_mnist").download(cancel)
    assert os.listdir(place) == []


@pytest.mark.parametrize("name", DOWNLOADED)
def test_without_a_connection_the_sentence_names_where_the_files_go_and_what_else_there_is(place, name, monkeypatch):
    from torchvision import datasets

    for origin in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        monkeypatch.setattr(origin, "mirrors", ["http://127.0.0.1:9/"])
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/cifar.tar.gz")
    with pytest.raises(data.DataMissing) as caught:
        data.get(name).download(lambda done, total: None)
    said = str(caught.value)
    assert said.startswith(f"{data.get(name).title} could not be downloaded: no connection. Put its files into {place}")
    assert said.endswith("or choose Handwritten digits, which are included.") and os.listdir(place) == []


def test_a_server_that_has_not_got_the_file_is_quoted(place, site, monkeypatch):
    from torchvision import datasets

    monkeypatch.setattr(datasets.KMNIST, "mirrors", [site[1]])
    with pytest.raises(data.DataMissing, match="the server answered 404"):
        data.get("kmnist").download(lambda done, total: None)


def test_cifar_is_unpacked_member_by_member_after_its_checksum(place, site, monkeypatch, published):
    from torchvision.datasets import CIFAR10

    files, (folder, url) = published.cifar_files(monkeypatch), site
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in {**files, "batches.meta": b"meta", "../../escaped": b"x"}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    (folder / "cifar.tar.gz").write_bytes(stream.getvalue())
    monkeypatch.setattr(CIFAR10, "url", f"{url}cifar.tar.gz")
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(stream.getvalue()).hexdigest())
    data.get("cifar10").download(lambda done, total: None)
    assert sorted(os.listdir(place / "cifar-10-batches-py")) == sorted([*files, "batches.meta"])
    assert sorted(os.listdir(place)) == ["cifar-10-batches-py"] and len(data.load("cifar10")[0]) == 20
