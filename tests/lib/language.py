"""Dutch, for what a test starts.

    env = language.dutch(folder)   # None: no locale here has other languages
"""

import os
import shutil
import subprocess

# Since then glibc takes C.UTF-8 for C, which has no other languages.
NO_LANGUAGES_IN_C = (2, 39)


def c_has_languages():
    """Does LANGUAGE count in C.UTF-8?"""
    return tuple(int(n) for n in os.confstr("CS_GNU_LIBC_VERSION").split()[-1].split(".")[:2]) < NO_LANGUAGES_IN_C


def make_locale(folder, name="nl_NL.UTF-8"):
    """For us alone, with LOCPATH=${folder}; None where the package locales is missing."""
    os.makedirs(folder, exist_ok=True)
    if shutil.which("localedef") is None:
        return None
    made = subprocess.run(
        ["localedef", "-i", name.partition(".")[0], "-f", "UTF-8", os.path.join(folder, name)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return name if made.returncode == 0 else None


def dutch(folder):
    """Variables to add.  ${folder}: for files of its own."""
    words = {"LANGUAGE": "nl", "BESCHERMD_LOCALEDIR": os.path.join(os.path.abspath(os.environ.get("builddir", ".")), "po")}
    if c_has_languages():
        return {"LC_ALL": "C.UTF-8", **words}
    locales = os.path.join(folder, "locales")
    name = make_locale(locales)
    # setlocale() of glibc does not free what it made of LOCPATH.
    return name and {"LC_ALL": name, "LOCPATH": locales, "ASAN_OPTIONS": "detect_leaks=0", **words}
