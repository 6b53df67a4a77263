from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine.setup.network import handed_on, options, pip_settings


def listed(configuration: str, tmp_path, **variables: str) -> str:
    """What pip says of its settings where these are all that it has."""
    file = tmp_path / "pip.conf"
    file.write_text(configuration, encoding="utf-8")
    others = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    command = [sys.executable, "-m", "pip", "config", "list"]
    environment = others | {"PIP_CONFIG_FILE": str(file)} | variables
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def test_pips_own_listing_is_understood(tmp_path):
    configuration = """
[global]
index-url = https://one.example/simple
extra-index-url =
    https://two.example/simple
    https://three.example/simple
cert = /etc/it's/ours.pem
[install]
find-links = /a /b
trusted-host = one.example
[download]
proxy = http://not-for-us:1
"""
    listing = listed(configuration, tmp_path, PIP_PROXY="http://us:2", PIP_DEFAULT_TIMEOUT="90", PIP_FIND_LINKS="/c /d")
    variables = handed_on(pip_settings(listing), {})
    assert {name: value for name, value in variables.items() if name != "UV_INDEX_STRATEGY"} == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_FIND_LINKS": "/c,/d",
        "SSL_CERT_FILE": "/etc/it's/ours.pem",
        "HTTPS_PROXY": "http://us:2",
        "HTTP_PROXY": "http://us:2",
        "UV_INSECURE_HOST": "one.example",
        "UV_HTTP_TIMEOUT": "90",
    }


@pytest.mark.parametrize("value, expected", [("1", ["--no-index"]), ("true", ["--no-index"]), ("0", [])])
def test_no_index_is_an_option(tmp_path, value, expected):
    assert options(pip_settings(listed("", tmp_path, PIP_NO_INDEX=value))) == expected


def test_what_uv_is_told_itself_counts():
    settings = {"index-url": "https://pips", "proxy": "http://pips"}
    variables = handed_on(settings, {"UV_DEFAULT_INDEX": "https://uvs", "https_proxy": "http://uvs"})
    assert variables == {"HTTP_PROXY": "http://pips"}


@pytest.mark.parametrize("listing", ["", "WARNING: something\n", "global.cert=\n", "=\n", "global.cert"])
def test_what_is_no_setting_is_passed_over(listing):
    assert handed_on(pip_settings(listing), {}) == {}


def test_a_value_that_is_no_literal_is_taken_as_it_is():
    assert pip_settings("global.proxy=http://plain") == {"proxy": "http://plain"}
