"""``python -m entrypoints.cli`` is ``tocsin``."""

from entrypoints.cli.main import main

if __name__ == "__main__":
    main()
