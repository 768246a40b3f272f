"""Secrets that their look gives away."""

import random
import string

import pytest

from harness.masking import MASK, Secrets
from harness.masking.patterns import without_known

_CHANCE = random.Random(7)


def signs(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_CHANCE.choices(alphabet, k=count))


# Made here, so that no text of this file looks like a secret.
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + signs(43)
KEYS = [
    JWT,
    JWT.rsplit(".", 1)[0] + ".",  # without a signature
    "eyJ" + "hbGciOiJkaXIifQ.." + ".".join([signs(16), signs(40), signs(22)]),  # encrypted
    "AKIA" + signs(16, string.ascii_uppercase + "234567"),
    "AIza" + signs(35),
    *(f"gh{letter}_{signs(36)}" for letter in "pousr"),
    "github_pat_" + signs(82),
    "glpat-" + signs(20),
    "xoxb-" + "-".join([signs(12, string.digits), signs(12, string.digits), signs(24)]),
    "sk_live_" + signs(24),
    "rk_test_" + signs(24),
    "whsec_" + signs(32),
    "sk-ant-api03-" + signs(90),
    "sk-proj-" + signs(48),
    "npm_" + signs(36),
    "pypi-AgE" + signs(60),
    "hf_" + signs(34, string.ascii_letters),
    "SG." + signs(22) + "." + signs(43),
    "key-" + signs(32, string.hexdigits.lower()[:16]),
    "shpat_" + signs(32, string.hexdigits.lower()[:16]),
    "dop_v1_" + signs(64, string.hexdigits.lower()[:16]),
    "hvs." + signs(40),
    "LTAI" + signs(20),
]
KEY = "-----BEGIN {}PRIVATE KEY-----\n{}\n-----END {}PRIVATE KEY-----"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: str(key)[:12])
@pytest.mark.parametrize("around", ["{}", "'{}'", "token is {}, and", "/reset/{}/", "({}).", "x={}&y=1"])
def test_keys_of_well_known_kinds(key: str, around: str) -> None:
    masked = without_known(around.format(key), Secrets())
    assert masked == around.format(MASK)


@pytest.mark.parametrize(
    "text",
    [
        "eyJustAWord", "eyJ.a.b", "AKIAshort", "a sk-button", "task-list-item-checkbox",
        "npm_config_cache", "github_pattern", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "hf_hub", "key-value", "xoxo", "glpat", "whsec", "a.b.c", "SG.A.B", "gho_st",
    ],
)  # fmt: skip
def test_what_only_begins_like_one(text: str) -> None:
    assert without_known(text, Secrets()) == text


def test_what_happens_to_stand_in_a_longer_word_is_none() -> None:
    for key in KEYS:
        assert without_known(f"x{key}", Secrets()) == f"x{key}"


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys(kind: str) -> None:
    body = "\n".join([signs(64), signs(64), signs(20) + "="])
    secrets = Secrets()
    masked = without_known(f"a {KEY.format(kind, body, kind)} b", secrets)
    assert masked == f"a -----BEGIN {kind}PRIVATE KEY-----{MASK}-----END {kind}PRIVATE KEY----- b"
    assert secrets.mask(body.split("\n")[1]) == MASK


def test_a_private_key_in_json() -> None:
    body = signs(64) + "\\n" + signs(64)
    secrets = Secrets()
    masked = without_known(f'{{"key": "-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n"}}', secrets)
    assert masked == f'{{"key": "-----BEGIN PRIVATE KEY-----{MASK}-----END PRIVATE KEY-----\\n"}}'
    assert secrets.mask(body[66:]) == MASK


def test_a_private_key_that_breaks_off() -> None:
    text = f"-----BEGIN PRIVATE KEY-----\n{signs(64)}\n{signs(30)}"
    assert without_known(text, Secrets()) == f"-----BEGIN PRIVATE KEY-----{MASK}"
    assert without_known(text + "…\nError: x", Secrets()) == f"-----BEGIN PRIVATE KEY-----{MASK}…\nError: x"


def test_they_are_known_from_then_on() -> None:
    secrets = Secrets()
    without_known(f"Bearer {JWT}", secrets)
    assert secrets.find(JWT.rsplit(".", 1)[1].encode())
