"""``harness up``: a replica to look at by hand."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("environment", type=Path, metavar="ENV", help="environment file")
    parser.add_argument("--side", choices=("before", "after"), default="before", help="which end of the upgrade")
    parser.add_argument("--port", type=int, default=0, help="local port; any free one without it")
    parser.add_argument("--runs", type=Path, default=Path(".harness/runs"), help="folder for logs of the replica")
    parser.add_argument("--verbose", action="store_true", help="print what builds print")


def main(args: argparse.Namespace) -> int:
    import asyncio
    import json
    from contextlib import ExitStack

    from harness import run
    from harness.engine import relay
    from harness.errors import ExitCode
    from harness.language import Message
    from harness.progress import progress

    def started(port: int) -> None:
        url = f"{scheme}://127.0.0.1:{port}"
        if args.json:
            print(json.dumps({"url": url, "side": args.side, "environment": str(args.environment)}), flush=True)
        else:
            words = Message(
                "{name} ({side}) runs at {url}; Ctrl-C stops it", name=args.environment, side=args.side, url=url
            )
            print(words.into(args.lang), flush=True)

    with ExitStack() as stack:
        with progress(lang=args.lang, quiet=args.json, verbose=args.verbose) as shown:
            one = stack.enter_context(run.up(args.environment, args.side, progress=shown, runs=args.runs))
        scheme = one.provisioned.replica.product_url.partition(":")[0]
        asyncio.run(relay(one.provisioned.replica.entrance, port=args.port, started=started))
    return ExitCode.GOOD
