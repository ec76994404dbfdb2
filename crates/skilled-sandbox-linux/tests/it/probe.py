"""Attempts that a shell cannot make. Exits with 0 when the attempt works; says why when it does not."""

import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def call(number, *arguments):
    """Makes a system call; raises what it fails with."""
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_ulong(a & (2**64 - 1)) for a in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def reaches(number, arguments):
    """Whether a call gets as far as the kernel's own checks. Made in a child: some calls change the caller."""
    child = os.fork()
    if child == 0:
        try:
            call(number, *arguments)
        except OSError as error:
            os._exit(1 if error.errno == errno.ENOSYS else 0)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def calls(*table):
    """`NUMBER:ARGUMENT,…` each: prints the numbers that reach the kernel, and those that do not."""
    rows = [row.split(":") for row in table]
    reached = {n: reaches(int(n), [int(a) for a in arguments.split(",")]) for n, arguments in rows}
    print("reached", *[n for n in reached if reached[n]])
    print("missing", *[n for n in reached if not reached[n]])


def clone(number, flags):
    """Makes a process with clone(2): whether the kernel is asked, and whether the process is made."""
    try:
        child = call(int(number), int(flags) | signal.SIGCHLD, 0, 0, 0, 0)
    except OSError as error:
        sys.exit("refused" if error.errno == errno.EPERM else error.strerror)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print("made")


def sockets():
    """Prints every family and type (socket(2)) of which the kernel is asked to make a socket."""
    for family in range(46):
        for kind in range(1, 12):
            try:
                os.close(call(SOCKET, family, kind, 0))
            except OSError as error:
                if error.errno == errno.ENOSYS:
                    continue
            print(f"{family}:{kind}", end=" ")


def pairs():
    """Prints every family of which the kernel is asked to make a pair of sockets."""
    for family in range(46):
        both = (ctypes.c_int * 2)()
        try:
            call(SOCKETPAIR, family, 1, 0, ctypes.addressof(both))
            os.close(both[0])
            os.close(both[1])
        except OSError as error:
            if error.errno == errno.ENOSYS:
                continue
        print(family, end=" ")


SOCKET, SOCKETPAIR = (41, 53) if os.uname().machine == "x86_64" else (198, 199)


def terminal(request):
    """Puts a word into the mouth of a terminal of its own, which any terminal's owner may try (ioctl_tty(2))."""
    controller, terminal = os.openpty()
    os.setsid()
    fcntl.ioctl(terminal, 0x540E, 0)  # TIOCSCTTY
    word = ctypes.create_string_buffer(b"x")
    if libc.ioctl(terminal, ctypes.c_ulong(int(request, 0)), word) < 0 and ctypes.get_errno() == errno.ENOSYS:
        sys.exit(os.strerror(errno.ENOSYS))


def personality(number, value):
    call(int(number), int(value, 0))


def i386():
    """Asks for the process id by `int 0x80`, as programs of the 32-bit kind do."""
    code = b"\x53\xb8\x14\x00\x00\x00\xcd\x80\x5b\xc3"  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    assert ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid()


def tcp(port):
    socket.create_connection(("127.0.0.1", int(port))).close()


def udp(port):
    """An answer comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", int(port)))
        one.settimeout(20)
        one.send(b"ping")
        assert one.recv(10) == b"pong"


def abstract(name):
    socket.socket(socket.AF_UNIX).connect("\0" + name)


def own_loopback():
    """Servers of the sandbox's own are reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        tcp(server.getsockname()[1])


def shared_memory(key, flags):
    """Finds or makes System V shared memory (shmget(2))."""
    if libc.shmget(int(key), 4096, int(flags, 0)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def forget_memory(key):
    libc.shmctl(libc.shmget(int(key), 4096, 0), 0, 0)


def queue(name, flags):
    """Finds or makes a POSIX message queue (mq_open(3))."""
    if libc.mq_open(name.encode(), int(flags, 0), 0o600, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def forget_queue(name):
    libc.mq_unlink(name.encode())


def dotdot():
    """Climbs as far as it gets and prints what is there."""
    fd = os.open(".", os.O_RDONLY)
    for _ in range(50):
        fd = os.open("..", os.O_RDONLY, dir_fd=fd)
    print(*sorted(os.listdir(fd)))


def device():
    """Makes the device of the first memory disk, and opens it."""
    os.mknod("device", 0o600 | 0o060000, os.makedev(1, 0))


def write_mapped(path):
    """Changes a file through a shared mapping."""
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapping:
        mapping[0:7] = b"CHANGED"


def crash():
    """Says whether a crashing process leaves its memory behind."""
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    print("core" if os.WCOREDUMP(os.waitpid(child, 0)[1]) else "none")


def forks(number):
    """Has so many children at once."""
    children = []
    try:
        for _ in range(int(number)):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


def memory(number, mebibytes, kind, patience="0"):
    """Has so many children at once, each with so much memory of its own. Exits with the status of the first that ends
    within so many seconds."""
    size, children = int(mebibytes) << 20, []
    for _ in range(int(number)):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            flags = mmap.MAP_ANONYMOUS | (mmap.MAP_SHARED if kind == "shared" else mmap.MAP_PRIVATE)
            try:
                block = mmap.mmap(-1, size, flags=flags)
                for at in range(0, size, 4096):
                    block[at] = 1
            except (MemoryError, OSError):
                os._exit(12)
            os.write(writer, b"x")
            time.sleep(60)
            os._exit(0)
        os.close(writer)
        children.append((child, reader))
    # All have it, or have ended.
    for _, reader in children:
        os.read(reader, 1)
    end, codes = time.monotonic() + float(patience), []
    while children:
        for child, reader in children:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                codes.append(abs(os.waitstatus_to_exitcode(status)))
                children.remove((child, reader))
        if codes or time.monotonic() > end:
            break
        time.sleep(0.01)
    for child, _ in children:
        os.kill(child, signal.SIGKILL)
    sys.exit(codes[0] if codes else 0)


def opens(number):
    """Has so many files open at once."""
    held = [open("/dev/null") for _ in range(int(number))]
    print(len(held))


def hold(marker):
    """Says that everything is there, and keeps it."""
    if marker:
        open(marker, "w").close()
        time.sleep(1000)


def notifies(number, marker=None):
    """Has so many inotify instances at once."""
    for _ in range(int(number)):
        if libc.inotify_init1(0) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    hold(marker)


def watches(number, marker=None):
    """Watches so many folders at once."""
    instance = libc.inotify_init1(0)
    for at in range(int(number)):
        folder = f"/dev/shm/watched-{at}"
        os.makedirs(folder, exist_ok=True)
        if libc.inotify_add_watch(instance, folder.encode(), 2) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    hold(marker)


def terminals(number, marker=None):
    """Has so many terminals at once."""
    held = [os.openpty() for _ in range(int(number))]
    print(len(held))
    hold(marker)


def files(folder, number):
    """Makes so many empty files."""
    for at in range(int(number)):
        os.close(os.open(f"{folder}/small-{at}", os.O_CREAT | os.O_WRONLY))


def fill(path, mebibytes):
    """Writes a file of that length, as fast as it goes."""
    block = bytes(1 << 20)
    with open(path, "wb", buffering=0) as file:
        for _ in range(int(mebibytes)):
            assert file.write(block) == len(block), os.strerror(errno.ENOSPC)


def deep(number):
    """Makes so many folders, each in the last."""
    for _ in range(int(number)):
        os.mkdir("deep")
        os.chdir("deep")


def undo_deep():
    """Removes what `deep` has made. (`rm` takes a time that grows with the square of the depth.)"""
    depth = 0
    while os.path.isdir("deep"):
        os.chdir("deep")
        depth += 1
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("deep")


def segment(mebibytes):
    """Makes System V shared memory that nobody uses."""
    if libc.shmget(0, ctypes.c_size_t(int(mebibytes) << 20), 0o1600) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def huge_pages(kind, huge):
    """Asks for memory by huge pages, or by usual ones."""
    size = ctypes.c_size_t(2 << 20)
    libc.mmap.restype = ctypes.c_ssize_t
    result = {
        "mapped": lambda: libc.mmap(None, size, 3, 0x22 | (0x40000 if huge == "1" else 0), -1, ctypes.c_long(0)),
        "file": lambda: libc.memfd_create(b"", 4 if huge == "1" else 0),
        "segment": lambda: libc.shmget(0, size, 0o1600 | (0o4000 if huge == "1" else 0)),
    }[kind]()
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if kind == "segment":
        libc.shmctl(result, 0, None)  # IPC_RMID


def message_queues(number):
    """Makes so many System V message queues, and removes them."""
    made = []
    try:
        for _ in range(int(number)):
            made.append(libc.msgget(0, 0o1600))
            if made[-1] < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        for queue in made:
            libc.msgctl(queue, 0, None)  # IPC_RMID


def flee(marker, sessions):
    """Is always another process, for a while: each starts the next and ends. In a session of its own, when asked for."""
    end = time.monotonic() + 15
    os.setsid()
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        if sessions == "own":
            os.setsid()


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except OSError as error:
        sys.exit(f"{error.strerror}")


main()
