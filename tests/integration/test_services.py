"""A product with a broker, a directory and a mail server, before and after an upgrade from the oldest of them to the
newest that loses its mail."""

from pathlib import Path

import pytest

from tests.integration.running import Reproduce

pytestmark = pytest.mark.engine

SERVER = """\
import os, smtplib
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import ldap3, pika

VERSION = "{{ product.version }}"

def asked():
    who = os.environ["LDAP_USER"], os.environ["LDAP_PASSWORD"]
    directory = ldap3.Connection(os.environ["LDAP"], *who, auto_bind=True)
    directory.search("ou=people,dc=app", "(uid=emma)", attributes=["mail"])
    to = str(directory.entries[0].mail)
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP"])) as broker:
        channel = broker.channel()
        channel.queue_declare("orders", durable=True)
        channel.basic_publish("", "orders", b"one book")
        _, _, order = channel.basic_get("orders", auto_ack=True)
    if VERSION == "1.0":
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "shop@desk.test", to, f"Your order: {order.decode()} – 谢谢"
        mail.set_content("It is on its way.")
        with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as post:
            post.login(os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"])
            post.send_message(mail)
    else:  # with an old password
        ldap3.Connection(os.environ["LDAP"], os.environ["LDAP_USER"], "old").bind()
    return to

class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        text = asked() if self.path == "/order" else "desk"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>desk</title><p id=to>{text}</p>".encode())

HTTPServer(("", 8000), Desk).serve_forever()
"""
RECIPE = """\
schema: 1
name: desk
product:
  version: ["1.0", "2.0"]
  install:
    - pip: ["ldap3==2.9.1", "pika==1.3.2"]
templates: [{source: server.py, to: /srv/server.py}]
start: [python, /srv/server.py]
port: 8000
services: [rabbitmq, ldap, smtp]
environment:
  AMQP: "{{ services.rabbitmq.url }}"
  LDAP: "ldap://{{ services.ldap.host }}:{{ services.ldap.port }}"
  LDAP_USER: "{{ services.ldap.user }}"
  LDAP_PASSWORD: "{{ services.ldap.password }}"
  SMTP_HOST: "{{ services.smtp.host }}"
  SMTP_PORT: "{{ services.smtp.port }}"
  SMTP_USER: "{{ services.smtp.user }}"
  SMTP_PASSWORD: "{{ services.smtp.password }}"
seed:
  - ldif: {file: people.ldif, service: ldap}
"""
PEOPLE = """\
dn: uid=emma,ou=people,dc=app
objectClass: inetOrgPerson
uid: emma
cn: Emma
sn: Woodhouse
mail: emma@desk.test
"""
ENVIRONMENT = """\
schema: 1
name: desk
server:
  product: desk@1.0
  services: [{name: rabbitmq, os: "debian:11"}, {name: ldap, os: "debian:11"}, smtp]
upgrade:
  - server:
      product: desk@2.0
      services: [{name: rabbitmq, os: "debian:13"}, {name: ldap, os: "debian:13"}]
"""
SCENARIO = """\
schema: 1
name: order
steps:
  - open: /order
  - expect: {target: "#to", text: emma@desk.test}
"""


def test_a_mail_that_no_longer_comes_is_an_error_and_what_services_log_is_evidence(
    tmp_path: Path, reproduce: Reproduce
) -> None:
    recipe = tmp_path / "recipes/desk"
    recipe.mkdir(parents=True)
    for path, text in (
        (recipe / "recipe.yaml", RECIPE),
        (recipe / "server.py", SERVER),
        (recipe / "people.ldif", PEOPLE),
        (tmp_path / "desk.yaml", ENVIRONMENT),
        (tmp_path / "order.yaml", SCENARIO),
    ):
        path.write_text(text, "utf-8")
    ran = reproduce(tmp_path / "desk.yaml", tmp_path / "order.yaml")
    assert ran.verdict["verdict"] == "same", ran.verdict
    errors = {(one["kind"], one["where"]): one["text"] for one in ran.verdict["errors"]}
    assert errors["mail", "service-smtp.log"] == "no mail “Your order: one book – 谢谢” to emma@desk.test"
    assert "err=49" in errors["log", "service-ldap.log"]
    assert len(errors) == 2, errors
    trace = (ran.folder / "before/trace.jsonl").read_text("utf-8")
    assert '"kind":"mail"' in trace
    assert "It is on its way." in (ran.folder / "report.html").read_text("utf-8")
