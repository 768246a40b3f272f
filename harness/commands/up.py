"""``harness up``: a replica to look at by hand."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.run import Up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", type=Path, metavar="ENV", help="environment file")
    parser.add_argument("--side", choices=("before", "after"), default="before", help="which end of the upgrade")
    parser.add_argument("--port", type=int, default=0, help="local port; any free one without it")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for logs of the replica")
    parser.add_argument("--verbose", action="store_true", help="print what builds print")


def main(args: argparse.Namespace) -> int:
    import asyncio
    from contextlib import ExitStack

    from harness import run
    from harness.engine import relay
    from harness.errors import ExitCode
    from harness.progress import progress

    with ExitStack() as stack:
        with progress(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
            one = stack.enter_context(run.up(args.environment, args.side, progress=shown, runs=args.runs))
        asyncio.run(relay(one.provisioned.replica.entrance, port=args.port, started=partial(_tell, one, args)))
    return ExitCode.GOOD


def _tell(one: "Up", args: argparse.Namespace, port: int) -> None:
    """Where it runs, what the login before it takes, and the authority of its certificate, which is left in the
    run's folder. A password of a variable is not shown: who set it has it."""
    import json

    from harness.language import Message

    url = f"{one.provisioned.replica.product_url.partition(':')[0]}://127.0.0.1:{port}"
    told: dict[str, object] = {"url": url, "side": args.side, "environment": str(args.environment)}
    lines = [
        Message("{name} ({side}) runs at {url}; Ctrl-C stops it", name=args.environment, side=args.side, url=url),
    ]
    login, asked = one.provisioned.between.login, one.environment.link.basic_auth
    if login and asked:
        password = asked.password or login.password
        told["login"] = {"user": login.user, "password": password}
        lines.append(Message("log in as {user} with the password {password}", user=login.user, password=password))
    if authority := one.provisioned.between.authority:
        path = one.folder.path / "authority.pem"
        path.write_bytes(authority)
        told["authority"] = str(path)
        lines.append(Message("its certificate is of the authority in {path}", path=path))
    print(json.dumps(told) if args.json else "\n".join(line.into(args.lang) for line in lines), flush=True)
