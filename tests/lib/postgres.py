"""A PostgreSQL server of a test's own, on a unix socket in a folder, as a user who is not root.

    with Postgres() as server:          # postgres.reason() says why there can be none
        server.psql("SELECT 1")         # as its owner, in the database "beschermd"
        server.conninfo                 # of a database with the tables of print-schema
"""

import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

from running import BUILD, USER, until

DATABASE = "beschermd"
CTL = os.path.join(BUILD, "beschermctl")


def programs():
    """The folder of initdb and postgres, the newest; None: there is none."""
    found = [os.path.dirname(path) for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    return max(found, key=lambda path: int(re.search(r"/(\d+)/", path)[1]), default=None)


def is_built():
    """Has beschermctl been built with libpq?"""
    with tempfile.NamedTemporaryFile() as conf:
        done = subprocess.run([CTL, "history", "--shared", "-c", conf.name], capture_output=True, check=False, env=dict(os.environ, LC_ALL="C"))
    return b"without PostgreSQL" not in done.stderr


def reason():
    if not is_built():
        return "built without PostgreSQL"
    return None if programs() and shutil.which("psql") else "no PostgreSQL server is installed (Debian: postgresql)"


class Postgres:
    def __init__(self, settings="", env=None):
        self.env = dict(os.environ, **(env or {}))
        self.bin = programs()
        self.dir = tempfile.mkdtemp(prefix="beschermd-pg-", dir="/tmp")
        self.data = os.path.join(self.dir, "data")
        self.log_path = os.path.join(self.dir, "log")
        self.user = pwd.getpwnam(USER).pw_name if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.process = None
        self.conninfo = f"host={self.dir} dbname={DATABASE} user=writer"
        os.chmod(self.dir, 0o755)
        if os.geteuid() == 0:
            os.chown(self.dir, pwd.getpwnam(self.user).pw_uid, -1)
        self.call(os.path.join(self.bin, "initdb"), "-D", self.data, "-N", "-A", "trust", "-U", "owner", "-E", "UTF8", "--locale=C")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as f:
            f.write(
                f"listen_addresses=''\nunix_socket_directories='{self.dir}'\nfsync=off\nshared_buffers=32MB\n"
                f"max_connections=30\nlc_messages=C\n{settings}\n"
            )

    def become(self):
        """For subprocess: the server refuses to run as root."""
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam(self.user)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def call(self, *command, **more):
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, cwd="/", **self.become(), **more).stdout

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.bin, "postgres"), "-D", self.data], stdout=log, stderr=log, cwd="/", start_new_session=True, env=self.env, **self.become()
            )
        ready = [os.path.join(self.bin, "pg_isready"), "-q", "-h", self.dir]
        if not until(lambda: subprocess.run(ready, check=False).returncode == 0, 60):
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                raise RuntimeError(f.read()[-2000:])

    def stop(self):
        """At once, as if it had crashed."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        self.process = None

    def psql(self, sql, database=DATABASE, user="owner", seconds=120):
        """What it says, without decoration."""
        command = ["psql", "-h", self.dir, "-U", user, "-d", database, "-XqAtv", "ON_ERROR_STOP=1", "-c", sql]
        env = dict(os.environ, PGOPTIONS="-c search_path=beschermd,public")
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=env)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def numbers(self, sql):
        """The first row, as numbers."""
        return [int(cell) for cell in self.psql(sql).split("\n")[0].split("|")]

    def make_tables(self, database=DATABASE):
        """As the manual says it; users writer and reader."""
        self.psql(f"CREATE DATABASE {database} ENCODING UTF8 TEMPLATE template0", "postgres")
        schema = subprocess.run([CTL, "ship", "--print-schema"], capture_output=True, check=True).stdout
        command = ["psql", "-h", self.dir, "-U", "owner", "-d", database, "-1", "-Xqv", "ON_ERROR_STOP=1", "-f", "-"]
        subprocess.run(command, input=schema, check=True, capture_output=True, timeout=60)

    def __enter__(self):
        try:
            self.start()
            self.make_tables()
            self.psql("CREATE ROLE writer LOGIN IN ROLE beschermd_writer; CREATE ROLE reader LOGIN IN ROLE beschermd_reader")
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *what):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
