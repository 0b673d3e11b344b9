"""Who may show a view in a page of theirs is named exactly: an origin, and nothing that a policy could take so."""

import socket

import pytest

from rnnviz import origins
from tests.together import together


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://moodle.example.org", "https://moodle.example.org"),
        ("HTTPS://Moodle.Example.ORG", "https://moodle.example.org"),
        ("https://moodle.example.org:443", "https://moodle.example.org"),
        ("http://slides:80", "http://slides"),
        ("http://192.168.0.7:8080", "http://192.168.0.7:8080"),
        ("https://a-1.b", "https://a-1.b"),
        ("https://moodle.example.org/", "https://moodle.example.org"),
        ("https://moodle.example.org:443/", "https://moodle.example.org"),
    ],
)
def test_an_origin_as_browsers_write_it(written: str, meant: str) -> None:
    assert origins.checked(written) == meant


@together(
    "written",
    [
        "",
        "moodle.example.org",
        "ftp://moodle.example.org",
        "https://",
        "https://*",
        "https://*.example.org",
        "*",
        "'self'",
        "https://-example.org",
        "https://user@example.org",
        "https://example.org:",
        "https://example.org:0",
        "https://example.org:70000",
        "https://example.org//",
        "https://example.org/course?id=7",
        "https://example.org;script-src *",
        "https://example.org https://example.com",
        "https://example.org\n",
        "https://müsli.example",
        "https://[::1]",
    ],
)
def test_what_is_no_origin_is_refused_with_what_was_expected_and_got(written: str) -> None:
    with pytest.raises(ValueError, match="must be an origin: http:// or https://, a host") as refused:
        origins.checked(written)
    assert f"got {written!r}" in str(refused.value)


def test_what_is_too_much_is_named() -> None:
    with pytest.raises(ValueError, match=r"where '/course/7' is too much"):
        origins.checked("https://moodle.example.org/course/7")


def test_the_environment_names_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        origins.EMBED_VARIABLE, "https://Moodle.example.org  http://slides:8000 https://moodle.example.org"
    )
    assert origins.embedding() == ("https://moodle.example.org", "http://slides:8000")
    monkeypatch.delenv(origins.EMBED_VARIABLE)
    assert origins.embedding() == ()
    monkeypatch.setenv(origins.EMBED_VARIABLE, "https://a.example *")
    with pytest.raises(ValueError, match=r"RNNVIZ_EMBED_FROM: each must be .*; got '\*'"):
        origins.embedding()


@pytest.mark.parametrize("written", ["rnn.example.org", "RNN.example.org", "laptop", "a_b-1.local", "192.168.0.7"])
def test_a_name_of_a_host(written: str) -> None:
    assert origins.checked_host(written) == written.lower()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "*.example.org",
        "http://rnn.example.org",
        "rnn.example.org:8501",
        "rnn.example.org/",
        "a b",
        "rnn.",
        "é",
    ],
)
def test_what_is_no_name_of_a_host(written: str) -> None:
    with pytest.raises(ValueError, match=r"must be the name of a host alone, as in rnn\.example\.org; got ") as refused:
        origins.checked_host(written)
    assert repr(written) in str(refused.value)


def test_the_server_is_known_by_its_own_names_and_those_that_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Laptop.example.org")
    monkeypatch.setenv(origins.HOST_VARIABLE, "RNN.example.org rnn")
    own = ("localhost", "laptop.example.org", "laptop", "laptop.local")
    assert origins.hosts() == (*own, "rnn.example.org", "rnn")
    monkeypatch.setenv(origins.HOST_VARIABLE, "*")
    with pytest.raises(ValueError, match=r"RNNVIZ_HOST: each must be the name of a host .*; got '\*'"):
        origins.hosts()


def test_a_machine_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "")
    monkeypatch.delenv(origins.HOST_VARIABLE, raising=False)
    assert origins.hosts() == ("localhost",)
