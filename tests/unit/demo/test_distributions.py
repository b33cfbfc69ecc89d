import base64
import hashlib
import io
import tarfile
import zipfile

from crawler.model import project_of_file
from workers.demo.distributions import sdist, wheel

_AT = "2026-06-01T10:00:00Z"


def test_a_wheel_has_the_same_bytes_on_every_machine() -> None:
    made = wheel("zz-ghost-wallet", "1.0.0", _AT)

    assert made.filename == "zz_ghost_wallet-1.0.0-py3-none-any.whl"
    assert made.sha256 == "b4cbab32eeab86fe35b535d3eca1871ce897de00bfd4ff0beaf052b19a0b8d79"


def test_a_source_distribution_has_the_same_bytes_on_every_machine() -> None:
    made = sdist("zz-ghost-wallet", "1.0.0", _AT)

    assert made.filename == "zz_ghost_wallet-1.0.0.tar.gz"
    assert made.sha256 == "bd01eb5402c187975c8f261bd0beccb117283688f1ea546943fa130173962d21"


def test_the_record_of_a_wheel_has_the_digest_of_every_file() -> None:
    made = wheel("zz-ghost-wallet", "1.0.0", _AT)

    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        record = archive.read("zz_ghost_wallet-1.0.0.dist-info/RECORD").decode()
        for name in archive.namelist()[:-1]:
            digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest())
            assert f"{name},sha256={digest.decode().rstrip('=')}," in record


def test_a_source_distribution_holds_its_metadata_and_one_harmless_module() -> None:
    made = sdist("zz-ghost-wallet", "1.0.0", _AT)

    with tarfile.open(fileobj=io.BytesIO(made.data)) as archive:
        names = archive.getnames()

    assert names == [
        "zz_ghost_wallet-1.0.0/PKG-INFO",
        "zz_ghost_wallet-1.0.0/pyproject.toml",
        "zz_ghost_wallet-1.0.0/zz_ghost_wallet/__init__.py",
    ]


def test_file_names_state_project_and_version() -> None:
    files = (wheel("zz-ghost-llm", "1.82.7", _AT), sdist("zz-ghost-llm", "1.82.7", _AT))

    stated = [project_of_file(file.filename) for file in files]

    assert stated == [("zz-ghost-llm", "1.82.7"), ("zz-ghost-llm", "1.82.7")]
