"""Ways out that others have found. Exits with 0 when the attempt works; says why when it does not."""

import array
import ctypes
import errno
import fcntl
import mmap
import os
import select
import signal
import socket
import stat
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
IS_X86 = os.uname().machine == "x86_64"
NEWUSER = 0x10000000


def failed():
    return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def check(result):
    if result < 0:
        raise failed()
    return result


# System calls.


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def install(instructions, flags):
    """Adds a filter of system calls (seccomp(2)); returns its listener, if it has one."""
    check(libc.prctl(38, 1, 0, 0, 0))  # PR_SET_NO_NEW_PRIVS
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    program = Program(len(instructions), packed)
    number = 317 if IS_X86 else 277
    return check(libc.syscall(ctypes.c_long(number), 1, ctypes.c_ulong(flags), ctypes.byref(program)))


def filters(kind):
    """Adds a filter that allows everything (allow), or one that asks another process which allows it (notify)."""
    unshare = 272 if IS_X86 else 97
    if kind == "allow":
        install([(0x06, 0, 0, 0x7FFF0000)], 0)
        check(libc.unshare(NEWUSER))
        return
    ask = [(0x20, 0, 0, 0), (0x15, 0, 1, unshare), (0x06, 0, 0, 0x7FC00000), (0x06, 0, 0, 0x7FFF0000)]
    listener = install(ask, 8)  # SECCOMP_FILTER_FLAG_NEW_LISTENER
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.unshare(NEWUSER) == 0 else ctypes.get_errno())
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code:
                raise OSError(code, os.strerror(code))
            return
        if select.select([listener], [], [], 0.01)[0]:
            notice = ctypes.create_string_buffer(80)
            check(libc.ioctl(listener, ctypes.c_ulong(0xC0502100), notice))  # SECCOMP_IOCTL_NOTIF_RECV
            answer = notice.raw[:8] + struct.pack("qiI", 0, 0, 1)  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
            check(libc.ioctl(listener, ctypes.c_ulong(0xC0182101), answer))


def requests(*queues):
    """Reserves asynchronous requests of the old kind (io_setup(2)), of which the whole machine has few."""
    for most in queues:
        context = ctypes.c_ulong(0)
        check(libc.syscall(ctypes.c_long(206 if IS_X86 else 0), ctypes.c_uint(int(most)), ctypes.byref(context)))


def protocol(family, kind, number):
    """Makes a socket of a protocol, or learns from the kernel that it has none."""
    try:
        socket.socket(int(family), int(kind), int(number)).close()
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise
    print("reached")


def capability(path):
    """Gives a program every capability (capabilities(7))."""
    os.setxattr(path, "security.capability", struct.pack("<IIIII", 0x02000001, 0xFFFFFFFF, 0, 0x1FF, 0))


def attribute(path, name, value="x"):
    os.setxattr(path, name, value.encode())


# The process table.


def openable(root, *skipped):
    """Prints what below `root` can be opened for writing, and how much there was to try."""
    tried = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.isdigit() and name not in skipped]
        for name in files:
            path = os.path.join(folder, name)
            if name in skipped or not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            tried += 1
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                print(path)
            except OSError:
                pass
    print("tried", tried > 50)


def write(path, text):
    with open(path, "r+b", buffering=0) as file:
        file.write(text.encode())


def signals(pid, rounds):
    """Sends every signal many times, with all kinds of information along (rt_sigqueueinfo(2))."""
    number = 129 if IS_X86 else 138
    for _ in range(int(rounds)):
        for which in range(1, 65):
            try:
                os.kill(int(pid), which)
            except OSError:
                pass
            for address in (0, 8, 0x7FFFFFFFE000, 2**64 - 4096):
                information = struct.pack("iiiiQ", which, 0, -1, 0, address) + bytes(104)
                libc.syscall(ctypes.c_long(number), int(pid), which, information)


def owner(pid):
    """Has the kernel signal somebody else about a pipe of one's own (F_SETOWN of fcntl(2))."""
    reader, _ = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, int(pid))


def handle(pid):
    """Takes hold of a process (pidfd_open(2))."""
    os.pidfd_open(int(pid))


def sibling(marker):
    """Starts a process that is not its own child but its parent's (CLONE_PARENT of clone(2))."""
    child = check(libc.syscall(ctypes.c_long(56 if IS_X86 else 220), 0x8000 | signal.SIGCHLD, 0, 0, 0, 0))
    if child == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", marker])


def reaper(marker):
    """Adopts what its descendants leave behind, as a reaper of its own (PR_SET_CHILD_SUBREAPER), and hides itself."""
    check(libc.prctl(36, 1, 0, 0, 0))
    check(libc.prctl(4, 0, 0, 0, 0))  # PR_SET_DUMPABLE
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", marker])
        os._exit(0)
    time.sleep(1000)


# Descriptors.


def flight(number):
    """Has so many descriptors in flight between two sockets of its own, and keeps them there."""
    number, held = int(number), []
    try:
        while number > 0:
            pair = socket.socketpair()
            held.extend(pair)
            for _ in range(20):
                many = array.array("i", [0] * min(200, number))
                if many:
                    pair[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, many)])
                number -= len(many)
    except OSError as error:
        # As many as there may be.
        assert error.errno == errno.ETOOMANYREFS
    print("in flight", flush=True)
    time.sleep(1000)


def images(seconds):
    """Looks for a process whose program is the supervisor's, opens the program, and changes what it can of it."""
    end, seen, opened = time.monotonic() + float(seconds), 0, 0
    print("looking", flush=True)
    while time.monotonic() < end:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if "memfd" not in os.readlink(f"/proc/{pid}/exe"):
                    continue
                seen += 1
                file = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
                opened += 1
            except OSError:
                continue
            try:
                os.fchmod(file, 0)
                print("changed its mode")
            except OSError:
                pass
            for _ in range(100):
                try:
                    if os.write(os.open(f"/proc/self/fd/{file}", os.O_WRONLY), b"\0"):
                        print("changed its contents")
                        break
                except OSError:
                    pass
            os.close(file)
    print("seen", seen, "opened", opened)


def inherited():
    """Prints its descriptors with what they are, and those of a program it starts."""
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFCHR: "device", stat.S_IFSOCK: "socket", stat.S_IFREG: "file"}
    for fd in range(4096):
        try:
            found = os.fstat(fd)
        except OSError:
            continue
        print(fd, kinds.get(stat.S_IFMT(found.st_mode), "other"), end=" ")
    print()


def links(pattern):
    """Prints the targets of all descriptors in sight that contain `pattern`."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                target = os.readlink(f"/proc/{pid}/fd/{fd}")
                if pattern in target:
                    print(pid, fd, target)
        except OSError:
            continue


def host(path):
    """Connects to a supervisor's socket as a host does."""
    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(path)


# Files.


def again(path):
    """Opens a file for reading, and from its descriptor for writing."""
    with open(path, "rb") as file, open(f"/proc/self/fd/{file.fileno()}", "r+b", buffering=0) as writable:
        writable.write(b"CHANGED")


def mapped(path):
    """Maps a file for reading, and makes the mapping writable."""
    with open(path, "rb") as file:
        address = libc.mmap
        address.restype = ctypes.c_void_p
        page = address(None, ctypes.c_size_t(4096), 1, 1, file.fileno(), ctypes.c_long(0))
        if libc.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(4096), 3) < 0:
            raise failed()
        ctypes.memmove(page, b"CHANGED", 7)


def spliced(path):
    """Puts a page of the file into a pipe, writes to the pipe, and reads the file again."""
    reader, writer = os.pipe()
    with open(path, "rb") as file:
        before = os.pread(file.fileno(), 100, 0)
        os.splice(file.fileno(), writer, 1)
        os.write(writer, b"CHANGED")
        assert os.pread(file.fileno(), 100, 0) == before
    os.close(reader)


def copied(path):
    """Copies into a file from within the kernel, by three calls."""
    with open("source", "wb+") as source:
        source.write(b"CHANGED" * 600)
        source.flush()
        for copy in (os.copy_file_range, lambda a, b, n: os.sendfile(b, a, 0, n)):
            with open(path, "r+b") as file:
                source.seek(0)
                copy(source.fileno(), file.fileno(), 7)
    with open(path, "r+b") as file:
        check(libc.fallocate(file.fileno(), 3, ctypes.c_long(0), ctypes.c_long(4096)))


def marks(path):
    """Sets flags of a file that outlast its rights: append only, immutable."""
    with open(path, "rb") as file:
        for flag in (0x20, 0x10):
            word = array.array("l", [flag])
            if libc.ioctl(file.fileno(), ctypes.c_ulong(0x40086602), ctypes.c_void_p(word.buffer_info()[0])) == 0:
                print("set", hex(flag))
    with open(path, "ab") as file:
        file.write(b"CHANGED")


# Interpreters.


def forge(pid, status, seconds):
    """Reports the end of every text that the interpreter `pid` may be at, by its own channel."""
    end, channels = time.monotonic() + float(seconds), []
    # While a text is at work, the shell keeps its channel under another number.
    for fd in os.listdir(f"/proc/{pid}/fd"):
        if int(fd) > 2 and os.lstat(f"/proc/{pid}/fd/{fd}").st_mode & 0o700 == 0o300:
            channels.append(os.open(f"/proc/{pid}/fd/{fd}", os.O_WRONLY))
    print("forging", len(channels), flush=True)
    while time.monotonic() < end:
        for number in range(1, 30):
            for channel in channels:
                os.write(channel, f"{number} {status}\n".encode())


def main():
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except OSError as error:
        sys.exit(f"{error.strerror}")


main()
