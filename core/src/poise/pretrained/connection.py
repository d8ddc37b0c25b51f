"""Connections to publishers: over http and https alone, and https stays https."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from poise import __version__
from poise.errors import PoiseError, WeightsError
from poise.messages import short_repr

SCHEMES = ("https", "http")


class Connections:
    """Opens addresses, and remembers the sockets, so that another thread can end them."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._sockets: list[socket.socket] = []

    def open(self, url: str, headers: dict[str, str]) -> Any:
        """The publisher's answer, an ``http.client.HTTPResponse``.

        Raises:
            WeightsError: the address, or one that it leads to, is not http or https, or https
                leads to http.
            URLError, HTTPException, TimeoutError, ConnectionError: the publisher cannot be
                reached, or refuses.
        """
        with network_errors():
            request = urllib.request.Request(  # noqa: S310 - checked below
                url, headers={"User-Agent": f"poise/{__version__}", **headers}
            )
            if request.type not in SCHEMES:
                raise WeightsError(f"{url}: only http and https addresses are fetched")
            return self._opener().open(request, timeout=self._timeout)

    def end(self) -> None:
        """Shut every socket down: whoever waits for its bytes goes on with an error."""
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _opener(self) -> urllib.request.OpenerDirector:
        # ``build_opener`` would add ftp, file and data addresses, which a publisher could name.
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.UnknownHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(),
            _handler_of(self._sockets),
        ):
            opener.add_handler(handler)
        return opener


def _handler_of(sockets: list[socket.socket]) -> urllib.request.BaseHandler:
    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    class Secure(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    class Handler(urllib.request.AbstractHTTPHandler):
        def http_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(Plain, request)

        def https_open(self, request: urllib.request.Request) -> Any:
            return self.do_open(Secure, request)

        http_request = urllib.request.AbstractHTTPHandler.do_request_
        https_request = urllib.request.AbstractHTTPHandler.do_request_

    return Handler()


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        scheme = newurl.partition(":")[0].lower()
        allowed = SCHEMES if req.type == "http" else ("https",)
        if scheme not in allowed:
            raise WeightsError(
                f"{req.full_url}: must lead to an address of {' or '.join(allowed)}, "
                f"got {short_repr(newurl, 200)}\n"
                "  fix: get the file another way and set POISE_WEIGHTS to its folder"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def network_errors() -> Iterator[None]:
    """Raise whatever fails on the network as an error of the network.

    A route that is lost, and a damaged TLS record, are an ``OSError`` like a full disk; and an
    address or a header that makes no sense is a ``ValueError``.
    """
    try:
        yield
    except (PoiseError, urllib.error.URLError, http.client.HTTPException):
        raise
    except (TimeoutError, ConnectionError):
        raise
    except OSError as error:
        raise ConnectionError(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise http.client.HTTPException(str(error)) from error
