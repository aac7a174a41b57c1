"""One file from the network, through torchvision, with every wait bounded."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from clgrow.torchvision_repair import import_torchvision

STALL_SECONDS = 20.0
"""How long a server may send nothing."""

CONNECT_SECONDS = 8.0
"""How long all addresses of a host together may take to answer."""


class DownloadError(Exception):
    """The network, or the server, did not give the file; the message says why in a few words."""


def download(url: str, folder: Path, filename: str, md5: str) -> None:
    """Downloads one file into a folder and checks its md5 sum.

    Progress goes to standard error where that is a terminal; nothing goes to standard output.

    Args:
        url: http or https.
        folder: exists; what is left in it after a failure is of no use.
        filename: of the file in it.
        md5: that the file must have.

    Raises:
        DownloadError: no connection, no such file, a server that stopped sending, or a wrong md5 sum.
        OSError: the folder cannot be written to.
    """
    import_torchvision()
    from torchvision.datasets.utils import check_integrity, download_url

    with _socket_timeout(STALL_SECONDS):
        try:
            _reach(url)
            with _quiet():
                download_url(url, str(folder), filename)
        except (urllib.error.URLError, ConnectionError, TimeoutError, ssl.SSLError, socket.gaierror) as error:
            raise DownloadError(_why(error)) from error
        except UnicodeError as error:
            raise DownloadError("host not found") from error
        except (http.client.HTTPException, RecursionError) as error:
            raise DownloadError(str(error) or type(error).__name__) from error
    if not check_integrity(folder / filename, md5):
        raise DownloadError("the file it sent has a wrong md5")


def _reach(url: str) -> None:
    """Connects once: urllib would give each of a dead host's addresses the full time."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    deadline = time.monotonic() + CONNECT_SECONDS
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            with socket.socket(family, kind, protocol) as connection:
                connection.settimeout(min(left, CONNECT_SECONDS / 2))
                connection.connect(address)
                return
        except OSError as error:
            failure = error
    raise urllib.error.URLError(failure)


def _why(error: OSError) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return _why(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, socket.gaierror):
        return "host not found"
    return error.strerror or str(error) or type(error).__name__


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Bounds the waits of sockets that take no timeout of their own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps torchvision off standard output, and its progress bar off a standard error that is no terminal."""
    with contextlib.ExitStack() as stack:
        if not sys.stderr.isatty():
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        yield
