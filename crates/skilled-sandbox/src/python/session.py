"""Runs the texts of a session, one at a time. Reads `number NUL text NUL` on descriptor 200, reports `number status` on 201.

The first line of a text is JSON: {"run": "text"}, and the text follows; or {"run": "script", "path", "arguments", "folder"},
which runs in a fork. Nothing of this file's own names is visible to a text. Standard library only.
"""


def session():
    import sys

    # Nothing in the folder that it was started in stands for what this file imports.
    here = sys.path.pop(0) if sys.path and sys.path[0] == "" else None
    import ast
    import io
    import json
    import os
    import runpy
    import signal
    import traceback
    import types

    texts = os.fdopen(os.dup(200), "rb", closefd=True)
    report = os.dup(201)
    for fd in (200, 201):
        os.close(fd)
    for fd in (texts.fileno(), report):
        os.set_inheritable(fd, False)
    for name in sys.argv[1:]:
        try:
            __import__(name)
        except Exception:
            pass
    # Only a text at work is interrupted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if here is not None:
        sys.path.insert(0, here)
    names = {"__name__": "__main__", "__builtins__": __builtins__, "__doc__": None}
    main = types.ModuleType("__main__")
    main.__dict__.update(names)
    sys.modules["__main__"] = main
    sys.argv[:] = [""]

    def words():
        buffer = b""
        while True:
            end = buffer.find(b"\0")
            while end < 0:
                more = texts.raw.read(65536) if isinstance(texts, io.BufferedReader) else texts.read(65536)
                if not more:
                    return
                start = len(buffer)
                buffer += more
                end = buffer.find(b"\0", start)
            yield buffer[:end]
            buffer = buffer[end + 1 :]

    def evaluate(source):
        tree = ast.parse(source, "<text>", "exec")
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, "<text>", "exec"), main.__dict__)
        if last is not None:
            value = eval(compile(last, "<text>", "eval"), main.__dict__)
            if value is not None:
                print(repr(value))

    def guarded(work):
        """Returns the status of `work`, as the interpreter's own would be."""
        try:
            work()
            return 0
        except SystemExit as end:
            if end.code is None:
                return 0
            if isinstance(end.code, int):
                return end.code & 0xFF
            print(end.code, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("KeyboardInterrupt", file=sys.stderr)
            return 130
        except BaseException as error:
            # Without the frames of this file.
            trace = error.__traceback__
            while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
                trace = trace.tb_next
            traceback.print_exception(type(error), error, trace)
            return 1
        finally:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except Exception:
                    pass

    def script(path, arguments, folder):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(report)
                texts.close()
                signal.signal(signal.SIGINT, signal.default_int_handler)

                def work():
                    os.chdir(folder)
                    sys.argv[:] = [path, *arguments]
                    sys.path[0:0] = [os.path.dirname(os.path.abspath(path))]
                    runpy.run_path(path, run_name="__main__")

                status = guarded(work)
            finally:
                os._exit(status)
        while True:
            try:
                _, status = os.waitpid(pid, 0)
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            except InterruptedError:
                pass

    stream = words()
    for number in stream:
        text = next(stream, None)
        if text is None:
            return
        header, _, source = text.decode("utf-8", "surrogateescape").partition("\n")
        header = json.loads(header)
        if header["run"] == "script":
            status = script(header["path"], header["arguments"], header["folder"])
        else:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            status = guarded(lambda: evaluate(source))
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.write(report, number + b" %d\n" % status)


session()
