"""What names say about their values."""

import pytest

from harness.masking.names import is_secret, says

RANDOM = "9f86d081884c7d659a2feaa0c55ad015"


SECRET = """
    token access_token id_token refreshToken api_key apikey X-Api-Key apiKey sig signature X-Amz-Signature
    X-Goog-Signature X-Amz-Credential X-Amz-Security-Token AWSAccessKeyId password PASSWORD passwd pwd user_pwd
    mysql_pwd db_pass pass passphrase secret client_secret SECRET_KEY secretKeyBase session session_id sessionid sid
    connect.sid PHPSESSID JSESSIONID ASP.NET_SessionId .ASPXAUTH laravel_session _shop_session auth X-Auth
    X-Auth-Token authorization jwt csrf _csrf csrf_token csrfmiddlewaretoken X-CSRF-Token XSRF-TOKEN _xsrf
    authenticity_token __RequestVerificationToken _wpnonce X-WP-Nonce private_key privateKey credentials SAMLResponse
    SAMLRequest code_verifier oauth_verifier assertion remember_user_token otp otp_attempt cvv card[cvc]
    user[password] password_confirmation passwordHash cookie Set-Cookie encryption_key Private-Token X-Vault-Token
    X-Forwarded-Access-Token HTTP_AUTHORIZATION 密码 contraseña Passwort
"""
# What others mask by default, and we do, too: see `lists`.
OTHERS = """
    passwd api_key apikey auth credentials mysql_pwd privatekey private_key token session csrftoken sessionid
    x_csrftoken set_cookie cookie authorization x_api_key aiohttp_session connect.sid csrf_token csrf _csrf
    _csrf_token PHPSESSID _session user_session _xsrf XSRF-TOKEN Authorization SAMLRequest SAMLResponse
    access_token assertion authenticity_token client_secret code_challenge code_verifier facetID fcParams id_token
    refresh_token serverData shdf usg vses2 x-client-data appkey app_key authkey auth_key servicekey service_key
    applicationkey accountkey account_key dbkey db_key databasekey clientkey client_key aws_secret_access_key db_pass
    pass pwd priv_key privkey keypass encrypted_key otp_attempt sentry_dsn passw secret crypt salt otp ssn cvv
    cvc Signature sig X-Goog-Signature
"""
SOMETHING_ELSE = """
    id name q page lang theme author authority authors authenticated secretary tokenizer tokenize token_type tokenType
    token_expires session_timeout password_changed_at password_required csrf-param csrf_header auth_method expires_in
    authorization_url token_endpoint compass passenger bypass monkey keyword keys client_id email X-Frame-Options
    Access-Control-Allow-Credentials WWW-Authenticate Content-Type InvalidToken BadSignature TokenExpiredError
    InvalidSessionId sessions assessment _ - 名称
"""
MAYBE = "key code state nonce hash ticket challenge public_key max_tokens error_code"


@pytest.mark.parametrize("name", sorted({*SECRET.split(), *OTHERS.split()}))
def test_names_of_secrets(name: str) -> None:
    assert says(name) == "secret"


@pytest.mark.parametrize("name", SOMETHING_ELSE.split())
def test_names_of_something_else(name: str) -> None:
    assert says(name) == "nothing"


@pytest.mark.parametrize("name", MAYBE.split())
def test_names_that_leave_it_to_the_value(name: str) -> None:
    assert says(name) == "maybe"
    assert is_secret(name, RANDOM)
    assert not is_secret(name, "open")


def test_a_value_does_not_make_a_secret_of_a_name() -> None:
    assert is_secret("token", "abc")
    assert not is_secret("theme", RANDOM)
