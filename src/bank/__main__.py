"""``python -m bank``: see :mod:`bank.serve`."""

from bank.serve import main

if __name__ == "__main__":
    main()
