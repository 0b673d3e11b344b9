"""The command line says clearly what it will not do, and starts the server from anywhere."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rnnviz import __version__, cli
from rnnviz.origins import EMBED_VARIABLE, HOST_VARIABLE
from rnnviz.spec import REVIEWS_VARIABLE
from tests.serving import PATIENCE, running


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"rnnviz {__version__}\n"


@pytest.mark.parametrize(
    ("name", "arguments", "code"), [("export", ["export", "week5.yaml"], 130), ("app", ["app"], 0)]
)
def test_interrupted_before_it_began(
    monkeypatch: pytest.MonkeyPatch, name: str, arguments: list[str], code: int
) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"rnnviz.cli.{name}._{name}", interrupted)
    assert cli.main(arguments) == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["dance"], "invalid choice: 'dance'"),
        (["app", "--port", "many"], "must be a whole number in 1..65535; got 'many'"),
        (["app", "--port", "70000"], "must be a whole number in 1..65535; got '70000'"),
        (["app", "--embed-from", "*"], "must be an origin: http:// or https://, a host, and a port if need be"),
        (["app", "--embed-from", "https://a.example/b"], "got 'https://a.example/b', where '/b' is too much"),
        (["app", "--host", "https://rnn.example.org"], "must be the name of a host alone, as in rnn.example.org; got"),
        (["app", "--por", "8501"], "unrecognized arguments: --por"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "command"),
    [(["app", "--dance"], "rnnviz app"), (["train", "sentiment", "--dance"], "rnnviz train")],
)
def test_an_unknown_option_shows_the_usage_of_its_command(
    arguments: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    said = capsys.readouterr().err
    assert said.startswith(f"usage: {command} ")
    assert said.endswith(f"{command}: error: unrecognized arguments: --dance\n")


def test_without_a_command_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main([])
    said = capsys.readouterr().err
    for command in ("app", "train", "predict", "agreement", "index", "neurons", "export", "tours"):
        assert re.search(rf"^    {command}\b", said, re.MULTILINE), command
    assert said.count("usage:") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "--csv", "{gone}"], "--csv must be a file that is there; got {gone}, where there is none"),
        (["predict", "--csv", "{folder}"], "--csv must be a file that is there; got the folder {folder}"),
        (["predict", "a text", "--out", "{gone}/x.csv"], "--out must be in a folder that is there; got {gone}/x.csv"),
        (["predict", "a text", "--out", "{folder}"], "--out must be a file; got the folder {folder}"),
        (
            ["predict", "a text", "--folder", "{gone}"],
            "expected the sentiment model bilstm in {gone}; got no file bilstm.safetensors there",
        ),
        (
            ["train", "characters", "--data", "{gone}"],
            "--data must be a folder or a file that is there; got {gone}",
        ),
        (
            ["neurons", "--out", "{folder}", "--data", "{gone}"],
            "--data must be a file that is there; got {gone}, where there is none",
        ),
        (
            ["neurons", "--out", "{folder}", "--data", "{folder}"],
            "--data must be a file that is there; got the folder {folder}",
        ),
    ],
)
def test_files_that_are_not_there_are_named_with_their_option(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"gone": tmp_path / "gone", "folder": tmp_path}
    assert cli.main([argument.format(**places) for argument in arguments]) == 1
    assert capsys.readouterr().err == f"rnnviz: {message.format(**places)}\n"


def test_predict_without_a_text_says_how_to_give_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert cli.main(["predict"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("rnnviz: a text must be given: after the command, ")
    assert "--csv" in printed.err


def test_a_busy_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["app", "--port", str(port)]) == 1
    assert f"port {port} at 127.0.0.1 is in use" in capsys.readouterr().err


def test_an_address_of_another_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["app", "--address", "192.0.2.1", "--port", "8501"]) == 1
    assert "cannot listen at 192.0.2.1" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["", "http://127.0.0.1", "0.0.0.0:8501", "300.1.1.1", "a b"])
def test_what_is_no_address_is_refused_and_listens_nowhere(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["app", "--address", address])
    assert f"and without a port, which --port names; got {address!r}" in capsys.readouterr().err


def test_of_all_networks_the_address_for_others_is_printed(tmp_path: Path) -> None:
    everywhere = ("rnnviz", "app", "--address", "0.0.0.0", "--port")  # noqa: S104 - what a classroom is told to use
    with running(tmp_path / "output.txt", command=everywhere) as server:
        said = server.log.read_text()
        others = re.findall(r"others in this network open (http://\S+)\n", said)
        own = [address for address in others if replace(server, url=address).get("/_stcore/health").status == 200]
    assert others == own  # a machine without a network prints none
    assert f"rnnviz is at http://localhost:{server.url.rpartition(':')[2]} (" in said


@pytest.mark.parametrize("command", ["neurons", "clipping", "memory", "train shipped", "train attention"])
def test_an_installed_package_keeps_what_ships(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rnnviz.cli.output.IS_INSTALLED", True)
    assert cli.main(command.split()) == 1
    assert "rnnviz: --out must be given" in capsys.readouterr().err


def test_reviews_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["app", "--reviews", str(tmp_path / "aclImdb")]) == 1
    assert f"--reviews must be a folder or a file that is there; got {tmp_path}" in capsys.readouterr().err


def test_reviews_are_said_to_the_workers_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REVIEWS_VARIABLE, "another")
    monkeypatch.setattr("rnnviz.ui.server.serving.serve", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aclImdb").mkdir()
    assert cli.main(["app", "--reviews", "aclImdb"]) == 0
    assert os.environ[REVIEWS_VARIABLE] == str((tmp_path / "aclImdb").resolve())


def test_who_may_show_views_is_said_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBED_VARIABLE, "https://another.example")
    monkeypatch.setattr("rnnviz.ui.server.serving.serve", lambda *_, **__: None)
    assert cli.main(["app", "--embed-from", "https://A.example", "--embed-from", "http://b.example:8000"]) == 0
    assert os.environ[EMBED_VARIABLE] == "https://a.example http://b.example:8000"


def test_its_names_and_the_metrics_are_said_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, object]] = []
    monkeypatch.setenv(HOST_VARIABLE, "another.example")
    monkeypatch.setattr("rnnviz.ui.server.serving.serve", lambda _, **options: said.append(options))
    assert cli.main(["app", "--host", "RNN.example.org", "--host", "rnn", "--metrics"]) == 0
    assert os.environ[HOST_VARIABLE] == "rnn.example.org rnn"
    assert said == [{"address": "127.0.0.1", "open_browser": False, "metrics": True, "path": ""}]


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (EMBED_VARIABLE, "moodle.example.org", "each must be an origin"),
        (HOST_VARIABLE, "http://rnn.example.org", "each must be the name of a host"),
    ],
)
def test_an_environment_that_names_what_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert cli.main(["app"]) == 1
    assert f"{variable}: {message}" in capsys.readouterr().err


def test_without_a_port_the_next_free_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(cli.app, "DEFAULT_PORT", port)
        with cli.app._listener("127.0.0.1", None) as found:
            assert found.getsockname()[1] > port


def test_from_another_directory_with_the_projects_settings(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with running(tmp_path / "output.txt", cwd=tmp_path / "elsewhere") as server:
        assert server.url in server.log.read_text()
        # An upload limit of its own shows whose settings hold.
        assert '"maxUploadSize' not in server.get("/_stcore/host-config").body
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENCE)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.usefixtures("interruptible")
def test_interrupting_ends_it_cleanly(tmp_path: Path) -> None:
    with running(tmp_path / "output.txt") as server:
        server.wait_until_ready()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE) == 0
        assert "Traceback" not in server.log.read_text()


def test_the_module_is_a_command() -> None:
    result = subprocess.run([sys.executable, "-m", "rnnviz", "--help"], capture_output=True, text=True, check=True)
    assert "app" in result.stdout
