"""What an error gives away, however it is looked at."""

import pickle
import traceback


def told(error):
    """All that a crash reporter could make of an error and of everything chained to it."""
    seen, waiting = [], [error]
    while waiting:
        each = waiting.pop()
        seen += [repr(each), str(each), str(each.args), str(vars(each)), str(pickle.dumps(each))]
        report = traceback.TracebackException.from_exception(each, capture_locals=True)
        # The test's own frame holds the session and the server, not what the package made of them.
        seen += [f"{frame.name} {frame.locals}" for frame in report.stack if "tests" not in frame.filename]
        waiting += [chained for chained in (each.__cause__, each.__context__) if chained is not None]
        waiting += list(getattr(each, "earlier", ()))
    return seen
