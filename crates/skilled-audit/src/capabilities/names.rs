//! Names that are known: of modules that come with a language, words of the shell, programs.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Modules of Python's standard library, of 3.8 to 3.14.
const PYTHON: &str = "\
    __future__ abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop
    base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs
    codeop collections colorsys compileall concurrent configparser contextlib contextvars copy
    copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest
    email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions
    ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac
    html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword
    lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder
    msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator
    optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib
    posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue
    quopri random re readline reprlib resource rlcompleter runpy sched secrets select selectors
    shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3
    sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess
    sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this
    threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
    turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref
    webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

/// Modules of Node.js.
const NODE: &str = "\
    assert async_hooks buffer child_process cluster console constants crypto dgram
    diagnostics_channel dns domain events fs http http2 https inspector module net os path
    perf_hooks process punycode querystring readline repl stream string_decoder sys test timers tls
    trace_events tty url util v8 vm wasi worker_threads zlib fs/promises bun";

/// What shells and make understand themselves.
const SHELL: &str = "\
    alias bg bind break builtin caller case cd command compgen complete compopt continue coproc
    declare dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for
    function getopts hash help history if in jobs let local logout mapfile popd printf pushd pwd
    read readarray readonly return select set shift shopt source suspend test then time times trap
    true type typeset ulimit umask unalias unset until wait while [ [[ ]] ] : . ! { } (( )) define
    endef endif ifdef ifeq ifneq ifndef include call abbr begin end";

/// Programs by which a code span in prose is taken for a command.
const PROGRAMS: &str = "\
    7z adb ansible apk apt apt-get aria2c aws az base64 bash bat biome black brew bun bunx bundle
    bzip2 cargo cat chmod chown clang claude cmake codex conda convert cp crontab curl deno dig dnf
    docker docker-compose dotnet duckdb eslint exiftool fd ffmpeg ffprobe find firebase flake8
    flutter flyctl g++ gcc gcloud gem gh git glab go gpg gradle grep gunzip gzip heroku helm http
    inkscape isort java javac jq jupyter just k6 kill kubectl launchctl ln ls lsof magick make mise
    mkdir mmdc mongosh mv mvn mypy mysql nc ncat netlify nix nmap node npm npx nslookup ollama
    openssl osascript osv-scanner pandoc pdftoppm pdftotext perl php pip pip3 pipx playwright pnpm
    podman poetry powershell prettier psql pwsh pytest python python3 qpdf rclone redis-cli rg rm
    rsync ruby ruff rustc scp sed semgrep sftp sh soffice sqlite3 ssh ssh-keygen stripe sudo
    supabase swift systemctl tar tee telnet terraform tesseract tmux tofu touch trivy tsc tsx unzip
    uv uvx vercel vim wget winget wrangler xcodebuild xcrun xh xmllint yamllint yarn yq yt-dlp zip
    zsh";

/// Modules whose package is called otherwise.
const RENAMED: [(&str, &str); 32] = [
    ("Crypto", "pycryptodome"),
    ("Levenshtein", "levenshtein"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyopenssl"),
    ("PIL", "pillow"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("fitz", "pymupdf"),
    ("git", "gitpython"),
    ("googleapiclient", "google-api-python-client"),
    ("jwt", "pyjwt"),
    ("magic", "python-magic"),
    ("nacl", "pynacl"),
    ("pkg_resources", "setuptools"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("telegram", "python-telegram-bot"),
    ("usb", "pyusb"),
    ("websocket", "websocket-client"),
    ("win32com", "pywin32"),
    ("wx", "wxpython"),
    ("yaml", "pyyaml"),
    ("zmq", "pyzmq"),
    ("frontmatter", "python-frontmatter"),
];

static SETS: LazyLock<[HashSet<&'static str>; 4]> =
    LazyLock::new(|| [PYTHON, NODE, SHELL, PROGRAMS].map(|names| names.split_ascii_whitespace().collect()));

pub(super) fn is_python_module(name: &str) -> bool {
    SETS[0].contains(name)
}

pub(super) fn is_node_module(name: &str) -> bool {
    SETS[1].contains(name)
}

/// Whether a word is a builtin or a keyword of shells.
pub(super) fn is_shell_word(name: &str) -> bool {
    SETS[2].contains(name)
}

pub(super) fn is_program(name: &str) -> bool {
    SETS[3].contains(name)
}

/// The package that a Python module comes from.
pub(super) fn python_package(module: &str) -> String {
    let renamed = RENAMED.iter().find(|(name, _)| *name == module);
    renamed
        .map_or_else(|| module.replace('_', "-").to_ascii_lowercase(), |(_, package)| (*package).to_owned())
}
