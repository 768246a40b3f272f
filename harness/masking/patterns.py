"""What is a secret by its own look, wherever it stands: JSON Web Tokens, private keys, keys of well-known services.

The looks are those of gitleaks and of GitLab's secret detection, the ones with a prefix that nothing else has.
"""

import re

from harness.masking.needles import MASK
from harness.masking.secrets import Secrets

_JWT = r"eyJ[A-Za-z0-9_-]{7,}+(?:\.[A-Za-z0-9_-]*+){0,4}"  # RFC 7519: three parts; RFC 7516: five
_KEYS = (
    r"(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA|AIPA)[A-Z2-7]{16}",  # AWS
    r"AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{20,}",  # Google
    r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}",
    r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[\w-]{20,300}(?:\.[\w.]{9,20})?|GR1348941[\w-]{20}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250}",  # Slack
    r"hooks\.slack\.com/services/[A-Za-z0-9/+]{40,60}",
    r"(?:sk|rk)_(?:test|live|prod)_[A-Za-z0-9]{10,99}|whsec_[A-Za-z0-9]{24,}",  # Stripe
    r"sk-(?:ant-|proj-|svcacct-|admin-)?[\w-]{32,}",  # Anthropic, OpenAI
    r"npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,}|hf_[A-Za-z]{34}|dckr_(?:pat|oat)_[\w-]{27,}",
    r"SG\.[\w-]{16,32}\.[\w-]{16,64}|key-[0-9a-f]{32}|[0-9a-f]{32}-us\d{1,2}",  # SendGrid, Mailgun, Mailchimp
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0(?:atp|csp)-[\w-]{22,43}",  # Shopify, Square
    r"do[opr]_v1_[0-9a-f]{64}|hv[bs]\.[\w-]{24,300}|dapi[0-9a-f]{32}|glsa_\w{32,45}",  # DigitalOcean, Vault, …
    r"LTAI[A-Za-z0-9]{12,24}|AKID[A-Za-z0-9]{32}|ATATT3[\w=-]{100,}",  # Alibaba, Tencent, Atlassian
)
_LOOKS = re.compile(rf"(?<![A-Za-z0-9])(?:{_JWT}|{'|'.join(_KEYS)})")
_PEM_BEGINS = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")  # RFC 7468
_PEM_ENDS = re.compile(r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_PEM_LIMIT = 20_000  # characters between them
_PEM_LINES = re.compile(r"(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{20,}+)*+(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]+)?")


def without_known(text: str, secrets: Secrets) -> str:
    """The text with a mask for each secret that its look gives away; ``secrets`` learns them."""

    def masked(found: re.Match[str]) -> str:
        if found[0].startswith("eyJ") and found[0].count(".") < 2:
            return found[0]
        secrets.learn(found[0], "known by its look")
        return MASK

    return _LOOKS.sub(masked, _without_private_keys(text, secrets))


def _without_private_keys(text: str, secrets: Secrets) -> str:
    """First and last line are left; of one that breaks off, all lines that can be told."""
    pieces: list[str] = []
    done = 0
    while begins := _PEM_BEGINS.search(text, done):
        start = begins.end()
        ends = _PEM_ENDS.search(text, start, start + _PEM_LIMIT)
        lines = _PEM_LINES.match(text, start)
        end = ends.start() if ends else lines.end() if lines else start
        secrets.learn(text[start:end], "private key")
        pieces += (text[done:start], MASK)
        done = end
    return "".join([*pieces, text[done:]])
