"""``python -m rnnviz app``: the server on a port that is free."""

import argparse
import errno
import os
import re
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from rnnviz import caching, origins
from rnnviz.extras import SCHEDULER_VARIABLE, require
from rnnviz.places import MODELS_VARIABLE, RECORDS_VARIABLE
from rnnviz.spec import REVIEWS_VARIABLE
from rnnviz.tours import FOLDER_VARIABLE

DEFAULT_PORT: Final = 8501
PORTS_TRIED: Final = 50


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``app`` and its arguments."""
    parser = commands.add_parser("app", help="start the application and print its address", allow_abbrev=False)
    add_places(parser)
    parser.add_argument(
        "--reviews",
        type=Path,
        metavar="PATH",
        help="the folder aclImdb or the file imdb_reviews.parquet: visitors may then train a network on it; also "
        f"{REVIEWS_VARIABLE} in the environment",
    )
    parser.add_argument(
        "--tours",
        type=Path,
        metavar="FOLDER",
        help=f"a folder of your own guided tours, Markdown files; also {FOLDER_VARIABLE} in the environment",
    )
    parser.add_argument(
        "--models",
        type=Path,
        metavar="FOLDER",
        help="a folder of networks that open --to or train --out saved there: every visitor may choose them; also "
        f"{MODELS_VARIABLE} in the environment",
    )
    parser.add_argument(
        "--records",
        type=Path,
        metavar="FOLDER",
        help="a folder with a subfolder for each training that rnnviz.watch(model, folder=…) records: every visitor "
        f"may look at them, also while they go on; also {RECORDS_VARIABLE} in the environment",
    )
    parser.add_argument(
        "--embed-from",
        action="append",
        default=[],
        type=_argument(origins.checked),
        metavar="ORIGIN",
        help="pages of this origin, as https://moodle.example.org, may show a view in a frame; can be given several "
        f"times; also {origins.EMBED_VARIABLE} in the environment, with spaces between origins",
    )
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        type=_argument(origins.checked_host),
        metavar="NAME",
        help="visitors may open the server by this name, as rnn.example.org, beside its own name and any numeric "
        f"address; can be given several times; also {origins.HOST_VARIABLE} in the environment, with spaces between",
    )
    parser.add_argument("--metrics", action="store_true", help="allow access to /_stcore/metrics")
    parser.add_argument(
        "--cache-mb",
        type=_megabytes,
        metavar="MB",
        help="the size of the cache of results, in million bytes; default: "
        f"{caching.DEFAULT_MB}; also {caching.VARIABLE} in the environment",
    )
    parser.set_defaults(command=_app, until_interrupted=True)


def add_places(parser: argparse.ArgumentParser) -> None:
    """Add where the server listens, and whether a browser is opened."""
    parser.add_argument("--port", type=_port, help=f"default: the first free one from {DEFAULT_PORT}")
    parser.add_argument(
        "--address", default="127.0.0.1", type=_address, help="0.0.0.0 for a classroom; default: %(default)s"
    )
    parser.add_argument("--open", action="store_true", help="open a browser window as well")


def listen_and_serve(arguments: argparse.Namespace, path: str = "", *, metrics: bool = False) -> None:
    """Serve on a port that is free; ``path`` is that of the view to begin with."""
    with _listener(arguments.address, arguments.port) as listener:
        from rnnviz.ui.server import serving

        serving.serve(listener, address=arguments.address, open_browser=arguments.open, metrics=metrics, path=path)


def _app(arguments: argparse.Namespace) -> int:
    """Start the server on a port that is free."""
    if arguments.reviews is not None:
        if not arguments.reviews.exists():
            raise FileNotFoundError(f"--reviews must be a folder or a file that is there; got {arguments.reviews}")
        os.environ[REVIEWS_VARIABLE] = str(arguments.reviews.resolve())
    if arguments.tours is not None:
        if not arguments.tours.is_dir():
            raise FileNotFoundError(f"--tours must be a folder that is there; got {arguments.tours}")
        os.environ[FOLDER_VARIABLE] = str(arguments.tours.resolve())
    if arguments.models is not None:
        if not arguments.models.is_dir():
            raise FileNotFoundError(f"--models must be a folder that is there; got {arguments.models}")
        os.environ[MODELS_VARIABLE] = str(arguments.models.resolve())
    if arguments.records is not None:
        if not arguments.records.is_dir():
            raise FileNotFoundError(f"--records must be a folder that is there; got {arguments.records}")
        os.environ[RECORDS_VARIABLE] = str(arguments.records.resolve())
    if os.environ.get(SCHEDULER_VARIABLE):
        require("cluster", SCHEDULER_VARIABLE)
    for variable, given in ((origins.EMBED_VARIABLE, arguments.embed_from), (origins.HOST_VARIABLE, arguments.host)):
        if given:
            os.environ[variable] = " ".join(given)
    origins.embedding()
    origins.hosts()
    if arguments.cache_mb is not None:
        os.environ[caching.VARIABLE] = str(arguments.cache_mb)
    caching.limit()  # what it cannot be is said before anybody comes
    listen_and_serve(arguments, metrics=arguments.metrics)
    return 0


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"must be a whole number of million bytes, at least 0; got {text[:80]!r}")
    return int(text)


def _argument(check: Callable[[str], str]) -> Callable[[str], str]:
    """A check whose message argparse prints."""

    def checked(text: str) -> str:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


def _address(text: str) -> str:
    """The address of a network of this machine; an empty address would mean all of them."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    if re.fullmatch(r"[A-Za-z0-9_.-]*[A-Za-z_-][A-Za-z0-9_.-]*", text):
        return text
    raise argparse.ArgumentTypeError(
        "must be an address of this machine or its name, as 127.0.0.1 or 0.0.0.0 (all of its networks), without "
        f"http:// and without a port, which --port names; got {text!r}"
    )


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"must be a whole number in 1..65535; got {text!r}")
    return port


def _listener(address: str, port: int | None) -> socket.socket:
    """A socket that listens at the port asked for, or at the first free one from the default on."""
    if port is not None:
        if (found := _listening(address, port)) is None:
            raise OSError(f"port {port} at {address} is in use or not allowed; choose another with --port")
        return found
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        if (found := _listening(address, candidate)) is not None:
            return found
    raise OSError(
        f"no free port in {DEFAULT_PORT}..{DEFAULT_PORT + PORTS_TRIED - 1} at {address}; choose one with --port"
    )


def _listening(address: str, port: int) -> socket.socket | None:
    """A socket that listens there; None if the port is in use or not allowed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # The protocol is named because asyncio then sets TCP_NODELAY on each connection. Streamlit's own socket names none:
    # there the second half of every answer waits 40 ms until the browser has confirmed the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            # Elsewhere than on Windows this skips over the last server's closing connections, not over a listener.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # "::" means IPv4 as well
        listener.bind((address, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise OSError(f"cannot listen at {address}: {error.strerror}") from error
    return listener
