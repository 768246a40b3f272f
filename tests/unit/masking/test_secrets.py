"""The secrets of a run are found and masked however they are written, and nothing else is."""

import secrets as tokens
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from json import JSONDecodeError

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from harness.errors import InputError
from harness.masking import MASK, Secrets
from harness.masking.views import views
from tests.unit.masking.spellings import IN_BASE64, SPELLINGS

PASSWORD = 'p@ss "wörd" <&\'/\\+%41> 密'
SESSION = "9Xp-q3vT0LcN1_6m4K2jH7gF5dS8aZbR"

_SIGNS = st.sampled_from("aB3 %&+/\\\"'<>=;#-_é密😀\n\tu41x")
_TEXTS = st.text(st.one_of(_SIGNS, st.characters(exclude_categories=["Cs"])), max_size=30)
_VALUES = (
    st.text(st.one_of(_SIGNS, st.characters(exclude_categories=["Cs"])), min_size=4, max_size=30)
    .map(str.strip)
    .filter(lambda value: len(value) >= 4 and value not in MASK and MASK not in value)
)


def knowing(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value, "env:SECRET")
    return secrets


def readings(text: str) -> list[bytes]:
    """The text and whatever it may be read as."""
    return [view.data for view in views(text.encode("utf-8", "surrogatepass"), frozenset(range(256)))]


# ------------------------------------------------------------------ masking
@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("value", [PASSWORD, SESSION, "hunter2!", "two words", "https://x/?a=b&c"])
def test_every_spelling_is_masked(name: str, value: str) -> None:
    spell, read = SPELLINGS[name]
    assert read(spell(value)) == value
    masked = knowing(value).mask(f"before {spell(value)} after")
    assert masked == f"before {MASK} after"


@given(value=_VALUES, before=_TEXTS, after=_TEXTS, name=st.sampled_from(sorted(SPELLINGS)))
def test_no_reading_of_what_is_masked_has_it(value: str, before: str, after: str, name: str) -> None:
    spell, read = SPELLINGS[name]
    text = before + value + after
    spelled = spell(text)
    assume(read(spelled) == text)
    secrets = knowing(value)
    masked = secrets.mask(spelled)
    with suppress(JSONDecodeError):  # where the secret is a piece of an escape: `0000` in `\\u00a00000`
        assert value not in read(masked)
    assert all(value.encode() not in reading for reading in readings(masked))
    assert secrets.find(spelled.encode())
    assert not secrets.find(masked.encode())


@given(value=_VALUES, chosen=st.data())
def test_it_does_not_matter_which_letters_are_escaped(value: str, chosen: st.DataObject) -> None:
    spell, read = SPELLINGS[chosen.draw(st.sampled_from(["percent, lower case", "html, decimal", "json, all of it"]))]
    assume(all(read(spell(sign)) == sign for sign in value))
    escaped = chosen.draw(st.lists(st.booleans(), min_size=len(value), max_size=len(value)))
    spelled = "".join(
        spell(sign) if is_escaped or not sign.isalnum() else sign
        for sign, is_escaped in zip(value, escaped, strict=True)
    )
    assume(read(spelled) == value)
    assert knowing(value).mask(f"({spelled})") == f"({MASK})"


@given(
    value=_VALUES.filter(lambda value: len(value.encode()) >= 5),
    before=_TEXTS,
    after=_TEXTS,
    name=st.sampled_from(sorted(IN_BASE64)),
)
def test_it_is_masked_anywhere_in_base64(value: str, before: str, after: str, name: str) -> None:
    spelled = IN_BASE64[name](before + value + after)
    secrets = knowing(value)
    masked = secrets.mask(spelled)
    assert MASK in masked
    assert not secrets.find(masked.encode())
    # What is left is what neighbours share a character with, and less than the secret.
    assert len(masked.replace(MASK, "")) <= len(spelled) - len(value.encode()) * 8 // 6 + 2


@pytest.mark.parametrize("user", ["", "a", "ab", "abc"])
def test_basic_credentials_of_the_shortest_secret(user: str) -> None:
    value = "pw:42"
    header = b64encode(f"{user}:{value}".encode()).decode()
    assert knowing(value).mask(header) != header
    assert knowing("pw42").mask(b64encode(b"pw42").decode()).startswith(MASK)


@given(values=st.lists(_VALUES, max_size=4), text=_TEXTS)
def test_masking_twice_is_masking_once(values: list[str], text: str) -> None:
    secrets = knowing(*values)
    once = secrets.mask("".join(f"{text}{value}" for value in values) + text)
    assert secrets.mask(once) == once


def test_what_is_masked_already_is_no_part_of_a_secret() -> None:
    secrets = knowing("xMASK", "KEDy", "hunter2")
    for text in (f"x{MASK}y", "xhunter2y"):
        assert secrets.mask(text) == f"x{MASK}y"
        assert not secrets.find(f"x{MASK}y".encode())


def test_secrets_side_by_side_are_masked_once() -> None:
    assert knowing("hunter2").mask("hunter2hunter2 hunter2") == f"{MASK} {MASK}"


def test_what_cutting_a_secret_out_makes_readable_is_masked_too() -> None:
    secrets = knowing("x" + "\\" * 3, "Abcdef")
    assert secrets.mask("x" + "\\" * 4 + "u0041bcdef") == MASK + MASK


@given(values=st.lists(_VALUES, min_size=2, max_size=5), text=_TEXTS)
def test_the_order_of_adding_does_not_matter(values: list[str], text: str) -> None:
    text = text.join(values)
    assert knowing(*values).mask(text) == knowing(*reversed(values)).mask(text)


def test_secrets_in_and_across_each_other_leave_nothing() -> None:
    secrets = knowing("hunter", "hunter22", "22abc")
    assert secrets.mask("(hunter22abc)") == f"({MASK})"
    assert secrets.mask("(hunter2)") == f"({MASK}2)"


@given(st.text(st.sampled_from("abcdefghijklm .,:\n%&\\")))
def test_text_without_secrets_is_the_same_object(text: str) -> None:
    secrets = knowing("0123-NOPQ-4567", "wxyz!wxyz")
    assert secrets.mask(text) is text
    data = text.encode()
    assert secrets.mask_bytes(data) is data
    assert secrets.find(data) == ()


@given(st.text())
@example("\ud800" + SESSION + "\udfff\x00")
@example("\x00" * 10)
def test_any_text_is_taken(text: str) -> None:
    masked = knowing(SESSION).mask(text)
    assert masked == text.replace(SESSION, MASK)


def test_megabytes_are_taken() -> None:
    for filling in ("a", "%41", "&#65;", "\\u0041", "&", "\\", MASK, "hunter2 "):
        text = filling * (400_000 // len(filling))
        masked = knowing("hunter2").mask(text + "hunter2")
        assert masked.endswith(MASK)
        assert "hunter2" not in masked


def test_bytes_that_are_no_text_are_taken() -> None:
    assert knowing("hunter2").mask_bytes(b"\xff\xfehunter2\x80") == b"\xff\xfe" + MASK.encode() + b"\x80"


def test_a_file_of_one_letter_is_taken() -> None:
    assert knowing("aaaa").mask("a" * 100_000) == MASK


# -------------------------------------------------------------------- finding
@pytest.mark.parametrize(
    ("spelling", "encoding"),
    [
        ("plain", "plain"),
        ("percent", "url"),
        ("form", "url"),
        ("percent twice", "url+url"),
        ("html", "html"),
        ("html, decimal", "html"),
        ("json", "json"),
        ("json twice", "json+json"),
        ("json in an attribute", "json+html"),
        ("json in an address", "json+url"),
    ],
)
def test_a_hit_says_what_where_and_how_and_not_the_value(spelling: str, encoding: str) -> None:
    secrets = Secrets()
    secrets.add('p "w" €', "env:SHOP_PASSWORD")
    (hit,) = secrets.find("é: ".encode() + SPELLINGS[spelling][0]('p "w" €').encode())
    assert (hit.name, hit.encoding, hit.offset) == ("env:SHOP_PASSWORD", encoding, 4)
    assert "€" not in repr(hit)


def test_a_hit_in_base64() -> None:
    (hit,) = knowing(SESSION).find(b'{"auth": "' + b64encode(f"user:{SESSION}".encode()) + b'"}')
    assert (hit.encoding, hit.offset) == ("base64", 17)
    (hit,) = knowing("ÿÿÿÿ").find(IN_BASE64["base64 in an address"]("aÿÿÿÿa").encode())
    assert hit.encoding == "base64+url"


def test_hits_come_in_order_and_the_longest_of_a_place() -> None:
    secrets = Secrets()
    for value in ("hunter", "hunter22", "other-secret"):
        secrets.add(value, value[-5:])
    hits = secrets.find(b"other-secret hunter22 hunter")
    assert [(hit.name, hit.offset) for hit in hits] == [("ecret", 0), ("ter22", 13), ("unter", 22)]


def test_hits_behind_masks_have_their_place() -> None:
    (hit,) = knowing("hunter2").find(f"{MASK} {MASK}hunter2".encode())
    assert hit.offset == 2 * len(MASK) + 1


# ------------------------------------------------------------------- knowing
@pytest.mark.parametrize("value", ["", "abc", "   abc \n", "MASK", "MASKED", "ASKED", "UNMASKED", "xMASKEDy"])
def test_what_cannot_be_masked_is_refused_by_name(value: str) -> None:
    secrets = Secrets()
    with pytest.raises(InputError) as refused:
        secrets.add(value, "env:SHOP_PIN")
    assert "env:SHOP_PIN" in refused.value.into("en")
    assert refused.value.advice
    assert len(secrets) == 0


def test_its_value_shows_nowhere() -> None:
    secrets = knowing("hunter2")
    assert repr(secrets) == str(secrets) == "<1 secrets>"


def test_white_space_around_it_is_none_of_it() -> None:
    assert knowing("hunter2\n").mask("'hunter2'") == f"'{MASK}'"


def test_each_line_of_a_key_is_masked_alone() -> None:
    lines = [b64encode(tokens.token_bytes(48)).decode() for _ in range(3)]
    secrets = knowing("\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"]))
    assert secrets.mask(f"line 2: {lines[1]}") == f"line 2: {MASK}"
    assert secrets.mask("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_what_is_learnt_is_known_only_where_it_is_random() -> None:
    secrets = Secrets()
    secrets.learn("midnight-blue", "cookie theme")
    assert secrets.mask("a midnight-blue sky") == "a midnight-blue sky"
    secrets.learn(SESSION, "cookie sid")
    assert secrets.mask(f"session {SESSION}") == f"session {MASK}"


def test_what_is_learnt_is_read_first() -> None:
    secrets = Secrets()
    secrets.learn("s%3A9XpQ3vT0LcN16m4K2jH7gF5d.aB%2Fc", "cookie connect.sid")
    assert secrets.mask("s:9XpQ3vT0LcN16m4K2jH7gF5d.aB/c") == MASK
    assert secrets.mask("loaded 9XpQ3vT0LcN16m4K2jH7gF5d from the store") == f"loaded {MASK} from the store"


def test_what_is_learnt_from_a_hostile_page_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.masking.secrets._LEARNT_MOST", 20)
    secrets = Secrets()
    secrets.learn(SESSION * 1000, "cookie big")
    assert len(secrets) == 0
    for number in range(30):
        secrets.learn(f"{SESSION}{number:06}", "cookie many")
    assert len(secrets) == 20


def test_the_version_grows_with_what_is_to_be_masked() -> None:
    secrets = Secrets()
    versions = [secrets.version]
    for value in ("hunter2", "hunter3", "hunter2"):
        secrets.add(value, "step 3")
        versions.append(secrets.version)
    assert versions == sorted(versions)
    assert versions[2] > versions[1] > versions[0]
    assert versions[3] == versions[2]


def test_a_name_that_somebody_gave_comes_before_one_that_was_seen() -> None:
    secrets = Secrets()
    secrets.learn(SESSION, "cookie sid")
    secrets.add(SESSION, "env:SESSION")
    secrets.learn(SESSION, "cookie sid")
    assert [hit.name for hit in secrets.find(SESSION.encode())] == ["env:SESSION"]


def test_hiding_learns_and_says_what_stands_there_instead() -> None:
    secrets = Secrets()
    assert [secrets.hide(value, "cookie sid") for value in (SESSION, "dark", "", MASK)] == [MASK, MASK, "", MASK]
    assert len(secrets) == 1


def test_it_grows_while_others_mask() -> None:
    secrets = Secrets()
    values = [tokens.token_urlsafe(24) for _ in range(200)]

    def one(value: str) -> str:
        secrets.add(value, "step 1")
        return secrets.mask(f"<{value}>")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, values)) == {f"<{MASK}>"}
    assert len(secrets._groups) <= 10
    assert secrets.mask(" ".join(values)) == " ".join([MASK] * len(values))
    assert len(secrets.find(" ".join(values).encode())) == len(values)
