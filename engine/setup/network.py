"""pip's settings for uv, which does not read them: where packages come from, and how the network is reached."""

from __future__ import annotations

import ast
from collections.abc import Mapping

VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("HTTPS_PROXY", "HTTP_PROXY"),
    "trusted-host": ("UV_INSECURE_HOST",),
    "timeout": ("UV_HTTP_TIMEOUT",),
}
"""The variables that tell uv what pip's options tell pip."""
SEPARATORS = {"find-links": ","}
"""Between several values, where uv does not want a space."""
SCOPES = ("global", "install", ":env:")
"""Where pip's settings stand, the stronger ones last."""
_ALIASES = {"default-timeout": "timeout", "pypi-url": "index-url"}


def pip_settings(listing: str) -> dict[str, str]:
    """pip's options by name, from what `pip config list` printed; what holds for other commands than install is left
    out.

    >>> pip_settings("global.proxy='http://a:1'\\n:env:.proxy='http://b:2'")
    {'proxy': 'http://b:2'}
    """
    found: dict[str, dict[str, str]] = {scope: {} for scope in SCOPES}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        scope, _, name = key.rpartition(".")
        if scope in found and value:
            found[scope][_ALIASES.get(name, name)] = _literal(value)
    return {name: value for scope in SCOPES for name, value in found[scope].items()}


def _literal(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value


def handed_on(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that tell uv of pip's settings; what the environment says to uv itself is left as it is."""
    variables = {}
    for name, targets in VARIABLES.items():
        value = SEPARATORS.get(name, " ").join(settings.get(name, "").split())
        variables |= {target: value for target in targets if value}
    if "UV_INDEX" in variables:
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip sees it: no index comes before another
    return {name: value for name, value in variables.items() if not {name, name.lower()} & environment.keys()}


def options(settings: Mapping[str, str]) -> list[str]:
    """The options of uv's for what no variable tells it."""
    return ["--no-index"] if settings.get("no-index", "").lower() in ("1", "true", "yes", "on") else []
