"""What can go wrong, said in one sentence: what is wrong, where, and what to do.

Owns the exit codes of the command line. Promises that every expected failure is one of these classes, so that a
person sees a sentence and never a traceback. Never carries an NHS number or the value of an identifying column.
"""


class OutcomesError(Exception):
    """An expected failure; `str(error)` is the sentence shown to the person."""

    exit_code = 1


class InputError(OutcomesError):
    """The input is at fault: a file, an option, a month that is not there yet."""

    exit_code = 1


class SafetyRefusal(OutcomesError):
    """Refused for safety: nothing was let out, sent or overwritten."""

    exit_code = 2


class SetupError(OutcomesError):
    """The set-up is at fault: a missing key, an unreachable server, an unwritable folder, a broken definition."""

    exit_code = 3
