"""Real, harmless distributions, made in memory: the same call always gives the same bytes.

Formats: wheels by the PyPA binary distribution format (PEP 427), source distributions by PEP 625.
Nothing is compressed, so the bytes depend on no version of zlib.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Sequence

from workers.demo.model import WorldFile

__all__ = ["sdist", "wheel"]

_DOS_EPOCH = (1980, 1, 1, 0, 0, 0)
_BUILD_SYSTEM = (
    b'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
)


def wheel(
    name: str,
    version: str,
    uploaded_at: str,
    tag: str = "py3-none-any",
    requires: Sequence[str] = (),
) -> WorldFile:
    """Return a wheel that a real installer accepts; `tag` is its compatibility tag."""
    escaped = name.replace("-", "_")
    info = f"{escaped}-{version}.dist-info"
    files = {
        f"{escaped}/__init__.py": _module(name, version),
        f"{info}/METADATA": _metadata(name, version, requires),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{path},{_record_hash(data)},{len(data)}\n" for path, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return WorldFile(
        filename=f"{escaped}-{version}-{tag}.whl", data=_zipped(files), uploaded_at=uploaded_at
    )


def sdist(name: str, version: str, uploaded_at: str) -> WorldFile:
    """Return a source distribution (`.tar.gz`)."""
    escaped = name.replace("-", "_")
    top = f"{escaped}-{version}"
    files = {
        f"{top}/PKG-INFO": _metadata(name, version),
        f"{top}/pyproject.toml": _BUILD_SYSTEM,
        f"{top}/{escaped}/__init__.py": _module(name, version),
    }
    return WorldFile(filename=f"{top}.tar.gz", data=_tarred(files), uploaded_at=uploaded_at)


def _module(name: str, version: str) -> bytes:
    return f'"""{name} {version}: an empty stand-in of the ghostcrawl demo."""\n'.encode()


def _metadata(name: str, version: str, requires: Sequence[str] = ()) -> bytes:
    wanted = "".join(f"Requires-Dist: {one}\n" for one in requires)
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wanted}".encode()


def _record_hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={digest}"


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, _DOS_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), compresslevel=0, mtime=0)
