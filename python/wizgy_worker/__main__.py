"""The start of the nursery. Written so that an old Python can read it and say that it is too old."""

import sys


def main():
    if sys.version_info < (3, 9):
        sys.stderr.write(
            "wizgy needs Python 3.9 or newer; %s is %d.%d. Choose another one with --python PATH.\n"
            % (sys.executable, sys.version_info[0], sys.version_info[1])
        )
        return 3
    import os

    # Started as a file, so that no environment variable is needed that the application's own children would inherit.
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[0] = root
    import wizgy_worker.early  # noqa: F401
    from wizgy_worker.nursery import run_nursery
    from wizgy_worker.worker import Plan

    sys.path.remove(root)
    # Arguments: link path, token, application, threads or greenlets and how many, 1 to load the application before the fork, paths to add
    link_path, token, application, kind, count, preload = sys.argv[1:7]
    added = sys.argv[7:]
    # The application sees a command line without our own arguments.
    sys.argv[:] = ["wizgy"]
    sys.path[:0] = added
    plan = Plan(link_path, token, application, int(count), kind == "greenlets")
    return run_nursery(plan, preload == "1")


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.exit(status)
