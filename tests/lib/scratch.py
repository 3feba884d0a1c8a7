"""A folder for the files of one test program, gone when it ends."""

import atexit
import os
import shutil
import tempfile

FOLDER = tempfile.mkdtemp(prefix="beschermd-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def path(name):
    return os.path.join(FOLDER, name)


def write(name, data):
    """Make the file ${name}, and the folders on the way; returns its path."""
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)
