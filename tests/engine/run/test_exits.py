"""Every end of a process has words."""

import os
import signal
import subprocess
import sys

import pytest

from engine.run import exits


def test_the_packages_to_install_are_where_the_sentence_says():
    assert exits.REQUIREMENTS.is_file()


def test_codes_are_distinct_and_each_has_a_sentence():
    codes = [
        exits.OK,
        exits.BAD_INPUT,
        exits.OUTPUT_NOT_WRITABLE,
        exits.PRIOR_UNUSABLE,
        exits.DEVICE_UNUSABLE,
        exits.CHECKPOINT_UNUSABLE,
        exits.PACKAGE_MISSING,
        exits.FOLDER_BUSY,
        exits.CLUSTER_UNUSABLE,
    ]
    assert codes == [0, 2, 3, 4, 5, 6, 7, 8, 9] == sorted(exits.SENTENCES)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in exits.SENTENCES.values())


@pytest.mark.parametrize("number", sorted(exits.SIGNALS))
def test_a_shell_and_subprocess_tell_the_same(number):
    assert exits.in_words(-number) == exits.in_words(128 + number) == exits.SIGNALS[number]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "its exit code is not known"),
        (0, "exit code 0"),
        (1, "exit code 1"),
        (255, "exit code 255"),
        (-40, "signal 40"),
        (0xC0000005, "a memory fault"),
        (0xC0000005 - 2**32, "a memory fault"),
        (0xC0000135, "a library is missing"),
    ],
)
def test_in_words(code, words):
    assert exits.in_words(code) == words


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
@pytest.mark.parametrize(("name", "words"), [("SIGKILL", "out of memory"), ("SIGSEGV", "memory fault")])
def test_a_really_killed_process(name, words):
    code = f"import os, signal; os.kill(os.getpid(), {getattr(signal, name):d})"
    process = subprocess.run([sys.executable, "-c", code], check=False)
    assert words in exits.in_words(process.returncode)
