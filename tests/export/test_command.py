"""The command says what is wrong with what it was given before it opens anything."""

import io
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TypeAlias

import pytest

from rnnviz.cli import main
from rnnviz.export import devtools, making
from rnnviz.export.album import Picture
from rnnviz.export.lecture import Lecture
from rnnviz.export.making import Made


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any browser."""
    monkeypatch.delenv(devtools.VARIABLE, raising=False)
    monkeypatch.setattr(devtools.shutil, "which", lambda _: None)
    monkeypatch.setattr(devtools, "PLACES", ("/Applications/Nothing.app",))
    monkeypatch.setattr(devtools, "DOWNLOADS", ())


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["export", *arguments]) == 1
    return capsys.readouterr().err


@pytest.mark.usefixtures("bare")
def test_without_a_browser(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    links = tmp_path / "week5.txt"
    links.write_text("/Gates\n")
    error = said([str(links), "--to", str(tmp_path / "out")], capsys)
    assert "no Chromium, Chrome or Edge that runs was found" in error
    assert "set RNNVIZ_CHROMIUM to the path of its program" in error
    assert "Looked in PATH for chromium-headless-shell, chromium, chromium-browser" in error
    assert "/Applications/Nothing.app" in error
    assert not (tmp_path / "out").exists()


def test_a_browser_that_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(devtools.VARIABLE, "/not/there")
    links = tmp_path / "week5.txt"
    links.write_text("/Gates\n")
    assert "RNNVIZ_CHROMIUM must name a browser's program that runs; got '/not/there'" in said([str(links)], capsys)


def test_a_lecture_that_is_wrong_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "week5.yaml"
    path.write_text("figures:\n- link: /Gate\n")
    assert f"rnnviz: {path}: line 2: the page of a link must be one of" in said([str(path)], capsys)
    path.write_bytes(b"figures: \xff")
    assert "must be text in UTF-8; byte 9 is none" in said([str(path)], capsys)


@pytest.mark.parametrize("name", ["other.yaml", "."])
def test_a_lecture_that_cannot_be_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / name)
    error = said([path], capsys)
    assert f"rnnviz: LECTURE must be a file that can be read, or - for what is piped in; got {path!r}: " in error
    assert "[Errno" not in error


Counted: TypeAlias = Callable[..., tuple[str, str]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counted:
    """What is said, on either way, of so many pictures of each view, and so many views of which not all came."""

    def run(taken: tuple[int, ...], missing: int, *options: str) -> tuple[str, str]:
        def make(wanted: Lecture, *_: object, **__: object) -> Made:
            pairs = zip(wanted.entries, taken, strict=True)
            pictures = [Picture("a", "", "", "", entry, "") for entry, count in pairs for _ in range(count)]
            return Made(pictures, missing=["line 1: it failed"] * missing, whole=True)

        monkeypatch.setattr(making, "make", make)
        links = tmp_path / "week5.txt"
        links.write_text("/Gates\n" * len(taken))
        assert main(["export", str(links), "--to", str(tmp_path), *options]) == int(bool(missing))
        return capsys.readouterr()

    return run


TOLD = {
    (2, 1, 3): ("6 pictures of 3 views", ""),
    (1,): ("1 picture of 1 view", ""),
    (2, 0, 1): ("3 pictures of 2 views", "not to be had: 1 of 3 views"),
    (0, 0, 1): ("1 picture of 1 view", "not to be had: 2 of 3 views"),
}


@pytest.mark.parametrize("taken", TOLD)
def test_what_came_and_what_did_not_is_counted(taken: tuple[int, ...], counted: Counted) -> None:
    came, lost = TOLD[taken]
    out, error = counted(taken, taken.count(0))
    assert re.fullmatch(rf"{came} in \d+ s{'; ' if lost else ''}{lost}\n", out)
    assert not error
    assert counted(taken, taken.count(0), "--quiet") == ("", f"rnnviz: {lost}\n" if lost else "")


def test_views_without_some_of_their_pictures_are_counted(counted: Counted) -> None:
    lost = "not to be had: 1 of 3 views; without some of their pictures: 1 of 3 views"
    assert counted((1, 0, 1), 2)[0].endswith(f"; {lost}\n")


def test_what_is_piped_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"/Gates\nhello\n")))
    assert "rnnviz: -: line 2: a link must look like" in said(["-"], capsys)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--formats", "gif"], "formats must be of png, svg, html, csv, json, pptx, pdf, md"),
        (["--server", "file:///etc"], "an address must look like http://127.0.0.1:8501"),
        (["--background", "dark", "--theme", "light"], "a background that is dark has the theme dark; got light"),
        (["--ground", "dark", "--theme", "light"], "a background that is dark has the theme dark; got light"),
    ],
)
def test_arguments(arguments: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    links = tmp_path / "week5.txt"
    links.write_text("/Gates\n")
    assert expected in said([str(links), *arguments], capsys)


class Elsewhere(BaseHTTPRequestHandler):
    """A server of something else."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        pass


def test_a_server_that_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(devtools, "require", lambda: Path("browser"))
    links = tmp_path / "week5.txt"
    links.write_text("/Gates\n")
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        url = f"http://127.0.0.1:{other.server_port}"
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        error = said([str(links), "--to", str(tmp_path / "out"), "--server", url], capsys)
        other.shutdown()
        thread.join()
    assert f"the server must be an application that runs; at {url} there is something else" in error
    assert "there is none: " in said([str(links), "--to", str(tmp_path / "out"), "--server", url], capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("width", ["0", "9999", "1e3", "x"])
def test_width(width: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "-", "--width", width])
    assert "must be a whole number in 320..3840" in capsys.readouterr().err
