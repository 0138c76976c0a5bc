"""`python -m keepwell` is the same program as `keepwell`."""

import sys


def main() -> None:
    """Run the command line."""
    from keepwell.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
