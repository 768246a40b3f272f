"""Words by which secrets are told from what is none.

What is secret is what others mask by default: Sentry (relay and sentry-python), google/har-sanitizer and
cloudflare/har-sanitizer, Yelp/detect-secrets, gitleaks, GitLab (labkit), Rails (``filter_parameter_logging``),
Django (``hidden_settings``) and OpenTelemetry (``url.query``). Left out is what tells who somebody is, or where,
and opens no door (e-mail and IP addresses, ids of clients and apps), and words that GitLab hides for
another reason (title, body, note …). Such a thing may be named as a secret.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# ------------------------------------------------------------------ names
SECRET_WITHIN = re.compile(  # anywhere in a name whose words are written together
    r"passw|passphrase|passcode|contraseñ|contrasen|密码|口令|令牌|密钥|secret(?!ar)|token(?!i[sz]|s$)|csrf|xsrf|jwt"
    r"|credential|authoriz|signature|sessionid|sessid|sessionkey|sessiondata|aspxauth|connectsid|wpnonce|xclientdata"
    r"|otpattempt|samlre|assertion|codeverifier|codechallenge|serverdata|fcparams|facetid|sharedkey|encryptedkey|keypass"
    r"|(api|app|application|auth|service|account|db|database|client|access|priv|private|master|signing|encryption)key"
)
SECRET_LAST = _words(
    "auth authkey bearer cookie cookies crypt cvc cvv dsn hmac oauth otp pass pin psk pwd salt session shdf sid sig "
    "ssn totp usg verifier vses"
)
MAYBE_LAST = _words("challenge code hash key nonce state ticket tokens")
# The name of something about a secret: `token_type`, `password_changed_at`, `csrf-param`, `TokenError`.
ABOUT_LAST = _words(
    "age at algorithm by change changed count date description disabled domain duration enabled endpoint error "
    "errors expiration expired expires expiry field forgot format header headers help hint href invalid label length "
    "lifetime limit link max message method methods min mode name names on param parameter path placeholder "
    "policy provider providers required reset rules scheme size status storage strength supported time timeout ttl "
    "type types uri url valid version"
)
# A fault: `InvalidToken`, `BadSignature`.
FAULTY = _words("bad expired illegal invalid mismatched missing unexpected unknown unrecognized wrong")

# ----------------------------------------------------------------- values
# What stands behind the name of a secret and is none: in code, and behind a colon in prose; partly detect-secrets'.
LITERALS = _words("bool boolean false int nil none null number object str string true undefined")
PROSE = _words(
    "a an any are as at by can cannot changed could denied does empty error expected expired failed for found from has "
    "have if in incorrect invalid is it length may mismatch missing must never new no not of ok on only optional or "
    "required should the this to type unset was were which will with wrong you your"
)
WORDLIKE_PAIRS = _words(  # the 200 most frequent pairs of letters in English prose and in names of packages
    "ab ac ad ag ai ak al am an ap ar as at au av ay ba be bi bl bo br bu ca ce ch ci ck cl co cr cs ct cu da db "
    "de di do dr ds ea eb ec ed ee ef eg el em en ep er es et ev ex fa fe fi fl fo ga ge gi go gr ha he hi ho ia "
    "ib ic id ie if ig il im in io ip ir is it iv js ka ke ki la ld le li ll lo ls lt lu ly ma me mi ml mo mp ms "
    "na nc nd ne ng ni no ns nt ob oc od og ol om on oo op or os ot ou ow pa pe ph pi pl po pp pr ps pt py qu ra "
    "rc rd re ri rm ro rs rt ru ry sa sc se sh si sm so sp ss st su sy ta tc te th ti tl to tr ts tt tu ty ua ub "
    "ue ui ul um un up ur us ut va ve vi wa we wi ya yp ys yt ze"
)

# ------------------------------------------------------ HTTP fields, forms
COOKIE_ATTRIBUTES = _words(
    "domain expires httponly max-age partitioned path priority samesite secure version"  # RFC 6265 and its drafts
)
OPEN_PARAMETERS = _words(  # of Authorization, which open no door
    "algorithm headers nc oauth_signature_method oauth_timestamp oauth_version qop realm signedheaders uri username "
    "version"
)
OPEN_INPUTS = _words("button checkbox color date file image radio range reset submit")  # types of `<input>`
