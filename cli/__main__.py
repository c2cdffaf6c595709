"""`python -m cli`: the same as `conveyor`, for processes that start each other."""

from cli import main

if __name__ == "__main__":
    main()
