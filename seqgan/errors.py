"""Mistakes a user can mend: shown as one line, exit code 2."""


class UserError(Exception):
    """A problem with what the user gave; the message names the value and the remedy.

    The command line prints it as a single line and exits with 2. Raised from the library it is
    an ordinary exception.
    """
