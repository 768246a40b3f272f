"""What may be looked for everywhere because it was seen once, and what may not."""

import random
import string
import uuid
from base64 import urlsafe_b64encode

import pytest

from harness.masking.randomness import is_random

SECRETS = {  # in pieces where a scanner of repositories would take it for one
    "Flask session": "eyJ1c2VyX2lkIjoxfQ.ZxYbQw.3hK0cJq2vT8mN5rL1pXwZ9sYdFg",
    "Flask session, compressed": ".eJwlzkEKwjAQRuGrDLMuJTOZTBJPIUhpYpQxlYgg3t2A2wff4p3z3q_9Hpf",
    "Django sessionid": "k8m5z2r7q1w9x4c6v3b0n8j5h2g7f1d4",
    "Django csrftoken": "vT3kQ8mN5rL1pXwZ9sYdFgH2jK4cB6xA",
    "Django csrfmiddlewaretoken": "JX7Yb1qKZ0t5n3WvR8uPzLdM4oEaG6hSfC9iBkTjVyQw2NxUrDl0pOmHsAgFeIcJ",
    "WTForms csrf_token": "IjQ4ZDU3YjJmMzE5YmE3OWM0ZjA4MTIzNDU2Nzg5YWJjZGVmMDEyMzQi.ZxYbQw.Fm2r9Xk1",
    "PHPSESSID": "q3v8l0c1n6m4k2j5h7g9f1d3s5",
    "PHPSESSID, 32 digits": "9f86d081884c7d659a2feaa0c55ad015",
    "Express connect.sid": "s:9XpQ3vT0LcN16m4K2jH7gF5d.aBc4Ef6Gh8Ij0Kl2Mn4Op6Qr8St0Uv2Wx4Yz6",
    "Rails session": "bWpKZ0x4T3ZkQ1RrN2Y5ZQ==--0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c0e1b3d5f7a",
    "Rails csrf": "Vt9xJ3kR7mQ2wL8nP4sZ6yB1cF5gH0dTqXjKoMrNuEaWiYvSlCpGzDfIbUhAeO3k==",
    "Java JSESSIONID": "0A1B2C3D4E5F60718293A4B5C6D7E8F9.node1",
    "ASP.NET_SessionId": "lit3py55t21z5v55vlm25s55",
    "Laravel XSRF-TOKEN": "eyJpdiI6Ik1rQ3p3S0ZqV1ZQ",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "GitHub": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "Stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "AWS secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY3",
    "UUID": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "SHA-1": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "16 hexadecimal digits": "9f86d081884c7d65",
    "WordPress cookie": "admin|1699999999|k3jQx8LmN2vT5rYw7ZpB1cFg|9f86d081884c7d659a2feaa0c55ad015",
    "in JSON": '{"theme":"dark","id":"9f86d081884c7d659a2feaa0c55ad015"}',
    "letters of both cases": "QWmzKRtypLSdFGhjxCVb",
}
ORDINARY = [
    *("dark", "en", "de-DE", "zh_CN.UTF-8", "en-US,en;q=0.9,de;q=0.8", "1", "0", "true", "false", "null", "undefined"),
    *("midnight-blue", "light-high-contrast", "collapsed", "list_view_v2", "sidebar-open", "Administrator", "guest"),
    *("2026-11-22", "2026-11-22T20:31:07.123Z", "Sun, 22 Nov 2026 20:31:07 GMT", "20:31:07", "1699999999"),
    *("1.12.4", "v2.0.0-beta.1", "3.7.1-rc.2+build.5", "jquery-3.7.1.min.js", "bootstrap@5.3.2", "Chrome/131.0.67"),
    *("GA1.2.123456789.1699999999", "GS1.1.1699999999.12.1.1699999999.0.0.0", "00000000000000000000000000000000"),
    *("1699999999123", "3600", "4711", "1366x768", "1920x1080x24", "12.5", "-1", "0.30000000000000004"),
    *("48151623421516234248151623", "password123", "Europe/Berlin", "Asia/Shanghai", "America/Argentina/Buenos_Aires"),
    *("UTC+02:00", "anna", "anna.schmidt@example.com", "JohnSmith2024", "user_12345", "order-4711-b", "product4711"),
    *("localhost:8000", "192.168.0.1", "http://product:8000/orders/4711/edit?tab=items", "/admin/login/", "index.html"),
    *("application/json", "text/html; charset=utf-8", "multipart/form-data", "gzip, deflate, br, zstd"),
    *("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)", "x86_64-linux-gnu", "Windows11"),
    *("necessary:true,analytics:false,marketing:false", '{"theme":"dark","lang":"en","columns":[1,2,3]}'),
    *("how-to-upgrade-from-2-to-3-in-ten-steps", "Donaudampfschifffahrtsgesellschaft", "internationalization"),
    *("getElementsByClassName", "utf8mb4_general_ci", "aaaaaaaaaaaaaaaaaaaaaaaa", "abcdefgh", "12345678"),
    *("windows10x64build19045", "Acme2Shop4Customers6Partners8InEveryCountry"),
    *("iPhone15ProMax256GB", "SELECT id FROM users WHERE name LIKE 'a%'", "deadbeef", "c0ffee", "#3fa8b1", ""),
    *("密码已过期，请重新登录", "Пожалуйста, войдите", "00000000-0000-0000-0000-000000000000", "-" * 16, "=" * 16),
]  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
def test_what_frameworks_and_services_make_is_random(kind: str) -> None:
    assert is_random(SECRETS[kind])


@pytest.mark.parametrize("value", ORDINARY)
def test_what_people_and_programs_write_is_not(value: str) -> None:
    assert not is_random(value)


def test_nearly_all_random_values_are_told() -> None:
    chance = random.Random(7)
    letters, lower = string.ascii_letters + string.digits, string.ascii_lowercase + string.digits
    makers = {
        "32 hexadecimal digits": lambda: f"{chance.getrandbits(128):032x}",
        "UUID": lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "24 bytes in base64": lambda: urlsafe_b64encode(chance.randbytes(24)).decode(),
        "26 letters and digits": lambda: "".join(chance.choices(lower, k=26)),
        "24 letters of both cases and digits": lambda: "".join(chance.choices(letters, k=24)),
    }
    told = {kind: sum(is_random(make()) for _ in range(1000)) for kind, make in makers.items()}
    assert all(count >= 970 for count in told.values()), told
