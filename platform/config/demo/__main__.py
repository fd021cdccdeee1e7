"""`python -m config.demo --port 8000`, or `--once`. Use `make demo`, which installs what this needs."""

from __future__ import annotations

import argparse
import sys
import time

from config.demo.house import House
from config.demo.once import play_once
from config.demo.screen import complain, say, welcome
from config.demo.signals import StopRequested, StopSignals
from config.demo.surroundings import CannotStart, chosen_port, data_folder

BETWEEN_LOOKS = 0.3


def main() -> int:
    arguments = _parser().parse_args()
    signals = StopSignals()
    signals.install()
    try:
        if arguments.once:
            return play_once(signals)
        return _run(arguments.port, signals)
    except CannotStart as sentence:
        complain(str(sentence))
        return 1
    except StopRequested:
        say("Stopped.")
        return 130


def _run(port_text: str, signals: StopSignals) -> int:
    port, folder = chosen_port(port_text), data_folder()
    say("Starting Dailies: Redis, database, web, worker, clock …")
    try:
        with House(folder=folder, port=port, signals=signals) as house:
            welcome(house.address, folder)
            while (casualty := house.casualty()) is None or house.revive():
                if casualty is not None:
                    say(f"The {casualty.name} was ended by force and is started again: nothing is lost.")
                time.sleep(BETWEEN_LOOKS)
            complain(f"{casualty.name} ended by itself, so everything stops. Its last words, from {casualty.log}:")
            complain(casualty.last_words())
            return 1
    except StopRequested:
        say("\nStopped: nothing is left running. The data stays.")
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description="Run Dailies on this machine.")
    parser.add_argument("--port", default="8000", help="where to listen on 127.0.0.1")
    parser.add_argument("--once", action="store_true", help="play the whole story, say what happened, and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
