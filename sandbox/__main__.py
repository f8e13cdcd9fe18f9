"""Run the stand-ins alone: `python -m sandbox --port 8765 --bot-url http://127.0.0.1:8080`."""

import argparse
import sys

from aiohttp import web

from sandbox.app import SANDBOX, build_sandbox

HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> None:
    """Serve page, Slack and bank on this machine only, until interrupted."""
    options = _parser().parse_args(arguments)
    app = build_sandbox(bot_url=options.bot_url)
    url = f"http://{HOST}:{options.port}"
    sys.stdout.write(f"Aperçu de démonstration : {url}\n\nRéglages du robot :\n")
    for name, value in app[SANDBOX].environment(url).items():
        sys.stdout.write(f"{name}={value}\n")
    sys.stdout.flush()
    web.run_app(app, host=HOST, port=options.port, print=None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m sandbox", description="Espace Slack et banque d’essai.")
    parser.add_argument("--port", type=int, default=8765, help="port de la page (8765)")
    parser.add_argument("--bot-url", default="http://127.0.0.1:8080", help="adresse du robot")
    return parser


if __name__ == "__main__":
    main()
