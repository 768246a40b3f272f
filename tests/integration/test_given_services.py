"""A product with a store that only its maker packages, given as archives of two images: over its own data an upgrade
in place answers otherwise, which breaks the product."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine import Engine, base_reference, build, built
from harness.model import Base, Context, File
from tests.integration.running import Reproduce

pytestmark = pytest.mark.engine

STORE = """\
use IO::Socket::INET; $SIG{TERM} = sub { exit };
my ($key, $all, $data) = ("", "", "/var/lib/store");
if (!-e "$data/password") {  # which it has from its first start on, as images of databases do
  open my $new, ">", "$data/password" or die "$data: $!";
  print $new $ENV{STORE_PASSWORD};
  close $new;
}
open my $kept, "<", "$data/password" or die;
my $password = <$kept>;
$| = 1;
print "a VERSION store for $ENV{STORE_USER}, whose password is $password\\n";
my $server = IO::Socket::INET->new(LocalPort => 7070, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  chomp(my $said = <$client> // "");
  next if $said eq "";  # somebody who waits
  my ($who, $text) = split / /, $said, 2;
  if ($who ne $password) { print "FATAL: a wrong password\\n"; print $client "no\\n"; close $client; next }
  if ($text ne "") { open my $docs, ">>", "$data/docs"; print $docs "$text\\n"; close $docs }
  my $docs = ""; if (open my $read, "<", "$data/docs") { local $/; $docs = <$read> }
  print $client "ANSWER$docs";
  close $client;
}
"""
DOCKERFILE = """\
FROM {base}
RUN useradd --create-home keeper && mkdir /var/lib/store && chown keeper /var/lib/store
COPY store.pl /store.pl
VOLUME /var/lib/store
ENTRYPOINT ["perl"]
CMD ["/nothing.pl"]
"""
PRODUCT = """\
use IO::Socket::INET; $SIG{TERM} = sub { exit };
sub asked {
  my $store = IO::Socket::INET->new(PeerAddr => $ENV{STORE}) or return "none";
  print $store "$ENV{STORE_PASSWORD} $_[0]\\n";
  local $/; return scalar <$store>;
}
my $server = IO::Socket::INET->new(LocalPort => 8000, Listen => 5, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  my $line = <$client> // "";
  while (<$client>) { last if /^\\r?\\n$/ }
  my $docs = $line =~ m{add/(\\w+)} ? asked($1) : $line =~ m{ / } ? asked("") : "";
  my ($shown) = $docs =~ /^docs:\\n(.*)/s;
  print STDERR "ERROR: cannot read $1\\n" if $docs =~ /^(\\w+)/ && !defined $shown;
  $shown //= "";
  my $page = "<!doctype html><title>desk</title><h1>Desk</h1><pre>$shown</pre>";
  print $client "HTTP/1.0 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: ", length $page;
  print $client "\\r\\n\\r\\n$page";
  close $client;
}
"""
RECIPE = """\
schema: 1
name: desk
product:
  version: ["1.0"]
  install: [{files: {from: app, to: /srv}}]
start: [perl, /srv/product.pl]
port: 8000
services: [store]
environment:
  STORE: "{{ services.store.url }}"
  STORE_PASSWORD: "{{ services.store.password }}"
seed:
  - request: {path: /add/first}
migrate: [["true"]]
"""
ENVIRONMENT = """\
schema: 1
name: desk
server:
  product: desk@1.0
  services:
    - name: store
      image: {from: services/old.tar, sha256: OLD}
      port: 7070
      user: keeper
      command: [/store.pl]
      environment: {STORE_USER: "{{ service.user }}", STORE_PASSWORD: "{{ service.password }}"}
      ready: {command: [grep, -q, "", /var/lib/store/password]}
      data: [/var/lib/store]
      url: "{{ service.host }}:{{ service.port }}"
upgrade:
  - kind: in-place
    server:
      services: [{name: store, image: {from: services/new.tar, sha256: NEW}, ready: {command: null}}]
"""
SCENARIO = """\
schema: 1
name: read
steps:
  - open: /add/second
  - expect: {target: h1, text: Desk}
  - open: /
  - expect: {target: pre, text: first}
"""


@pytest.fixture(scope="module")
def archives(engine: Engine, base: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """``old.tar`` and ``new.tar``, as ``docker save`` makes them."""
    folder = tmp_path_factory.mktemp("services")
    tags = []
    for name, answer in (("old", "docs:\\n"), ("new", "items:\\n")):
        store = STORE.replace("VERSION", name).replace("ANSWER", answer)
        dockerfile = DOCKERFILE.format(base=base_reference(base))
        files = (File.of("store.pl", store.encode()),)
        context = Context(name="given-store", parent=base_reference(base), dockerfile=dockerfile, files=files)
        tags.append(build(engine, context, log=folder / "build.log").tag)
        with (folder / f"{name}.tar").open("wb") as out:
            out.writelines(engine.client.images.get(tags[-1]).save(named=tags[-1]))
    yield folder
    sums = [hashlib.sha256((folder / f"{name}.tar").read_bytes()).hexdigest() for name in ("old", "new")]
    for tag in (*tags, *(f"harness/given:{sha256[:24]}" for sha256 in sums)):
        if built(engine, tag):
            engine.client.images.remove(tag, force=True)


@pytest.fixture
def case(archives: Path, tmp_path: Path) -> Path:
    """The folder of the environment file."""
    app, given = tmp_path / "recipes/desk/app", tmp_path / "services"
    app.mkdir(parents=True)
    given.mkdir()
    text = ENVIRONMENT
    for name in ("old", "new"):
        shutil.copy(archives / f"{name}.tar", given)
        text = text.replace(name.upper(), hashlib.sha256((given / f"{name}.tar").read_bytes()).hexdigest())
    for path, content in (
        (app / "product.pl", PRODUCT),
        (tmp_path / "recipes/desk/recipe.yaml", RECIPE),
        (tmp_path / "desk.yaml", text),
        (tmp_path / "read.yaml", SCENARIO),
    ):
        path.write_text(content, "utf-8")
    return tmp_path


def test_another_image_over_the_data_of_the_first_answers_otherwise(case: Path, reproduce: Reproduce) -> None:
    ran = reproduce(case / "desk.yaml", case / "read.yaml")
    assert ran.verdict["verdict"] == "regression", ran.verdict
    assert ran.verdict["step"]["number"] == 4
    (change,) = [one for one in ran.verdict["environment_diff"] if one["path"] == "server.services.store"]
    assert change["before"].startswith("services/old.tar@")
    assert change["after"].startswith("services/new.tar@")
    logs = {side: (ran.folder / side / "service-store.log").read_text() for side in ("before", "after")}
    for side, name in (("before", "old"), ("after", "new")):
        assert f"a {name} store for app, whose password is MASKED\n" in logs[side]
        assert "wrong password" not in logs[side]
    assert any("cannot read items" in one["text"] for one in ran.verdict["errors"] if one["kind"] == "log")
    assert (ran.folder / "services/new.tar").is_file()
    containers = json.loads((ran.folder / "after/containers.json").read_text())
    assert any("STORE_USER=app" in one["Config"]["Env"] for one in containers)
