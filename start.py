"""Setup and start of Layerscope, or setup and its tests.

    python3 start.py [--port N] [--host ADDRESS] [--no-browser] [--runs-at-once N]
    python3 start.py test [--all] [pytest's own arguments]

Standard library only; everything is installed into `.venv` beside this file, once. The syntax is one
that Python 3.6 can read, so that an old Python gets a sentence and not a SyntaxError.
"""

import argparse
import contextlib
import errno
import hashlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from pathlib import Path

OLDEST_PYTHON = (3, 11)
HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
UNDER_WAY = VENV / "layerscope-installing"  # found at the next start, the folder is made anew
REQUIREMENTS = {"app": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}
CONSTRAINTS = "constraints.txt"
FIRST_PORT, PORTS_TRIED = 8501, 50
HEALTHY_WITHIN_S = 120
MOST_TEST_PROCESSES = 4  # each imports torch and keeps what its tests build: 1 to 2 GB
IN_ONE_PROCESS = ("-k", "-n", "-s", "-p", "--pdb", "--lf", "--last-failed", "--collect-only", "--dist",
                  "--numprocesses")
NO_NETWORK = ("dns error", "error sending request", "failed to fetch", "name resolution", "newconnectionerror",
              "failed to establish", "proxyerror", "connection refused", "timed out", "unreachable", "getaddrinfo")


class Stop(Exception):
    """End of the attempt, as one sentence for the person at the keyboard."""


def main(argv):
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise Stop(old_python_sentence(sys.version_info))
        if argv[:1] == ["test"]:
            return run_tests(argv[1:])
        return run_app(read_options(argv))
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def old_python_sentence(version):
    return "Layerscope needs Python {}.{} or newer; this is Python {}.{}: see https://www.python.org/downloads/".format(
        *OLDEST_PYTHON, *version[:2])


def show(sentence):
    print(sentence, flush=True)


# ---- the app ----------------------------------------------------------------------------------------------------


def read_options(argv):
    parser = argparse.ArgumentParser(
        prog="start.py", description="Set Layerscope up and start it.",
        epilog="`start.py test [--all] [pytest's own arguments]` sets up and runs the tests.")
    parser.add_argument("--port", type=port_number, help="port of the page (default: the first free one from 8501)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")
    parser.add_argument("--runs-at-once", type=run_count, metavar="N",
                        help="how many runs train at once on a device; the others wait in the queue "
                             "(default: one on a GPU, all cores but one on a CPU)")
    return parser.parse_args(argv)


def run_count(typed):
    if not (typed.isdigit() and 1 <= int(typed) <= 9999):
        raise argparse.ArgumentTypeError("the number of runs is a whole number from 1 on")
    return int(typed)


def port_number(typed):
    if not (typed.isdigit() and 1 <= int(typed) <= 65535):
        raise argparse.ArgumentTypeError("a port is a whole number from 1 to 65535")
    return int(typed)


def run_app(options):
    if not (HERE / "app.py").exists():
        raise Stop("There is no app.py beside start.py: is this the whole Layerscope folder?")
    prepare("app")
    port = choose_port(options.host, options.port)
    if not is_loopback(options.host):
        show(f"Warning: with --host {options.host} everyone on your network can open and use this Layerscope.")
    process = subprocess.Popen(app_command(options.host, port), cwd=HERE,
                               env=calm_environment(os.environ, options.runs_at_once))
    try:
        if is_healthy(process, page_url(options.host, port)):
            show(f"Layerscope is at {page_url(options.host, port)} (Ctrl-C stops it)")
            if not options.no_browser and has_display(os.environ, sys.platform):
                webbrowser.open(page_url(options.host, port))
        return exit_code(process.wait())
    except KeyboardInterrupt:  # the app got it too
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(3)
        return 0
    finally:
        end(process)


def app_command(host, port):
    return [str(venv_python()), "-m", "streamlit", "run", "app.py",
            f"--server.address={host}", f"--server.port={port}", "--server.headless=true",
            "--server.fileWatcherType=none", "--browser.gatherUsageStats=false",
            "--logger.hideWelcomeMessage=true", "--logger.level=warning"]


def calm_environment(environ, runs_at_once=None):
    """Make the environment for our processes: no telemetry, no imports from outside the venv, UTF-8 text."""
    kept = {name: value for name, value in environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    if runs_at_once:
        kept["EXPLORER_RUNS_AT_ONCE"] = str(runs_at_once)
    return {**kept, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false", "DO_NOT_TRACK": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONUTF8": "1"}


def is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def page_url(host, port):
    """Compose the page's address for this machine's own browser; one that means "all" is reached as this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def choose_port(host, wanted):
    """Choose the port asked for, or the first free one from 8501."""
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(host, port):
            return port
    if wanted:
        raise Stop(f"Port {wanted} is in use: choose another with --port, or leave --port out to take a free one.")
    raise Stop(f"Ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are all in use: choose another with --port.")


def is_free(host, port):
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            own_alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # Windows lets two share a port otherwise
            probe.setsockopt(socket.SOL_SOCKET, own_alone or socket.SO_REUSEADDR, 1)
            probe.bind(address)
        return True
    except socket.gaierror:
        raise Stop(f"{host} is not a known address: --host takes an address of this machine.") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Stop(f"{host} is not an address of this machine: --host takes one that is, or 0.0.0.0.") from None
        if error.errno == errno.EACCES and os.name == "posix":
            raise Stop(f"Port {port} needs administrator rights: choose one from 1024 up with --port.") from None
        return False


def is_healthy(process, url):
    """Wait until the page answers; False if the process ends or does not answer in time."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with direct.open(url + "/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.1)
    return False


def has_display(environ, platform):
    """Check whether a browser opened here would be visible to the person who typed the command."""
    if environ.get("CI") or environ.get("SSH_CONNECTION"):
        return False
    return platform in ("win32", "darwin") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def end(process):
    """Make sure that a process of ours has ended, politely first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()


def exit_code(returned):
    """Convert a process's return code to a shell's: 128 + n where signal n ended it."""
    return returned if returned >= 0 else 128 - returned


# ---- the tests --------------------------------------------------------------------------------------------------


def run_tests(arguments):
    prepare("test")
    environment = calm_environment(os.environ)
    browser = find_browser(os.environ) or (install_browser() if wants_browser(arguments) else None)
    if browser:
        environment["EXPLORER_BROWSER"] = browser
    process = subprocess.Popen(test_command(arguments, usable_cores()), cwd=HERE, env=environment)
    try:
        return exit_code(process.wait())
    except KeyboardInterrupt:  # pytest got it too, and shows what it was doing
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            return exit_code(process.wait(30))
        return 130
    finally:
        end(process)


def test_command(arguments, cores):
    """Compose the pytest command in the venv; `--all` lifts the deselection of slow tests that pyproject.toml sets.

    The whole suite runs on several cores; a choice of tests begins sooner in one process.
    """
    everything = ["-m", ""] if "--all" in arguments else []
    spread = ["-n", str(min(cores, MOST_TEST_PROCESSES)), "--dist", "loadfile", "--no-loadscope-reorder"] \
        if cores > 1 and not wants_one_process(arguments) else []
    return [str(venv_python()), "-m", "pytest", *everything, *spread, *(a for a in arguments if a != "--all")]


def wants_one_process(arguments):
    """Check whether only some tests are meant, or the arguments make no sense for several processes."""
    return any(argument.startswith(IN_ONE_PROCESS) for argument in arguments) or bool(named_tests(arguments))


def usable_cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wants_browser(arguments):
    """Check for end-to-end tests; False only where the arguments name test files and none of them is one."""
    named = named_tests(arguments)
    return not named or any("e2e" in path for path in named)


def named_tests(arguments):
    """List the test files and folders that the arguments name; none where they mean all of `tests`."""
    paths = [a.replace("\\", "/") for a in arguments if a.replace("\\", "/").startswith(("tests/", "./tests/"))]
    return [] if any(path.strip("./") == "tests" for path in paths) else paths


def find_browser(environ):
    """Find a Chromium or Chrome on this machine, or None; `EXPLORER_BROWSER` goes first."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    folders = [environ[name] for name in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData") if name in environ]
    places = [environ.get("EXPLORER_BROWSER"), *(shutil.which(name, path=environ.get("PATH")) for name in names),
              *(os.path.join(folder, "Google", "Chrome", "Application", "chrome.exe") for folder in folders),
              "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
              "/Applications/Chromium.app/Contents/MacOS/Chromium"]
    return next((place for place in places if place and os.path.isfile(place)), None)


def install_browser():
    """Install a browser for the end-to-end tests: Playwright's own (needs no path: None), else the system's packages.
    """
    launches = [str(venv_python()), "-c", "from playwright.sync_api import sync_playwright\n"
                "with sync_playwright() as p: p.chromium.launch().close()"]
    if capture(launches).returncode == 0:
        return None
    show("Installing a browser for the end-to-end tests (once) ...")
    capture([str(venv_python()), "-m", "playwright", "install", "chromium"])
    if capture(launches).returncode == 0:
        return None
    if shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0:
        capture(["apt-get", "update"])
        capture(["apt-get", "install", "-y", "chromium"])
    if not find_browser(os.environ):
        show("No browser could be installed: install Chrome or Chromium to run the end-to-end tests.")
    return find_browser(os.environ)


# ---- the venv ---------------------------------------------------------------------------------------------------


def prepare(purpose):
    """Install everything that `purpose` ("app" or "test") needs into the venv; does nothing where it is already there.
    """
    if is_ready(purpose):
        return
    with alone():
        if is_ready(purpose):
            return
        show("Setting up Layerscope in .venv (once; PyTorch is up to 5 GB, so this can take a few minutes) ...")
        if not is_usable():
            make_venv()
        install_uv()
        install(REQUIREMENTS[purpose])
        for done in ("app", purpose):
            stamp_of(done).write_text(fingerprint(done), encoding="utf-8")


def venv_python():
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def stamp_of(purpose):
    return VENV / f"layerscope-{purpose}"


def fingerprint(purpose):
    """Hash everything that decides what is installed: the lists, the versions, the Python."""
    content = "\n".join((HERE / name).read_text(encoding="utf-8") for name in [*REQUIREMENTS[purpose], CONSTRAINTS])
    return hashlib.sha256(f"{sys.version_info[:3]}\n{content}".encode()).hexdigest()


def is_ready(purpose):
    stamp = stamp_of(purpose)
    return (not UNDER_WAY.exists() and venv_python().exists() and stamp.exists()
            and stamp.read_text(encoding="utf-8") == fingerprint(purpose))


def is_usable():
    """Check that the venv is complete, runs, and matches this Python's release."""
    if UNDER_WAY.exists() or not venv_python().exists():
        return False
    answer = capture([str(venv_python()), "-c", "import pip, sys; print(*sys.version_info[:2])"])
    return answer.stdout.split() == [str(number) for number in sys.version_info[:2]]


def make_venv():
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = capture([base, "-m", "venv", "--clear", str(VENV)])
    if made.returncode:
        output = (made.stdout + made.stderr).strip()
        if "ensurepip" in output:
            release = "{}.{}".format(*sys.version_info)
            raise Stop(f"This Python cannot create a venv; on Debian and Ubuntu: apt install python{release}-venv")
        raise Stop(f"The folder {VENV} could not be created; delete it and try again.\n{last_lines(output)}")


def install_uv():
    python = str(venv_python())
    if capture([python, "-m", "uv", "--version"]).returncode == 0:
        return
    UNDER_WAY.touch()
    done = capture([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
                    "--constraint", CONSTRAINTS, "uv"])
    if done.returncode:
        raise Stop(failure_sentence(done.stderr))
    UNDER_WAY.unlink()


def install(files):
    """Install the PyTorch build that fits this machine, from PyTorch's index; where that fails, the one on PyPI.

    A quick dry run first checks that an index answers and has everything; nothing is changed before that.
    """
    for backend in ("auto", None):
        tried = capture(install_command(files, backend, "--dry-run"), **({"UV_HTTP_RETRIES": "1"} if backend else {}))
        if tried.returncode == 0:
            if not backend:
                show("PyTorch's own index has no build for this machine; installing PyTorch from PyPI.")
            UNDER_WAY.touch()
            if subprocess.call(install_command(files, backend), cwd=HERE, env=calm_environment(os.environ)) == 0:
                UNDER_WAY.unlink()
                return
    raise Stop(failure_sentence(tried.stderr) if tried.returncode else
               "The installation did not finish; the lines above show why. Run the same command to continue.")


def install_command(files, backend, *more):
    lists = [part for name in files for part in ("--requirement", name)]
    return [str(venv_python()), "-m", "uv", "pip", "install", "--python", str(venv_python()), *lists,
            "--constraint", CONSTRAINTS, *([f"--torch-backend={backend}"] if backend else []), *more]


def failure_sentence(output):
    if any(sign in output.lower() for sign in NO_NETWORK):
        return "The packages could not be downloaded: is this machine online? Then run the same command again."
    return f"The installation failed:\n{last_lines(output)}"


def last_lines(output):
    return "\n".join(output.strip().splitlines()[-12:])


def capture(command, **environment):
    """Run a command to its end without showing its output."""
    return subprocess.run(command, cwd=HERE, env={**calm_environment(os.environ), **environment}, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace")


@contextlib.contextmanager
def alone():
    """Hold a lock on this very file, so that two starts at once do not install into one folder."""
    with open(__file__, "rb") as held:
        announced = False
        while not lock(held):
            if not announced:
                show("Another start is already setting up Layerscope; waiting for it ...")
            announced = True
            time.sleep(0.5)
        yield


def lock(held):
    """Try to take the lock: True once we hold it, or where the file system has none; it goes with the open file."""
    try:
        if os.name == "nt":
            import msvcrt
            held.seek(2**30)
            msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
