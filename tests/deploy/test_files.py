"""The files of deploy/ say the same: names, ports and addresses of the replicas, and what each may do."""

import json
import re
import tomllib
from typing import Any, Final

import pytest
import yaml

from rnnviz import origins
from rnnviz.cli.app import DEFAULT_PORT
from rnnviz.ui.server.serving import PING
from rnnviz.ui.shell.visitors import PROXY_HEADER_VARIABLE
from tests.serving import ROOT
from tests.test_requirements import PYTHONS

FOLDER: Final = ROOT / "deploy"
NGINX: Final = re.sub(r"(?m)\s*#.*$", "", (FOLDER / "nginx.conf").read_text(encoding="utf-8"))
DOCKERFILE: Final = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Final[dict[str, Any]] = COMPOSE["services"]
REPLICAS: Final = {f"{name}:{one['environment']['PORT']}": one for name, one in SERVICES.items() if name != "nginx"}
"""The replicas by name and port."""


def upstreams() -> dict[str, list[list[str]]]:
    """The groups of servers in nginx.conf, each server with its options."""
    found = re.findall(r"upstream (\w+) \{(.*?)\}", NGINX, re.DOTALL)
    return {name: [line.split() for line in re.findall(r"server ([^;]+);", block)] for name, block in found}


def instruction(name: str) -> str:
    """What the last instruction of that name in the Dockerfile says."""
    return str(re.findall(rf"(?m)^{name} (.*)$", DOCKERFILE)[-1])


def command(name: str) -> list[str]:
    """The program that an instruction of the Dockerfile runs, with its arguments."""
    found: list[str] = json.loads(instruction(name)[instruction(name).index("[") :])
    return found


def test_nginx_knows_every_replica_in_every_group() -> None:
    groups = upstreams()
    ports = [place.partition(":")[2] for place in REPLICAS]
    assert len(set(ports)) == len(REPLICAS) >= 2
    assert set(groups) == {"in_turn", "by_address", *(f"replica_{port}" for port in ports)}
    for group in groups.values():
        assert {place for place, *_ in group} == set(REPLICAS)


def test_a_replica_is_the_first_of_its_group_and_the_cookie_names_it_by_its_port() -> None:
    for place in REPLICAS:
        port = place.partition(":")[2]
        first, *others = upstreams()[f"replica_{port}"]
        assert first[0] == place
        assert "backup" not in first
        assert all("backup" in other for other in others)
        assert re.search(rf"(?m)^\s+{port}\s+replica_{port};$", NGINX)


def test_nginx_finds_the_replicas_at_the_addresses_that_they_have() -> None:
    given = {f"{name.partition(':')[0]}": one["networks"]["inside"]["ipv4_address"] for name, one in REPLICAS.items()}
    assert dict(line.split(":") for line in SERVICES["nginx"]["extra_hosts"]) == given
    assert set(SERVICES["nginx"]["depends_on"]) == set(given)


def test_the_port_that_is_published_is_the_one_that_nginx_listens_at() -> None:
    [listens] = re.findall(r"listen (\d+);", NGINX)
    assert [port.rpartition(":")[2] for port in SERVICES["nginx"]["ports"]] == [listens]
    assert f":{listens}/" in SERVICES["nginx"]["healthcheck"]["test"][-1]


def test_replicas_share_the_folder_of_runs_that_the_image_names() -> None:
    runs = re.search(r"RNNVIZ_RUNS=(\S+)", DOCKERFILE)
    assert runs is not None
    assert {tuple(one["volumes"]) for one in REPLICAS.values()} == {(f"runs:{runs[1]}",)}
    assert "runs" in COMPOSE["volumes"]


def test_the_address_of_a_visitor_comes_by_the_header_that_nginx_writes() -> None:
    written = re.findall(r"proxy_set_header (\S+) \$remote_addr;", NGINX)
    assert {one["environment"][PROXY_HEADER_VARIABLE] for one in REPLICAS.values()} == set(written)


def test_settings_have_names_that_the_server_knows() -> None:
    known = {"PORT", "RNNVIZ_WORKERS", PROXY_HEADER_VARIABLE, origins.HOST_VARIABLE, origins.EMBED_VARIABLE}
    assert all(set(one["environment"]) == known for one in REPLICAS.values())


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_no_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(service)


def test_replicas_reach_nobody_and_are_reached_by_nginx_alone() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for replica in REPLICAS.values():
        assert set(replica["networks"]) == {"inside"}
        assert "ports" not in replica


def test_a_websocket_outlives_some_missing_pings_and_no_more() -> None:
    seconds = [int(found) for found in re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", NGINX)]
    assert len(seconds) == 2
    assert all(3 * PING <= one <= 10 * PING for one in seconds)


def test_an_upload_of_the_largest_size_passes() -> None:
    [most] = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    allowed = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    assert int(most) > allowed


def test_the_image_listens_where_it_says_unless_port_says_otherwise() -> None:
    default = str(DEFAULT_PORT)
    assert instruction("EXPOSE") == default
    assert f"${{PORT:-{default}}}" in command("CMD")[-1]
    assert f"os.environ.get('PORT', '{default}')" in command("HEALTHCHECK")[-1]
    assert "/_stcore/health" in command("HEALTHCHECK")[-1]


def test_the_image_is_built_as_the_project_is_installed() -> None:
    assert set(re.findall(r"FROM python:(\S+)-slim", DOCKERFILE)) <= set(PYTHONS)
    assert "requirements.txt" in DOCKERFILE
    assert instruction("USER") == "rnnviz"


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.iterdir()))
def test_no_address_of_a_package_index_or_a_registry_is_written_down(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([^/\s:\"')$]+)", text))
    assert hosts <= {"127.0.0.1", "localhost", "rnn.example.org"}
    assert "+cpu" not in text
