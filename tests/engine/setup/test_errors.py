from __future__ import annotations

import pytest

from engine.setup.errors import explain

UV = "error: Request failed after 3 retries in 11.3s\n  cause: Failed to fetch: https://pypi.org/simple/torch/\n"
NO_WHEEL = (
    "  × No solution found when resolving dependencies:\n  ╰─▶ Because pymcubes==0.1.6 has no usable wheels and you"
    " require pymcubes==0.1.6, we can conclude that your requirements are unsatisfiable.\n"
)
PIP = (
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError: Failed to establish a new"
    " connection: [Errno -2] Name or service not known'\nERROR: Could not find a version that satisfies the requirement"
    " uv\nERROR: No matching distribution found for uv==0.13.9\n"
)


@pytest.mark.parametrize(
    "said, begins",
    [
        (UV + "  cause: dns error\n  cause: failed to lookup address information\n", "The network cannot be reached"),
        (PIP, "The network cannot be reached"),
        (UV + "  cause: tunnel error: failed to create underlying connection: proxy\n", "The proxy"),
        ("ERROR: ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))", "The proxy"),
        (UV + "  cause: invalid peer certificate: UnknownIssuer\n", "The network's certificate"),
        ("SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", "The network's certificate"),
        (UV + "  cause: HTTP status client error (403 Forbidden)\n", "The package index refuses access"),
        (UV + "  cause: No space left on device (os error 28)\n", "The disk is full"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full"),
        ("There is not enough space on the disk. (os error 112)", "The disk is full"),
        ("error: failed to remove file `torch.dll`: Access is denied. (os error 5)", "The engine's folder cannot be"),
        (UV + "  cause: it is being used by another process. (os error 32)\n", "The engine's folder cannot be"),
        ("ERROR: [WinError 5] while it was fetched over a connection: `torch.dll`", "The engine's folder cannot be"),
        (NO_WHEEL, "There is no build of the package pymcubes for this system"),
        (NO_WHEEL.replace("pymcubes==0.1.6 has", "there is no version of pymcubes=="), "There is no build of the pack"),
        ("ERROR: No matching distribution found for uv==0.13.9", "There is no build of the package uv "),
        ("Something.\nerror: the sky fell.\n", "The set-up failed (error: the sky fell): the log tells more."),
        ("", "The set-up failed without a word"),
    ],
)
def test_each_cause_has_its_sentence(said, begins):
    sentence = explain(said)
    assert sentence.startswith(begins) and sentence.endswith(".") and "\n" not in sentence
